package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"
	"time"

	"offhook/agent"
	"offhook/internal/config"
)

// check reads a configuration as serve does, and prints what each side will be told.
func check(ctx context.Context, args []string, out io.Writer) error {
	f := flags("check [-try] -config FILE", "Read a configuration as serve does, open nothing, and print what each side will be told. What is wrong is told by its line.", out)
	try := f.Bool("try", false, "ask the trunks by OPTIONS whether they are there")
	path, err := configFile(f, args)
	if err != nil {
		return err
	}
	c, err := config.Load(path)
	if err != nil {
		return err
	}
	set, err := plan(c, io.Discard)
	if err != nil {
		return err
	}
	if err := errors.Join(tryParts(set), tryRecords(c), tryCallbacks(c), tryRecordings(c), checkCertificates(c, time.Now())); err != nil {
		return err
	}
	w := &lines{out: out}
	report(c, w, time.Now())
	for _, warning := range voiceWarnings(set.live.now.Load().voices) {
		w.say("Warning        %s", warning)
	}
	if *try {
		if err := tryTrunks(ctx, set.sip, w); err != nil {
			return err
		}
	}
	w.say("ok")
	return w.err
}

// tryParts makes the parts that open no sockets, which refuse what serve would refuse.
func tryParts(set settings) error {
	set.hub.Backend = &lateExchange{}
	hub, err := agent.New(set.hub)
	if err != nil {
		return errors.Join(err, set.queues.Validate())
	}
	return errors.Join(set.queues.Validate(), hub.Shutdown(context.Background()))
}

func report(c *config.Config, w *lines, now time.Time) {
	w.say("Agents' pages  open %s", agentURL(c))
	w.say("  origins      %s", strings.Join(c.Origins, " "))
	reportTrunks(c, w)
	w.say("Browsers       are told the ICE candidates %s (UDP)", public(c, c.Media.Browsers))
	for i, r := range c.Routes {
		w.say("Route %-8d %s", i+1, routeText(r))
	}
	reportQueues(c, w, now)
	reportDial(c, w)
	reportRecords(c, w)
	reportCallbacks(c, w)
	reportRecordings(c, w)
	reportTraces(c, w)
	reportWebhooks(c, w)
	for _, warning := range slices.Concat(warnings(c), queueWarnings(c), certificateWarnings(c, now), wayWarnings(c), recordsWarnings(c), callbacksWarnings(c), recordingsWarnings(c), tracesWarnings(c)) {
		w.say("Warning        %s", warning)
	}
}

// lines writes lines until one fails.
type lines struct {
	out io.Writer
	err error
}

func (l *lines) say(format string, args ...any) {
	if l.err == nil {
		_, l.err = fmt.Fprintf(l.out, format+"\n", args...)
	}
}

// agentURL is what the callbar is given as its address: the proxy's, where one ends TLS.
func agentURL(c *config.Config) string {
	const path = "/agent"
	switch {
	case c.TLS.Certificate != "":
		return "wss://" + c.Listen.HTTP.String() + path
	case len(c.TrustedProxies) > 0:
		return "wss://PROXY" + path + ", which the proxy (of " + join(c.TrustedProxies) + ") passes to http://" + c.Listen.HTTP.String() + path
	}
	return "ws://" + c.Listen.HTTP.String() + path
}

func public(c *config.Config, list []netip.AddrPort) string {
	var out []string
	for _, a := range list {
		out = append(out, netip.AddrPortFrom(c.Public(a.Addr()), a.Port()).String())
	}
	return strings.Join(out, ", ")
}

func join[T fmt.Stringer](list []T) string { return strings.Join(texts(list), " ") }

func routeText(r config.Route) string {
	who := func(p config.Pattern) string {
		if p == "" {
			return "any"
		}
		return string(p)
	}
	trunk := r.Trunk
	if trunk == "" {
		trunk = "any"
	}
	when := ""
	if r.Hours != "" {
		when = ", in the hours " + r.Hours
	}
	return fmt.Sprintf("called %s, caller %s, trunk %s%s: %s", who(r.Called), who(r.Caller), trunk, when, leadText(&r))
}

// leadText tells where a route leads, and how a caller waits there.
func leadText(r *config.Route) string {
	if r.Refuse != 0 {
		return fmt.Sprintf("refused with %d", r.Refuse)
	}
	if way := r.Way(); way.IsSet() {
		return wayText(&way)
	}
	var to []string
	if r.Agent != "" {
		to = append(to, "agent "+r.Agent)
	}
	if r.Queue != "" {
		to = append(to, "queue "+r.Queue)
	}
	text := strings.Join(to, ", else ")
	if r.Class != 0 {
		text += fmt.Sprintf(", class %d", r.Class)
	}
	if r.HeadStart > 0 {
		text += fmt.Sprintf(", %s ahead", r.HeadStart)
	}
	if len(r.Needs) > 0 {
		text += ", needs " + strings.Join(texts(r.Needs), " and ")
	}
	if r.Prefer != "" {
		text += ", first asks " + r.Prefer
	}
	return text
}
