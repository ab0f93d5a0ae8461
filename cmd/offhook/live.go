package main

import (
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"offhook/agent"
	"offhook/agent/protocol"
	"offhook/internal/config"
	"offhook/queue"
	"offhook/translator"
	"offhook/translator/dialog"
	"offhook/translator/sdp"
)

// ruling is what a configuration says that may change while calls are in progress. One value is one file, and is never changed: whoever asks gets all
// of it from one file.
type ruling struct {
	c        *config.Config
	keys     []agent.Key
	queues   queue.Settings
	dial     *dialer
	voices   *voices
	terms    map[string]translator.Terms
	route    func(*dialog.Invite) translator.Routing
	policy   func(*dialog.Invite) sdp.TrunkPolicy
	policyTo func(dialog.Target) sdp.TrunkPolicy
	rules    func(string) translator.TrunkRules
	limits   func(protocol.Identity) protocol.Limits
	servers  func(string) []protocol.ICEServer
}

// newRuling works out what a configuration that was read without a fault says. The error lists what only the parts could find that it is for.
func newRuling(c *config.Config, log *slog.Logger) (*ruling, error) {
	r := &ruling{c: c, queues: queuePlan(c), policy: policies(c), policyTo: policiesTo(c), rules: rules(c), servers: iceServers(c)}
	var errs [5]error
	r.keys, errs[0] = tokenKeys(c)
	r.dial, errs[1] = newDialer(c, log)
	errs[2] = readSounds(c)
	errs[3] = r.queues.Validate()
	if r.voices, errs[4] = loadVoices(c); errs[4] == nil {
		r.terms, errs[4] = queueTerms(c, r.voices)
	}
	if err := errors.Join(errs[:]...); err != nil {
		return nil, err
	}
	r.route, r.limits = router(c, r.terms, r.voices.first, time.Now), limits(c, r.dial)
	for _, warning := range voiceWarnings(r.voices) {
		log.Warn(warning)
	}
	return r, nil
}

// live is the ruling of now, asked by every part that goes by it.
type live struct {
	path  string // of the file; "" where there is none to be read again
	log   *slog.Logger
	level *slog.LevelVar // of log
	now   atomic.Pointer[ruling]
}

func newLive(c *config.Config, log *slog.Logger, level *slog.LevelVar) (*live, error) {
	r, err := newRuling(c, log)
	if err != nil {
		return nil, err
	}
	l := &live{path: c.Path(), log: log, level: level}
	l.now.Store(r)
	return l, nil
}

// into gives the settings what they ask while the server runs.
func (l *live) into(set *settings) {
	set.live = l
	set.route = func(in *dialog.Invite) translator.Routing { return l.now.Load().route(in) }
	set.queueTerms = func(queue string) (translator.Terms, bool) {
		t, ok := l.now.Load().terms[queue]
		return t, ok
	}
	set.policy = func(in *dialog.Invite) sdp.TrunkPolicy { return l.now.Load().policy(in) }
	set.policyTo = func(to dialog.Target) sdp.TrunkPolicy { return l.now.Load().policyTo(to) }
	set.rules = func(trunk string) translator.TrunkRules { return l.now.Load().rules(trunk) }
	set.resolve = func(who protocol.Identity, ask translator.Ask) (translator.Destination, *translator.Denial) {
		return l.now.Load().dial.resolve(who, ask)
	}
	set.meter = func(agent string, now time.Time) (func(), *translator.Denial) {
		return l.now.Load().dial.begin(agent, now)
	}
	set.countDenied = func(count func(string)) { l.now.Load().dial.countTo(count) }
	set.memberships = func(who protocol.Identity) []queue.Membership { return l.now.Load().dial.staff.memberships(who) }
	set.skills = func(who protocol.Identity) []queue.Skill { return l.now.Load().dial.staff.skills(who) }
	set.known = func(agent string) bool { return l.now.Load().dial.staff.knows(agent) }
	set.hub.Limits = func(who protocol.Identity) protocol.Limits { return l.now.Load().limits(who) }
	set.hub.ICEServers = func(agent string) []protocol.ICEServer { return l.now.Load().servers(agent) }
}

// reread reads the file again. stays names what it changes that does not change before the next start; of that, the ruling has what is in force.
func (l *live) reread() (next *ruling, stays []string, err error) {
	c, err := config.Load(l.path)
	if err != nil {
		return nil, nil, err
	}
	now := l.now.Load()
	stays = keepFixed(c, now.c)
	if next, err = newRuling(c, l.log); err != nil {
		return nil, nil, err
	}
	next.dial.follow(now.dial)
	return next, stays, nil
}
