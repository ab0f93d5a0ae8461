package e2e

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"offhook/internal/harness"
)

// Whom agents may call.
const (
	deskNumber   = "+4930200"
	ringerNumber = "+4930300"
)

// An office is a server with two agents at the callbar in browsers of their own, Anna who says AgentTone and Bert who says SecondTone, a colleague
// at a baresip who says ColleagueTone, and customers at sipp or baresip, who say CallerTone.
type office struct {
	t          *testing.T
	ctx        context.Context
	server     *harness.Server
	anna, bert *page
	desk       *harness.Softphone
	deskHears  *harness.Line
	ringer     netip.AddrPort // a sipp that rings, or refuses
	carrier    netip.Addr     // of customers whose trunk wants to be told of hold
	old        netip.Addr     // of customers whose trunk wants keys by INFO
	folder     string         // of records and recordings
}

// newOffice opens it in the browsers of Anna and Bert; Bert may be nil.
func newOffice(t *testing.T, anna, bert *page) *office {
	t.Helper()
	harness.Need(t, "sipp", "baresip", "tcpdump")
	o := &office{
		t: t, anna: anna, bert: bert, ringer: netip.AddrPortFrom(harness.Address(t), uint16(harness.FreeUDP(t))),
		carrier: harness.Address(t), old: harness.Address(t), folder: t.TempDir(),
	}
	o.desk = harness.Baresip{Addr: netip.AddrPortFrom(harness.Address(t), 0), User: deskNumber, Account: ";answermode=auto", Tone: harness.ColleagueTone}.Start(t)
	o.deskHears = harness.Overhear(t, o.desk.Hears())
	site := newCRM(t)
	o.server = startServer(t, func(yaml string) string { return o.settings(site.allowed(yaml)) })
	o.server.Serves = map[string][]string{"anna": {"support", "noted"}, "bert": {"billing", "short"}}
	site.gateway = o.server
	for name, p := range map[string]*page{"anna": anna, "bert": bert} {
		if p != nil {
			p.do("open", args{"url": site.page(name)})
			p.setAvailable()
		}
	}
	return o
}

// settings are the office's.
func (o *office) settings(yaml string) string {
	trunk := func(name string, at netip.Addr, more string) string {
		return fmt.Sprintf("  - {name: %s, networks: [%s/32], media_networks: [127.0.0.0/8], codecs: [PCMA]%s}\n", name, at, more)
	}
	if o.anna.name == "firefox" {
		yaml = strings.Replace(yaml, "browsers: [127.0.0.1:", "browsers: ["+inNamespace+":", 1)
	}
	yaml = strings.Replace(yaml, "    wrap_up: 2s", "    wrap_up: 0s\n    record: agent", 1)
	yaml = strings.Replace(yaml, "routes:\n", trunk("desk", o.desk.Addr.Addr(), fmt.Sprintf(", addresses: [%q]", o.desk.Addr))+
		trunk("ringer", o.ringer.Addr(), fmt.Sprintf(", addresses: [%q]", o.ringer))+
		trunk("carrier", o.carrier, ", hold: sendonly")+trunk("old", o.old, ", digits: info")+
		"routes:\n  - {called: \"300\", queue: billing}\n  - {called: \"400\", queue: noted}\n  - {called: \"500\", queue: short}\n", 1)
	yaml = strings.Replace(yaml, "agents:\n", `  - {name: billing, wrap_up: 0s, ring_for: 60s}
  - {name: noted, wrap_up: 2m, ring_for: 60s, outcomes: [{name: solved, label: Solved}, {name: callback, label: Call back}]}
  - {name: short, wrap_up: 0s, ring_for: 5s}
agents:
`, 1)
	return yaml + fmt.Sprintf(`records: {folder: %s/calls}
recordings: {folder: %[1]s/sound}
dial:
  allow: ["+*"]
  routes:
    - {numbers: %q, trunks: [desk]}
    - {numbers: %q, trunks: [ringer]}
  callers:
    - {number: "+493012345"}
`, o.folder, deskNumber, ringerNumber)
}

// part runs a subtest in the office, and leaves everybody without a call and available.
func (o *office) part(name string, run func(o *office)) {
	o.t.Run(name, func(t *testing.T) {
		if o.t.Failed() {
			t.Skip("the office is not as it should be, after what failed before")
		}
		part := *o
		part.t, part.ctx, part.anna, part.bert = t, harness.Patiently(t), o.anna.in(t), o.bert.in(t)
		run(&part)
		part.free(part.anna)
		if o.bert != nil {
			part.free(part.bert)
		}
	})
}

// soon is the time within which what is asked for has to be heard.
func (o *office) soon() context.Context {
	o.t.Helper()
	return harness.Patiently(o.t)
}

// free waits until an agent has no call and can be asked again.
func (o *office) free(p *page) {
	o.t.Helper()
	p.do("phase", args{"phase": ""})
	var seen struct{ Agent struct{ State string } }
	p.ask("snapshot", nil, &seen)
	if seen.Agent.State == "away" {
		p.setAvailable()
	}
	p.do("agent", args{"state": "available"})
}

// A customer is somebody who calls, and what he hears.
type customer struct {
	o     *office
	call  string // its ID, once it was answered
	hears *harness.Line
	phone *harness.Softphone // or
	run   *harness.SippRun
}

// sipp lets a customer call from an address by a scenario.
func (o *office) sipp(from netip.Addr, scenario, number string) *customer {
	o.t.Helper()
	run := harness.Sipp{
		Scenario: scenarios + scenario + ".xml", From: netip.AddrPortFrom(from, 0), To: o.server.SIP, Number: number, Options: []string{"-m", "1"},
	}.Start(o.ctx, o.t)
	return &customer{o: o, run: run, hears: harness.Overhear(o.t, run.Hears())}
}

// baresip lets a customer call.
func (o *office) baresip(number string) *customer {
	o.t.Helper()
	return o.baresipAt(harness.Loopback, number)
}

// baresipAt is baresip from another address.
func (o *office) baresipAt(from netip.Addr, number string) *customer {
	o.t.Helper()
	phone := harness.Baresip{Addr: netip.AddrPortFrom(from, 0)}.Start(o.t)
	c := &customer{o: o, phone: phone, hears: harness.Overhear(o.t, phone.Hears())}
	phone.Do("dial", o.server.URI(number))
	return c
}

// gone waits until the customer was hung up on, and checks that all went as his scenario says.
func (c *customer) gone() {
	c.o.t.Helper()
	if c.phone != nil {
		c.phone.Says(c.o.ctx, "session closed")
		return
	}
	c.run.Wait()
}

// answers lets an agent answer by a click, and both hear each other.
func (c *customer) answeredBy(p *page) {
	c.o.t.Helper()
	p.do("phase", args{"phase": "offered"})
	p.do("answer", nil)
	c.talksTo(p)
	if c.call == "" {
		c.call = p.connected()
	}
}

// connected is the ID of the call that an agent is in.
func (p *page) connected() string {
	p.t.Helper()
	var seen struct{ Calls []struct{ ID, Phase string } }
	p.ask("snapshot", nil, &seen)
	for _, call := range seen.Calls {
		if call.Phase == "connected" {
			return call.ID
		}
	}
	p.t.Fatalf("no call is connected: %+v", seen)
	return ""
}

// talksTo fails the test unless customer and agent hear each other.
func (c *customer) talksTo(p *page) {
	c.o.t.Helper()
	p.hears(harness.CallerTone)
	c.hears.Hears(c.o.soon(), c.o.t, "the customer", float64(p.tone))
}

// hears fails the test unless the connected call sounds like this.
func (p *page) hears(hz int) {
	p.t.Helper()
	p.do("hear", args{"hz": hz, "phase": "connected"})
}

// quiet fails the test unless the call of this phase is silent.
func (p *page) quiet(phase string) {
	p.t.Helper()
	p.do("quiet", args{"phase": phase})
}

// ends lets an agent end the call by a click, and the customer is gone.
func (c *customer) ends(p *page) {
	c.o.t.Helper()
	p.do("end", nil)
	c.gone()
}
