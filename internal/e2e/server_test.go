package e2e

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"offhook/internal/harness"
)

// configuration of startServer: one trunk on loopback, a queue that rings behind 100, one that answers at once with music behind 200. The trunk has no
// address of harness.Addresses, so that these may be trunks of their own. Agents get more time than their programs need on a machine with nothing else to do.
const configuration = `
listen:
  http: 127.0.0.1:%[1]d
  sip: [127.0.0.1:%[2]d]
  admin: 127.0.0.1:%[3]d
media:
  browsers: [127.0.0.1:%[4]d]
  trunk: 127.0.0.1
  ports: %[5]d-%[6]d
trunks:
  - name: pbx
    networks: [127.0.0.0/16, 127.2.0.0/16]
    media_networks: [127.0.0.0/8]
    codecs: [PCMA, PCMU]
routes:
  - called: "100"
    queue: support
  - called: "200"
    queue: music
queues:
  - name: support
    ring_for: 60s
    wrap_up: 2s
  - name: music
    answer: at_once
    ring_for: 60s
    wrap_up: 2s
agents:
  confirm_within: 30s
  reject_delay: 1s
  tokens:
    - issuer: e2e
      algorithm: HS256
      secret: {env: OFFHOOK_TOKEN_SECRET}
origins: ["http://127.0.0.1:%[1]d"]
`

// mayDial lets agents call every number by the trunk, whose calls go to this address.
func mayDial(at netip.AddrPort) func(yaml string) string {
	return func(yaml string) string {
		yaml = strings.Replace(yaml, "  - name: pbx\n", fmt.Sprintf("  - name: pbx\n    addresses: [%s]\n", at), 1)
		return yaml + dialling
	}
}

const dialling = `dial:
  allow: ["+*"]
  routes:
    - {numbers: "+*", trunks: [pbx]}
  callers:
    - {number: "+493012345"}
`

// both is one edit after the other; each may be nil.
func both(one, other func(string) string) func(string) string {
	return func(yaml string) string {
		for _, edit := range []func(string) string{one, other} {
			if edit != nil {
				yaml = edit(yaml)
			}
		}
		return yaml
	}
}

// startServer runs offhook serve until the test's end. edit may change the configuration; nil does not.
func startServer(t *testing.T, edit func(yaml string) string) *harness.Server {
	t.Helper()
	return startServerAs(t, edit, nil)
}

// startServerAs is startServer; start may change how the program is started.
func startServerAs(t *testing.T, edit func(yaml string) string, start func(*harness.Launch)) *harness.Server {
	t.Helper()
	httpPort, adminPort, sipPort, mediaPort := harness.FreeTCP(t), harness.FreeTCP(t), harness.FreeUDP(t), harness.FreeUDP(t)
	first, last := harness.FreeRange(t)
	yaml := fmt.Sprintf(configuration, httpPort, sipPort, adminPort, mediaPort, first, last)
	if edit != nil {
		yaml = edit(yaml)
	}
	file := filepath.Join(t.TempDir(), "offhook.yaml")
	if err := os.WriteFile(file, []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	launch := harness.Launch{
		Program: program, Args: []string{"serve", "-config", file}, SIP: netip.AddrPortFrom(harness.Loopback, uint16(sipPort)),
		HTTP: fmt.Sprintf("127.0.0.1:%d", httpPort), Admin: fmt.Sprintf("127.0.0.1:%d", adminPort),
		Issuer: "e2e", Queues: []string{"support", "music"}, Dial: []string{"+*"},
	}
	if start != nil {
		start(&launch)
	}
	return harness.StartServer(t, launch)
}

// demoNumber is what the demo's caller calls; any number does.
const demoNumber = "+493023125000"

// startDemo runs offhook demo without its own caller. The page is at the server's pageURL.
func startDemo(t *testing.T) *harness.Server {
	t.Helper()
	sip := netip.AddrPortFrom(harness.Loopback, uint16(harness.FreeUDP(t)))
	http := fmt.Sprintf("127.0.0.1:%d", harness.FreeTCP(t))
	first, _ := harness.FreeRange(t)
	return harness.StartServer(t, harness.Launch{
		Program: program, Args: []string{"demo", "-softphone", "-http", http, "-sip", sip.String(), "-rtp", fmt.Sprint(first)}, HTTP: http, SIP: sip,
	})
}

// pageURL is the demo's page.
func pageURL(s *harness.Server) string { return "http://" + s.HTTP + "/demo/" }
