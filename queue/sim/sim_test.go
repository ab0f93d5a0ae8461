package sim

import (
	"testing"
	"time"

	"offhook/queue"
)

func TestQuick(t *testing.T) {
	began := time.Now()
	r, err := Run(Scenario{Queue: queue.QueueSettings{WrapUp: -1}, Agents: 10, PerHour: 160, Talk: 180 * time.Second, Calls: 200000, Seed: 1})
	t.Log(time.Since(began), err)
	t.Logf("%+v %v", r, r.ServiceLevel())
	t.Logf("%+v", ErlangC(10, 160, 180*time.Second, 20*time.Second))
	t.Logf("%+v", ErlangC(10, r.PerHour, r.MeanTalk, 20*time.Second))
	r, err = Run(Scenario{Queue: queue.QueueSettings{WrapUp: -1}, Agents: 10, PerHour: 210, Talk: 180 * time.Second, Patience: 60 * time.Second, Calls: 200000, Seed: 1})
	t.Logf("%+v %v %v", r, r.ServiceLevel(), r.AbandonRate())
	t.Logf("%+v", ErlangA(10, 210, 180*time.Second, time.Minute, 20*time.Second))
	t.Logf("%+v", ErlangA(10, r.PerHour, r.MeanTalk, time.Minute, 20*time.Second))
}
