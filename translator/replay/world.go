package replay

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/netip"
	"strings"
	"time"

	"offhook/agent/protocol"
	"offhook/media"
	"offhook/queue"
	"offhook/translator"
	"offhook/translator/dialog"
	"offhook/translator/sdp"
)

// Setup says how a world is made. The zero Setup is one queue with the product's defaults.
type Setup struct {
	// Queue is the settings of the one queue, its name "billing" if empty.
	Queue queue.QueueSettings
	// Terms are what calls live by; zero fields get the product's defaults.
	Terms translator.Terms
	// Seed makes the order in which owners take turns random but repeatable; 0: the order of posting.
	Seed uint64
	// Up and Heard are how long after a browser's answer its DTLS is up and its first packet comes. Zero: 40 ms and 20 ms; negative: never by itself.
	Up, Heard time.Duration
	// Route, if set, overrides the route to the queue.
	Route func(in *dialog.Invite) translator.Routing
}

// World is the translator with everything around it in virtual time: one trunk at 192.0.2.10:5060, we at 192.0.2.20:5060. One goroutine uses it.
type World struct {
	X     *translator.Exchange
	Media *Engine
	Tx    *dialog.VirtualTx

	rt       *translator.Stepped
	hub      *hub
	start    time.Time
	out      []Message
	problems []string
	endings  []string
}

// Message is something that was sent or received, or noted.
type Message struct {
	At time.Duration
	// Party is "trunk", or the agent's ID.
	Party string
	// In: it came to us; else we sent it.
	In bool
	// Note is set for what is neither SIP nor JSON (a lost socket).
	Note string
	// Text is the SIP message, or the JSON frame.
	Text string
	// Frame is the JSON frame, decoded.
	Frame map[string]any
}

var (
	trunkAddr = netip.MustParseAddrPort("192.0.2.10:5060")
	ourAddr   = netip.MustParseAddrPort("192.0.2.20:5060")
	trunkNet  = netip.MustParsePrefix("192.0.2.0/24")
	epoch     = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
)

// NewWorld makes a world.
func NewWorld(s Setup) (*World, error) {
	if s.Queue.Name == "" {
		s.Queue.Name = "billing"
	}
	w := &World{rt: translator.NewStepped(epoch, s.Seed), start: epoch}
	w.hub = &hub{w: w, agents: map[string]*page{}}
	w.Media = &Engine{Now: w.rt.Now, Up: or(s.Up, 40*time.Millisecond), Heard: or(s.Heard, 20*time.Millisecond)}
	terms := s.Terms.WithDefaults()
	terms.Queue = s.Queue.Name
	terms.OutcomeRequired = s.Queue.OutcomeRequired
	route := s.Route
	if route == nil {
		route = func(*dialog.Invite) translator.Routing { return translator.Routing{Terms: terms} }
	}
	late := &lateHandler{}
	tx, err := dialog.NewVirtualTx(dialog.Config{
		Listen: ourAddr, Handler: late,
		Trunks: []dialog.Trunk{{Name: "pbx", Networks: []netip.Prefix{trunkNet}, Trusted: true, UserToUser: true}},
	}, s.Seed+1)
	if err != nil {
		return nil, err
	}
	w.Tx = tx
	x, err := translator.New(translator.Config{
		Runtime: w.rt, Agents: w.hub, Media: w.Media, Tx: tx, Route: route,
		Queue: queue.Settings{Queues: []queue.QueueSettings{s.Queue}},
		Policy: func(in *dialog.Invite) sdp.TrunkPolicy {
			return sdp.TrunkPolicy{TrunkAddr: in.Source.Addr(), MediaNetworks: []netip.Prefix{trunkNet}}
		},
		Memberships: func(protocol.Identity) []queue.Membership { return []queue.Membership{{Queue: s.Queue.Name, Level: 1}} },
		Random:      rand.NewPCG(s.Seed, 7),
		Log:         slog.New(endingLog{w}),
		Hooks: translator.Hooks{Count: func(what, label string) {
			if what == "unexpected_event" || what == "panic" {
				w.problem("%s: %s", what, label)
			}
		}},
	})
	if err != nil {
		return nil, err
	}
	w.X = x
	late.h = x
	return w, nil
}

func or(d, fallback time.Duration) time.Duration {
	if d == 0 {
		return fallback
	}
	return d
}

// lateHandler lets the transactions be made before the exchange that handles their calls.
type lateHandler struct{ h dialog.Handler }

func (l *lateHandler) Invite(in *dialog.Invite) func(dialog.Event) { return l.h.Invite(in) }
func (l *lateHandler) Admit() bool                                 { return l.h.Admit() }

// Now is the virtual clock; Elapsed the time since the story began.
func (w *World) Now() time.Time         { return w.rt.Now() }
func (w *World) Elapsed() time.Duration { return w.rt.Now().Sub(w.start) }

// Trunk gives us a SIP message from the trunk.
func (w *World) Trunk(text string) {
	text = crlf(text)
	w.add(Message{Party: "trunk", In: true, Text: text})
	w.Tx.Receive([]byte(text), trunkAddr, w.Now())
	w.settle()
}

// crlf gives a message that was written with plain line ends the ends of RFC 3261 §7, and a Content-Length if it has none.
func crlf(text string) string {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	head, body, _ := strings.Cut(text, "\n\n")
	head = strings.ReplaceAll(strings.TrimRight(head, "\n"), "\n", "\r\n")
	body = strings.ReplaceAll(body, "\n", "\r\n")
	if !strings.Contains(strings.ToLower(head), "\r\ncontent-length:") {
		head += fmt.Sprintf("\r\nContent-Length: %d", len(body))
	}
	return head + "\r\n\r\n" + body
}

// Happen gives the newest call a media event.
func (w *World) Happen(kind media.EventKind, trunk bool) error {
	err := w.Media.inject(kind, trunk)
	w.settle()
	return err
}

// Advance moves the clock to the given time since the story began; everything that is due on the way happens at its time.
func (w *World) Advance(to time.Duration) {
	end := w.start.Add(to)
	for {
		at, ok := w.next()
		if !ok || at.After(end) {
			break
		}
		w.step(at)
	}
	w.step(end)
}

// next is when something is due.
func (w *World) next() (time.Time, bool) {
	var next time.Time
	for _, deadline := range []func() (time.Time, bool){w.rt.Deadline, w.Tx.Deadline, w.Media.deadline} {
		if at, ok := deadline(); ok && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	return next, !next.IsZero()
}

func (w *World) step(at time.Time) {
	if at.Before(w.Now()) {
		at = w.Now()
	}
	w.Tx.Tick(at)
	w.rt.AdvanceTo(at)
	w.settle()
	w.Media.tick(at)
	w.settle()
}

// settle lets everything that waits happen.
func (w *World) settle() {
	w.rt.Settle()
	w.flush()
}

// flush records what the transactions have sent.
func (w *World) flush() {
	for _, p := range w.Tx.Sent() {
		w.out = append(w.out, Message{At: w.Elapsed(), Party: "trunk", Text: string(p.Data)})
	}
}

// Idle says what is left behind: nil if no call, no media session, no transaction has stayed.
func (w *World) Idle() error {
	if n := w.rt.Owners(); n != 1 {
		return fmt.Errorf("replay: %d calls still have an owner", n-1)
	}
	if n := w.Media.Open(); n != 0 {
		return fmt.Errorf("replay: %d media sessions are still open", n)
	}
	return nil
}

// Messages are all that was sent and received so far; Problems what must never happen and did; Endings the cause and side of each call's end.
func (w *World) Messages() []Message { return w.out }
func (w *World) Problems() []string  { return w.problems }
func (w *World) Endings() []string   { return w.endings }

func (w *World) problem(format string, args ...any) {
	w.problems = append(w.problems, fmt.Sprintf("%s: ", w.Elapsed())+fmt.Sprintf(format, args...))
}

func (w *World) add(m Message) {
	w.flush()
	m.At = w.Elapsed()
	w.out = append(w.out, m)
}

func (w *World) note(party, text string) { w.add(Message{Party: party, In: true, Note: text}) }

func (w *World) got(agent string, frame map[string]any) {
	w.add(Message{Party: agent, In: true, Frame: frame, Text: compact(frame)})
}

func (w *World) sent(agent string, v any) {
	text, err := json.Marshal(v)
	if err != nil {
		w.problem("frame: %v", err)
		return
	}
	var frame map[string]any
	if err := json.Unmarshal(text, &frame); err != nil {
		w.problem("frame: %v", err)
	}
	w.add(Message{Party: agent, Frame: frame, Text: string(text)})
}

func compact(v any) string {
	text, _ := json.Marshal(v)
	return string(text)
}
