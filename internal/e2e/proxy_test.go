package e2e

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"offhook/agent/protocol"
	"offhook/internal/harness"
	"offhook/internal/load"
)

// A proxied stage has a kamailio before offhook, which puts itself into every route, and a witness on the wire around both.
type proxied struct {
	*stage
	proxy *harness.Proxy
	wire  *harness.Wire
}

func newProxied(t *testing.T, policy load.Policy) *proxied {
	t.Helper()
	return newProxiedTo(t, netip.AddrPort{}, policy, nil)
}

// newProxiedTo is newProxied with somebody to call, behind the proxy, for the numbers that nobody has registered,
// and another configuration.
func newProxiedTo(t *testing.T, callee netip.AddrPort, policy load.Policy, edit func(yaml string) string) *proxied {
	t.Helper()
	harness.Need(t, "kamailio", "tcpdump")
	at := netip.AddrPortFrom(harness.Loopback, uint16(harness.FreeUDP(t)))
	s := newStageWith(t, policy, both(mayDial(at), edit))
	p := &proxied{stage: s, proxy: harness.Kamailio{Addr: at, Offhook: s.server.SIP, Callee: callee}.Start(t)}
	p.wire = harness.Listen(t, fmt.Sprintf("udp port %d or udp port %d", s.server.SIP.Port(), p.proxy.Addr.Port()))
	return p
}

// uri is a number by way of the proxy.
func (p *proxied) uri(number string) string { return "sip:" + number + "@" + p.proxy.Addr.String() }

// passed fails the test unless offhook has spoken with nobody but the proxy.
func (p *proxied) passed() {
	p.t.Helper()
	for _, m := range p.wire.Messages() {
		if m.From == p.server.SIP && m.To != p.proxy.Addr || m.To == p.server.SIP && m.From != p.proxy.Addr {
			p.t.Errorf("around the proxy: %s → %s %s", m.From, m.To, m.First())
		}
	}
}

// routed waits for a request of offhook's in a call, and fails the test unless it goes by the proxy's route to the far side's own address.
func (p *proxied) routed(what string, fits func(harness.Message) bool) {
	p.t.Helper()
	ctx := harness.Patiently(p.t)
	m := p.wire.Said(ctx, what, func(m harness.Message) bool { return m.From == p.server.SIP && fits(m) })
	if route := m.Header("Route"); m.To != p.proxy.Addr || !strings.Contains(route, p.proxy.Addr.String()) || !strings.Contains(route, ";lr") {
		p.t.Errorf("%s goes to %s by Route %q, want the proxy %s\n%s", what, m.To, route, p.proxy.Addr, m.Text)
	}
	if strings.Contains(m.First(), p.proxy.Addr.String()) {
		p.t.Errorf("%s asks for the proxy itself, not for the far side's Contact: %s", what, m.First())
	}
}

// baresip calls through the proxy, holds and comes back; the agent hangs up.
func TestProxyBaresipHoldsAndAgentHangsUp(t *testing.T) {
	t.Parallel()
	harness.Need(t, "baresip")
	p := newProxied(t, load.Policy{After: 300 * time.Millisecond})
	phone := harness.Baresip{}.Start(t)
	line := harness.Listen(t, phone.Hears())
	phone.Do("dial", p.uri("100"))
	ctx := harness.Patiently(t)
	e := p.agent.Connected(ctx)
	phone.Established(ctx, 1)
	harness.Hears(ctx, t, "the agent", &p.agent.Ear, harness.CallerTone)
	harness.Listens(ctx, t, &p.agent.Ear)

	n := p.agent.Journal.Len()
	phone.Do("hold", "")
	p.agent.WaitFrom(ctx, n, "the call is held by the far side", heldBy("remote"))
	harness.NoLonger(ctx, t, "the agent", &p.agent.Ear, harness.CallerTone)
	n = p.agent.Journal.Len()
	phone.Do("resume", "")
	p.agent.WaitFrom(ctx, n, "the call is held no more", heldBy(""))
	harness.Hears(ctx, t, "the agent, after the hold,", &p.agent.Ear, harness.CallerTone)
	line.Tone(ctx, t, "baresip after the hold", harness.AgentTone) // it records no more by then

	if err := p.agent.Hangup(ctx, e.Call); err != nil {
		t.Error(err)
	}
	phone.Says(ctx, "session closed")
	p.afterCall(protocol.CauseNormal, protocol.ByAgent)
	p.routed("offhook's BYE", func(m harness.Message) bool { return m.Is("BYE") })
	phone.Heard(harness.AgentTone)
	p.passed()
}

// heldBy matches a call object with this side holding, "" for none.
func heldBy(side string) func(load.Event) bool {
	return func(e load.Event) bool { return e.Kind == load.CallChanged && e.Object.HeldBy == side }
}

func TestProxyBaresipHangsUp(t *testing.T) {
	t.Parallel()
	harness.Need(t, "baresip")
	p := newProxied(t, load.Policy{})
	phone := harness.Baresip{}.Start(t)
	phone.Do("dial", p.uri("100"))
	ctx := harness.Patiently(t)
	p.agent.Connected(ctx)
	phone.Established(ctx, 1)
	phone.Do("hangup", "")
	p.afterCall(protocol.CauseNormal, protocol.ByCaller)
	p.wire.Said(ctx, "offhook's 200 to the BYE", func(m harness.Message) bool {
		return m.From == p.server.SIP && m.Status("200") && strings.Contains(m.CSeq(), "BYE")
	})
	p.passed()
}

// sipp calls through the proxy: hung up by either side, and given up while it rings.
func TestProxySippCalls(t *testing.T) {
	t.Parallel()
	harness.Need(t, "sipp")
	for _, c := range []struct {
		scenario string
		policy   load.Policy
		routed   bool // by a request of offhook's own
	}{
		{"uac-caller-hangs-up.xml", load.Policy{}, false},
		{"uac-callee-hangs-up.xml", load.Policy{TalkFor: 300 * time.Millisecond}, true},
		{"uac-cancel.xml", load.Policy{Do: load.Ignore}, false},
	} {
		t.Run(c.scenario, func(t *testing.T) {
			p := newProxied(t, c.policy)
			harness.Sipp{Scenario: scenarios + c.scenario, To: p.proxy.Addr, Number: "100", Options: []string{"-m", "1", "-d", "300"}}.
				Run(harness.Patiently(t), t)
			p.wait("the call is over", func(e load.Event) bool { return e.Kind == load.CallChanged && e.Object.Cause != nil })
			if c.routed {
				p.routed("offhook's BYE", func(m harness.Message) bool { return m.Is("BYE") })
			}
			p.passed()
		})
	}
}
