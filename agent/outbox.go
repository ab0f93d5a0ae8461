package agent

import (
	"sync"

	"offhook/agent/protocol"
)

// maxUnsent is how many bytes may wait for a slow reader before its socket is closed with 4413.
const maxUnsent = 1 << 20

// frameOverhead is what one waiting frame costs beside its bytes.
const frameOverhead = 64

// thing is what an object frame is about: a newer frame about the same thing makes an older one pointless. The zero thing is for replies, which
// are never replaced.
type thing struct {
	kind byte
	id   string
}

const (
	thingAgent = 'a'
	thingCall  = 'c'
	thingQueue = 'q'
)

type unsent struct {
	about thing
	frame []byte // nil where a newer one took over
}

// outbox is what a socket still has to send, in order. A newer object goes to the end, where it belongs in time, and the older one is taken out: so
// what a request causes never overtakes the request's ok.
type outbox struct {
	wake chan struct{} // holds a token when there may be something to do

	mu     sync.Mutex
	line   []unsent      // guarded by mu
	head   int           // what of line was sent already; guarded by mu
	at     map[thing]int // index into line of the newest frame about a thing; guarded by mu
	dead   int           // entries of line that were sent or replaced; guarded by mu
	bytes  int           // guarded by mu
	closed bool          // nothing more is taken; guarded by mu
	code   int           // to close with once line is empty, 0 for no close frame; guarded by mu
}

// put adds a frame. It reports false when that was too much: the outbox is then closed with 4413.
func (o *outbox) put(about thing, frame []byte) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		return true
	}
	if o.dead > 32 && o.dead > len(o.line)/2 {
		o.compactLocked()
	}
	o.replaceLocked(about)
	if o.bytes += len(frame) + frameOverhead; o.bytes > maxUnsent {
		o.closeLocked(protocol.CloseSlow, false)
		return false
	}
	o.line = append(o.line, unsent{about, frame})
	o.poke()
	return true
}

// replaceLocked takes out the older frame about the same thing, if one waits, and notes where the new one will stand.
func (o *outbox) replaceLocked(about thing) {
	if about == (thing{}) {
		return
	}
	if i, waiting := o.at[about]; waiting {
		o.bytes -= len(o.line[i].frame) + frameOverhead
		o.line[i].frame = nil
		o.dead++
	}
	if o.at == nil {
		o.at = make(map[thing]int)
	}
	o.at[about] = len(o.line)
}

func (o *outbox) compactLocked() {
	kept := o.line[:0]
	for _, u := range o.line[o.head:] {
		if u.frame == nil {
			continue
		}
		if u.about != (thing{}) {
			o.at[u.about] = len(kept)
		}
		kept = append(kept, u)
	}
	clear(o.line[len(kept):])
	o.line, o.head, o.dead = kept, 0, 0
}

// next takes out the frame that is to be sent now, nil where there is none. done says that none will follow; code is then what to close with.
func (o *outbox) next() (frame []byte, code int, done bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for o.head < len(o.line) {
		u := o.line[o.head]
		o.line[o.head] = unsent{}
		o.head++
		if u.frame == nil {
			continue
		}
		o.dead++
		o.bytes -= len(u.frame) + frameOverhead
		delete(o.at, u.about)
		return u.frame, 0, false
	}
	o.emptyLocked()
	return nil, o.code, o.closed
}

// emptyLocked forgets what waits, and the room of a crowd that is gone.
func (o *outbox) emptyLocked() {
	if cap(o.line) > 64 {
		o.line, o.at = nil, nil
	}
	clear(o.line)
	clear(o.at)
	o.line, o.head, o.dead, o.bytes = o.line[:0], 0, 0, 0
}

// close ends the outbox; the first close counts. flush says whether what waits is sent before. With code 0 no close frame is sent.
func (o *outbox) close(code int, flush bool) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.closeLocked(code, flush)
}

func (o *outbox) closeLocked(code int, flush bool) bool {
	if o.closed {
		return false
	}
	o.closed, o.code = true, code
	if !flush {
		o.emptyLocked()
	}
	o.poke()
	return true
}

func (o *outbox) isClosed() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.closed
}

// closedWith is the code of close, 0 where there was none.
func (o *outbox) closedWith() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.code
}

// poke wakes the writer; it never blocks.
func (o *outbox) poke() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}
