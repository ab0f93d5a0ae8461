package e2e

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"offhook/agent/protocol"
	"offhook/internal/harness"
	"offhook/internal/load"
)

// An attended transfer by a trunk that does it itself (refer: true): the customer is asked by REFER to take the agent's place in the consultation, and told
// which call that is (RFC 3891 §3: the tags as who was consulted has them). Both hear each other, and go on when offhook is out of it.
//
// sipp has one dialog a call, so another sipp makes the customer's new call, with what the REFER said.
func TestTrunkIsReferredToAConsultation(t *testing.T) {
	t.Parallel()
	harness.Need(t, "sipp", "tcpdump")
	ctx := harness.Patiently(t)
	colleague := harness.Sipp{Scenario: scenarios + "uas-talks.xml", Tone: harness.ColleagueTone, Options: []string{"-m", "2"}}.Start(ctx, t)
	colleagueHears := harness.Overhear(t, colleague.Hears())
	s := newStageWith(t, load.Policy{WrapUpFor: -1}, both(mayDial(colleague.Addr), trunk("refer: true")))
	wire := harness.Listen(t, fmt.Sprintf("udp port %d or udp port %d", s.server.SIP.Port(), colleague.Addr.Port()))
	customer := sipp(s.server, "uac-is-referred.xml", "100", "-m", "1").Start(ctx, t)
	call := s.agent.Connected(ctx).Call
	harness.Hears(ctx, t, "the agent", &s.agent.Ear, harness.CallerTone)

	n := s.agent.Journal.Len()
	consultation := s.dial(load.Fields{"consult_of": call})
	s.agent.WaitFrom(ctx, n, "the consultation is connected", func(e load.Event) bool {
		return e.Call == consultation && load.InPhase(protocol.PhaseConnected)(e)
	})
	harness.Hears(ctx, t, "the agent, asking,", s.agent.EarOf(consultation), harness.ColleagueTone)
	colleagueHears.Hears(ctx, t, "the colleague, asked,", harness.AgentTone)

	s.ask(ctx, "transfer", call, load.Fields{"consult": consultation})
	refer := wire.Said(ctx, "offhook's REFER", func(m harness.Message) bool { return m.From == s.server.SIP && m.Is("REFER") })
	to, replaces := referredTo(t, refer)
	if to != colleague.Addr {
		t.Errorf("the customer is referred to %s, want %s", to, colleague.Addr)
	}
	asked := wire.Said(ctx, "the consultation's 200", func(m harness.Message) bool {
		return m.From == colleague.Addr && m.To == s.server.SIP && m.Status("200") && strings.HasSuffix(m.CSeq(), "INVITE")
	})
	if want := replacement(asked); replaces != want {
		t.Errorf("Replaces is %q, want %q", replaces, want)
	}
	again := harness.Sipp{Scenario: scenarios + "uac-replaces.xml", To: to, Number: callee, Options: []string{"-m", "1", "-key", "replaces", replaces}}.Start(ctx, t)
	hears := harness.Overhear(t, again.Hears())
	hears.Hears(ctx, t, "the customer", harness.ColleagueTone)
	tell(t, colleague.Addr, asked.CallID()) // he leaves the call that was replaced (RFC 3891 §3)
	tell(t, customer.Addr, refer.CallID())

	for _, id := range []string{call, consultation} {
		e := s.agent.WaitFrom(ctx, n, "the end of both calls", func(e load.Event) bool { return e.Kind == load.CallChanged && e.Call == id && e.Object.Cause != nil })
		if c := e.Object.Cause; c.Code != protocol.CauseTransferred || c.By != protocol.ByAgent {
			t.Errorf("the cause is %+v, want transferred by the agent", c)
		}
	}
	customer.Wait()
	s.available()
	hears.Hears(ctx, t, "the customer, whom offhook has left,", harness.ColleagueTone)
	colleagueHears.Hears(ctx, t, "the colleague, whom offhook has left,", harness.CallerTone)
	own := wire.Said(ctx, "the customer's call", func(m harness.Message) bool { return m.Is("INVITE") && m.From == again.Addr })
	tell(t, colleague.Addr, own.CallID())
	again.Wait()
	colleague.Wait()
}

var referTo = regexp.MustCompile(`^<sip:[^@>]*@([0-9.:]+)[^?>]*\?Replaces=([^>&]*)>`)

// referredTo is whom a REFER asks to call, and the call whose place is to be taken, as Replaces has it.
func referredTo(t *testing.T, m harness.Message) (at netip.AddrPort, replaces string) {
	t.Helper()
	parts := referTo.FindStringSubmatch(m.Header("Refer-To"))
	if parts == nil {
		t.Fatalf("Refer-To is %s", m.Header("Refer-To"))
	}
	at, err := netip.ParseAddrPort(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	if replaces, err = url.PathUnescape(parts[2]); err != nil {
		t.Fatal(err)
	}
	return at, replaces
}

// replacement names a call as who has answered it has it: to-tag is his own, from-tag offhook's.
func replacement(m harness.Message) string {
	tag := func(header string) string {
		_, tag, _ := strings.Cut(m.Header(header), ";tag=")
		return tag
	}
	return fmt.Sprintf("%s;to-tag=%s;from-tag=%s", m.CallID(), tag("To"), tag("From"))
}

// tell sends a sipp that waits for it a MESSAGE of its call.
func tell(t *testing.T, at netip.AddrPort, callID string) {
	t.Helper()
	conn, err := net.Dial("udp", at.String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	here := conn.LocalAddr()
	if _, err := fmt.Fprintf(conn, "MESSAGE sip:sipp@%s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bKtell\r\nMax-Forwards: 70\r\nFrom: <sip:test@%[2]s>;tag=1\r\nTo: <sip:sipp@%[1]s>\r\n"+
		"Call-ID: %[3]s\r\nCSeq: 1 MESSAGE\r\nContent-Length: 0\r\n\r\n", at, here, callID); err != nil {
		t.Fatal(err)
	}
}
