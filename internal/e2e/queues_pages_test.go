package e2e

import (
	"net/netip"
	"testing"
	"time"

	"offhook/internal/harness"
)

// A bench is a server with two queues and a third for callbacks, and three agents at the callbar in browsers of their own.
type bench struct {
	*office
	carl  *page
	phone *harness.Softphone
}

// Callers at sipp in two queues, three agents in browsers: those who ring at once are told who has won, agents of both queues get who has waited
// longest in either, and a callback rings the customer.
func TestQueuesInBrowsers(t *testing.T) {
	t.Parallel()
	harness.Need(t, "chromium", "sipp", "baresip", "tcpdump")
	pages := []*page{startBrowser(t, "chromium", harness.AgentTone), startBrowser(t, "chromium", harness.SecondTone), startBrowser(t, "chromium", harness.ColleagueTone)}
	for _, p := range pages {
		p.started()
	}
	b := &bench{office: &office{t: t, ctx: harness.Within(t, 3*harness.Patience), anna: pages[0], bert: pages[1]}, carl: pages[2]}
	b.phone = harness.Baresip{Addr: netip.AddrPortFrom(harness.Address(t), 0), User: customerNumber, Account: ";answermode=auto"}.Start(t)
	site := newCRM(t)
	b.server = startServer(t, both(site.allowed, both(trunkAt("customer", b.phone.Addr), withQueues(
		"  - {called: \"300\", queue: everybody}\n  - {called: \"301\", queue: turns}\n  - {called: \"302\", queue: back}\n  - {called: \"303\", queue: own}\n",
		`  - {name: everybody, label: Everybody, strategy: ring-all, wrap_up: 0s}
  - {name: turns, label: Turns, strategy: round-robin, wrap_up: 0s}
  - {name: back, label: Back, answer: at_once, exits: {"1": callback}, wrap_up: 0s}
  - {name: own, wrap_up: 0s}
`, dialsCustomer+"staff:\n"+staffOf("anna", "everybody, turns, back, own", "")+staffOf("bert", "everybody, turns", "")+staffOf("carl", "everybody, turns", "")))))
	site.gateway = b.server
	for i, name := range []string{"anna", "bert", "carl"} {
		pages[i].do("open", args{"url": site.page(name)})
	}
	b.turns()
	b.ringAll()
	b.callback()
}

// turns: while nobody is there a caller waits in each queue, the first in the one that takes turns. Whoever becomes available has him, then the other.
func (b *bench) turns() {
	first := b.sipp(harness.Loopback, "uac-talks", "301")
	b.waiting("turns", 1)
	second := b.sipp(harness.Loopback, "uac-talks", "300")
	b.waiting("everybody", 1)
	b.carl.do("available", nil)
	first.answeredBy(b.carl)
	b.anna.do("available", nil)
	second.answeredBy(b.anna)
	first.ends(b.carl)
	second.ends(b.anna)
	b.free(b.anna)
	b.free(b.carl)
	b.bert.setAvailable()
}

// ringAll: it rings at all three, Bert has it, and at the others it stops.
func (b *bench) ringAll() {
	c := b.sipp(harness.Loopback, "uac-talks", "300")
	for _, p := range []*page{b.anna, b.bert, b.carl} {
		p.do("phase", args{"phase": "offered"})
	}
	b.bert.do("answer", nil)
	for _, p := range []*page{b.anna, b.carl} {
		p.do("phase", args{"phase": ""})
		p.do("agent", args{"state": "available"})
	}
	c.talksTo(b.bert)
	c.ends(b.bert)
}

// callback: while Anna talks, a customer asks for it by a key. Then her page says what it is, and she and the customer hear each other.
func (b *bench) callback() {
	c := b.sipp(harness.Loopback, "uac-talks", "303")
	c.answeredBy(b.anna)
	line := harness.Overhear(b.t, b.phone.Hears())
	b.phone.Do("dial", b.server.URI("302"))
	b.phone.Established(b.ctx, 1)
	line.Music(b.soon(), b.t, "the customer")
	b.phone.Do("sndcode", "1")
	b.phone.Says(b.ctx, "session closed")
	c.ends(b.anna)
	b.anna.do("phase", args{"phase": "offered"})
	b.anna.do("read", args{"text": "Call back"})
	b.anna.do("answer", nil)
	b.phone.Established(b.ctx, 2)
	b.anna.hears(harness.CallerTone)
	line.Hears(b.soon(), b.t, "the customer", harness.AgentTone)
	b.anna.do("end", nil)
	b.phone.SaysTimes(b.ctx, "session closed", 2)
}

// waiting waits until Anna's page shows that so many wait in a queue.
func (b *bench) waiting(queue string, n int) {
	b.t.Helper()
	for ctx := b.soon(); ; {
		var seen struct {
			Queues []struct {
				Name    string
				Waiting int
			}
		}
		b.anna.ask("snapshot", nil, &seen)
		for _, q := range seen.Queues {
			if q.Name == queue && q.Waiting == n {
				return
			}
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			b.t.Fatalf("%d do not wait in %s: %+v", n, queue, seen)
		}
	}
}
