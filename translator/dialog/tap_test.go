package dialog

import (
	"net/netip"
	"strings"
	"sync"
	"testing"
)

// tapped collects what a tap is told, as "> INVITE" for what came in and "< 180" for what went out.
type tapped struct {
	mu   sync.Mutex
	all  []string
	nets map[Network]bool
	peer map[netip.AddrPort]bool
}

func (k *tapped) tap(c *Config) {
	k.nets, k.peer = map[Network]bool{}, map[netip.AddrPort]bool{}
	c.Tap = func(m Tapped) {
		k.mu.Lock()
		defer k.mu.Unlock()
		word := strings.Fields(start(Packet{Data: m.Data}))
		kind := word[0]
		if kind == "SIP/2.0" {
			kind = word[1]
		}
		arrow := "< "
		if m.In {
			arrow = "> "
		}
		k.all = append(k.all, arrow+kind)
		k.nets[m.Network], k.peer[m.Peer] = true, true
	}
}

func (k *tapped) String() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return strings.Join(k.all, ", ")
}

const tappedCall = "> INVITE, < 100, < 180, < 200, > ACK, > BYE, < 200"

// The tap is told of every message of a call over UDP, in the order of the wire, and of its peer; of strangers nothing.
func TestTapUDP(t *testing.T) {
	var k tapped
	o := newOffice(t, answerAtOnce, k.tap)
	stranger := newPhone(t, o, "127.0.0.2:0")
	stranger.send(message("OPTIONS", 1, "stranger", "", ""))
	p := newPhone(t, o, "127.0.0.1:0")
	p.send(message("INVITE", 1, "inv", "", offer))
	ok := p.expect("SIP/2.0 200")
	p.send(message("ACK", 1, "ack", tagOf(ok), ""))
	p.send(message("BYE", 2, "bye", tagOf(ok), ""))
	p.expect("SIP/2.0 200")
	if got := k.String(); got != tappedCall {
		t.Errorf("tapped %s, want %s", got, tappedCall)
	}
	if len(k.peer) != 1 || !k.peer[p.addr] || !k.nets[UDP] {
		t.Errorf("peers %v, networks %v", k.peer, k.nets)
	}
}

// Over TCP it is told of whole messages, and not of the line ends between them.
func TestTapTCP(t *testing.T) {
	var k tapped
	o := newOffice(t, answerAtOnce, listenOn(Listener{Network: TCP}), k.tap)
	w := dialWire(t, o, "127.0.0.1")
	w.raw("\r\n\r\n")
	invite := w.text(message("INVITE", 1, "inv", "", offer))
	w.raw(invite[:100])
	w.raw(invite[100:])
	var ok Packet
	for start(ok) != "SIP/2.0 200 OK" {
		if ok, _ = w.read(); len(ok.Data) == 0 {
			t.Fatal("the connection ended")
		}
		ok.Data = []byte(strings.TrimPrefix(string(ok.Data), "\r\n"))
	}
	w.send(message("ACK", 1, "ack", tagOf(ok), ""))
	w.send(message("BYE", 2, "bye", tagOf(ok), ""))
	for {
		p, more := w.read()
		if !more {
			t.Fatal("the connection ended")
		}
		if strings.Contains(string(p.Data), "BYE") {
			break
		}
	}
	if got := k.String(); got != tappedCall || !k.nets[TCP] {
		t.Errorf("tapped %s by %v, want %s", got, k.nets, tappedCall)
	}
}

// In virtual time it is the same.
func TestTapVirtual(t *testing.T) {
	var k tapped
	s := newStage(t, k.tap)
	s.receiveFrom(message("OPTIONS", 1, "stranger", "", ""), netip.MustParseAddrPort("192.0.2.99:5060"))
	o, tag := s.confirmed()
	s.receive(message("BYE", 2, "bye", tag, ""))
	if got := k.String(); !strings.HasPrefix(got, "> INVITE, < 100") || !strings.HasSuffix(got, "> ACK, > BYE, < 200") {
		t.Errorf("tapped %s for %v", got, o.d.State())
	}
}
