package queue_test

import (
	"fmt"
	"time"

	"offhook/queue"
)

// The call of the package's introduction.
func Example() {
	e, err := queue.New(queue.Settings{Queues: []queue.QueueSettings{{Name: "billing"}}})
	if err != nil {
		panic(err)
	}
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	for _, ev := range []queue.Event{
		queue.AgentLoggedIn{Agent: "anna", Queues: []queue.Membership{{Queue: "billing"}}, State: queue.Available},
		queue.CallerArrived{Caller: "c1", Queue: "billing"},
		queue.OfferShown{Offer: 1},
		queue.OfferAccepted{Offer: 1},
		queue.CallConnected{Offer: 1},
		queue.CallEnded{Offer: 1},
	} {
		now = now.Add(time.Second)
		show(e.Apply(ev, now))
	}
	next, _ := e.NextDeadline()
	fmt.Println("wake me in", next.Sub(now))
	show(e.Apply(queue.Tick{}, next))
	// Output:
	// anna is available
	// offer 1: c1 to anna
	// anna is offered
	// offer 1 is won by anna
	// anna is on_call
	// c1 leaves: answered after 3s
	// anna is wrap_up
	// wake me in 15s
	// anna is available
}

func show(decisions []queue.Decision) {
	for _, d := range decisions {
		switch d := d.(type) {
		case queue.Offer:
			fmt.Printf("offer %d: %s to %s\n", d.Offer, d.Caller, d.Agent)
		case queue.Won:
			fmt.Printf("offer %d is won by %s\n", d.Offer, d.Agent)
		case queue.Leave:
			fmt.Printf("%s leaves: %s after %v\n", d.Caller, d.Reason, d.Waited)
		case queue.AgentChanged:
			fmt.Printf("%s is %s\n", d.Agent, d.State)
		}
	}
}
