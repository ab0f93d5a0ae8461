package dialog

import (
	"net/netip"
	"strconv"
	"time"

	"github.com/emiago/sipgo/sip"
)

// vClient is a client transaction (RFC 3261 §17.1, RFC 6026 §7.2).
type vClient struct {
	v      *VirtualTx
	d      *Dialog // nil if nobody waits for the outcome
	req    *sip.Request
	raw    []byte
	ackRaw []byte
	to     netip.AddrPort
	branch string
	state  vState

	resend, end time.Time
	gap         time.Duration
	patience    time.Time // see Outgoing.Patience; zero for none
}

func (c *vClient) invite() bool { return c.req.Method == sip.INVITE }

func (c *vClient) start() {
	c.gap = T1
	c.resend, c.end = c.v.now.Add(T1), c.v.now.Add(timerB) // timers A and B, E and F
	if l := c.link(); l != nil && l.patience > 0 && c.invite() && !c.req.To().Params.Has("tag") {
		c.patience = c.v.now.Add(l.patience)
	}
	c.v.send(c.raw, c.to)
}

// abandoned says whether the dialog is over.
func (c *vClient) abandoned() bool {
	l := c.link()
	if l == nil {
		return false
	}
	select {
	case <-l.gone:
		return true
	default:
		return false
	}
}

func (c *vClient) link() *entry {
	if c.d == nil {
		return nil
	}
	return c.d.link
}

func (c *vClient) due() time.Time {
	if c.state == vDone {
		return time.Time{}
	}
	if c.end.IsZero() && c.abandoned() { // nobody waits for what rings: freed after 64·T1
		c.end = c.v.now.Add(timerB)
	}
	return sooner(sooner(c.resend, c.end), c.patience)
}

func (c *vClient) fire() {
	if !c.patience.IsZero() && !c.v.now.Before(c.patience) {
		c.patience = time.Time{}
		c.tell(nil, netip.AddrPort{}, errTimeout)
		return
	}
	if !c.end.IsZero() && !c.v.now.Before(c.end) {
		waiting := c.state == vOpen || c.state == vProceed
		c.state = vDone
		if waiting {
			c.tell(nil, netip.AddrPort{}, errTimeout)
		}
		return
	}
	c.v.send(c.raw, c.to)
	c.gap *= 2
	if !c.invite() {
		c.gap = min(c.gap, T2)
	}
	c.resend = c.resend.Add(c.gap)
}

func (c *vClient) tell(res *sip.Response, from netip.AddrPort, err error) {
	c.v.outcome(c.v, c.d, outcome{method: c.req.Method, seq: c.req.CSeq().SeqNo, res: res, from: from, err: err})
}

func (c *vClient) receive(res *sip.Response, from netip.AddrPort) {
	status := res.StatusCode
	c.patience = time.Time{}
	switch {
	case status < 200:
		c.provisional(res, from)
	case c.invite() && status < 300:
		if c.state == vCompleted {
			return
		}
		if c.state != vAccepted {
			c.state, c.resend, c.end = vAccepted, time.Time{}, c.v.now.Add(timerB) // timer M
		}
		c.tell(res, from, nil)
	case c.invite():
		c.failure(res, from)
	case c.state == vOpen || c.state == vProceed:
		c.state, c.resend, c.end = vCompleted, time.Time{}, c.v.now.Add(t4) // timer K
		c.tell(res, from, nil)
	}
}

func (c *vClient) provisional(res *sip.Response, from netip.AddrPort) {
	if c.state != vOpen && c.state != vProceed {
		return
	}
	c.state = vProceed
	if c.invite() {
		c.resend, c.end = time.Time{}, time.Time{}
	} else {
		c.gap = T2
	}
	c.tell(res, from, nil)
}

func (c *vClient) failure(res *sip.Response, from netip.AddrPort) {
	switch c.state {
	case vOpen, vProceed:
		c.ackRaw = []byte(c.ackTo(res).String())
		c.state, c.resend, c.end = vCompleted, time.Time{}, c.v.now.Add(timerD)
		c.v.send(c.ackRaw, c.to)
		c.tell(res, from, nil)
	case vCompleted:
		c.v.send(c.ackRaw, c.to)
	}
}

// ackTo builds the ACK to a final response other than 2xx (RFC 3261 §17.1.1.3).
func (c *vClient) ackTo(res *sip.Response) *sip.Request {
	ack := c.v.us.request(sip.ACK, "")
	ack.Recipient = *c.req.Recipient.Clone()
	ack.AppendHeader(c.req.Via().Clone())
	for _, name := range [...]string{"route", "from"} {
		for _, h := range c.req.GetHeaders(name) {
			ack.AppendHeader(sip.HeaderClone(h))
		}
	}
	if to := res.To(); to != nil {
		ack.AppendHeader(sip.HeaderClone(to))
	}
	ack.AppendHeader(sip.NewHeader("Call-ID", c.req.CallID().Value()))
	ack.AppendHeader(sip.NewHeader("CSeq", strconv.FormatUint(uint64(c.req.CSeq().SeqNo), 10)+" ACK"))
	ack.AppendHeader(sip.NewHeader("Max-Forwards", "70"))
	ack.SetBody(nil)
	return ack
}
