package e2e

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"offhook/agent/protocol"
	"offhook/internal/harness"
	"offhook/internal/load"
)

// knows gives the trunk credentials for kamailio.
func knows(t *testing.T, password string) func(yaml string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte(password+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return trunk(fmt.Sprintf(`credentials: {realm: %s, user: "100", password: {file: %s}}`, harness.Realm, file))
}

// registers lets offhook register at a kamailio as 100, with a password, and call by it.
func registers(t *testing.T, at netip.AddrPort, password string) func(yaml string) string {
	t.Helper()
	register := trunk(fmt.Sprintf("register: {registrar: sip:%s, identity: sip:100@%[1]s, expires: 1m}", harness.Realm))
	return both(both(mayDial(at), knows(t, password)), register)
}

// The program registers at kamailio with digest. A phone that is registered there too calls the number and is called, each INVITE being
// challenged; when the program stops the registration is gone.
func TestRegisteredAtKamailio(t *testing.T) {
	t.Parallel()
	harness.Need(t, "kamailio", "baresip", "tcpdump")
	ctx := harness.Patiently(t)
	proxy := harness.Kamailio{Digest: true, Offhook: netip.AddrPortFrom(harness.Loopback, 9)}.Start(t) // what nobody has registered goes nowhere
	wire := harness.Listen(t, fmt.Sprintf("udp port %d", proxy.Addr.Port()))
	s := newStageWith(t, load.Policy{}, registers(t, proxy.Addr, harness.Password))
	challenged := wire.Said(ctx, "kamailio's 401", func(m harness.Message) bool { return m.To == s.server.SIP && m.Status("401") })
	wire.Said(ctx, "offhook's registration", func(m harness.Message) bool {
		return m.To == s.server.SIP && m.Status("200") && m.CallID() == challenged.CallID() && strings.Contains(m.CSeq(), "REGISTER")
	})
	phone := harness.Baresip{User: callee, Domain: proxy.Addr.String(), Account: ";auth_pass=" + harness.Password + ";regint=60"}.Start(t)
	phone.Says(ctx, "200 OK")

	phone.Do("dial", "sip:100@"+proxy.Addr.String())
	e := s.agent.Connected(ctx)
	harness.Hears(ctx, t, "the agent", &s.agent.Ear, harness.CallerTone)
	if err := s.agent.Hangup(ctx, e.Call); err != nil {
		t.Error(err)
	}
	s.afterCall(protocol.CauseNormal, protocol.ByAgent)

	n := s.agent.Journal.Len()
	call := s.dial(nil)
	s.agent.WaitFrom(ctx, n, "it rings there", load.InPhase(protocol.PhaseRinging))
	wire.Said(ctx, "offhook's INVITE with credentials", func(m harness.Message) bool {
		return m.From == s.server.SIP && m.Is("INVITE") && strings.Contains(m.Header("Proxy-Authorization"), `username="100"`)
	})
	phone.Do("accept", "")
	s.agent.WaitFrom(ctx, n, "the call is connected", load.InPhase(protocol.PhaseConnected))
	harness.Hears(ctx, t, "the agent, in his own call,", &s.agent.Ear, harness.CallerTone)
	if err := s.agent.Hangup(ctx, call); err != nil {
		t.Error(err)
	}
	phone.SaysTimes(ctx, "session closed", 2)

	s.server.Drain()
	wire.Said(ctx, "the registration taken back", func(m harness.Message) bool {
		return m.From == s.server.SIP && m.Is("REGISTER") && m.Header("Expires") == "0" && m.Header("Authorization") != ""
	})
}

// A wrong password is tried once, and not again and again.
func TestSecurityWrongPasswordIsNotRepeated(t *testing.T) {
	t.Parallel()
	harness.Need(t, "kamailio", "tcpdump")
	ctx := harness.Patiently(t)
	proxy := harness.Kamailio{Digest: true, Offhook: netip.AddrPortFrom(harness.Loopback, 9)}.Start(t)
	wire := harness.Listen(t, fmt.Sprintf("udp port %d", proxy.Addr.Port()))
	server := startServer(t, registers(t, proxy.Addr, "not it"))
	refused := func() (n int) {
		for _, m := range wire.Messages() {
			if m.To == server.SIP && m.Status("401") {
				n++
			}
		}
		return n
	}
	wire.Said(ctx, "kamailio's second 401", func(harness.Message) bool { return refused() == 2 })
	quiet(ctx, wire)
	if n := refused(); n != 2 {
		t.Errorf("offhook tried %d times, want one without and one with the password", n)
	}
	if strings.Contains(server.Log.String(), "not it") {
		t.Error("the password is in the log")
	}
}
