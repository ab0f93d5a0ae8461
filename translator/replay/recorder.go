package replay

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"offhook/agent/protocol"
	"offhook/translator"
	"offhook/translator/dialog"
)

// RecorderConfig is what a [Recorder] is made of. Dir is needed, everything else has a default.
type RecorderConfig struct {
	// Dir is where the transcripts are written. It must be there.
	Dir string
	// Match are the rules by which calls are written without being asked for; none: only those that [Recorder.Start] names.
	Match []TraceRule
	// Plain writes numbers, names, addresses and keys as they were. Else they are masked; see [Capture.Mask].
	Plain bool
	// Calls bounds the calls and the dialogs that are kept at once (2,000 each), Messages those of one call or dialog (1,000), Bytes all of them (64 MiB). What goes beyond is
	// left out, and the call's transcript is not written.
	Calls, Messages, Bytes int
	// Files is how many transcripts may lie in Dir (1,000); then nothing more is written until some are taken away.
	Files int
	// Settings gives the settings that a call on this trunk and of this queue lived by, as a transcript's header names them; without a trunk, those of the queue. nil: the
	// defaults of replay.
	Settings func(trunk, queue string) [][2]string
	// Terms are what the calls of a queue live by, which a call may be moved to; nil: the defaults.
	Terms func(queue string) (translator.Terms, bool)
	// Dial are the terms of calls that agents dial.
	Dial translator.Terms
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// Log is told of what is written and of what is not.
	Log *slog.Logger
}

// TraceRule names calls. An empty field names all; a rule with nothing in it names every call.
type TraceRule struct {
	Trunk, Queue string
	// Number is that of either side; one that ends in * is the beginning of it.
	Number string
	// Cause is why the call ended, as in the log: "trunk_failed".
	Cause string
}

// Recorder keeps what live calls send and receive, SIP and JSON, from their beginning, and writes those that are wanted as transcripts when they end. It sits
// between the parts of a server: [Recorder.Tap] at the SIP endpoint, [Recorder.Agents] and [Recorder.Backend] at both sides of the hub, [Recorder.Media] at the relay,
// [Recorder.Finish] where calls' records go. Its methods may be called from any goroutine, and none of them waits for a disk.
type Recorder struct {
	cfg RecorderConfig

	mu       sync.Mutex
	calls    map[string]*kept // by the call's ID
	dialogs  map[string]*kept // by SIP Call-ID
	requests map[requestKey]*asked
	order    []requestKey      // of requests, oldest first
	groups   map[string]*group // of calls that belong together, by each call's ID
	bytes    int
	seq      uint64
	lost     int // messages that found no room
	closed   bool

	write chan finished
	done  chan struct{}
}

// kept are the messages of a call or of a dialog.
type kept struct {
	entries []entry
	last    time.Time
	bytes   int
	isCut   bool // something had no room
	wanted  bool
	refused bool            // Stop was called
	agents  map[string]bool // whose part is not over
	around  around
}

// entry is one message or event, with its place among all.
type entry struct {
	at   time.Time
	seq  uint64
	size int
	m    Message
	peer dialog.Tapped // of SIP: who sent it or got it; without Data
}

// requestKey names a request of an agent until its reply.
type requestKey struct {
	agent   string
	session uint64
	id      int64
}

// asked is a request that waits for its reply. call is "" for dial.
type asked struct {
	call string
	e    entry
}

// maxAsked bounds the requests that wait for their replies.
const maxAsked = 4096

// Errors of a Recorder.
var (
	// ErrNoCall: no live call has that ID.
	ErrNoCall = errors.New("replay: no such call is in progress")
	// ErrCut: the call was too long, or too much was kept, so that its beginning or a part of it is missing.
	ErrCut = errors.New("replay: not all of the call was kept")
)

// NewRecorder starts a recorder.
func NewRecorder(cfg RecorderConfig) (*Recorder, error) {
	if cfg.Dir == "" {
		return nil, errors.New("replay: a recorder needs a folder")
	}
	fallback := func(n *int, d int) {
		if *n <= 0 {
			*n = d
		}
	}
	fallback(&cfg.Calls, 2000)
	fallback(&cfg.Messages, 1000)
	fallback(&cfg.Bytes, 64<<20)
	fallback(&cfg.Files, 1000)
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	r := &Recorder{cfg: cfg, calls: map[string]*kept{}, dialogs: map[string]*kept{}, requests: map[requestKey]*asked{}, groups: map[string]*group{}, write: make(chan finished, 64), done: make(chan struct{})}
	go r.writer()
	return r, nil
}

// Start lets the call's transcript be written when the call ends, from its beginning. ErrNoCall, ErrCut.
func (r *Recorder) Start(call string) error { return r.want(call, true) }

// Stop takes Start back, and for this call the rules too: nothing of it is written. ErrNoCall.
func (r *Recorder) Stop(call string) error { return r.want(call, false) }

func (r *Recorder) want(call string, wanted bool) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	k := r.calls[call]
	switch {
	case k == nil:
		return ErrNoCall
	case wanted && k.isCut:
		return ErrCut
	}
	k.wanted, k.refused = wanted, !wanted
	return nil
}

// Close writes what waits to be written and returns. Nothing is kept afterwards.
func (r *Recorder) Close() {
	r.mu.Lock()
	if !r.closed {
		r.closed = true
		close(r.write)
	}
	r.mu.Unlock()
	<-r.done
}

// Tap is [dialog.Config.Tap]: it keeps the messages of calls, from their INVITE on.
func (r *Recorder) Tap(t dialog.Tapped) {
	id := callIDOf(t.Data)
	if id == "" {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	k := r.dialogs[id]
	if k == nil {
		if !isInvite(t.Data) {
			return
		}
		k = r.newKept(r.dialogs, id)
	}
	e := entry{m: Message{Party: "trunk", In: t.In, SIP: string(t.Data)}, size: len(t.Data), peer: t}
	e.peer.Data = nil
	r.keep(k, e)
}

// newKept makes room for one more; what has been silent for longest gives way.
func (r *Recorder) newKept(among map[string]*kept, id string) *kept {
	if len(among) >= r.cfg.Calls {
		oldest := ""
		for id, k := range among {
			if oldest == "" || k.last.Before(among[oldest].last) {
				oldest = id
			}
		}
		r.drop(among, oldest)
		r.leaveGroup(oldest)
	}
	k := &kept{agents: map[string]bool{}, last: r.cfg.Now()}
	among[id] = k
	return k
}

func (r *Recorder) drop(among map[string]*kept, id string) {
	k := among[id]
	if k == nil {
		return
	}
	r.bytes -= k.bytes
	delete(among, id)
}

func (r *Recorder) keep(k *kept, e entry) {
	r.seq++
	e.at, e.seq = r.cfg.Now(), r.seq
	k.last = e.at
	if r.closed || len(k.entries) >= r.cfg.Messages || r.bytes+e.size > r.cfg.Bytes {
		k.isCut = true
		r.lost++
		return
	}
	k.entries = append(k.entries, e)
	k.bytes += e.size
	r.bytes += e.size
}

// frameBytes is what a frame is counted as.
const frameBytes = 512

// keepFrame keeps what an agent sent or was sent about a call.
func (r *Recorder) keepFrame(call string, m Message) {
	k := r.calls[call]
	if k == nil {
		k = r.newKept(r.calls, call)
	}
	r.keep(k, entry{m: m, size: frameBytes})
}

// finished is a call that is to be written, or several that belong together.
type finished struct {
	recs    []translator.CallRecord // in the order in which the calls ended
	entries []entry
	around  around
	bytes   int
	isCut   bool
	wanted  bool
}

// first is the call that began first.
func (f finished) first() translator.CallRecord {
	return slices.MinFunc(f.recs, func(a, b translator.CallRecord) int { return a.Arrived.Compare(b.Arrived.Time) })
}

// outcome is how the calls ended.
func (f finished) outcome() string {
	var all []string
	for _, rec := range f.recs {
		all = append(all, fmt.Sprintf("%s by %s", rec.Cause.Code, rec.Cause.By))
	}
	return strings.Join(all, ", ")
}

// Finish ends the keeping of a call, and has its transcript written if it is wanted. It is the hook for calls' records ([translator.Hooks]). A call with a consultation
// is written with that, when both are over.
func (r *Recorder) Finish(rec translator.CallRecord) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f, refused := finished{recs: []translator.CallRecord{rec}, wanted: r.matches(rec)}, false
	g := r.groups[rec.ID]
	if g != nil {
		delete(r.groups, rec.ID)
		delete(g.open, rec.ID)
	}
	take := func(among map[string]*kept, id string) {
		if k := among[id]; k != nil {
			f.entries, f.bytes = append(f.entries, k.entries...), f.bytes+k.bytes
			f.around.add(&k.around)
			f.isCut, f.wanted, refused = f.isCut || k.isCut, f.wanted || k.wanted, refused || k.refused
			r.drop(among, id)
		}
	}
	for _, leg := range rec.Legs {
		take(r.dialogs, leg.CallID)
	}
	take(r.calls, rec.ID)
	f.wanted = f.wanted && !refused
	if g != nil {
		r.finishInGroup(g, f)
		return
	}
	r.hand(f)
}

// hand gives a call to the writer, if it is wanted and whole.
func (r *Recorder) hand(f finished) {
	switch {
	case !f.wanted || r.closed:
	case f.isCut:
		r.cfg.Log.Warn("trace not written", "call", f.first().ID, "error", ErrCut)
	default:
		select {
		case r.write <- f:
		default:
			r.cfg.Log.Warn("trace not written", "call", f.first().ID, "error", "too many wait to be written")
		}
	}
}

// matches says whether a rule names the call.
func (r *Recorder) matches(rec translator.CallRecord) bool {
	for _, rule := range r.cfg.Match {
		if rule.matches(rec) {
			return true
		}
	}
	return false
}

func (t TraceRule) matches(rec translator.CallRecord) bool {
	onTrunk := t.Trunk == ""
	for _, leg := range rec.Legs {
		onTrunk = onTrunk || leg.Trunk == t.Trunk
	}
	return onTrunk && (t.Queue == "" || t.Queue == rec.Queue) && (t.Cause == "" || t.Cause == string(rec.Cause.Code)) &&
		(t.Number == "" || isNumber(t.Number, rec.From) || isNumber(t.Number, rec.To))
}

func isNumber(pattern string, p protocol.Party) bool {
	if n := len(pattern) - 1; n >= 0 && pattern[n] == '*' {
		return len(p.Number) >= n && p.Number[:n] == pattern[:n]
	}
	return pattern == p.Number
}

// String says how much is kept, for logs.
func (r *Recorder) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return fmt.Sprintf("%d calls, %d dialogs, %d bytes kept, %d messages left out", len(r.calls), len(r.dialogs), r.bytes, r.lost)
}
