package load

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
)

// A Phone is the media of one call on the SIP side: a UDP port with RTP on it. [Caller] uses it; a test that speaks SIP by itself may too.
// Its methods, but Address, belong to one goroutine.
type Phone struct {
	conn  *net.UDPConn
	heard func(pcm []int16)
	pacer *Pacer

	reader sync.WaitGroup
	leave  func()
	stream stream // the pacer's, once there is a leave
}

// OpenPhone opens a port on this address. What comes in is given to heard, packet by packet; it must return at once and keep no
// reference to pcm. Close the phone.
func OpenPhone(addr netip.Addr, pacer *Pacer, heard func(pcm []int16)) (*Phone, error) {
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(addr, 0)))
	if err != nil {
		return nil, fmt.Errorf("opening an RTP port: %w", err)
	}
	p := &Phone{conn: conn, heard: heard, pacer: pacer}
	p.reader.Add(1)
	go p.listen()
	return p, nil
}

// Address is where the phone wants its RTP.
func (p *Phone) Address() netip.AddrPort { return p.conn.LocalAddr().(*net.UDPAddr).AddrPort() }

// Offer is the phone's offer: these codecs in this order, and telephone-event.
func (p *Phone) Offer(codecs ...Codec) []byte { return offerSDP(p.Address(), codecs) }

// Answered takes the answer to the offer and begins to send. A second answer changes nothing.
func (p *Phone) Answered(sdp []byte, speak Source) error {
	to, codec, err := readAnswer(sdp)
	if err != nil || p.leave != nil {
		return err
	}
	p.stream = stream{codec: codec, source: speak, ssrc: uint32(p.Address().Port()) << 8}
	p.leave = p.pacer.Add(func() { _, _ = p.conn.WriteToUDPAddrPort(p.stream.next(), to) })
	return nil
}

// Close stops all sound and frees the port.
func (p *Phone) Close() {
	if p.leave != nil {
		p.leave()
	}
	_ = p.conn.Close()
	p.reader.Wait()
}

func (p *Phone) listen() {
	defer p.reader.Done()
	h := hearer{heard: p.heard}
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
