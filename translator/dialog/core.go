package dialog

import (
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/emiago/sipgo/sip"
)

// core is what the live and the virtual transaction layer share: identity, trunks, router, and the way to each dialog's owner.
type core struct {
	// Fixed after construction.
	cfg     Config
	us      *local
	secret  []byte
	handler Handler
	log     *slog.Logger

	draining atomic.Bool
	stats    counters
	seldom   seldoms

	mu     sync.Mutex
	router router // guarded by mu
}

func newCore(cfg Config, id ids) *core {
	c := &core{cfg: cfg, handler: cfg.Handler, log: cfg.Logger, secret: []byte(id.token() + id.token())}
	c.us = newLocal(cfg.listeners()[0], cfg.UserAgent, id)
	c.router = router{
		us: c.us, secret: c.secret, dialogs: map[dialogID]*entry{}, max: cfg.MaxDialogs,
		draining: c.draining.Load, admit: c.admit,
	}
	return c
}

func (c *core) admit() bool { return c.handler != nil && c.handler.Admit() }

// trunkOf finds the trunk of a source, nil for a stranger.
func (c *core) trunkOf(a netip.Addr) *Trunk {
	for i := range c.cfg.Trunks {
		if c.cfg.Trunks[i].has(a) {
			return &c.cfg.Trunks[i]
		}
	}
	return nil
}

// entry leads from a dialog to its owner. Events that come before the owner gave its sink wait, at most maxEarly of them.
type entry struct {
	id    dialogID
	d     *Dialog
	trunk *Trunk

	mu    sync.Mutex
	sink  func(Event)
	early []Event
	over  bool
	seq   uint32 // CSeq of the newest request that was given to the owner
	fixed bool   // UAC: the remote tag is that of the first 2xx
	ack   *bare  // what a copy of the 2xx gets when the dialog is over (UAC)
	acked string
	given bool // a CANCEL was sent for what rings although nobody waits

	patience time.Duration // UAC: for the first response to the INVITE; 0 means timer B's. Fixed before the INVITE is sent.
	gone     chan struct{} // closed when the dialog is over
}

const maxEarly = 16

// incoming routes a request that no transaction absorbed. Its panics cost one call (security rule F5).
func (c *core) incoming(tx Tx, req *sip.Request, st serverTx, from netip.AddrPort, now time.Time) {
	var e *entry
	defer func() {
		if p := recover(); p != nil {
			c.stats.panics.Add(1)
			c.log.Error("panic while handling a request", "panic", fmt.Sprint(p), "method", string(req.Method))
			st.respond(c.us.response(req, 500, phraseOf(500, ""), nil)) // if that fails too there is nothing left to tell
			st.abandon()
			if e != nil {
				c.forget(e.d)
			}
		}
	}()
	trunk := c.trunkOf(from.Addr())
	if trunk == nil {
		c.stranger(from.Addr(), now)
		st.abandon()
		return
	}
	c.stats.requests.Add(1)
	var v verdict
	v, e = c.judge(req, st, trunk, from, now)
	switch v.kind {
	case drop:
		st.abandon()
	case answerIt:
		c.stats.refuse(v.status)
		v.extra = c.contactFor(st, v.extra)
		if err := st.respond(c.us.response(req, v.status, v.phrase, nil, v.extra...)); err != nil {
			c.unsent(err, "status", v.status)
		}
	case toDialog:
		c.deliver(v.entry, req, st, from)
	case newCall:
		c.start(tx, e, v.entry, from, now)
	}
}

// judge runs the router and, for a new call, enters its dialog before anything else can ask for it.
func (c *core) judge(req *sip.Request, st serverTx, trunk *Trunk, from netip.AddrPort, now time.Time) (verdict, *entry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	v := c.router.route(req, trunk, now)
	if v.kind != newCall {
		return v, nil
	}
	d := newUAS(c.home(st), trunk, arrived{req, st, from})
	e := c.enter(d)
	e.seq = req.CSeq().SeqNo
	return v, e
}

// home is our side as the sender of a request sees it: that of the listener that the request came through.
func (c *core) home(st serverTx) *local {
	if h, ok := st.(interface{ home() *local }); ok {
		return h.home()
	}
	return c.us
}

// contactFor makes the Contact of a response that the router built that of the right listener.
func (c *core) contactFor(st serverTx, hs []sip.Header) []sip.Header {
	us := c.home(st)
	if us == c.us {
		return hs
	}
	for i, h := range hs {
		if h.Name() == "Contact" {
			hs[i] = us.contactHeader()
		}
	}
	return hs
}

// enter puts a dialog into the table; c.mu is held.
func (c *core) enter(d *Dialog) *entry {
	e := &entry{id: dialogID{d.callID, d.localTag, d.remoteTag}, d: d, trunk: d.trunk, gone: make(chan struct{})}
	d.link = e
	c.router.dialogs[e.id] = e
	return e
}

func (c *core) deliver(e *entry, req *sip.Request, st serverTx, from netip.AddrPort) {
	if req.Method == sip.ACK {
		st.abandon()
		c.post(e, acked{req, from})
		return
	}
	c.post(e, arrived{req, st, from})
	e.mu.Lock()
	e.seq = max(e.seq, req.CSeq().SeqNo)
	e.mu.Unlock()
}

// skips says whether a request would be given to the owner before one with a lower number of which nothing is known yet.
func (e *entry) skips(req *sip.Request) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return req.Method != sip.ACK && e.seq != 0 && req.CSeq().SeqNo > e.seq+1 && !e.over
}

// start sends 100 and gives the call to the handler.
func (c *core) start(tx Tx, e, replaced *entry, from netip.AddrPort, now time.Time) {
	if b, ok := e.d.tx.(interface{ bind(*entry) bool }); ok && !b.bind(e) {
		c.forget(e.d) // cancelled before we could look
		return
	}
	for _, ef := range e.d.Step(begin{}, now) {
		if err := tx.Perform(ef); err != nil {
			c.unsent(err, "status", 100)
		}
	}
	c.stats.calls.Add(1)
	in := inviteOf(e, tx, from)
	if replaced != nil {
		in.Replaces = replaced.d
	}
	e.open(c.handler.Invite(in))
}

// open gives the owner what waited for it.
func (e *entry) open(sink func(Event)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.sink = sink
	for _, ev := range e.early {
		sink(ev)
	}
	e.early = nil
}

// post gives an event to the dialog's owner.
func (c *core) post(e *entry, ev Event) {
	e.mu.Lock()
	over := e.over
	switch {
	case over:
	case e.sink != nil:
		e.sink(ev)
	case len(e.early) < maxEarly:
		e.early = append(e.early, ev)
	}
	e.mu.Unlock()
	if over {
		c.late(e, ev)
	}
}

// late handles what comes for a dialog that is over: requests get 481.
func (c *core) late(e *entry, ev Event) {
	if a, ok := ev.(arrived); ok {
		if err := a.tx.respond(c.us.response(a.req, 481, phraseOf(481, ""), nil)); err != nil {
			c.unsent(err, "status", 481)
		}
	}
}

// stray gives what is to be sent for a 2xx that came when its dialog was over: the ACK again, or ACK and BYE (RFC 3261 §13.2.2.4); and for what
// rings although it was given up, a CANCEL.
func (e *entry) stray(o outcome) []Effect {
	if o.method != sip.INVITE || o.err != nil || o.res.StatusCode >= 300 {
		return nil
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.over {
		return nil
	}
	if o.res.StatusCode < 200 {
		if e.given || e.acked != "" || e.d.canceled {
			return nil
		}
		e.given = true
		return e.d.cancelStray()
	}
	if responseTag(o.res) == e.acked {
		switch d := e.d; {
		case d.reackOf(o.seq) != nil:
			return []Effect{d.reackOf(o.seq).ack}
		case e.ack != nil && d.invite.CSeq().SeqNo == o.seq:
			return []Effect{*e.ack}
		}
	}
	return e.d.endStray(o)
}

// forget takes a dialog that is over out of the table. Called by its owner, through Perform.
func (c *core) forget(d *Dialog) {
	e := d.link
	if e == nil {
		return
	}
	c.mu.Lock()
	delete(c.router.dialogs, e.id)
	c.router.past.add(e.id)
	c.mu.Unlock()
	e.mu.Lock()
	if !e.over {
		close(e.gone)
	}
	e.over, e.sink, e.early = true, nil, nil
	e.ack, e.acked = d.ack, d.remoteTag
	e.mu.Unlock()
}

// learn enters a UAC's dialog under the tag of its newest response, and for good under that of its first 2xx.
func (c *core) learn(d *Dialog, tag string, final bool) {
	if e := d.link; e != nil && tag != "" {
		c.mu.Lock()
		defer c.mu.Unlock()
		e.mu.Lock()
		defer e.mu.Unlock()
		if e.over || e.fixed {
			return
		}
		e.fixed = final
		delete(c.router.dialogs, e.id)
		e.id.remote = tag
		c.router.dialogs[e.id] = e
	}
}

// Dialogs returns how many dialogs are open.
func (c *core) Dialogs() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.router.dialogs)
}

// inviteOf makes the call's view of an INVITE.
func inviteOf(e *entry, tx Tx, from netip.AddrPort) *Invite {
	req, t := e.d.invite, e.trunk
	in := &Invite{
		Dialog: e.d, Tx: tx, Trunk: t.Name, Source: from, Network: e.d.us.network, CallID: tidy(e.d.callID, 2*maxField),
		To:      nameAddr{uri: req.Recipient.String()}.party(),
		From:    nameAddr{display: req.From().DisplayName, uri: req.From().Address.String()}.party(),
		SDP:     sdpOf(req),
		Headers: map[string]string{},

		MaxForwards: 70,
	}
	if h := req.MaxForwards(); h != nil {
		in.MaxForwards = int(h.Val())
	}
	switch {
	case withheld(req):
		in.From = anonymous
	case t.Trusted:
		in.Asserted = asserted(req)
	}
	for _, name := range t.Headers {
		if v := firstValue(req, name); v != "" {
			in.Headers[strings.ToLower(name)] = tidy(v, 2*maxField)
		}
	}
	if v := firstValue(req, "user-to-user"); t.UserToUser && len(v) <= maxUserToUser {
		in.UserToUser = tidy(v, maxUserToUser)
	}
	return in
}

// anonymous is the caller who does not want to be known (RFC 3323 §4.1.1.3).
var anonymous = Party{User: "anonymous", Host: "anonymous.invalid", URI: "sip:anonymous@anonymous.invalid"}

// withheld says whether the caller asks that nobody beyond the network learns who calls: Privacy with id, user or header (RFC 3323 §4.2,
// RFC 3325 §9.3). Agents are beyond it.
func withheld(req *sip.Request) bool {
	for _, v := range valuesOf(req.GetHeaders("privacy")) {
		for _, word := range strings.FieldsFunc(v, func(r rune) bool { return r == ';' || r == ',' || r == ' ' }) {
			switch strings.ToLower(word) {
			case "id", "user", "header":
				return true
			}
		}
	}
	return false
}

// asserted reads P-Asserted-Identity: the first SIP identity, else the first of any kind (RFC 3325 §9.1).
func asserted(req *sip.Request) *Party {
	var found *Party
	for _, v := range valuesOf(req.GetHeaders("p-asserted-identity")) {
		a, ok := parseNameAddr(v)
		if !ok || !usableURI(a.uri) {
			continue
		}
		p := a.party()
		if len(a.uri) > 4 && strings.EqualFold(a.uri[:3], "sip") {
			return &p
		}
		if found == nil {
			found = &p
		}
	}
	return found
}
