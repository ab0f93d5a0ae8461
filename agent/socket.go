package agent

import (
	"errors"
	"net"
	"runtime/debug"
	"strconv"
	"sync/atomic"
	"time"

	"offhook/agent/protocol"
)

const (
	helloTimeout = 5 * time.Second
	// The server's beats: slow without a call, fast while a call is offered or live. After maxMissed unanswered ones the socket is lost.
	slowBeat  = 15 * time.Second
	fastBeat  = 5 * time.Second
	maxMissed = 2
)

// socket is one WebSocket of a browser. Its reader is the goroutine that serves it, its writer a second one; the reader outlives the writer.
type socket struct {
	hub  *Hub
	from client

	wire wire
	out  outbox

	// beat is the time between beats, 0 before welcome; missed is how many of ours were not answered.
	beat   atomic.Int64
	missed atomic.Int32

	// Of the reader alone.
	meter *meter // its own before hello, the desk's afterwards
	own   meter
	desk  *desk // nil before hello
	peer  int   // the close code of the client once it is gone

	waits bool // has said no hello; guarded by the hub's lock

	// Guarded by the desk's lock.
	helloID  int64
	welcomed bool
}

func newSocket(h *Hub, from client) *socket {
	s := &socket{hub: h, from: from, out: outbox{wake: make(chan struct{}, 1)}}
	s.meter = &s.own
	return s
}

// serve works until the socket is gone. When it returns, nothing of ours touches the wire any more.
func (s *socket) serve(w wire) {
	s.wire = w
	if !s.hub.admit(s) {
		s.shut(protocol.CloseFlooding, false)
	}
	tooLate := time.AfterFunc(s.hub.helloIn, s.silent)
	written := make(chan struct{})
	go func() {
		defer close(written)
		s.write()
	}()
	defer func() {
		tooLate.Stop()
		s.shut(0, false)
		w.drop()
		<-written
		if s.desk != nil {
			s.desk.left(s)
		}
		s.hub.leave(s)
	}()
	s.read(tooLate)
}

// silent ends a socket that has said no hello in time.
func (s *socket) silent() {
	if s.shut(protocol.CloseNoHello, false) {
		s.hub.warn("socket closed", "no_hello", s.from.address)
	}
}

// read handles frame after frame. Once the socket is being closed they are thrown away, so that the peer gets to read the close.
func (s *socket) read(tooLate *time.Timer) {
	for {
		err := s.wire.receive(s.frame)
		switch {
		case errors.Is(err, errNotFrame):
			s.hub.count(CountedFrame, "protocol")
			s.shut(protocol.CloseProtocol, false)
		case err != nil:
			s.peer = closeCode(err)
			return
		}
		if s.desk != nil && tooLate != nil {
			tooLate.Stop()
			tooLate = nil
		}
	}
}

// frame handles one frame of the client.
func (s *socket) frame(frame []byte) {
	if s.out.isClosed() {
		return
	}
	pace := s.pace()
	if pace == cut {
		s.shut(protocol.CloseFlooding, false)
		return
	}
	req, derr := protocol.Decode(frame)
	if derr != nil {
		s.hub.count(CountedFrame, reason(derr))
	}
	switch {
	case derr != nil && derr.Close != 0:
		s.shut(derr.Close, false)
	case s.desk == nil:
		s.first(req, derr)
	case pace == refuse:
		s.slowDown(req, derr)
	default:
		s.desk.frame(s, req, derr)
	}
}

func reason(e *protocol.DecodeError) string {
	if e.Close != 0 {
		return "protocol"
	}
	return string(e.Code)
}

// pace asks the meter; that of a desk is shared with the agent's other sockets.
func (s *socket) pace() verdict {
	if s.desk != nil {
		return s.desk.pace(time.Now())
	}
	return s.meter.frame(time.Now())
}

// control says whether one more ping or pong is fine, and closes the socket if not.
func (s *socket) control() bool {
	if s.own.control(time.Now()) {
		return true
	}
	s.shut(protocol.CloseFlooding, false)
	return false
}

// first handles the first frame, which has to be a hello.
func (s *socket) first(req protocol.Request, derr *protocol.DecodeError) {
	hello, isHello := req.(protocol.Hello)
	switch {
	case derr != nil && derr.Field == "token": // 8 KiB of dots are a bad token, not a bad frame
		s.hub.refuseToken(s, tooLong)
		s.shut(protocol.CloseToken, false)
	case !isHello:
		s.shut(protocol.CloseProtocol, false)
	default:
		if code := s.hub.hello(s, hello); code != 0 {
			s.shut(code, false)
		}
	}
}

// slowDown refuses a request over the rate. It is not remembered: the client sends it again under a new id.
func (s *socket) slowDown(req protocol.Request, derr *protocol.DecodeError) {
	s.hub.count(CountedFrame, string(protocol.TooManyRequests))
	var id int64
	if derr != nil {
		id = derr.ID
	} else if req.Type() != "beat" {
		id = req.RequestID()
	}
	if id > 0 {
		s.send(thing{}, protocol.EncodeReply(protocol.Refuse(id, protocol.TooManyRequests, "")))
	}
}

// send puts a frame into the outbox. A socket that is too slow for it is closed by that.
func (s *socket) send(about thing, frame []byte) {
	if !s.out.put(about, frame) {
		s.hub.closed(s, protocol.CloseSlow)
	}
}

// shut closes the socket with a code, once, and reports whether this was that once; 0 is for one that is gone already. Any goroutine may call it, with
// a desk's lock or without.
func (s *socket) shut(code int, flush bool) bool {
	if !s.out.close(code, flush) {
		return false
	}
	s.hub.closed(s, code)
	return true
}

// endedWith is the code that a socket was closed with that is gone: ours, else the client's. For its reader.
func (s *socket) endedWith() int {
	if code := s.out.closedWith(); code != 0 {
		return code
	}
	return s.peer
}

// setBeat sets the time between beats; the writer takes it up at once.
func (s *socket) setBeat(every time.Duration) {
	if s.beat.Swap(int64(every)) != int64(every) {
		s.out.poke()
	}
}

// write is the writer: it empties the outbox and sends the beats until the outbox is closed.
func (s *socket) write() {
	defer func() {
		if r := recover(); r != nil {
			s.hub.panicked("writer", r, debug.Stack())
			s.wire.drop()
		}
	}()
	ticker := stoppedTimer()
	defer ticker.Stop()
	var every time.Duration
	last := time.Now() // when the last beat went out
	for {
		frame, code, done := s.out.next()
		switch {
		case frame != nil:
			if !s.deliver(frame) {
				return
			}
			continue
		case done:
			if code != 0 {
				s.wire.end(code, protocol.CloseText(code))
			}
			return
		}
		if now := time.Duration(s.beat.Load()); now != every {
			every = now
			ticker.Reset(max(0, time.Until(last.Add(every)))) // from the last beat on, or a change would put it off
		}
		select {
		case <-s.out.wake:
		case <-ticker.C:
			last = time.Now()
			ticker.Reset(every)
			s.tick()
		}
	}
}

// stoppedTimer is a timer that has not begun.
func stoppedTimer() *time.Timer {
	t := time.NewTimer(time.Hour)
	t.Stop()
	return t
}

// deliver writes one frame. What cannot be written ends the socket: the peer has stopped reading, or is gone.
func (s *socket) deliver(frame []byte) bool {
	err := s.wire.send(frame)
	if err == nil {
		return true
	}
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		s.hub.count(CountedClosed, "slow")
	}
	s.shut(0, false)
	s.wire.drop()
	return false
}

// tick sends a beat, or gives the page up when too many were not answered.
func (s *socket) tick() {
	if s.missed.Load() >= maxMissed {
		s.hub.count(CountedClosed, "beat")
		s.shut(protocol.CloseGoingAway, false)
		return
	}
	s.missed.Add(1)
	s.send(thing{kind: 'b'}, protocol.EncodeBeat(time.Now()))
}

// closeReason is the counter's word for a close.
func closeReason(code int) string {
	if code == 0 {
		return "lost"
	}
	return strconv.Itoa(code)
}
