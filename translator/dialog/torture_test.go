package dialog

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// tortureSets are the tables with the folders of their messages.
var tortureSets = []struct {
	folder string
	rows   []ordeal
}{{"rfc4475", torture4475}, {"rfc5118", torture5118}}

// bytesOf gives the message of a file: what follows its heading, in the notation of RFC 4475 §2.1 and §2.2. Line ends are CRLF.
func bytesOf(t testing.TB, folder, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../../testdata", folder, name+".sip"))
	if err != nil {
		t.Fatal(err)
	}
	heading, body, ok := strings.Cut(string(text), "\n\n")
	if !ok || !strings.HasPrefix(heading, "# RFC "+strings.TrimPrefix(folder, "rfc")+" §") {
		t.Fatalf("%s/%s: no heading", folder, name)
	}
	var out strings.Builder
	joined := false
	for line := range strings.Lines(body) {
		switch l := strings.TrimSuffix(line, "\n"); {
		case l == "<allOneLine>":
			joined = true
		case l == "</allOneLine>":
			joined = false
			out.WriteString("\r\n")
		case joined || l == line: // the last line of a file may have no end
			out.WriteString(l)
		default:
			out.WriteString(l + "\r\n")
		}
	}
	return fromHex(t, out.String())
}

// fromHex puts in what stands between <hex> and </hex>.
func fromHex(t testing.TB, text string) []byte {
	t.Helper()
	var out []byte
	for {
		before, rest, found := strings.Cut(text, "<hex>")
		out = append(out, before...)
		if !found {
			return out
		}
		digits, after, _ := strings.Cut(rest, "</hex>")
		octets, err := hex.DecodeString(digits)
		if err != nil {
			t.Fatal(err)
		}
		out, text = append(out, octets...), after
	}
}

// TestTortureIsWhole holds the tables and the folders together: each message is in its table once, and some have lengths to go by.
func TestTortureIsWhole(t *testing.T) {
	for _, set := range tortureSets {
		files, err := filepath.Glob(filepath.Join("../../testdata", set.folder, "*.sip"))
		if err != nil {
			t.Fatal(err)
		}
		listed := map[string]bool{}
		for _, row := range set.rows {
			if listed[row.name] || row.why == "" {
				t.Errorf("%s is listed twice, or without a reason", row.name)
			}
			listed[row.name] = true
		}
		for _, f := range files {
			if name := strings.TrimSuffix(filepath.Base(f), ".sip"); !listed[name] {
				t.Errorf("%s is in no table", f)
			}
		}
		if len(files) != len(set.rows) {
			t.Errorf("%s: %d files, %d rows", set.folder, len(files), len(set.rows))
		}
	}
	if len(torture4475) != 49 || len(torture5118) != 12 {
		t.Errorf("%d messages of RFC 4475, want 49; %d of RFC 5118, want 12", len(torture4475), len(torture5118))
	}
	for name, want := range map[string]int{"mpart01": 1290, "longreq": 3515, "unreason": 526} {
		if got := len(bytesOf(t, "rfc4475", name)); got != want {
			t.Errorf("%s has %d bytes, want %d", name, got, want)
		}
	}
}

// optionsAfter is the question that must be answered after each message (security rule S17).
func optionsAfter(name string) string {
	return message("OPTIONS", 1, "after-"+name, "", "", "Call-ID: after-"+name)
}

// outcome says in the table's words what a message brought: the final responses, and calls.
func outcomeWord(finals []string, calls int) string {
	for i, f := range finals {
		if f == "404" && calls > 0 {
			finals[i] = "call"
		}
	}
	if len(finals) == 0 {
		return "silence"
	}
	return strings.Join(finals, " ")
}

// TestSecurityTorture plays each message to a gateway of its own, in virtual time (S17).
func TestSecurityTorture(t *testing.T) {
	for _, set := range tortureSets {
		for _, row := range set.rows {
			t.Run(row.name, func(t *testing.T) {
				s := newStage(t)
				ps := slices.Clone(s.receive(string(bytesOf(t, set.folder, row.name))))
				for _, o := range s.calls {
					ps = append(ps, o.act(Reject{Status: 404})...)
				}
				row.judge(t, row.want, ps, len(s.calls))
				s.want(s.receive(optionsAfter(row.name)), "200 OPTIONS")
				s.pass(time.Minute)
				if s.v.Transactions() != 0 || s.v.Dialogs() != 0 {
					t.Errorf("left: %d transactions, %d dialogs", s.v.Transactions(), s.v.Dialogs())
				}
			})
		}
	}
}

// judge holds what was sent against the row.
func (row *ordeal) judge(t *testing.T, want string, ps []Packet, calls int) {
	t.Helper()
	var finals []string
	for _, p := range ps {
		if code := strings.TrimPrefix(start(p), "SIP/2.0 ")[:3]; code >= "200" {
			finals = append(finals, code)
			row.regular(t, p)
		}
	}
	if got := outcomeWord(finals, calls); got != want {
		t.Errorf("got %q, want %q: %s", got, want, row.why)
	}
}

// regular wants a response that can be matched, to whatever it is (RFC 3261 §8.2.6), with the row's header.
func (row *ordeal) regular(t *testing.T, p Packet) {
	t.Helper()
	if len(headers(p, "Via")) == 0 || strings.ContainsAny(strings.ReplaceAll(string(p.Data), "\r\n", ""), "\r\n") {
		t.Errorf("an answer that is none:\n%q", p.Data)
	}
	if name, value, ok := strings.Cut(row.header, ": "); ok && header(p, name) != value {
		t.Errorf("%s is %q, want %q", name, header(p, name), value)
	}
}

// refuseAll is the call side of the live runs.
func refuseAll(c *liveCall) { c.step(Reject{Status: 404}) }

// torturer is the peer of the live runs over UDP: the messages name ports that answers go to, all of them his.
type torturer struct {
	t     *testing.T
	to    net.Addr
	socks []net.PacketConn
	got   chan Packet
	seen  map[string]bool // answers, so that repeats do not count
}

func newTorturer(t *testing.T, o *office) *torturer {
	p := &torturer{t: t, to: net.UDPAddrFromAddrPort(o.e.Addr()), got: make(chan Packet, 64), seen: map[string]bool{}}
	for _, port := range []int{5060, 5050, 6050, 19823} {
		c, err := net.ListenPacket("udp", "127.47.5.1:"+strconv.Itoa(port))
		if err != nil {
			t.Skip("no such loopback address: ", err)
		}
		t.Cleanup(func() { c.Close() })
		p.socks = append(p.socks, c)
		go func() {
			buf := make([]byte, maxDatagram)
			for {
				n, _, err := c.ReadFrom(buf)
				if err != nil {
					return
				}
				p.got <- Packet{Data: bytes.Clone(buf[:n])}
			}
		}()
	}
	return p
}

func (p *torturer) send(b []byte) {
	p.t.Helper()
	if _, err := p.socks[0].WriteTo(b, p.to); err != nil {
		p.t.Fatal(err)
	}
}

// next is the next final response that is no repeat, within d.
func (p *torturer) next(d time.Duration) (Packet, bool) {
	for late := time.After(d); ; {
		select {
		case pk := <-p.got:
			if code := strings.TrimPrefix(start(pk), "SIP/2.0 ")[:3]; code >= "200" && !p.seen[string(pk.Data)] {
				p.seen[string(pk.Data)] = true
				return pk, true
			}
		case <-late:
			return Packet{}, false
		}
	}
}

// quietFor is how long nothing must come where silence is right.
const quietFor = 60 * time.Millisecond

// TestSecurityTortureUDP plays each message to a live endpoint of its own: several share a transaction, as retransmissions do.
func TestSecurityTortureUDP(t *testing.T) {
	for _, set := range tortureSets {
		for _, row := range set.rows {
			t.Run(row.name, func(t *testing.T) {
				o := newOffice(t, refuseAll, tortureTrunk)
				p := newTorturer(t, o)
				p.send(bytesOf(t, set.folder, row.name))
				wait := 3 * time.Second
				if row.want == "silence" {
					wait = quietFor
				}
				var ps []Packet
				if pk, ok := p.next(wait); ok {
					ps = append(ps, pk)
				}
				row.judge(t, row.want, ps, int(o.e.Stats().Calls))
				asked := time.Now()
				p.send([]byte(strings.ReplaceAll(optionsAfter(row.name), "198.51.100.7:5060", "127.47.5.1:5060")))
				pk, ok := p.next(3 * time.Second)
				if !ok || start(pk) != "SIP/2.0 200 OK" || header(pk, "Call-ID") != "after-"+row.name {
					t.Errorf("OPTIONS got\n%s", pk.Data)
				}
				if d := time.Since(asked); d > time.Second { // 100 ms on a machine that does nothing else
					t.Errorf("OPTIONS took %v", d)
				}
			})
		}
	}
}

// tortureTrunk lets the messages' own addresses count as the trunk's, as they do behind address translation.
func tortureTrunk(c *Config) {
	c.Trunks[0].Networks = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	c.Trunks[0].NAT = true
}

// TestSecurityTortureTCP does so by a connection.
func TestSecurityTortureTCP(t *testing.T) {
	for _, set := range tortureSets {
		for _, row := range set.rows {
			t.Run(row.name, func(t *testing.T) {
				o := newOffice(t, refuseAll, tortureTrunk, listenOn(Listener{Network: TCP}))
				w := dialWire(t, o, "127.0.0.1")
				w.raw(string(bytesOf(t, set.folder, row.name)))
				want := cmp.Or(row.stream, row.want)
				answer, closes := strings.CutSuffix(want, "closed")
				answer = strings.TrimSpace(answer)
				var ps []Packet
				if answer != "" && answer != "silence" && answer != "waits" {
					ps = append(ps, w.expect("SIP/2.0 "+map[string]string{"call": "404"}[answer]))
				}
				switch {
				case closes:
					w.ends()
				case answer == "waits":
					answer = "silence"
					w.c.Close()
				default:
					w.send(optionsAfter(row.name))
					if pk, ok := w.read(); !ok || start(pk) != "SIP/2.0 200 OK" || header(pk, "Call-ID") != "after-"+row.name {
						t.Errorf("OPTIONS got\n%s", pk.Data)
					}
				}
				if answer != "" {
					row.judge(t, answer, ps, int(o.e.Stats().Calls))
				}
				again := dialWire(t, o, "127.0.0.1")
				again.send(optionsAfter(row.name + "2"))
				again.expect("SIP/2.0 200")
				again.c.Close()
				w.c.Close()
				o.await(t, "no connection left", func() bool { return o.e.Stats().Connections == 0 })
			})
		}
	}
}
