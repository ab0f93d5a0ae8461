package load

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"sync"
	"time"

	"offhook/agent/protocol"
)

// AgentConfig says who an agent is and how he behaves. It is not changed once the agent has started.
type AgentConfig struct {
	// Name stands in the events.
	Name string
	// URL is the gateway's, ws://host:port/agent; Origin is the page's, http://host:port. TLS may be nil.
	URL, Origin string
	TLS         *tls.Config
	// Token gives a good token for each hello.
	Token func(ctx context.Context) (string, error)
	// State is set after the first welcome; "" leaves the agent as he is.
	State protocol.AgentState
	// Pacer sends the agent's packets. The caller closes it, after the agents.
	Pacer *Pacer
	// Decide says what to do with an offered call; nil answers each at once. It must return at once.
	Decide func(protocol.Call) Policy
	// WhenUp lets the agent accept no call before its media is up: what takes the gateway a certain time then is not the machine's time for DTLS. It goes
	// with no LateAnswer.
	WhenUp bool
	// LateAnswer leaves the SDP out of ringing and sends it with accept.
	LateAnswer bool
	// Speak makes the sound that the agent sends in a call; nil is silence.
	Speak func(call string) Source
	// Heard gets what the agent hears, packet by packet. It must return at once and keep no reference to pcm. May be nil.
	Heard func(call string, pcm []int16)
	// Events gets what happens, from any goroutine. It must return at once. May be nil.
	Events func(Event)
}

// Policy is what an agent does with one call.
type Policy struct {
	Do Action
	// After is how long the call rings before that.
	After time.Duration
	// TalkFor is how long after the call is connected the agent hangs up; 0 leaves it to the caller.
	TalkFor time.Duration
	// WrapUpFor is how long the agent takes for after-call work; negative lets the gateway's time run out.
	WrapUpFor time.Duration
}

// Action is what an agent does with an offered call.
type Action uint8

// The actions.
const (
	Answer Action = iota // accept it
	Refuse               // reject it: decline
	Ignore               // let it ring
	Hide                 // do not even confirm that it rings
)

// An Agent is a page with a callbar, as a program: it logs in, answers beats, and treats calls as its [Policy] says. Its methods
// are safe for any goroutine.
type Agent struct {
	config AgentConfig
	ctx    context.Context // ends with the agent
	cancel context.CancelFunc
	wg     sync.WaitGroup

	mu      sync.Mutex
	link    *link // nil while there is no socket
	lastID  int64
	session string
	calls   map[string]*agentCall
	object  protocol.Agent
	muted   map[string]bool
}

var (
	errNoSocket   = errors.New("no socket")
	errSocketLost = errors.New("the socket was lost before the reply")
	errNoWelcome  = errors.New("the first frame was no welcome")
)

// StartAgent logs an agent in. It returns when the welcome has come and the state, if one was configured, is set.
func StartAgent(ctx context.Context, config AgentConfig) (*Agent, error) {
	if config.Decide == nil {
		config.Decide = func(protocol.Call) Policy { return Policy{} }
	}
	if config.Speak == nil {
		config.Speak = func(string) Source { return Silence() }
	}
	if config.Events == nil {
		config.Events = func(Event) {}
	}
	a := &Agent{
		config: config, calls: make(map[string]*agentCall), muted: make(map[string]bool),
	}
	a.ctx, a.cancel = context.WithCancel(context.WithoutCancel(ctx))
	if err := a.connect(ctx); err != nil {
		a.Kill()
		return nil, fmt.Errorf("agent %s: %w", config.Name, err)
	}
	if config.State == "" {
		return a, nil
	}
	if err := a.SetState(ctx, config.State, ""); err != nil {
		a.Kill()
		return nil, fmt.Errorf("agent %s: %w", config.Name, err)
	}
	return a, nil
}

// Object is the newest agent object.
func (a *Agent) Object() protocol.Agent {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.object
}

// Calls are the newest objects of the calls that have not ended.
func (a *Agent) Calls() []protocol.Call {
	a.mu.Lock()
	defer a.mu.Unlock()
	var objects []protocol.Call
	for _, c := range a.calls {
		objects = append(objects, c.object)
	}
	return objects
}

// Close logs the agent out, and returns when all his goroutines are gone.
func (a *Agent) Close() {
	ctx, cancel := context.WithTimeout(a.ctx, 2*time.Second)
	defer cancel()
	_, _ = a.Do(ctx, "bye", nil) // a socket that is lost already logs nobody out
	a.Kill()
}

// Kill ends the agent as a crash of the browser does: no word to anybody.
func (a *Agent) Kill() {
	a.cancel()
	a.Cut()
	a.hangUpMedia()
	a.wg.Wait()
}

// Cut loses the socket; media flows on. Resume brings it back.
func (a *Agent) Cut() {
	a.mu.Lock()
	l := a.link
	a.link = nil
	a.mu.Unlock()
	if l != nil {
		l.cut()
	}
}

// Resume connects again after a lost socket, as the page that it was.
func (a *Agent) Resume(ctx context.Context) error { return a.connect(ctx) }

// Reload is what the page does that an agent reloads in a call: the socket and all media are gone without a word, then the page logs
// in with the session's id and restarts the media of each live call. It returns when the gateway has answered those; [MediaUp] and
// [FirstSound] follow.
func (a *Agent) Reload(ctx context.Context) error {
	a.Cut()
	a.hangUpMedia()
	if err := a.connect(ctx); err != nil {
		return err
	}
	for _, call := range a.Calls() {
		if call.Phase != protocol.PhaseConnected && call.Phase != protocol.PhaseConnecting && call.Phase != protocol.PhaseHeld {
			continue
		}
		if err := a.Restart(ctx, call.ID); err != nil {
			return err
		}
	}
	return nil
}

// hangUpMedia closes the media of every call, and forgets the calls' objects: the next welcome brings them.
func (a *Agent) hangUpMedia() {
	a.mu.Lock()
	calls := a.calls
	a.calls = make(map[string]*agentCall)
	a.mu.Unlock()
	for _, c := range calls {
		c.drop()
	}
}

func (a *Agent) tell(e Event) {
	e.At, e.Who = time.Now(), a.config.Name
	a.config.Events(e)
}

// spawn runs f as one of the agent's goroutines.
func (a *Agent) spawn(f func()) {
	a.wg.Add(1)
	go func() {
		defer a.wg.Done()
		f()
	}()
}
