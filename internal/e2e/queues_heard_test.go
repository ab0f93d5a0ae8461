package e2e

import (
	"context"
	"encoding/binary"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"offhook/agent/protocol"
	"offhook/internal/harness"
	"offhook/internal/listen"
	"offhook/internal/load"
	"offhook/media/prompts"
)

// An audience is what callers hear, each by the address that he calls from: all RTP that reaches a network on loopback.
type audience struct {
	t      *testing.T
	ctx    context.Context
	server *harness.Server
	wire   *harness.Wire
	last   netip.Addr // that a caller was given

	mu     sync.Mutex
	sounds map[netip.Addr]*listen.Take
}

// newAudience begins to listen to callers on a network of their own.
func newAudience(t *testing.T, server *harness.Server) *audience {
	t.Helper()
	network := harness.Network(t)
	return newAudienceAt(t, server, network.Addr(), "net "+network.String())
}

// newAudienceAt begins to listen to what a filter of tcpdump's calls the callers' side: an address or a network.
func newAudienceAt(t *testing.T, server *harness.Server, first netip.Addr, filter string) *audience {
	t.Helper()
	a := &audience{t: t, ctx: harness.Within(t, 2*harness.Patience), server: server, last: first, sounds: map[netip.Addr]*listen.Take{}}
	a.wire = harness.Tap(t, "udp and dst "+filter, a.hear)
	return a
}

// hear takes a packet.
func (a *audience) hear(p harness.Packet) {
	const header = 12
	pcm := harness.G711(p.Payload)
	if pcm == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	take := a.sounds[p.To.Addr()]
	if take == nil {
		take = &listen.Take{}
		a.sounds[p.To.Addr()] = take
	}
	take.Add(binary.BigEndian.Uint32(p.Payload[4:header]), pcm)
}

// spoken are the phrases that callers of these tests may hear: all but those of long lines, for to look for a hundred takes long.
var spoken struct {
	sync.Mutex
	phrases *listen.Phrases
}

// spokenIn says what phrases are in a sound, in order.
func spokenIn(t *testing.T, pcm []int16) string {
	t.Helper()
	spoken.Lock()
	defer spoken.Unlock()
	if spoken.phrases == nil {
		spoken.phrases = listen.New(spokenClips(t))
	}
	return spoken.phrases.Names(pcm)
}

var ofLongLines = regexp.MustCompile(`^(number-\d\d|hundred-|thousand-|press-)`)

func spokenClips(t *testing.T) map[string]*prompts.Clip {
	t.Helper()
	voice, _, err := prompts.LoadVoice("en", "")
	if err != nil {
		t.Fatal(err)
	}
	clips := map[string]*prompts.Clip{}
	for _, name := range voice.Phrases() {
		if ofLongLines.MatchString(name) {
			continue
		}
		if clips[name], err = prompts.Find(voice.Phrase(name)[0].Name); err != nil {
			t.Fatal(err)
		}
	}
	return clips
}

// A listener is one caller of an audience.
type listener struct {
	*audience
	at  netip.Addr
	run *harness.SippRun
}

// caller lets somebody call by a scenario of testdata/sipp.
func (a *audience) caller(scenario, number string) *listener {
	a.t.Helper()
	return a.callerBy(scenarios+scenario+".xml", number)
}

// callerBy is caller with a scenario's file.
func (a *audience) callerBy(file, number string) *listener {
	a.t.Helper()
	a.last = a.last.Next()
	l := &listener{audience: a, at: a.last}
	l.run = harness.Sipp{
		Scenario: file, From: netip.AddrPortFrom(l.at, 0), To: a.server.SIP, Number: number, Options: []string{"-m", "1"},
	}.Start(a.ctx, a.t)
	return l
}

// heard is all that the caller has heard from a sample on.
func (l *listener) heard(from int) []int16 {
	l.mu.Lock()
	defer l.mu.Unlock()
	take := l.sounds[l.at]
	if take == nil || len(take.PCM()) < from {
		return nil
	}
	return slices.Clone(take.PCM()[from:])
}

// now is how many samples the caller has heard.
func (l *listener) now() int { return len(l.heard(0)) }

// hears waits until so much sound has come since the call began.
func (l *listener) hears(samples int) {
	l.t.Helper()
	for {
		more := l.wire.Next()
		if l.now() >= samples {
			return
		}
		select {
		case <-more:
		case <-l.ctx.Done():
			l.t.Fatalf("the caller at %s has heard %d ms, want more", l.at, l.now()*1000/load.Rate)
		}
	}
}

// told waits until the caller is told these phrases in this order, with nothing between, in the sound from a sample on. It gives what else he was told before.
func (l *listener) told(from int, want string) (before string) {
	l.t.Helper()
	const most = 30 * load.Rate // in which it must have come, but for what comes while it is looked for
	judged, pause := from+len(strings.Fields(want))*load.Rate*4/5, time.NewTicker(lookAgain)
	defer pause.Stop()
	for {
		l.mayHear(judged, pause.C)
		judged = l.now()
		got := spokenIn(l.t, l.heard(from))
		if before, _, found := strings.Cut(" "+got+" ", " "+want+" "); found {
			return strings.TrimSpace(before)
		}
		if judged > from+most || l.ctx.Err() != nil {
			l.t.Fatalf("the caller at %s is told %q in %d ms, want %q", l.at, got, (judged-from)*1000/load.Rate, want)
		}
		judged += load.Rate // to look for words takes a while
	}
}

// lookAgain is how long more sound is waited for before what came is looked at once more: the call may be over, and the last of it is here.
const lookAgain = 2 * time.Second

// mayHear waits until so much sound has come, or for enough.
func (l *listener) mayHear(samples int, enough <-chan time.Time) {
	for {
		more := l.wire.Next()
		if l.now() >= samples {
			return
		}
		select {
		case <-more:
		case <-enough:
			return
		case <-l.ctx.Done():
			return
		}
	}
}

// begins waits until the caller is told these phrases, and fails the test unless they are the first.
func (l *listener) begins(want string) {
	l.t.Helper()
	if before := l.told(0, want); before != "" {
		l.t.Errorf("the caller at %s is told %q before %q", l.at, before, want)
	}
}

// onlyHears fails the test unless the caller hears this tone, and from half a second after its beginning on, for two seconds, nothing else.
func (l *listener) onlyHears(hz float64) {
	l.t.Helper()
	const window, half, judged = load.Rate / 10, load.Rate / 2, load.Rate * 2
	from := l.now()
	for l.hears(from + window); load.Share(l.heard(from)[:window], hz) < 0.7; l.hears(from + window) {
		from += window
	}
	from += half
	l.hears(from + judged)
	pcm, others := l.heard(from)[:judged], 0
	for ; len(pcm) >= window; pcm = pcm[window:] {
		if load.Share(pcm[:window], hz) < 0.7 {
			others++
		}
	}
	if windows := judged / window; others > windows/5 { // a machine that has much else to do leaves holes in a tone
		l.t.Errorf("of %d times 100 ms that the caller at %s hears when he is joined, %d are not the agent", windows, l.at, others)
	}
	if words := spokenIn(l.t, l.heard(from)); words != "" {
		l.t.Errorf("the caller at %s is told %q when he is joined", l.at, words)
	}
}

// Callers hear the welcome first, then their place, which is right and told anew when it has changed, and words of comfort. When an agent has them, nothing
// of it comes any more.
func TestQueueTellsPlaces(t *testing.T) {
	t.Parallel()
	harness.Need(t, "sipp", "tcpdump")
	server := startServer(t, withQueues("  - {called: \"300\", queue: told}\n  - {called: \"301\", queue: early}\n",
		`  - {name: told, answer: at_once, welcome: welcome, announce_every: 2s, comfort: comfort, comfort_every: 5s, wrap_up: 0s}
  - {name: early, answer: early, welcome: welcome, announce_every: 2s, wrap_up: 0s}
`, ""))
	server.Serves = map[string][]string{"anna": {"told"}, "bert": {"early"}}
	t.Run("at once", func(t *testing.T) { t.Parallel(); places(t, server) })
	t.Run("early", func(t *testing.T) { t.Parallel(); early(t, server) })
}

func places(t *testing.T, server *harness.Server) {
	a := newAudience(t, server)
	first := a.caller("uac-callee-hangs-up", "300")
	first.hears(1)
	second := a.caller("uac-callee-hangs-up", "300")
	second.hears(1)
	third := a.caller("uac-callee-hangs-up", "300")
	third.begins("welcome place number-3 place-end comfort")
	first.begins("welcome place-next")
	second.begins("welcome place number-2 place-end")

	n, m := second.now(), third.now() // they move up when the first has his agent
	anna := server.NewAgent("anna", a.takes)
	call := anna.Connected(a.ctx).Call
	first.onlyHears(harness.AgentTone)
	if err := anna.SetState(a.ctx, protocol.Away, ""); err != nil { // when she has hung up
		t.Fatal(err)
	}
	if err := anna.Hangup(a.ctx, call); err != nil {
		t.Fatal(err)
	}
	first.run.Wait()
	second.told(n, "place-next")
	third.told(m, "place number-2 place-end")

	from := anna.Journal.Len()
	if err := anna.SetState(a.ctx, protocol.Available, ""); err != nil {
		t.Fatal(err)
	}
	call = anna.WaitFrom(a.ctx, from, "she has the second caller", load.InPhase(protocol.PhaseConnected)).Call
	if err := anna.Hangup(a.ctx, call); err != nil {
		t.Fatal(err)
	}
	second.run.Wait()
}

// takes is how an agent of an audience is.
func (a *audience) takes(c *load.AgentConfig) {
	c.Pacer = harness.NewPacer(a.t)
}

// early: all of it before the call is answered, which it is when the agent takes it.
func early(t *testing.T, server *harness.Server) {
	a := newAudience(t, server)
	caller := a.caller("uac-callee-hangs-up", "301")
	caller.begins("welcome place-next")
	answered := func() (n int) {
		for _, m := range a.wire.Messages() {
			if m.Status("200") && strings.HasSuffix(m.CSeq(), "INVITE") {
				n++
			}
		}
		return n
	}
	if answered() > 0 {
		t.Error("the call was answered before an agent had it")
	}
	bert := server.NewAgent("bert", a.takes)
	call := bert.Connected(a.ctx).Call
	caller.onlyHears(harness.AgentTone)
	if answered() == 0 {
		t.Error("the call is not answered")
	}
	if err := bert.Hangup(a.ctx, call); err != nil {
		t.Fatal(err)
	}
	caller.run.Wait()
}
