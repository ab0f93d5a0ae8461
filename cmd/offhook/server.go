package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gofiber/fiber/v2"

	"offhook/agent"
	"offhook/agent/protocol"
	"offhook/api"
	"offhook/media/relay"
	"offhook/queue"
	"offhook/records"
	"offhook/translator"
	"offhook/translator/dialog"
	"offhook/translator/sdp"
)

// settings are everything that a server is made of, worked out from a configuration by plan.
type settings struct {
	http, admin       string
	adminToken        []byte
	certFile, keyFile string
	hub               agent.Config
	sip               dialog.Config
	relay             relay.Config
	queues            queue.Settings
	route             func(in *dialog.Invite) translator.Routing
	queueTerms        func(queue string) (translator.Terms, bool) // of the queues that calls may be passed on to
	policy            func(in *dialog.Invite) sdp.TrunkPolicy
	policyTo          func(t dialog.Target) sdp.TrunkPolicy
	rules             func(trunk string) translator.TrunkRules
	resolve           func(who protocol.Identity, ask translator.Ask) (translator.Destination, *translator.Denial)
	meter             func(agent string, now time.Time) (release func(), denied *translator.Denial)
	countDenied       func(count func(reason string)) // is given where calls that may not be placed are counted; may be nil
	memberships       func(who protocol.Identity) []queue.Membership
	skills            func(who protocol.Identity) []queue.Skill // may be nil
	known             func(agent string) bool                   // may be nil
	reasons           []string
	resumeFor         time.Duration
	maxCalls          int
	drainFor          time.Duration
	widget            fs.FS
	pages             map[string]fs.FS
	texts             map[string]func() (string, error)
	home              string
	// records are where call records are kept; without a folder none are.
	records records.Config
	// callbacks is the folder of promised callbacks; "" keeps none.
	callbacks string
	// recordings are where the sound of calls is kept, for those whose terms say so.
	recordings recordingSettings
	// dialTerms are the terms of calls that agents dial.
	dialTerms translator.Terms
	// apiTokens are who may use the HTTP API.
	apiTokens []api.Token
	// webhooks are who is told of events.
	webhooks []api.Webhook
	// traces are the live calls that are written as transcripts.
	traces traceSettings
	// live is what a reload changes.
	live *live
	// watch is told each agent's new object; it must return at once. May be nil.
	watch func(protocol.Agent)
	log   *slog.Logger
}

// server is the running program: its parts in the order in which they start. They close in the opposite order.
type server struct {
	set       settings
	meters    *meters
	records   *records.Store     // nil: none are kept
	callbacks *records.Callbacks // nil: they end with the server
	sweeper   *sweeper           // nil: nothing is recorded
	hub       *agent.Hub
	relay     *relay.Relay
	sip       *dialog.Endpoint
	tracer    *tracer // nil: nothing is recorded
	runtime   *translator.Live
	exchange  *translator.Exchange
	webhooks  *api.Webhooks // nil: nobody is told
	keyring   *api.Keyring  // of the HTTP API
	app       *fiber.App
	listener  net.Listener
	admin     *adminServer
	draining  atomic.Bool
	// reloading is held while the settings are replaced.
	reloading sync.Mutex
	failed    chan error
}

// start makes the parts and opens the listeners. What was opened is closed again if a later part fails.
func start(set settings) (_ *server, err error) {
	s := &server{set: set, failed: make(chan error, 2), runtime: translator.NewLive()}
	defer func() {
		if err != nil {
			s.close(atOnce())
		}
	}()
	s.meters = newMeters()
	if set.countDenied != nil {
		set.countDenied(s.meters.reg.Rejected)
	}
	if s.records, err = openRecords(set, s.meters); err != nil {
		return nil, err
	}
	var promised []translator.Callback
	if s.callbacks, promised, err = openCallbacks(set, s.meters); err != nil {
		return nil, err
	}
	if s.sweeper, err = startSweeper(set.recordings, set.log); err != nil {
		return nil, fmt.Errorf("recordings: %w", err)
	}
	if s.tracer, err = newTracer(&set); err != nil {
		return nil, err
	}
	if s.webhooks, err = startWebhooks(set.webhooks, set.log, s.meters); err != nil {
		return nil, err
	}
	late := &lateExchange{}
	set.hub.Recents = s.recents
	set.hub.Backend, set.hub.Log, set.hub.Count = s.tracer.backend(late), set.log, s.meters.hub
	if s.hub, err = agent.New(set.hub); err != nil {
		return nil, err
	}
	set.relay.Logger = set.log
	if s.relay, err = relay.New(set.relay); err != nil {
		return nil, err
	}
	set.sip.Handler, set.sip.Logger, set.sip.Tap = newGuard(late, s.meters.reg.Rejected, set.log), set.log, s.tracer.tap()
	if s.sip, err = dialog.New(set.sip); err != nil {
		return nil, err
	}
	s.exchange, err = translator.New(translator.Config{
		Runtime: s.runtime, Agents: s.tracer.agents(s.toldAgents(s.meters.agents(watchedHub{s.hub, set.watch}))), Media: s.tracer.media(s.relay), Queue: set.queues,
		Route: s.tracer.route(set.route), Terms: set.queueTerms, Policy: set.policy,
		DialTerms: set.dialTerms, RecordPath: set.recordings.path(),
		Trunks: placing{s.sip}, Resolve: set.resolve, Meter: set.meter, Rules: set.rules, PolicyTo: set.policyTo,
		Memberships: set.memberships, Skills: set.skills, Known: set.known, Promises: s.promises(), Reasons: set.reasons, ResumeFor: set.resumeFor, MaxCalls: set.maxCalls,
		Log: set.log, Hooks: translator.Hooks{Count: s.meters.exchange, Broken: s.broken, Record: s.tracer.finish(s.record), Happened: s.happened},
	})
	if err != nil {
		return nil, err
	}
	late.x.Store(s.exchange)
	s.meters.watch(s)
	s.takeOver(promised)
	return s, s.serveHTTP()
}

// broken ends the process: too many calls have panicked, and a new process is the better bet (security.md F5).
func (s *server) broken() {
	select {
	case s.failed <- errors.New("more than 5 panics in 60 s"):
	default:
	}
}

func (s *server) serveHTTP() (err error) {
	set := withWindow(s.set)
	s.keyring = api.NewKeyring(set.apiTokens)
	s.app = api.New(api.Config{
		Agents: s.hub, Widget: set.widget, Pages: set.pages, Texts: set.texts, Home: set.home, Origins: set.hub.Origins, TrustedProxies: set.hub.TrustedProxies,
		Keyring: s.keyring, Calls: s.calls(), Count: s.meters.reg.Rejected,
		Center: apiCenter{s.exchange, s.hub}, Revoke: s.hub.Revoke, Reload: s.reload, Trace: s.tracer.ask(),
		Ready: func() error {
			if s.draining.Load() {
				return errors.New("draining")
			}
			return nil
		},
		Log: set.log,
	})
	if s.listener, err = api.Listen(set.http, set.certFile, set.keyFile, s.crowd()); err != nil {
		return fmt.Errorf("http: %w", err)
	}
	go func() {
		if err := s.app.Listener(s.listener); err != nil {
			s.failed <- fmt.Errorf("http: %w", err)
		}
	}()
	if set.admin != "" {
		if s.admin, err = newAdminServer(set.admin, set.adminToken, s.meters, s.tracer); err != nil {
			return fmt.Errorf("admin: %w", err)
		}
	}
	return nil
}

// run waits until ctx is done or a listener fails, then shuts down in order: refuse, drain, end, close. force, when done, ends
// the draining (the second signal).
func (s *server) run(ctx, force context.Context) error {
	select {
	case <-ctx.Done():
	case err := <-s.failed:
		s.close(atOnce())
		return err
	}
	s.draining.Store(true)
	s.sip.Drain()
	s.hub.Drain()
	drain, cancel := context.WithTimeout(force, s.set.drainFor)
	defer cancel()
	if s.set.drainFor > 0 {
		go s.sayWhatIsLeft(drain)
	}
	s.close(drain)
	return nil
}

// atOnce is a draining that takes no time.
func atOnce() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

// sayWhatIsLeft logs at once and every 30 s how many calls the draining waits for.
func (s *server) sayWhatIsLeft(drain context.Context) {
	every := time.NewTicker(30 * time.Second)
	defer every.Stop()
	for n := s.exchange.Calls(); n > 0; n = s.exchange.Calls() {
		s.set.log.Info("draining", "calls", n, "at_most", s.set.drainFor.String())
		select {
		case <-drain.Done():
			return
		case <-every.C:
		}
	}
}

// close ends what is there: calls first, then sockets, then listeners and media; their records last.
func (s *server) close(drain context.Context) {
	if s.exchange != nil {
		s.exchange.Shutdown(drain)
	}
	end, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if s.hub != nil {
		if err := s.hub.Shutdown(end); err != nil {
			s.set.log.Warn("sockets left open", "error", err)
		}
	}
	if s.app != nil {
		_ = s.app.ShutdownWithContext(end)
	}
	if s.sip != nil {
		_ = s.sip.Close()
	}
	if s.relay != nil {
		_ = s.relay.Close()
	}
	if s.admin != nil {
		s.admin.close(end)
	}
	if s.exchange != nil {
		s.runtime.Wait()
	}
	closeWebhooks(s.webhooks)
	s.tracer.close()
	s.sweeper.close()
	s.closeCallbacks()
	s.closeRecords()
}

// placing lets the exchange place calls by the endpoint.
type placing struct{ *dialog.Endpoint }

// Place is part of translator.Trunks.
func (p placing) Place(call dialog.Outgoing, sink func(dialog.Event)) (*dialog.Dialog, error) {
	return p.Endpoint.Place(context.Background(), call, sink)
}

// lateExchange stands for the exchange where it is needed before it is made: the hub and the SIP endpoint call it, and it calls them. Nothing comes in
// before it is stored, but a datagram that arrives while the parts are made; that one is refused.
type lateExchange struct {
	x atomic.Pointer[translator.Exchange]
}

func (l *lateExchange) Login(ref agent.Ref, who protocol.Identity, hello protocol.Hello) {
	l.x.Load().Login(ref, who, hello)
}
func (l *lateExchange) Request(ref agent.Ref, req protocol.Request) { l.x.Load().Request(ref, req) }
func (l *lateExchange) Renewed(agent string, who protocol.Identity) { l.x.Load().Renewed(agent, who) }
func (l *lateExchange) Beat(agent string)                           { l.x.Load().Beat(agent) }
func (l *lateExchange) Detached(agent string)                       { l.x.Load().Detached(agent) }
func (l *lateExchange) LoggedOut(agent string)                      { l.x.Load().LoggedOut(agent) }
func (l *lateExchange) Invite(in *dialog.Invite) func(dialog.Event) { return l.x.Load().Invite(in) }
func (l *lateExchange) Admit() bool                                 { x := l.x.Load(); return x != nil && x.Admit() }

// watchedHub shows each agent's object to watch on its way.
type watchedHub struct {
	*agent.Hub
	watch func(protocol.Agent)
}

func (w watchedHub) SendAgent(id string, a protocol.Agent) {
	w.Hub.SendAgent(id, a)
	if w.watch != nil {
		w.watch(a)
	}
}
