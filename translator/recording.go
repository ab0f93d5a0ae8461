package translator

import (
	"log/slog"
	"time"

	"offhook/agent/protocol"
	"offhook/media"
)

// RecordMode says when a queue's calls are recorded.
type RecordMode string

// The modes.
const (
	RecordNever   RecordMode = ""       // not at all
	RecordRequest RecordMode = "agent"  // when the agent asks for it
	RecordAlways  RecordMode = "always" // from the beginning; the agent may pause it
)

// taping is the recording of a call. It goes on from agent to agent; what the far sides say when no agent is left is not recorded.
type taping struct {
	state  string // off, on or paused, in the protocol's words
	n      int    // the far leg whose session writes it
	files  int
	file   string
	paused time.Time
	notice bool // the far side hears, or is to hear, that it will be recorded; the recording begins then
	book   *RecordingRecord
}

const (
	tapeOff    = "off"
	tapeOn     = "on"
	tapePaused = "paused"
)

// word is what the agents are told of it.
func (t *taping) word() string {
	if t.state == "" {
		return tapeOff
	}
	return t.state
}

// beginTape begins the recording, once the far side has heard its notice.
func (c *Call) beginTape() {
	c.rec.notice = c.terms.RecordNotice != media.SoundNone
	if !c.rec.notice {
		c.tape()
		return
	}
	if !c.hold.byAgent() {
		c.rejoin()
	}
}

// rejoin lets the agent and the far side hear each other; before that, the far side hears the notice that is due.
func (c *Call) rejoin() {
	if c.faceKeeps() {
		c.do(doPlay{n: c.far.n})
		return
	}
	if !c.rec.notice {
		c.do(doConnect{c.far.n, c.offer.leg})
		return
	}
	sound := c.terms.RecordNotice
	sound.Loop = false
	c.do(doNotice{c.far.n, c.offer.leg, c.far.tagged([]media.Sound{sound})[0]})
}

// noticeOver: the far side has heard the notice to its end. A notice that hold or a transfer cut short is played again when the two talk again.
func (c *Call) noticeOver(ev Event) {
	if c.state != Connected || !c.far.spoken(ev.(evMedia)) || !c.rec.notice || c.hold.byAgent() {
		return
	}
	c.rec.notice = false
	c.tape()
	c.rejoin()
}

// noticeFailed: the far side could not be told, so it is not recorded.
func (c *Call) noticeFailed(ev Event) {
	e := ev.(evNotPlayed)
	c.log(slog.LevelWarn, "notice of the recording not played: the call is not recorded", slog.Any("error", e.err))
	c.do(doCount{"recording", "failed"})
	c.unnotice()
}

// unnotice forgets the notice: nothing will be recorded. The two hear each other, if nothing else keeps them from it.
func (c *Call) unnotice() {
	if !c.rec.notice {
		return
	}
	c.rec.notice = false
	if c.state == Connected && !c.hold.byAgent() {
		c.rejoin()
	}
}

// tape begins the recording, if this call may be recorded.
func (c *Call) tape() {
	c.rec.files++
	c.rec.n = c.far.n
	c.do(doTape{c.far.n, c.rec.files, c.arrivedAt})
}

// tapeByRule begins it where the queue says so.
func (c *Call) tapeByRule() {
	running := c.rec.state == tapeOn || c.rec.state == tapePaused
	if !running && (c.terms.Record == RecordAlways || c.rec.notice) { // a notice that the agent before asked for was not heard to its end
		c.beginTape()
	}
}

// recordRequest: the agent starts, pauses, goes on with, or ends the recording.
func (c *Call) recordRequest(ev Event) {
	req := ev.(evRequest)
	r := req.req.(protocol.Record)
	running := c.rec.state == tapeOn || c.rec.state == tapePaused
	switch {
	case c.terms.Record == RecordNever:
		c.refuse(req.ref, protocol.Forbidden, "calls of this queue are not recorded")
		return
	case !r.On && c.terms.Record == RecordAlways:
		c.refuse(req.ref, protocol.Forbidden, "calls of this queue are always recorded; the recording can be paused")
		return
	case r.On && r.PauseS > 0 && !running:
		c.refuse(req.ref, protocol.WrongPhase, "the call is not being recorded")
		return
	}
	c.reply(req.ref)
	switch {
	case !r.On && c.rec.notice:
		c.unnotice()
	case !r.On && running:
		c.do(doTapeStop{c.rec.n})
	case r.On && r.PauseS > 0:
		c.do(doTapePause{c.rec.n, time.Duration(r.PauseS) * time.Second})
		c.taped(tapePaused)
	case r.On && c.rec.state == tapePaused:
		c.do(doTapePause{c.rec.n, 0})
		c.taped(tapeOn)
	case r.On && !running && !c.rec.notice:
		c.beginTape()
	}
}

// taped shows what the recording does.
func (c *Call) taped(state string) {
	if c.rec.state == tapePaused && state != tapePaused && c.rec.book != nil {
		c.rec.book.PausedMS += c.now.Sub(c.rec.paused).Milliseconds()
	}
	if state == tapePaused {
		c.rec.paused = c.now
	}
	c.rec.state = state
	for _, o := range [...]*offer{&c.offer, c.face} {
		if o != nil && o.seen && o.view.Recording != state {
			o.view.Recording = state
			c.showPart(o)
		}
	}
}

// tapeBegun: the recording runs, or cannot.
func (c *Call) tapeBegun(ev Event) {
	e := ev.(evTape)
	if e.err != nil {
		c.log(slog.LevelError, "call not recorded", slog.Any("error", e.err))
		c.do(doCount{"recording", "failed"})
		return
	}
	c.rec.file = e.file
	c.rec.book = &RecordingRecord{File: e.file}
	c.book.tapes = append(kept(&c.book, c.book.tapes, func(*RecordingRecord) bool { return true }), c.rec.book)
	c.taped(tapeOn)
}

// tapeResumed: a pause is over by itself.
func (c *Call) tapeResumed(ev Event) {
	if ev.(evMedia).n == c.rec.n && c.rec.state == tapePaused {
		c.taped(tapeOn)
	}
}

// tapeEnded: the recording is over, and the call is not.
func (c *Call) tapeEnded(ev Event) {
	e := ev.(evMedia)
	if e.n != c.rec.n || c.rec.state == tapeOff {
		return
	}
	if e.m.Err != nil {
		c.log(slog.LevelError, "recording ended", slog.Any("error", e.m.Err))
		c.do(doCount{"recording", "failed"})
		if c.rec.book != nil {
			c.rec.book.Error = e.m.Err.Error()
		}
	}
	c.taped(tapeOff)
}

// tapeStops ends the recording, if there is one.
func (c *Call) tapeStops() {
	c.rec.notice = false
	if c.rec.state == tapeOn || c.rec.state == tapePaused {
		c.do(doTapeStop{c.rec.n})
	}
}

// tapeOver closes the books on the recording when the conversation is over; its file ends with the media.
func (c *Call) tapeOver() {
	if c.rec.state == tapePaused && c.rec.book != nil {
		c.rec.book.PausedMS += c.now.Sub(c.rec.paused).Milliseconds()
	}
	c.rec = taping{files: c.rec.files}
}

// tapeMoves goes on with the recording in the session of another far leg, in a file of its own. Who is new there hears the notice too.
func (c *Call) tapeMoves() {
	if c.rec.state == tapeOn || c.rec.state == tapePaused {
		c.taped(tapeOff)
		c.beginTape()
	} else if c.rec.notice && !c.hold.byAgent() {
		c.rejoin()
	}
}

// tape begins a recording.
func (o *callOwner) tape(s media.Session, a doTape) Event {
	if o.x.cfg.RecordPath == nil {
		return evTape{a.n, "", media.ErrNotRecording}
	}
	file := o.x.cfg.RecordPath(o.call.id, a.count, a.arrived)
	return evTape{a.n, file, s.Record(file)}
}
