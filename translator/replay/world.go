package replay

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/netip"
	"slices"
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
	// ManualBeats: pages beat only when told to. Else each beats every 15 s, as long as it has a socket.
	ManualBeats bool
	// Agents are the settings of the queue engine that concern agents; zero fields get the product's defaults. Its Queues are not used.
	Agents queue.Settings
	// Hooks are called as the exchange's, after the world has counted what is a problem.
	Hooks translator.Hooks
	// Other changes the settings of the second queue, "sales", which are those of Queue without its ways out.
	Other func(q *queue.QueueSettings)
	// Watch, if set, is called with each object and reply that is sent to an agent, also while he has no socket.
	Watch func(agent string, object any)
	// Dial is the dial policy; nil lets everyone call every number by the trunk.
	Dial func(who protocol.Identity, ask translator.Ask) (translator.Destination, *translator.Denial)
	// Meter counts the calls that agents place; nil counts nothing.
	Meter func(agent string, now time.Time) (release func(), denied *translator.Denial)
	// Rules are what calls do on the trunk.
	Rules translator.TrunkRules
	// Trunk changes the settings of the trunk "pbx" and of "carrier", the second one for calls that are placed, at 192.0.2.11.
	Trunk func(t *dialog.Trunk)
	// Policy changes the media rules of a trunk.
	Policy func(p *sdp.TrunkPolicy)
	// Configure, if set, changes the exchange's configuration at last: more queues, other agents' skills.
	Configure func(cfg *translator.Config)
	// Start is how long after the others' this world's clock begins: it is one process after another.
	Start time.Duration
	// Route, if set, overrides the route to the queue.
	Route func(in *dialog.Invite) translator.Routing
}

// World is the translator with everything around it in virtual time: one trunk at 192.0.2.10:5060, we at 192.0.2.20:5060. One goroutine uses it.
type World struct {
	X     *translator.Exchange
	Media *Engine
	Tx    *dialog.VirtualTx

	rt          *translator.Stepped
	hub         *hub
	manualBeats bool
	watch       func(agent string, object any)
	start       time.Time
	holding     bool
	out         []Message
	problems    []string
	endings     []Ending
}

var (
	trunkAddr = netip.MustParseAddrPort("192.0.2.10:5060")
	otherAddr = netip.MustParseAddrPort("192.0.2.11:5060")
	ourAddr   = netip.MustParseAddrPort("192.0.2.20:5060")
	trunkNet  = netip.MustParsePrefix("192.0.2.0/24")
	epoch     = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
)

// NewWorld makes a world.
func NewWorld(s Setup) (*World, error) {
	if s.Queue.Name == "" {
		s.Queue.Name = "billing"
	}
	start := epoch.Add(s.Start)
	w := &World{rt: translator.NewStepped(start, s.Seed), start: start, manualBeats: s.ManualBeats, watch: s.Watch}
	if w.watch == nil {
		w.watch = func(string, any) {}
	}
	w.hub = &hub{w: w, pages: map[string]*page{}}
	w.Media = &Engine{Now: w.rt.Now, Up: or(s.Up, 40*time.Millisecond), Heard: or(s.Heard, 20*time.Millisecond)}
	terms := s.Terms.WithDefaults()
	terms.Queue = s.Queue.Name
	terms.OutcomeRequired = s.Queue.OutcomeRequired
	route := s.Route
	if route == nil {
		route = func(*dialog.Invite) translator.Routing { return translator.Routing{Terms: terms} }
	}
	other := s.Queue
	other.Name = otherQueue
	other.Exits, other.OnFull, other.OnMaxWait, other.OnEmpty, other.OnEstimate, other.OnClosed = nil, queue.WayOut{}, queue.WayOut{}, queue.WayOut{}, queue.WayOut{}, queue.WayOut{}
	if s.Other != nil {
		s.Other(&other)
	}
	s.Agents.Queues = []queue.QueueSettings{s.Queue, other}
	late := &lateHandler{}
	trunk := dialog.Trunk{Name: "pbx", Networks: []netip.Prefix{trunkNet}, Trusted: true, UserToUser: true}
	if s.Trunk != nil {
		s.Trunk(&trunk)
	}
	tx, err := dialog.NewVirtualTx(dialog.Config{Listen: ourAddr, Handler: late, Trunks: []dialog.Trunk{trunk}}, s.Seed+1)
	if err != nil {
		return nil, err
	}
	w.Tx = tx
	cfg := translator.Config{
		Runtime: w.rt, Agents: w.hub, Media: w.Media, Route: route,
		Queue:    s.Agents,
		Policy:   func(in *dialog.Invite) sdp.TrunkPolicy { return s.policy(in.Source.Addr()) },
		PolicyTo: func(t dialog.Target) sdp.TrunkPolicy { return s.policy(t.Addr.Addr()) },
		Terms: func(name string) (translator.Terms, bool) {
			t := terms
			t.Queue = name
			return t, name == terms.Queue || name == otherQueue
		},
		RecordPath: func(call string, n int, _ time.Time) string { return fmt.Sprintf("%s-%d.wav", call, n) },
		DialTerms:  translator.Terms{Record: s.Terms.Record, RecordNotice: s.Terms.RecordNotice},
		Trunks:     trunks{w}, Resolve: s.dial(), Meter: s.Meter, Rules: func(string) translator.TrunkRules { return s.Rules },
		Known: func(agent string) bool { return agent != "nobody" },
		Memberships: func(who protocol.Identity) []queue.Membership {
			if who.ID == "carol" {
				return []queue.Membership{{Queue: otherQueue, Level: 1}}
			}
			return []queue.Membership{{Queue: s.Queue.Name, Level: 1}}
		},
		Random: rand.NewPCG(s.Seed, 7),
		Log:    slog.New(endingLog{w: w}),
		Hooks: translator.Hooks{Broken: s.Hooks.Broken, Record: s.Hooks.Record, Happened: s.Hooks.Happened, Count: func(what, label string) {
			if what == "unexpected_event" || what == "panic" || what == "inbox_full" || what == "repair" {
				w.problem("%s: %s", what, label)
			}
			if s.Hooks.Count != nil {
				s.Hooks.Count(what, label)
			}
		}},
	}
	if s.Configure != nil {
		s.Configure(&cfg)
	}
	x, err := translator.New(cfg)
	if err != nil {
		return nil, err
	}
	w.X = x
	late.h = x
	return w, nil
}

// otherQueue has the same settings, and carol serves it alone; calls come to it by transfer only.
const otherQueue = "sales"

// policy is the media rules of the trunk.
func (s *Setup) policy(addr netip.Addr) sdp.TrunkPolicy {
	p := sdp.TrunkPolicy{TrunkAddr: addr, MediaNetworks: []netip.Prefix{trunkNet}}
	if s.Policy != nil {
		s.Policy(&p)
	}
	return p
}

// dial is the dial policy: everything by both trunks, unless the setup has its own.
func (s *Setup) dial() func(protocol.Identity, translator.Ask) (translator.Destination, *translator.Denial) {
	if s.Dial != nil {
		return s.Dial
	}
	return func(_ protocol.Identity, ask translator.Ask) (translator.Destination, *translator.Denial) {
		to, from := ask.To, ask.From
		target, _, _ := strings.Cut(to, ";")
		uri, isURI := strings.CutPrefix(target, "sip:")
		user, host, _ := strings.Cut(uri, "@")
		if !isURI {
			user, host = writtenMarks.Replace(to), ""
		}
		if from == "" {
			from = "+4930100"
		}
		return translator.Destination{
			Party: protocol.Party{Number: user}, User: user, Host: host, Trunks: []string{"pbx", "carrier"}, From: dialog.Party{User: from}, Headers: []string{"x-ticket"},
		}, nil
	}
}

// writtenMarks are what people write between the digits of a number (RFC 3966 §5.1.1), and blanks.
var writtenMarks = strings.NewReplacer(" ", "", "-", "", ".", "", "(", "", ")", "", "/", "", "\u00a0", "")

// trunks places calls in virtual time: by the trunk at 192.0.2.10, and where that fails at 192.0.2.11.
type trunks struct{ w *World }

func (t trunks) Perform(e dialog.Effect) error { return t.w.Tx.Perform(e) }

func (t trunks) Place(call dialog.Outgoing, sink func(dialog.Event)) (*dialog.Dialog, error) {
	return t.w.Tx.Place(call, sink, t.w.Now())
}

func (t trunks) Targets(names ...string) (all []dialog.Target) {
	known := map[string]netip.AddrPort{"pbx": trunkAddr, "carrier": otherAddr}
	for _, name := range names {
		if addr, ok := known[name]; ok {
			all = append(all, dialog.Target{Trunk: name, Address: dialog.Address{Network: dialog.UDP, Addr: addr}, Up: true})
		}
	}
	return all
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
	w.add(Message{Party: "trunk", In: true, SIP: text})
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

// Happen gives the newest call a media event, on its newest agent leg, or TrunkSilent or PlayEnded on the trunk's.
func (w *World) Happen(kind media.EventKind) error {
	err := w.Media.inject(kind)
	w.settle()
	return err
}

// Press lets the far side of the newest call press a key (RFC 4733).
func (w *World) Press(key byte) {
	for _, s := range slices.Backward(w.Media.sessions) {
		if !s.closed {
			s.p.Notify(media.Event{Kind: media.TrunkDigit, At: w.rt.Now(), Digit: key})
			break
		}
	}
	w.settle()
}

// HappenAny gives a media event to one of the calls that may have it now, which pick chooses among n. False: none may.
func (w *World) HappenAny(kind media.EventKind, pick func(n int) int) bool {
	ok := w.Media.Any(kind, pick)
	w.settle()
	return ok
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

// Next is when something is due by itself, since the story began; false if nothing is.
func (w *World) Next() (time.Duration, bool) {
	at, ok := w.next()
	return max(at.Sub(w.start), w.Elapsed()), ok
}

// next is when something is due.
func (w *World) next() (time.Time, bool) {
	var next time.Time
	for _, deadline := range [...]func() (time.Time, bool){w.rt.Deadline, w.Tx.Deadline, w.Media.deadline, w.hub.beatDue} {
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
	w.hub.beat(at)
	w.settle()
}

// Together lets all that f brings in arrive at once: owners work on it afterwards, in the order of the seed. f must not move the clock.
func (w *World) Together(f func()) {
	w.holding = true
	defer func() {
		w.holding = false
		w.settle()
	}()
	f()
}

// settle lets everything that waits happen.
func (w *World) settle() {
	if !w.holding {
		w.rt.Settle()
	}
	w.flush()
}

// flush records what the transactions have sent.
func (w *World) flush() {
	for _, p := range w.Tx.Sent() {
		w.out = append(w.out, Message{At: w.Elapsed(), Party: "trunk", SIP: string(p.Data)})
	}
}

// Idle says what is left behind: nil if no call, no media session, no transaction and no caller has stayed.
func (w *World) Idle() error {
	b := w.Books()
	switch {
	case w.rt.Owners() != 1:
		return fmt.Errorf("replay: %d calls still have an owner", w.rt.Owners()-1)
	case w.Media.Open() != 0:
		return fmt.Errorf("replay: %d media sessions are still open", w.Media.Open())
	case w.Tx.Transactions() != 0 || w.Tx.Dialogs() != 0:
		return fmt.Errorf("replay: %d transactions and %d dialogs are still kept", w.Tx.Transactions(), w.Tx.Dialogs())
	case b.Calls+b.Offers+b.Parts+b.Callers+b.Offered != 0:
		return fmt.Errorf("replay: the books are not empty: %+v", b)
	}
	return nil
}

// Books are the exchange's and the queue's.
func (w *World) Books() (books translator.Books) {
	w.X.Inspect(func(b translator.Books) { books = b })
	w.settle()
	return books
}

// Messages are all that was sent and received so far; Problems what must never happen and did; Endings how each call ended.
func (w *World) Messages() []Message { return w.out }
func (w *World) Problems() []string  { return w.problems }
func (w *World) Endings() []Ending   { return w.endings }

// Forget drops the messages so far, and how calls ended: a long story would keep them all.
func (w *World) Forget() {
	clear(w.out)
	w.out, w.endings = w.out[:0], w.endings[:0]
}

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
	w.add(Message{Party: agent, In: true, Object: frame})
}

func (w *World) sent(agent string, object any) { w.add(Message{Party: agent, Object: object}) }
