package translator

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"

	"offhook/agent/protocol"
	"offhook/media"
	"offhook/queue"
	"offhook/translator/dialog"
	"offhook/translator/sdp"
)

// ledger is a call's record in the making.
type ledger struct {
	parts []*PartRecord
	legs  []*LegRecord
	moves []TransferRecord
	tapes []*RecordingRecord
	open  bool // the last of moves is under way
	heard []partLeg
	// omitted is how many entries were left out.
	omitted int
}

// maxEntries is how long a list of a call's record becomes. A caller who waits for days is offered to thousands.
const maxEntries = 100

// kept makes room in a list for one more entry: the oldest one that is over goes.
func kept[T any](b *ledger, list []T, over func(T) bool) []T {
	if len(list) < maxEntries {
		return list
	}
	i := slices.IndexFunc(list, over)
	if i < 0 {
		return list
	}
	b.omitted++
	return slices.Delete(list, i, i+1)
}

// partLeg says whose media an agent leg of a far leg's session is.
type partLeg struct {
	n    int
	leg  media.LegID
	part *PartRecord
}

// talks: a conversation begins.
func (c *Call) talks() {
	c.happened(HappenedAnswered, c.offer.agent)
	c.talking = c.now
	if c.firstTalk.IsZero() {
		c.firstTalk = c.now
	}
}

// newPart begins an agent's part.
func (c *Call) newPart(o *offer) {
	o.book = &PartRecord{Agent: o.agent, Began: protocol.At(c.now)}
	c.book.parts = append(kept(&c.book, c.book.parts, func(p *PartRecord) bool { return !p.Left.IsZero() }), o.book)
	c.legIs(o)
}

// legIs notes which leg has the agent's media, from now on.
func (c *Call) legIs(o *offer) {
	if o.book == nil {
		return
	}
	if len(c.book.heard) >= 2*maxEntries {
		c.book.heard = slices.Delete(c.book.heard, 0, 1)
	}
	c.book.heard = append(c.book.heard, partLeg{o.home, o.leg, o.book})
}

// measured keeps what the relay measured of a far leg and of the agents' media in its session.
func (c *Call) measured(ev evStats) {
	if b := ev.book; b != nil {
		b.Codec = strings.ToUpper(ev.stats.Trunk.Codec)
		b.Quality = quality(ev.stats.Trunk)
	}
	if f := c.farLegOf(ev.n); f != nil && f.faced {
		f.over = true // it has no dialog that ends
	}
	for _, leg := range ev.stats.Agents {
		for _, h := range c.book.heard {
			if q := quality(leg); h.n == ev.n && h.leg == leg.Leg && q != nil {
				h.part.Quality = q
			}
		}
	}
}

// quality is a leg's figures as the record has them, nil where there was no sound.
func quality(s media.LegStats) *QualityRecord {
	if s.In.Packets+s.Out.Packets == 0 {
		return nil
	}
	return &QualityRecord{In: stream(s.In), Out: stream(s.Out), RTTMS: milliseconds(s.RTT)}
}

func stream(q media.Quality) StreamRecord {
	return StreamRecord{Packets: q.Packets, Lost: q.Lost, LossPct: round(100*q.Loss(), 100), JitterMS: milliseconds(q.Jitter), MOS: round(q.MOS, 100)}
}

func milliseconds(d time.Duration) float64 { return round(d.Seconds()*1000, 10) }

// round keeps so many parts of a whole.
func round(v, parts float64) float64 { return math.Round(v*parts) / parts }

// noteHold counts when the agent holds.
func (c *Call) noteHold() {
	if c.state >= Dialing { // who is only asked holds nobody
		c.noteHoldOf(&c.offer, c.hold.by()&sdp.HeldByAgent != 0)
	}
}

func (c *Call) noteHoldOf(o *offer, held bool) {
	switch {
	case o.book == nil:
	case held && o.heldSince.IsZero():
		o.heldSince = c.now
		o.book.Holds++
		c.tellHeld(o, true)
	case !held && !o.heldSince.IsZero():
		o.book.HoldMS += c.now.Sub(o.heldSince).Milliseconds()
		o.heldSince = time.Time{}
		c.tellHeld(o, false)
	}
}

// tellHeld tells that an agent holds, and the queue if he is one of its own, for its figures.
func (c *Call) tellHeld(o *offer, on bool) {
	what := HappenedResumed
	if on {
		what = HappenedHeld
	}
	c.happened(what, o.agent)
	if o.fromQueue() {
		c.do(doQueue{queue.CallHeld{Offer: o.id, On: on}})
	}
}

// partLeft closes the books on what the agent did in the call; wrap-up may follow.
func (c *Call) partLeft(o *offer, why ending) {
	b := o.book
	if b == nil || !b.Left.IsZero() {
		return
	}
	b.Left, b.Cause = protocol.At(c.now), *why.cause()
	if !o.heldSince.IsZero() {
		b.HoldMS += c.now.Sub(o.heldSince).Milliseconds()
		o.heldSince = time.Time{}
	}
	if at := o.view.AnsweredAt; !at.IsZero() {
		b.Connected = at
		b.TalkMS = c.now.Sub(at.Time).Milliseconds()
	}
}

// wrapped notes what the agent wrote in wrap-up, and how long he took.
func (o *offer) wrapped(now time.Time) {
	if o.book == nil {
		return
	}
	if !o.wrapSince.IsZero() {
		o.book.WrapUpMS = now.Sub(o.wrapSince).Milliseconds()
	}
	o.book.Outcome = o.outcome
}

// noted keeps what a wrapup request says.
func (o *offer) noted(w protocol.Wrapup) {
	if o.book == nil {
		return
	}
	if w.Notes != "" {
		o.book.Notes = w.Notes
	}
	if len(w.Fields) > 0 {
		o.book.Fields = w.Fields
	}
	o.book.Outcome = o.outcome
}

// browserMeasured keeps what the agent's browser measured last, in the last of his parts.
func (c *Call) browserMeasured(ev evQuality) {
	for _, p := range slices.Backward(c.book.parts) {
		if p.Agent == ev.agent {
			q := ev.q
			p.Browser = &BrowserRecord{RTTMS: q.RTTMS, JitterMS: q.JitterMS, LossPct: q.LossPct, MOS: q.MOS}
			return
		}
	}
}

// legBegan puts a leg on the books.
func (c *Call) legBegan(f *farLeg) {
	f.book = &LegRecord{Trunk: f.trunk, Direction: protocol.Outbound, Began: protocol.At(c.now)}
	if f.in != nil {
		f.book.Direction, f.book.CallID = protocol.Inbound, f.in.CallID
	}
	c.keepLegs(f.book)
}

// keepLegs puts a leg's entry on the books.
func (c *Call) keepLegs(b *LegRecord) {
	c.book.legs = append(kept(&c.book, c.book.legs, func(l *LegRecord) bool { return !l.Ended.IsZero() }), b)
}

// legReported keeps what a dialog reports of its life.
func (c *Call) legReported(f *farLeg, r dialog.Report) {
	b := f.book
	if b == nil {
		return
	}
	switch r.Kind {
	case dialog.Taken, dialog.Answered:
		b.Answered, b.Status = protocol.At(c.now), 200
	case dialog.Ended, dialog.Failed:
		b.Ended, b.Q850 = protocol.At(c.now), r.Q850
		if b.Answered.IsZero() && r.Status != 0 {
			b.Status = r.Status
		}
	}
}

// legPlaced keeps where an INVITE of ours went. A leg that goes on to another trunk is a new entry.
func (c *Call) legPlaced(f *farLeg) {
	if f.book == nil || !f.book.Ended.IsZero() {
		c.legBegan(f)
	}
	f.book.Trunk = f.trunk
	if f.d != nil {
		f.book.CallID = f.d.SIPCallID()
	}
	if p := f.place; p != nil {
		f.book.To = uriOf(p.dest, p.targets[p.at])
	}
}

// moveBegan puts a transfer on the books.
func (c *Call) moveBegan(kind string, to protocol.Party) {
	t := TransferRecord{At: protocol.At(c.now), Agent: c.offer.agent, Kind: kind, To: to}
	if kind == "referred" || kind == "replaced" {
		t.Agent = ""
	}
	c.book.moves, c.book.open = append(kept(&c.book, c.book.moves, func(TransferRecord) bool { return true }), t), true
}

// moveOver says what became of it: every transfer ends as done, failed or cancelled.
func (c *Call) moveOver(outcome string, code protocol.CauseCode, status int) {
	if !c.book.open {
		return
	}
	c.book.open = false
	t := &c.book.moves[len(c.book.moves)-1]
	t.Outcome, t.Code, t.SIP = outcome, code, status
	if outcome == "done" {
		c.happened(HappenedTransferred, t.Agent)
	}
}

// record is the call's record, when nothing of it is left.
func (c *Call) record() CallRecord {
	r := c.soFar()
	r.Ended, r.Cause = protocol.At(c.endedAt), *c.ended.cause()
	if c.inside != nil { // whoever talks now
		r.From, r.To = c.inside.from, c.inside.to
	}
	wait := c.endedAt.Sub(c.arrivedAt)
	if !c.firstTalk.IsZero() {
		wait = c.firstTalk.Sub(c.arrivedAt)
		r.TalkMS = c.endedAt.Sub(c.firstTalk).Milliseconds()
	}
	r.WaitMS = wait.Milliseconds()
	for i := range r.Legs {
		if l := &r.Legs[i]; l.Ended.IsZero() {
			l.Ended = r.Ended
		}
	}
	return r
}

// soFar is the call's record while it lives: without what its end decides.
func (c *Call) soFar() CallRecord {
	r := CallRecord{
		ID: c.id, Direction: c.direction, From: c.from, To: c.to, Queue: cmp.Or(c.terms.Queue, c.left), Data: c.data, Arrived: protocol.At(c.arrivedAt),
		Legs: []LegRecord{}, Agents: []PartRecord{}, Transfers: slices.Clone(c.book.moves), Omitted: c.book.omitted,
	}
	if !c.firstTalk.IsZero() {
		r.Connected = protocol.At(c.firstTalk)
	}
	for _, l := range c.book.legs {
		r.Legs = append(r.Legs, *l)
	}
	for _, t := range c.book.tapes {
		r.Recordings = append(r.Recordings, *t)
	}
	for _, p := range c.book.parts {
		r.Agents = append(r.Agents, *p)
	}
	return r
}
