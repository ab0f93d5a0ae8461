package dialog

import (
	"fmt"
	"net"
	"net/netip"
	"time"

	"github.com/emiago/sipgo/sip"
)

// filter is sipgo's read filter: all that happens to a datagram before sipgo remembers anything of it. It runs on the one
// reader's goroutine. It returns nothing for what is dropped and never an error, which would end the listener.
func (e *Endpoint) filter(info sip.TransportReadProps, data []byte) (out []byte, _ error) {
	defer func() {
		if p := recover(); p != nil {
			e.stats.panics.Add(1)
			e.log.Error("panic while reading a datagram", "panic", fmt.Sprint(p))
			out = nil
		}
	}()
	udp, ok := info.RemoteAddr.(*net.UDPAddr)
	select {
	case <-e.closed:
		ok = false
	default:
	}
	if !ok {
		return nil, nil
	}
	from := udp.AddrPort()
	from = netip.AddrPortFrom(from.Addr().Unmap(), from.Port())
	if e.trunkOf(from.Addr()) == nil {
		e.stats.strangers.Add(1)
		return nil, nil
	}
	switch e.screen.read(data, from) {
	case fateIdle:
		return nil, nil
	case fateDrop:
		e.stats.malformed.Add(1)
		return nil, nil
	case fateRefuse:
		e.stats.malformed.Add(1)
		e.refuse(e.screen.status, e.screen.phrase)
		return nil, nil
	}
	if e.overloaded() {
		return nil, nil
	}
	return e.screen.out, nil
}

// refuse sends a stateless response to the request that the screen read.
func (e *Endpoint) refuse(status int, phrase string, extra ...line) {
	b, to := e.screen.reply(status, phrase, extra...)
	if _, err := e.sock.WriteTo(b, net.UDPAddrFromAddrPort(to)); err != nil {
		e.log.Debug("stateless response not sent", "status", status, "error", err)
	}
}

// overloaded refuses a new INVITE without state when too much is open or the call side admits none (security rule S18). What belongs
// to transactions and dialogs passes, within twice the ceiling.
func (e *Endpoint) overloaded() bool {
	s := e.screen
	switch {
	case s.method == "" || s.method == "ACK" || s.method == "CANCEL":
		return false
	case s.method != "INVITE" || !s.outside:
		if e.stats.open.Load() < 2*int64(e.cfg.MaxTransactions) {
			return false
		}
	default:
		key := s.key("INVITE")
		if e.expect(key) {
			return false // a retransmission
		}
		if !e.draining.Load() && !e.full() && e.admit() {
			return false
		}
		e.arrivedInvite(key)
	}
	e.stats.overloaded.Add(1)
	e.refuse(503, phraseOf(503, ""), line{"Retry-After", fmt.Sprint(1 + e.us.random(10))})
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
