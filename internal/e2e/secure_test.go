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

// A secured stage has TLS and SRTP between offhook and a baresip, with certificates of one authority.
type secured struct {
	*stage
	phone *harness.Softphone
	tls   netip.AddrPort // offhook's
}

func newSecured(t *testing.T) *secured {
	t.Helper()
	harness.Need(t, "baresip", "tcpdump")
	ca := harness.NewAuthority(t)
	roots := ca.File(t)
	s := &secured{tls: netip.AddrPortFrom(harness.Loopback, uint16(harness.FreeTCP(t)))}
	s.phone = harness.Baresip{
		User: callee, Account: ";transport=tls;mediaenc=srtp-mand", Modules: []string{"srtp"},
		Config: []string{"sip_certificate " + joined(t, ca, "phone.example"), "sip_cafile " + roots},
	}.Start(t)
	certificate, key := ca.Files(t, "offhook.example", "127.0.0.1")
	s.stage = newStageWith(t, load.Policy{}, func(yaml string) string {
		yaml = mayDial(s.phone.TLS())(yaml)
		yaml = strings.Replace(yaml, "addresses: [", "addresses: [\"tls:", 1)
		yaml = strings.Replace(yaml, s.phone.TLS().String()+"]", s.phone.TLS().String()+"\"]", 1)
		yaml = strings.Replace(yaml, "  sip: [", fmt.Sprintf("  sip: [\"tls:%s\", ", s.tls), 1)
		yaml = strings.Replace(yaml, "  - name: pbx\n", fmt.Sprintf("  - name: pbx\n    tls: {ca: %s, peer_name: phone.example}\n    srtp: required\n", roots), 1)
		return yaml + fmt.Sprintf("sip_tls: {certificate: %s, key: %s}\n", certificate, key)
	})
	return s
}

// joined is a certificate with its key in one file.
func joined(t *testing.T, ca *harness.Authority, name string) string {
	t.Helper()
	certificate, key := ca.Files(t, name)
	var both []byte
	for _, f := range []string{certificate, key} {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		both = append(both, text...)
	}
	file := filepath.Join(t.TempDir(), "both.pem")
	if err := os.WriteFile(file, both, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// encrypted fails the test unless RTP passed and none of it can be understood.
func encrypted(t *testing.T, line *harness.Wire) {
	t.Helper()
	const packet = 12 + 160 // RTP's header and 20 ms of G.711; SRTP adds a tag
	var pcm []int16
	sounds := 0
	for _, p := range line.Packets() {
		if sound := harness.G711(p.Payload); sound != nil {
			pcm = append(pcm, sound...)
			sounds++
			if len(p.Payload) <= packet {
				t.Fatalf("a packet of %d octets has no tag: it is plain RTP", len(p.Payload))
			}
		}
	}
	if sounds < 25 {
		t.Errorf("%d packets of sound on the wire, want half a second at least", sounds)
	}
	for _, hz := range []float64{harness.AgentTone, harness.CallerTone} {
		if share := harness.LoudestShare(pcm, hz); share > 0.5 {
			t.Errorf("%.0f Hz can be heard on the wire: %.2f", hz, share)
		}
	}
}

// Over TLS and SRTP (SDES, RFC 4568): baresip calls, and is called; sound both ways, and none of it plain on the wire.
func TestSecurityTLSAndSDES(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		place func(s *secured)
	}{
		{"baresip calls", func(s *secured) { s.phone.Do("dial", fmt.Sprintf("sip:100@%s;transport=tls", s.tls)) }},
		{"the agent calls", func(s *secured) {
			s.dial(nil)
			s.wait("it rings there", load.InPhase(protocol.PhaseRinging))
			s.phone.Do("accept", "")
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newSecured(t)
			hears, says := harness.Listen(t, s.phone.Hears()), harness.Listen(t, s.phone.Sends())
			c.place(s)
			ctx := harness.Patiently(t)
			e := s.agent.Connected(ctx)
			harness.Hears(ctx, t, "the agent", &s.agent.Ear, harness.CallerTone)
			harness.Listens(ctx, t, &s.agent.Ear)
			if err := s.agent.Hangup(ctx, e.Call); err != nil {
				t.Error(err)
			}
			s.phone.Says(ctx, "session closed")
			s.phone.Heard(harness.AgentTone)
			encrypted(t, hears)
			encrypted(t, says)
		})
	}
}
