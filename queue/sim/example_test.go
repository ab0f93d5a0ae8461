package sim_test

import (
	"fmt"
	"time"

	"offhook/queue"
	"offhook/queue/sim"
)

// Fourteen agents, 200 calls an hour of three minutes each: a thousand of them, in the real queue.
func ExampleRun() {
	r, err := sim.Run(sim.Scenario{
		Queue:  queue.QueueSettings{Strategy: queue.LongestIdle, WrapUp: -1, Target: 20 * time.Second},
		Agents: 14, PerHour: 200, Talk: 3 * time.Minute, Calls: 1000, Seed: 1,
	})
	if err != nil {
		panic(err)
	}
	fmt.Println(r.Calls, "callers left,", r.Answered, "answered,", r.Abandoned, "hung up; more than 80 % in time:", r.ServiceLevel() > 0.8)
	// Output: 1000 callers left, 1000 answered, 0 hung up; more than 80 % in time: true
}

// The textbooks' M/M/1: with four fifths of the time busy, the mean wait is four times the talk.
func ExampleErlangC() {
	t := sim.ErlangC(1, 16, 3*time.Minute, 20*time.Second)
	fmt.Printf("%.0f %% wait, %v on average\n", 100*t.Waits, t.MeanWait.Round(time.Second))
	// Output: 80 % wait, 12m0s on average
}
