package load

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"offhook/translator/dialog"
)

// unacceptable is 488: nothing in that offer can be used (RFC 3261 §21.4.26).
const unacceptable = 488

// A Phone is the media of one call on the SIP side: a UDP port with RTP on it. [Caller] and [Callee] use it; a test that speaks SIP by itself
// may too. Its methods, but Address, belong to one goroutine.
type Phone struct {
	conn  *net.UDPConn
	pacer *Pacer

	reader  sync.WaitGroup
	leave   func()
	stream  stream // the pacer's, once there is a leave
	version int    // of our descriptions
	far     atomic.Pointer[described]
}

// OpenPhone opens a port on this address. What comes in is given to heard, packet by packet; it must return at once and keep no
// reference to pcm. Close the phone.
func OpenPhone(addr netip.Addr, pacer *Pacer, heard func(pcm []int16)) (*Phone, error) {
	return openPhone(addr, pacer, heard, nil)
}

// openPhone is OpenPhone, with one who notices digits; it must return at once.
func openPhone(addr netip.Addr, pacer *Pacer, heard func(pcm []int16), digit func(digit byte, length time.Duration)) (*Phone, error) {
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(addr, 0)))
	if err != nil {
		return nil, fmt.Errorf("opening an RTP port: %w", err)
	}
	p := &Phone{conn: conn, pacer: pacer}
	p.reader.Go(func() { p.listen(&hearer{heard: heard, digit: digit}) })
	return p, nil
}

// Address is where the phone wants its RTP.
func (p *Phone) Address() netip.AddrPort { return p.conn.LocalAddr().(*net.UDPAddr).AddrPort() }

// Offer is the phone's offer: these codecs in this order, and telephone-event.
func (p *Phone) Offer(codecs ...Codec) []byte {
	p.version++
	return description(p.Address(), p.version, codecs, eventsType, sendRecv)
}

// Answered takes the answer to the offer and begins to send. A second answer changes nothing.
func (p *Phone) Answered(sdp []byte, speak Source) error {
	far, err := readDescription(sdp)
	if err != nil || p.leave != nil {
		return err
	}
	p.begin(&far, speak)
	return nil
}

// Answer takes an offer and gives the answer: its first G.711 codec, telephone-event if it has that, and its direction from our side. The
// first offer begins the sending; what a later one changes holds at once, and the codec stays.
func (p *Phone) Answer(sdp []byte, speak Source) ([]byte, error) {
	far, err := readDescription(sdp)
	if err != nil {
		return nil, err
	}
	if p.leave == nil {
		p.begin(&far, speak)
	} else {
		far.codec = p.far.Load().codec
		p.far.Store(&far)
	}
	p.version++
	return description(p.Address(), p.version, []Codec{far.codec}, far.events, far.way.mirrored()), nil
}

// reanswer is what a dialog is told when the far side has made an offer in mid-call, or wants one of ours.
func (p *Phone) reanswer(r dialog.Report, speak Source) dialog.AnswerReoffer {
	if r.SDP == nil {
		return dialog.AnswerReoffer{SDP: p.Offer(p.codec())}
	}
	answer, err := p.Answer(r.SDP, speak)
	if err != nil {
		return dialog.AnswerReoffer{Status: unacceptable}
	}
	return dialog.AnswerReoffer{SDP: answer}
}

// codec is the one that was agreed on.
func (p *Phone) codec() Codec {
	if far := p.far.Load(); far != nil {
		return far.codec
	}
	return PCMA
}

func (p *Phone) begin(far *described, speak Source) {
	p.far.Store(far)
	p.stream = stream{codec: far.codec, source: speak, ssrc: uint32(p.Address().Port()) << 8}
	p.leave = p.pacer.Add(p.tick)
}

// tick sends a packet, unless the far side wants none now.
func (p *Phone) tick() {
	if far := p.far.Load(); far.listens() {
		_, _ = p.conn.WriteToUDPAddrPort(p.stream.next(), far.to)
	}
}

// Close stops all sound and frees the port.
func (p *Phone) Close() {
	if p.leave != nil {
		p.leave()
	}
	_ = p.conn.Close()
	p.reader.Wait()
}

func (p *Phone) listen(h *hearer) {
	packet := make([]byte, 1500)
	for {
		n, _, err := p.conn.ReadFromUDPAddrPort(packet)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err == nil {
			h.take(packet[:n])
		}
	}
}

// noticing makes a phone's callback that tells of the first sound, and hands all of it on to heard, which may be nil.
func noticing(tell func(Event), heard func([]int16)) func([]int16) {
	sounded := false // owned by the phone's reader
	return func(pcm []int16) {
		if !sounded && Level(pcm) > soundLevel {
			sounded = true
			tell(Event{Kind: FirstSound})
		}
		if heard != nil {
			heard(pcm)
		}
	}
}
