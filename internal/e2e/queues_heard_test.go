package e2e

import (
	"context"
	"encoding/binary"
	"net/netip"
	"regexp"
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

// An audience is what callers hear, each by the address that he calls from: all RTP that reaches their network on loopback.
type audience struct {
	t      *testing.T
	ctx    context.Context
	server *harness.Server
	wire   *harness.Wire
}

// newAudience begins to listen to what comes to a network.
func newAudience(t *testing.T, server *harness.Server, network string) *audience {
	t.Helper()
	return &audience{
		t: t, ctx: harness.Within(t, 60*time.Second), server: server, wire: harness.Listen(t, "udp and dst net "+network),
	}
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
func (a *audience) caller(at, scenario, number string) *listener {
	a.t.Helper()
	return a.callerBy(at, scenarios+scenario+".xml", number)
}

// callerBy is caller with a scenario's file.
func (a *audience) callerBy(at, file, number string) *listener {
	a.t.Helper()
	l := &listener{audience: a, at: netip.MustParseAddr(at)}
	l.run = harness.Sipp{
		Scenario: file, From: netip.AddrPortFrom(l.at, 0), To: a.server.SIP, Number: number, Options: []string{"-m", "1"},
	}.Start(a.ctx, a.t)
	return l
}

// heard is all that the caller has heard.
func (l *listener) heard() []int16 {
	const header = 12
	var take listen.Take
	for _, p := range l.wire.Packets() {
		if pcm := harness.G711(p.Payload); p.To.Addr() == l.at && pcm != nil {
			take.Add(binary.BigEndian.Uint32(p.Payload[4:header]), pcm)
		}
	}
	return take.PCM()
}

// hears waits until so much sound has come since the call began.
func (l *listener) hears(samples int) {
	l.t.Helper()
	for len(l.heard()) < samples {
		select {
		case <-time.After(20 * time.Millisecond):
		case <-l.ctx.Done():
			l.t.Fatalf("the caller at %s has heard %d ms, want more", l.at, len(l.heard())*1000/load.Rate)
		}
	}
}

// told waits until the caller is told these phrases in this order, with nothing between, in the sound from a sample on. It gives what else he was told before.
func (l *listener) told(from int, want string) (before string) {
	l.t.Helper()
	for enough := from + len(strings.Fields(want))*load.Rate*4/5; ; enough = len(l.heard()) + load.Rate { // to look for words takes a while
		l.hears(enough)
		got := spokenIn(l.t, l.heard()[from:])
		if before, _, found := strings.Cut(" "+got+" ", " "+want+" "); found {
			return strings.TrimSpace(before)
		}
		if len(l.heard()) > from+20*load.Rate {
			l.t.Fatalf("the caller at %s is told %q, want %q", l.at, got, want)
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

// onlyHears fails the test unless from half a second after now on, for two seconds, the caller hears this tone and nothing else.
func (l *listener) onlyHears(hz float64) {
	l.t.Helper()
	const half, judged = load.Rate / 2, load.Rate * 2
	from := len(l.heard()) + half
	l.hears(from + judged)
	pcm, others, windows := l.heard()[from:], 0, 0
	for ; len(pcm) >= load.Rate/10; pcm = pcm[load.Rate/10:] {
		if windows++; load.Share(pcm[:load.Rate/10], hz) < 0.7 {
			others++
		}
	}
	if others > windows/5 { // a machine that has much else to do leaves holes in a tone
		l.t.Errorf("of %d times 100 ms that the caller at %s hears when he is joined, %d are not the agent", windows, l.at, others)
	}
	if words := spokenIn(l.t, l.heard()[from:]); words != "" {
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
	a := newAudience(t, server, "127.0.81.0/24")
	first := a.caller("127.0.81.1", "uac-callee-hangs-up", "300")
	first.hears(1)
	second := a.caller("127.0.81.2", "uac-callee-hangs-up", "300")
	second.hears(1)
	third := a.caller("127.0.81.3", "uac-callee-hangs-up", "300")
	third.begins("welcome place number-3 place-end comfort")
	first.begins("welcome place-next")
	second.begins("welcome place number-2 place-end")

	n, m := len(second.heard()), len(third.heard()) // they move up when the first has his agent
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
	a := newAudience(t, server, "127.0.82.0/24")
	caller := a.caller("127.0.82.1", "uac-callee-hangs-up", "301")
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
