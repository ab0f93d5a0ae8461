package translator

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"offhook/agent/protocol"
	"offhook/queue"
)

// office is an exchange on its own goroutine in virtual time, with two queues and agents who have no pages.
type office struct {
	*Exchange
	t   *testing.T
	ctx context.Context
}

// inOffice plays a story in an office.
func inOffice(t *testing.T, story func(o *office)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		x, err := New(Config{
			Runtime: NewLive(), Agents: nobody{}, Reasons: []string{"lunch"},
			Queue: queue.Settings{Lease: 1000 * time.Hour, ConfirmWithin: time.Hour, Queues: []queue.QueueSettings{{Name: "billing", RingFor: 2 * time.Hour}, {Name: "sales", Strategy: queue.TopDown, Capacity: 1}}},
			Terms: func(name string) (Terms, bool) { return Terms{Queue: name, Label: "The " + name}, true },
			Memberships: func(who protocol.Identity) []queue.Membership {
				return []queue.Membership{{Queue: "billing", Level: 1}}
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		x.post(do{func() { x.compareAt = time.Now().AddDate(1, 0, 0) }}) // its callers have no calls: they would be repaired
		o := &office{x, t, t.Context()}
		story(o)
		end, cancel := context.WithCancel(context.Background())
		cancel()
		o.Shutdown(end)
	})
}

// nobody is a hub without agents.
type nobody struct{}

func (nobody) SendAgent(string, protocol.Agent)        {}
func (nobody) SendCall(string, protocol.Call)          {}
func (nobody) SendQueue(string, protocol.QueueFigures) {}
func (nobody) AddRecent(string, protocol.Recent)       {}
func (nobody) Welcome(protocol.Ref)                    {}
func (nobody) Reply(protocol.Ref, protocol.Reply)      {}
func (nobody) Forget(string)                           {}

// logIn lets an agent log in with a wish.
func (o *office) logIn(id string, state protocol.AgentState) {
	o.Login(protocol.Ref{Agent: id}, protocol.Identity{ID: id, Name: "Agent " + id}, protocol.Hello{State: state})
	synctest.Wait()
}

// arrive puts callers into a queue, a second apart.
func (o *office) arrive(queueName string, n int) {
	for i := range n {
		o.post(fromCall{queue.CallerArrived{Caller: queue.CallerID(fmt.Sprintf("%s-%05d", queueName, i)), Queue: queueName, Number: "+4930123456"}})
		synctest.Wait()
		time.Sleep(time.Second)
	}
}

func (o *office) agent(id string) AgentNow {
	o.t.Helper()
	a, err := o.Agent(o.ctx, id)
	if err != nil {
		o.t.Fatal(err)
	}
	return a
}

func (o *office) line(queueName string) (ids []string) {
	o.t.Helper()
	list, waiting, err := o.Callers(o.ctx, queueName, 1, 100)
	if err != nil || waiting != len(list) {
		o.t.Fatalf("%d of %d, %v", len(list), waiting, err)
	}
	for _, c := range list {
		ids = append(ids, string(c.Caller))
	}
	return ids
}

// What is shown is what the queue and the log-ins know, as of now.
func TestQueuesAreShown(t *testing.T) {
	inOffice(t, func(o *office) {
		o.logIn("anna", protocol.Away)
		o.arrive("billing", 3)
		time.Sleep(20 * time.Minute)
		all, err := o.Queues(o.ctx)
		if err != nil || len(all) != 2 || all[0].Settings.Name != "billing" || all[1].Settings.Name != "sales" {
			t.Fatalf("got %+v, %v", all, err)
		}
		b := all[0]
		if b.Label != "The billing" || b.Figures.Waiting != 3 || b.States[protocol.Away] != 1 || !b.Open || b.Paused || b.Settings.Strategy != queue.LongestIdle {
			t.Errorf("got %+v", b)
		}
		if one, err := o.Queue(o.ctx, "billing"); err != nil || one.Figures.Waiting != 3 || one.States[protocol.Away] != 1 {
			t.Errorf("got %+v, %v", one, err)
		}
		intervals, total, err := o.QueueFigures(o.ctx, "billing")
		if err != nil || total.Offered != 3 || len(intervals) < 2 {
			t.Fatalf("got %d intervals, %+v, %v", len(intervals), total, err)
		}
		if last := intervals[len(intervals)-1]; time.Since(last.From) >= queue.IntervalLength {
			t.Errorf("the last interval began at %v, and now it is %v: nothing happens, but time passes", last.From, time.Now())
		}
		for _, err := range []error{second(o.Queue(o.ctx, "nope")), third(o.QueueFigures(o.ctx, "nope")), third(o.Callers(o.ctx, "nope", 1, 1)), second(o.PauseQueue(o.ctx, "nope", true))} {
			if !errors.Is(err, ErrNoQueue) {
				t.Errorf("got %v", err)
			}
		}
	})
}

func second[T any](_ T, err error) error        { return err }
func third[T, U any](_ T, _ U, err error) error { return err }

// A line of many callers is shown a page at a time, each caller once and in his place.
func TestALongLineIsPaged(t *testing.T) {
	inOffice(t, func(o *office) {
		o.arrive("billing", 450)
		var seen []string
		for place := 1; ; place += 200 {
			list, waiting, err := o.Callers(o.ctx, "billing", place, 200)
			if err != nil || waiting != 450 || len(list) > 200 {
				t.Fatalf("%d of %d, %v", len(list), waiting, err)
			}
			for i, c := range list {
				if c.Place != place+i {
					t.Errorf("%+v stands at %d", c, place+i)
				}
				seen = append(seen, string(c.Caller))
			}
			if len(list) < 200 {
				break
			}
		}
		if len(seen) != 450 || !slices.IsSorted(seen) {
			t.Errorf("%d were seen", len(seen))
		}
	})
}

// Agents are shown by ID, a page at a time; one who is gone is not.
func TestAgentsAreShown(t *testing.T) {
	inOffice(t, func(o *office) {
		for _, id := range []string{"cleo", "anna", "dora", "ben"} {
			o.logIn(id, protocol.Away)
		}
		time.Sleep(time.Minute)
		var seen []string
		for after := ""; ; {
			list, more, err := o.Agents(o.ctx, after, 3)
			if err != nil {
				t.Fatal(err)
			}
			for _, a := range list {
				seen, after = append(seen, a.ID), a.ID
				if a.State != protocol.Away || a.Figures.LoggedIn != time.Minute || !a.Serving.Attached || a.Name != "Agent "+a.ID {
					t.Errorf("got %+v", a)
				}
			}
			if !more {
				break
			}
		}
		if !slices.Equal(seen, []string{"anna", "ben", "cleo", "dora"}) {
			t.Errorf("got %v", seen)
		}
		if err := o.LogOutAgent(o.ctx, "ben"); err != nil {
			t.Error(err)
		}
		for _, err := range []error{second(o.Agent(o.ctx, "ben")), o.LogOutAgent(o.ctx, "ben"), second(o.SetAgentState(o.ctx, "zoe", protocol.Away, "")),
			second(o.AssignQueues(o.ctx, "zoe", nil)), second(o.AssignSkills(o.ctx, "zoe", nil))} {
			if !errors.Is(err, ErrNoAgent) {
				t.Errorf("got %v", err)
			}
		}
	})
}

// A state that is set for an agent is as if he had asked: at once, or as what comes next. Who has a call is not logged out.
func TestAgentsStateIsSet(t *testing.T) {
	inOffice(t, func(o *office) {
		o.logIn("anna", protocol.Away)
		if _, err := o.SetAgentState(o.ctx, "anna", protocol.Away, "golf"); !errors.Is(err, ErrReason) {
			t.Errorf("got %v", err)
		}
		if a, err := o.SetAgentState(o.ctx, "anna", protocol.Available, ""); err != nil || a.State != protocol.Available {
			t.Errorf("got %+v, %v", a, err)
		}
		o.arrive("billing", 1)
		if a := o.agent("anna"); a.State != protocol.Offered || a.Serving.Caller != "billing-00000" || !slices.Equal(a.Calls, []string{"billing-00000"}) {
			t.Errorf("got %+v", a)
		}
		if a, err := o.SetAgentState(o.ctx, "anna", protocol.Away, "lunch"); err != nil || a.State != protocol.Offered || a.Next != protocol.Away || a.NextReason != "lunch" {
			t.Errorf("got %+v, %v", a, err)
		}
		if err := o.LogOutAgent(o.ctx, "anna"); !errors.Is(err, ErrInCall) {
			t.Errorf("got %v", err)
		}
	})
}

// What is assigned lasts until the agent logs out, goes before what he comes with, and is asked at once.
func TestAgentsAreAssigned(t *testing.T) {
	inOffice(t, func(o *office) {
		o.logIn("anna", protocol.Available)
		o.arrive("sales", 1)
		if _, err := o.AssignQueues(o.ctx, "anna", &[]queue.Membership{{Queue: "sales", Level: 2}, {Queue: "nope"}}); !errors.Is(err, ErrNoQueue) {
			t.Errorf("got %v", err)
		}
		if a := o.agent("anna"); !slices.Equal(a.Queues, []string{"billing"}) || a.OwnQueues {
			t.Errorf("what was refused changed her to %+v", a)
		}
		if _, err := o.AssignQueues(o.ctx, "anna", &[]queue.Membership{{Queue: "sales", Level: 2}}); err != nil {
			t.Error(err)
		}
		if _, err := o.AssignSkills(o.ctx, "anna", &[]queue.Skill{{Name: "lang=de", Level: 3}}); err != nil {
			t.Error(err)
		}
		a := o.agent("anna")
		if a.State != protocol.Offered || !slices.Equal(a.Serving.Queues, []queue.Membership{{Queue: "sales", Level: 2}}) || !slices.Equal(a.Serving.Skills, []queue.Skill{{Name: "lang=de", Level: 3}}) || !a.OwnQueues || !a.OwnSkills {
			t.Errorf("got %+v", a)
		}
		o.logIn("anna", protocol.Available) // her page was reloaded
		if a := o.agent("anna"); !slices.Equal(a.Queues, []string{"sales"}) || len(a.Serving.Skills) != 1 {
			t.Errorf("after a reload: %+v", a)
		}
		if err := o.RemoveCaller(o.ctx, "sales-00000", WayEnd); err != nil {
			t.Error(err)
		}
		if a, err := o.AssignQueues(o.ctx, "anna", nil); err != nil || !slices.Equal(a.Queues, []string{"billing"}) || a.OwnQueues {
			t.Errorf("got %+v, %v", a, err)
		}
		if err := o.LogOutAgent(o.ctx, "anna"); err != nil {
			t.Error(err)
		}
		o.logIn("anna", protocol.Available)
		if a := o.agent("anna"); !slices.Equal(a.Queues, []string{"billing"}) || len(a.Serving.Skills) != 0 || a.OwnSkills {
			t.Errorf("after a log-out: %+v", a)
		}
	})
}

// A caller is moved to another queue's end, or with his wait; and one whom that queue refuses is told of.
func TestCallersAreMoved(t *testing.T) {
	inOffice(t, func(o *office) {
		o.arrive("billing", 3)
		o.arrive("sales", 1)
		if _, _, err := o.MoveCaller(o.ctx, "sales-00000", "billing", false); err != nil {
			t.Error(err)
		}
		if got := o.line("billing"); !slices.Equal(got, []string{"billing-00000", "billing-00001", "billing-00002", "sales-00000"}) {
			t.Errorf("got %v", got)
		}
		if c, waits, err := o.MoveCaller(o.ctx, "billing-00001", "sales", true); err != nil || !waits || c.Queue != "sales" || c.Place != 1 || c.Waited != 3*time.Second {
			t.Errorf("got %+v, %v, %v", c, waits, err)
		}
		if _, waits, err := o.MoveCaller(o.ctx, "billing-00000", "sales", true); err != nil || waits {
			t.Errorf("a queue that is full kept him: %v, %v", waits, err)
		}
		for _, row := range []struct {
			call, to string
			want     error
		}{{"billing-00002", "nope", ErrNoQueue}, {"billing-00002", "billing", ErrThere}, {"nobody", "sales", ErrNoCaller}} {
			if _, _, err := o.MoveCaller(o.ctx, row.call, row.to, true); !errors.Is(err, row.want) {
				t.Errorf("%s to %s: %v", row.call, row.to, err)
			}
		}
	})
}

// A caller is removed; one whom an agent has accepted is neither moved nor removed.
func TestCallersAreRemoved(t *testing.T) {
	inOffice(t, func(o *office) {
		o.arrive("billing", 3)
		if err := o.RemoveCaller(o.ctx, "billing-00001", WayCallback); err != nil {
			t.Error(err)
		}
		if err := o.RemoveCaller(o.ctx, "billing-00001", WayCallback); !errors.Is(err, ErrNoCaller) {
			t.Errorf("one whose call is gone is nobody who could be called back: %v", err)
		}
		for _, id := range []string{"billing-00002"} {
			if err := o.RemoveCaller(o.ctx, id, WayEnd); err != nil {
				t.Error(err)
			}
		}
		if got := o.line("billing"); !slices.Equal(got, []string{"billing-00000"}) {
			t.Errorf("got %v", got)
		}
		o.logIn("anna", protocol.Available)
		o.post(fromCall{queue.OfferShown{Offer: 1}})
		o.post(fromCall{queue.OfferAccepted{Offer: 1}})
		synctest.Wait()
		if err := o.RemoveCaller(o.ctx, "billing-00000", WayEnd); !errors.Is(err, ErrTooLate) {
			t.Errorf("got %v", err)
		}
		if _, _, err := o.MoveCaller(o.ctx, "billing-00000", "sales", false); !errors.Is(err, ErrTooLate) {
			t.Errorf("got %v", err)
		}
		if err := o.RemoveCaller(o.ctx, "nobody", WayEnd); !errors.Is(err, ErrNoCaller) {
			t.Errorf("got %v", err)
		}
	})
}

// While a queue is paused nobody is asked for its callers.
func TestQueuesArePaused(t *testing.T) {
	inOffice(t, func(o *office) {
		o.logIn("anna", protocol.Available)
		if q, err := o.PauseQueue(o.ctx, "billing", true); err != nil || !q.Paused {
			t.Errorf("got %+v, %v", q, err)
		}
		o.arrive("billing", 1)
		if a := o.agent("anna"); a.State != protocol.Available {
			t.Errorf("anna is %s", a.State)
		}
		if q, err := o.PauseQueue(o.ctx, "billing", false); err != nil || q.Paused {
			t.Errorf("got %+v, %v", q, err)
		}
		if a := o.agent("anna"); a.State != protocol.Offered {
			t.Errorf("anna is %s", a.State)
		}
	})
}

// An exchange that has stopped, that panics or that is busy for longer than somebody waits gives an error, and nobody is held up.
func TestFaultTheExchangeDoesNotAnswer(t *testing.T) {
	inOffice(t, func(o *office) {
		if _, err := ask(o.ctx, o.Exchange, func(time.Time) (int, error) { panic("broken") }); !errors.Is(err, ErrUnanswered) {
			t.Errorf("got %v", err)
		}
		let := make(chan struct{})
		o.post(do{func() { <-let }})
		ctx, cancel := context.WithTimeout(o.ctx, time.Second)
		defer cancel()
		if _, err := o.Queues(ctx); !errors.Is(err, ErrUnanswered) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		for range o.actor.limit + 1 {
			o.post(tick{})
		}
		if _, err := o.Queues(o.ctx); !errors.Is(err, ErrUnanswered) {
			t.Errorf("a full inbox gives %v", err)
		}
		close(let)
		synctest.Wait()
		if _, err := o.Queues(o.ctx); err != nil {
			t.Errorf("afterwards: %v", err)
		}
		end, cancel := context.WithCancel(o.ctx)
		cancel()
		o.Shutdown(end)
		if _, err := o.Queues(o.ctx); !errors.Is(err, ErrUnanswered) {
			t.Errorf("got %v", err)
		}
	})
}
