package e2e

import (
	"net/netip"
	"testing"
	"time"

	"offhook/agent/protocol"
	"offhook/internal/harness"
	"offhook/internal/load"
)

const (
	customerNumber = "+4930555"
	// dialsCustomer lets the server call him by a trunk of that name.
	dialsCustomer = `dial: {allow: ["+4930555"], routes: [{numbers: "+4930555", trunks: [customer]}], callers: [{number: "+493012345"}]}
`
)

// A customer at a baresip presses 1 while he waits. He is told that he will be called back, and let go; when an agent takes him it rings at his phone, and both
// hear each other.
func TestQueueCallback(t *testing.T) {
	t.Parallel()
	harness.Need(t, "baresip", "tcpdump")
	ctx := harness.Patiently(t)
	phone := harness.Baresip{Addr: netip.AddrPortFrom(harness.Address(t), 0), User: customerNumber, Account: ";answermode=auto"}.Start(t)
	server := startServer(t, both(trunkAt("customer", phone.Addr), withQueues("  - {called: \"300\", queue: back}\n",
		"  - {name: back, answer: at_once, exits: {\"1\": callback}, wrap_up: 0s}\n",
		dialsCustomer)))
	server.Serves = map[string][]string{"anna": {"back"}}
	customer := &listener{audience: newAudienceAt(t, server, phone.Addr.Addr(), "host "+phone.Addr.Addr().String()), at: phone.Addr.Addr()}
	line := harness.Overhear(t, phone.Hears())

	phone.Do("dial", server.URI("300"))
	phone.Established(ctx, 1)
	customer.hears(1)
	phone.Do("sndcode", "1")
	phone.Says(ctx, "session closed")
	customer.told(0, "callback")

	anna := server.NewAgent("anna", func(c *load.AgentConfig) {
		c.Pacer, c.Decide = harness.NewPacer(t), func(protocol.Call) load.Policy { return load.Policy{After: 200 * time.Millisecond} }
	})
	e := anna.Wait(ctx, "she is asked", offered)
	if o := e.Object; !o.Callback || o.Queue != "back" || o.From.Number != customerNumber || o.WaitedMS <= 0 {
		t.Errorf("she is offered %+v, want a callback of the queue", o)
	}
	anna.Connected(ctx)
	phone.Established(ctx, 2)
	harness.Hears(ctx, t, "anna", &anna.Ear, harness.CallerTone)
	line.Hears(ctx, t, "the customer", harness.AgentTone)
	if err := anna.Hangup(ctx, e.Call); err != nil {
		t.Fatal(err)
	}
	phone.SaysTimes(ctx, "session closed", 2)
	anna.Over(ctx, protocol.CauseNormal, protocol.ByAgent)
}
