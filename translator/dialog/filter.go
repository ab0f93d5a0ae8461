package dialog

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
)

// filter is sipgo's read filter: all that happens to a datagram before sipgo remembers anything of it. It runs on the port's one
// reader. It returns nothing for what is dropped and never an error, which would end the listener. What comes by a
// connection went through its stream already.
func (p *port) filter(info sip.TransportReadProps, data []byte) (out []byte, _ error) {
	if p.streams != nil {
		return data, nil
	}
	defer func() {
		if f := recover(); f != nil {
			p.e.stats.panics.Add(1)
			p.e.log.Error("panic while reading a datagram", "panic", fmt.Sprint(f))
			out = nil
		}
	}()
	udp, ok := info.RemoteAddr.(*net.UDPAddr)
	select {
	case <-p.e.closed:
		ok = false
	default:
	}
	if !ok {
		return nil, nil
	}
	from := addrOf(udp)
	trunk := p.e.trunkOf(from.Addr())
	if trunk == nil {
		p.e.stranger(from.Addr(), time.Now())
		return nil, nil
	}
	return p.judge(p.screen, data, from, trunk, p.datagram), nil
}

// datagram sends a stateless response.
func (p *port) datagram(b []byte, to netip.AddrPort) error {
	_, err := p.sock.WriteTo(b, net.UDPAddrFromAddrPort(to))
	return err
}

// judge screens one message of a trunk and gives the text for sipgo, or nothing. send answers without state.
func (p *port) judge(s *screen, data []byte, from netip.AddrPort, trunk *Trunk, send sender) []byte {
	e := p.e
	e.cfg.see(true, p.network, from, data)
	f := s.read(data, from)
	if f == fatePass && p.streams != nil && s.method != "" && !viaIsPeer(s.top, from, trunk) {
		f = s.refuse(400, "Via Is Not The Peer")
	}
	switch f {
	case fateIdle:
		return nil
	case fateDrop:
		e.stats.malformed.Add(1)
		return nil
	case fateRefuse:
		e.stats.malformed.Add(1)
		if s.method != "ACK" {
			e.refuse(s, send, s.status, s.phrase)
		}
		return nil
	}
	if e.overloaded(s, send) {
		return nil
	}
	return s.out
}

// sender sends a stateless response.
type sender func(b []byte, to netip.AddrPort) error

// viaIsPeer says whether the top Via of what came by a connection names its sender: by address, by another address of the trunk, or by a
// name, which is not looked up. Answers go back by the connection and nowhere else (RFC 3261 §18.2.2); this refuses what could
// make anybody think otherwise (security rule S10).
func viaIsPeer(h hop, from netip.AddrPort, trunk *Trunk) bool {
	a, err := netip.ParseAddr(strings.Trim(h.host, "[]"))
	return err != nil && !looksNumeric(h.host) || err == nil && (a.Unmap() == from.Addr() || trunk.NAT || trunk.has(a))
}

// looksNumeric says whether a host is an odd spelling of an address, such as 0x7f.1 or 2130706433, rather than a name: the last label of a name
// begins with a letter (RFC 1123 §2.1).
func looksNumeric(host string) bool {
	label := strings.TrimSuffix(host, ".")
	label = label[strings.LastIndexByte(label, '.')+1:]
	return label == "" || label[0] < 'A' || strings.ContainsAny(host, "[]:")
}

// refuse sends a stateless response to the request that the screen read.
func (e *Endpoint) refuse(s *screen, send sender, status int, phrase string, extra ...line) {
	b, to := s.reply(status, phrase, extra...)
	if err := send(b, to); err != nil {
		e.log.Debug("stateless response not sent", "status", status, "error", err)
	}
}

// allowed takes one of a source's requests from its rate.
func (e *Endpoint) allowed(from netip.Addr) bool {
	e.rateMu.Lock()
	defer e.rateMu.Unlock()
	if !e.rates.take(from, time.Now()) {
		e.stats.rated.Add(1)
		return false
	}
	return true
}

// overloaded refuses a request without state when its source asks too much, and a new INVITE when too much is open or the call side admits
// none (security rule S18). What belongs to transactions and dialogs passes, within twice the ceiling.
func (e *Endpoint) overloaded(s *screen, send sender) bool {
	switch {
	case s.method == "" || s.method == "ACK" || s.method == "CANCEL":
		return false
	case !s.outside:
		if e.stats.open.Load() < 2*int64(e.cfg.MaxTransactions) {
			return false
		}
	case s.method != "INVITE":
		if e.allowed(s.from.Addr()) && e.stats.open.Load() < 2*int64(e.cfg.MaxTransactions) {
			return false
		}
	default:
		key := s.key("INVITE")
		if e.expect(key) {
			return false // a retransmission
		}
		if e.allowed(s.from.Addr()) && !e.draining.Load() && !e.full() && e.admit() {
			return false
		}
		e.arrivedInvite(key)
	}
	e.stats.overloaded.Add(1)
	extra := []line{{"Retry-After", fmt.Sprint(1 + e.us.random(10))}}
	if s.outside && s.method == "INVITE" {
		extra = append(extra, line{"Reason", reasonHeader(congestion, "").Value()})
	}
	e.refuse(s, send, 503, phraseOf(503, ""), extra...)
	return true
}

// maxComing bounds the INVITEs on their way from the reader to their handler; one that is not there after comingTime never gets there.
const (
	maxComing  = 4096
	comingTime = 5 * time.Second
)

// onItsWay is an INVITE between the reader and its handler.
type onItsWay struct {
	done chan struct{}
	at   time.Time
}

// expect notes that an INVITE is on its way to its handler, so that a CANCEL that overtakes it waits. It says whether the INVITE was known.
func (e *Endpoint) expect(key string) bool {
	e.invMu.Lock()
	defer e.invMu.Unlock()
	if e.invites[key] != nil || e.coming[key].done != nil {
		return true
	}
	now := time.Now()
	if len(e.coming) >= maxComing {
		for k, c := range e.coming {
			if now.Sub(c.at) > comingTime {
				close(c.done)
				delete(e.coming, k)
			}
		}
	}
	if len(e.coming) < maxComing {
		e.coming[key] = onItsWay{make(chan struct{}), now}
	}
	return false
}

// arrivedInvite ends the wait of a CANCEL for its INVITE.
func (e *Endpoint) arrivedInvite(key string) {
	e.invMu.Lock()
	defer e.invMu.Unlock()
	if c := e.coming[key]; c.done != nil {
		close(c.done)
		delete(e.coming, key)
	}
}
