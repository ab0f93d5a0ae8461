package dialog

import (
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
)

// BenchmarkStep is one dialog's life in the machine alone: ring, answer, ACK, BYE.
func BenchmarkStep(b *testing.B) {
	s := newStage(b)
	_, tag := s.confirmed()
	parse := func(msg string) arrived {
		sc := newScreen(s.v.secret)
		sc.read([]byte(msg), peer)
		m, err := newParser().ParseSIP(sc.out)
		if err != nil {
			b.Fatal(err)
		}
		m.SetTransport("UDP")
		m.SetSource(peer.String())
		return arrived{req: mustRequest(m), tx: nothing{}, from: peer}
	}
	inv, ack, bye := parse(message("INVITE", 1, "x", "", offer)), parse(message("ACK", 1, "y", tag, "")), parse(message("BYE", 2, "z", tag, ""))
	b.ReportAllocs()
	for b.Loop() {
		d := newUAS(s.v.us, nil, inv)
		for _, ev := range []Event{begin{}, Ring{}, Answer{SDP: []byte(answer)}, acked{ack.req, peer}, bye} {
			d.Step(ev, t0)
		}
	}
}

// BenchmarkCallVirtual is one call's whole signalling, text in and text out: INVITE, 100, 180, 200, ACK, BYE, 200.
func BenchmarkCallVirtual(b *testing.B) {
	s := newStage(b)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		id := "Call-ID: c" + s.v.us.ids.token()
		s.receive(message("INVITE", 1, "inv"+id[9:], "", offer, id))
		o := s.calls[len(s.calls)-1]
		o.step(Ring{})
		o.step(Answer{SDP: []byte(answer)})
		tag := tagOf(s.packets[len(s.packets)-1])
		s.receive(message("ACK", 1, "ack"+id[9:], tag, "", id))
		s.receive(message("BYE", 2, "bye"+id[9:], tag, "", id))
		if o.has(Ended) == nil {
			b.Fatal("no end")
		}
		s.calls, s.packets = s.calls[:0], s.packets[:0]
		s.now = s.now.Add(time.Minute)
	}
}

// BenchmarkCallLive is one call's signalling over UDP on loopback, the peer included.
func BenchmarkCallLive(b *testing.B) {
	o := newOffice(b, answerAtOnce, func(c *Config) { c.RequestRate = 1_000_000 })
	p := newPhone(b, o, "127.0.0.1:0")
	b.ReportAllocs()
	for b.Loop() {
		id := "Call-ID: c" + o.e.us.ids.token()
		p.send(message("INVITE", 1, "inv"+id[9:], "", offer, id))
		tag := tagOf(p.expect("SIP/2.0 200"))
		p.send(message("ACK", 1, "ack"+id[9:], tag, "", id))
		p.send(message("BYE", 2, "bye"+id[9:], tag, "", id))
		for !strings.HasSuffix(header(p.expect("SIP/2.0 200"), "CSeq"), "BYE") {
		}
	}
}

// BenchmarkScreen is what each datagram costs before sipgo sees it.
func BenchmarkScreen(b *testing.B) {
	s := newScreen([]byte("secret"))
	msg := []byte(message("INVITE", 1, "inv", "", offer))
	b.ReportAllocs()
	for b.Loop() {
		if s.read(msg, peer) != fatePass {
			b.Fatal("refused")
		}
	}
}

func mustRequest(m sip.Message) *sip.Request { return m.(*sip.Request) }

// BenchmarkCallTCP is one call's signalling over one TCP connection on loopback, the peer included.
func BenchmarkCallTCP(b *testing.B) {
	o := newOffice(b, answerAtOnce, listenOn(Listener{Network: TCP}), func(c *Config) { c.RequestRate = 1_000_000 })
	w := dialWire(b, o, "127.0.0.1")
	b.ReportAllocs()
	for b.Loop() {
		id := "Call-ID: c" + o.e.us.ids.token()
		w.send(message("INVITE", 1, "inv"+id[9:], "", offer, id))
		tag := tagOf(w.expect("SIP/2.0 200"))
		w.send(message("ACK", 1, "ack"+id[9:], tag, "", id))
		w.send(message("BYE", 2, "bye"+id[9:], tag, "", id))
		for !strings.HasSuffix(header(w.expect("SIP/2.0 200"), "CSeq"), "BYE") {
		}
	}
}

// BenchmarkDigest is one answer to a SHA-256 challenge.
func BenchmarkDigest(b *testing.B) {
	a := newAuthorizer(&local{ids: strongIDs{}}, digestTrunk)
	req := (&local{}).request(sip.INVITE, "sip:100@198.51.100.7")
	res := sip.NewResponse(407, "x")
	res.AppendHeader(sip.NewHeader("Proxy-Authenticate", nonced("a", ", algorithm=SHA-256")))
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := a.Challenged(req, res, peer); !ok {
			b.Fatal("not answered")
		}
	}
}
