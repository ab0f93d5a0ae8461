package main

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"offhook/agent"
	"offhook/agent/protocol"
	crmwidget "offhook/crm-widget"
	"offhook/internal/config"
	"offhook/media"
	"offhook/media/relay"
	"offhook/queue"
	"offhook/translator"
	"offhook/translator/dialog"
)

// plan works out a server's settings from a configuration that was checked. What may change while it runs is asked of set.live.
func plan(c *config.Config, out io.Writer) (settings, error) {
	log, level := logger(c, out)
	return planWith(c, log, level)
}

// planWith is plan with a log of one's own. A reload sets level.
func planWith(c *config.Config, log *slog.Logger, level *slog.LevelVar) (settings, error) {
	now, err := newLive(c, log, level)
	if err != nil {
		return settings{}, err
	}
	traces, err := tracesPlan(c)
	if err != nil {
		return settings{}, err
	}
	hooks, err := webhooksPlan(c)
	if err != nil {
		return settings{}, err
	}
	own := newCertificate(c.SIPCertificate())
	set := settings{
		http: c.Listen.HTTP.String(), certFile: c.TLS.Certificate, keyFile: c.TLS.Key,
		hub: agent.Config{
			Origins: c.Origins, Keys: now.now.Load().keys, Audience: c.Agents.Audience, MaxTokenAge: c.Agents.MaxTokenAge, Leeway: c.Agents.Leeway,
			ResumeFor: c.Agents.ResumeFor, MaxSockets: c.Limits.Sockets, MaxWaiting: c.Limits.WaitingSockets, TrustedProxies: c.TrustedProxies,
		},
		sip: dialog.Config{
			Listeners: listeners(c, own), UserAgent: "offhook",
			Trunks: trunks(c, own), MaxTransactions: c.Limits.Transactions, MaxDialogs: 2 * c.Limits.Calls,
		},
		relay:     mediaPlan(c),
		queues:    now.now.Load().queues,
		resumeFor: c.Agents.ResumeFor, maxCalls: c.Limits.Calls, drainFor: c.Limits.Drain,
		records: recordsPlan(c, log), callbacks: c.Callbacks.Folder, apiTokens: apiTokens(c), webhooks: hooks, recordings: recordingsPlan(c), traces: traces,
		dialTerms: dialTerms(c, now.now.Load().voices),
		widget:    crmwidget.Widget(), log: log,
	}
	now.into(&set)
	if c.Listen.Admin.IsValid() {
		set.admin, set.adminToken = c.Listen.Admin.String(), c.Listen.AdminToken.Value()
	}
	for _, r := range c.AwayReasons {
		set.reasons = append(set.reasons, r.Name)
	}
	return set, nil
}

func texts[T fmt.Stringer](list []T) (out []string) {
	for _, v := range list {
		out = append(out, v.String())
	}
	return out
}

// logger makes the log, and what its level is changed by.
func logger(c *config.Config, out io.Writer) (*slog.Logger, *slog.LevelVar) {
	level := new(slog.LevelVar)
	level.Set(c.Log.Level)
	o := &slog.HandlerOptions{Level: level}
	if c.Log.Format == "json" {
		return slog.New(slog.NewJSONHandler(out, o)), level
	}
	return slog.New(slog.NewTextHandler(out, o)), level
}

func tokenKeys(c *config.Config) (keys []agent.Key, err error) {
	for i, t := range c.Agents.Tokens {
		var some []agent.Key
		switch {
		case t.JWKS != nil:
			some, err = agent.ParseJWKS(t.Issuer, t.JWKS)
		case t.PublicKey != nil:
			some = make([]agent.Key, 1)
			some[0], err = agent.ParsePEM(t.Issuer, t.KID, t.PublicKey)
		default:
			some = make([]agent.Key, 1)
			some[0], err = agent.SecretKey(t.Issuer, t.KID, t.Secret.Value())
		}
		if err != nil {
			return nil, fmt.Errorf("agents.tokens[%d]: %w", i, err)
		}
		keys = append(keys, some...)
	}
	return keys, nil
}

func iceServers(c *config.Config) func(string) []protocol.ICEServer {
	return func(id string) (list []protocol.ICEServer) {
		for _, s := range c.ICEServers {
			if !s.Secret.IsSet() {
				list = append(list, protocol.ICEServer{URLs: s.URLs})
				continue
			}
			list = append(list, agent.TURN{URLs: s.URLs, Secret: s.Secret.Value(), TTL: s.TTL}.Servers(id)...)
		}
		return list
	}
}

func limits(c *config.Config, dial *dialer) func(protocol.Identity) protocol.Limits {
	l := protocol.Limits{Queues: map[string]protocol.QueueLimits{}, AutoAnswer: c.Agents.AutoAnswer}
	for _, r := range c.AwayReasons {
		l.Reasons = append(l.Reasons, protocol.Reason{Name: r.Name, Label: r.Label, LimitS: int(r.Limit.Seconds())})
	}
	for _, q := range c.Queues {
		ql := protocol.QueueLimits{Label: q.Label, Outcomes: []protocol.Outcome{}, OutcomeRequired: q.OutcomeRequired, WrapUpS: int(q.WrapUp.Seconds())}
		for _, o := range q.Outcomes {
			ql.Outcomes = append(ql.Outcomes, protocol.Outcome{Name: o.Name, Label: o.Label})
		}
		l.Queues[q.Name] = ql
	}
	return func(who protocol.Identity) protocol.Limits {
		own := l
		own.From = dial.numbers(who)
		return own
	}
}

func mediaPlan(c *config.Config) relay.Config {
	r := relay.Config{
		Listen: c.Media.Browsers, TrunkListen: c.Media.Trunk, TrunkAdvertise: c.Public(c.Media.Trunk),
		PortMin: c.Media.Ports.Min, PortMax: c.Media.Ports.Max, TrunkSilence: c.Media.TrunkSilence,
	}
	for _, a := range c.Media.Browsers {
		r.Advertise = append(r.Advertise, netip.AddrPortFrom(c.Public(a.Addr()), a.Port()))
	}
	return r
}

// router finds the first route that fits; a call that none fits is for a number that does not exist here.
func router(c *config.Config, terms map[string]translator.Terms, now func() time.Time) func(*dialog.Invite) translator.Routing {
	hours := hoursPlan(c)
	return func(in *dialog.Invite) translator.Routing {
		caller := in.From.User
		if in.Asserted != nil {
			caller = in.Asserted.User
		}
		r, ok := config.Match(c.Routes, in.Trunk, in.To.User, caller, func(name string) bool { return hours[name].OpenAt(now()) })
		switch {
		case insecure(c, in):
			return translator.Routing{Status: 488, Q850: 88, Text: "keys for the sound are needed, and TLS for them"}
		case !ok:
			return refusal(http.StatusNotFound, "no route fits")
		case r.Refuse != 0:
			return refusal(r.Refuse, "refused by route")
		}
		t, ok := terms[r.Queue]
		if !ok {
			t = alone(c)
		}
		return translator.Routing{Agent: r.Agent, Terms: ranked(t, &r)}
	}
}

// alone are the terms of a call that is for one agent and waits in no queue.
func alone(c *config.Config) translator.Terms {
	return translator.Terms{MediaTimeout: c.Media.SetupTimeout, ResumeFor: c.Agents.ResumeFor}.WithDefaults()
}

// ranked are the queue's terms for a caller who comes by this route.
func ranked(t translator.Terms, r *config.Route) translator.Terms {
	t.Class, t.HeadStart, t.Prefer = r.Class, r.HeadStart, queue.AgentID(r.Prefer)
	for _, n := range r.Needs {
		t.Needs = append(t.Needs, queue.Need{Skill: n.Skill, Min: n.Min})
	}
	return t
}

// refusal is a routing's refusal with the Q.850 cause that fits the status (RFC 3398 §8.2.6.1), 21 "call rejected" where none does.
func refusal(status int, why string) translator.Routing {
	q850 := dialog.Q850FromStatus(status)
	if q850 == 0 {
		q850 = 21
	}
	return translator.Routing{Status: status, Q850: q850, Text: why}
}

func sound(name string) media.Sound {
	switch name {
	case "ringing":
		return media.SoundRinging
	case "music", "":
		return media.SoundMusic
	}
	return media.Sound{Name: name, Loop: true}
}
