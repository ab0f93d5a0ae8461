package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"time"

	"offhook/agent/protocol"
	"offhook/internal/config"
	"offhook/translator"
	"offhook/translator/dialog"
	"offhook/translator/dialplan"
)

// dialer says which calls agents may place, and which way they go (security.md S13).
type dialer struct {
	c     *config.Config
	plan  *dialplan.Plan
	meter *dialplan.Meter
	staff staffing
	// ours are the hosts by which trunks know us; a URI there is for the trunk that names it.
	ours []string
	log  *slog.Logger
	// count is told why a call was not placed.
	count func(reason string)
}

// newDialer reads the dial settings. What is wrong with them is an error with its place in the file.
func newDialer(c *config.Config, log *slog.Logger) (*dialer, error) {
	p, err := dialplan.New(dialSettings(&c.Dial))
	if err != nil {
		return nil, dialFaults(c, err)
	}
	d := &dialer{c: c, plan: p, staff: newStaffing(c), meter: dialplan.NewMeter(p.Limits()), log: log, count: func(string) {}}
	for _, a := range c.Listen.SIP {
		d.ours = append(d.ours, hostOf(c.Public(a.Addr.Addr())), hostOf(a.Addr.Addr()))
	}
	return d, d.checkWays()
}

// countTo says where calls that are not placed are counted, before the first one is asked for.
func (d *dialer) countTo(count func(reason string)) { d.count = count }

// checkWays finds ways out and routes to numbers that may not be called.
func (d *dialer) checkWays() error {
	var errs []error
	check := func(number, at string) {
		if number == "" {
			return
		}
		if _, denied := d.plan.Resolve([]string{"*"}, number, ""); denied != nil {
			errs = append(errs, d.c.Fault(at+".number", "%s", denied.Message))
		}
	}
	for i := range d.c.Queues {
		for _, w := range d.c.Queues[i].Ways() {
			check(w.Number, fmt.Sprintf("queues[%d].%s", i, w.Setting))
		}
	}
	for i := range d.c.Routes {
		check(d.c.Routes[i].Number, fmt.Sprintf("routes[%d]", i))
	}
	return errors.Join(errs...)
}

// follow goes on where another dialer stops: its counts go on counting, if the limits are the same.
func (d *dialer) follow(before *dialer) {
	d.count = before.count
	if d.plan.Limits() == before.plan.Limits() {
		d.meter = before.meter
	}
}

func dialSettings(d *config.Dial) dialplan.Settings {
	s := dialplan.Settings{
		Country: d.Country, National: d.National, NationalLengths: d.NationalLengths, International: d.International, Allow: d.Allow, Deny: d.Deny,
		Limits: dialplan.Limits{AtOnce: d.AtOnce, PerMinute: d.PerMinute, PerDay: d.PerDay, Longest: d.Longest},
	}
	for _, r := range d.Routes {
		s.Routes = append(s.Routes, dialplan.Route{Numbers: r.Numbers, Trunks: r.Trunks, Format: dialplan.Format(r.Format), Host: r.Host})
	}
	for _, r := range d.Domains {
		s.Domains = append(s.Domains, dialplan.Domain{Host: r.Host, Trunks: r.Trunks})
	}
	for _, r := range d.Callers {
		s.Callers = append(s.Callers, dialplan.Caller{Number: r.Number, Name: r.Name, Queue: r.Queue})
	}
	return s
}

// dialFaults gives what the dial plan says of its settings their places in the file.
func dialFaults(c *config.Config, err error) error {
	list := []error{err}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		list = joined.Unwrap()
	}
	for i, one := range list {
		if f := (*dialplan.Fault)(nil); errors.As(one, &f) {
			list[i] = c.Fault("dial."+f.Setting, "%s", f.Text)
		}
	}
	return errors.Join(list...)
}

// numbers are those that an agent's calls may show.
func (d *dialer) numbers(who protocol.Identity) (list []string) {
	for _, c := range d.plan.Callers(d.staff.serves(who)...) {
		list = append(list, c.Number)
	}
	return list
}

// resolve says where a call goes. It is the exchange's Resolve.
func (d *dialer) resolve(who protocol.Identity, ask translator.Ask) (translator.Destination, *translator.Denial) {
	var to dialplan.Destination
	var denied *dialplan.Denied
	switch {
	case ask.Outward && ask.Trunk != "": // number and trunk are the file's own
		return translator.Destination{Party: protocol.Party{Number: ask.To}, User: ask.To, Trunks: []string{ask.Trunk}, Longest: d.plan.Limits().Longest}, nil
	case ask.Outward || ask.Queue != "":
		if to, denied = d.plan.Resolve(everyone, ask.To, "", ask.Queue); denied != nil {
			return translator.Destination{}, d.denial(queueOf(ask), denied)
		}
		out := d.destination(to)
		if ask.Outward { // whoever takes the call sees who calls
			out.From = dialog.Party{Host: to.Host}
		}
		return out, nil
	}
	if ask.Far == "" {
		to, denied = d.plan.Resolve(who.Dial, ask.To, ask.From, d.staff.serves(who)...)
	} else {
		to, denied = d.plan.ResolveURI(who.Dial, ask.To, ask.From, d.staff.serves(who), d.hosts(ask.Far))
	}
	if denied != nil {
		return translator.Destination{}, d.denial(who.ID, denied)
	}
	if ask.Far != "" {
		d.turn(&to, ask.Far)
	}
	return d.destination(to), nil
}

// everyone is the right to call whatever the policy allows at all: a queue's, whose calls no agent's token limits.
var everyone = []string{"*"}

// queueOf names in the log who wanted a call that no agent asked for.
func queueOf(ask translator.Ask) string {
	if ask.Queue != "" {
		return "queue:" + ask.Queue
	}
	return "queue"
}

// hosts are those that a trunk may name in REFERs and redirections, besides the configured domains.
func (d *dialer) hosts(far string) []string {
	t := trunkNamed(d.c, far)
	if t == nil {
		return nil
	}
	hosts := slices.Clone(d.ours)
	for _, h := range t.RedirectHosts {
		if a, err := netip.ParseAddr(h); err == nil {
			h = hostOf(a)
		}
		hosts = append(hosts, h)
	}
	for _, a := range t.Addresses {
		hosts = append(hosts, hostOf(a.Addr.Addr()))
	}
	return hosts
}

// turn sends what a trunk asked for back to it where it named a host of its own.
func (d *dialer) turn(to *dialplan.Destination, far string) {
	if to.Trunks == nil {
		to.Trunks = []string{far}
	}
	switch {
	case slices.Contains(d.ours, to.Asked):
		if to.Kind == dialplan.Address {
			to.Host = "" // a name at our address is one of the trunk's
		}
	case to.Asked != "" && slices.Contains(to.Trunks, far) && slices.Contains(d.hosts(far), to.Asked):
		to.Host = to.Asked
	}
}

func (d *dialer) destination(to dialplan.Destination) translator.Destination {
	out := translator.Destination{
		Party: protocol.Party{Number: to.Number}, User: to.User, Host: to.Host, Trunks: to.Trunks, Longest: to.Longest,
		From: dialog.Party{Display: to.From.Name, User: to.FromUser, Host: to.Host}, Unmetered: slices.Contains(d.c.Dial.Emergency, to.Number),
	}
	if to.Kind == dialplan.Address {
		out.Party.URI = to.URI(to.Asked)
	}
	for _, name := range to.Trunks {
		if t := trunkNamed(d.c, name); t != nil {
			out.Headers = append(out.Headers, lower(t.Headers)...)
		}
	}
	return out
}

func lower(list []string) (out []string) {
	for _, s := range list {
		out = append(out, strings.ToLower(s))
	}
	return out
}

// begin counts a call of an agent's. It is the exchange's Meter.
func (d *dialer) begin(agent string, now time.Time) (release func(), denial *translator.Denial) {
	release, denied := d.meter.Begin(agent, now)
	if denied != nil {
		return nil, d.denial(agent, denied)
	}
	return release, nil
}

// denial tells agent, log and counters of a call that is not placed.
func (d *dialer) denial(agent string, denied *dialplan.Denied) *translator.Denial {
	d.count("dial_" + string(denied.Why))
	level := slog.LevelInfo
	if denied.Alarm {
		level = slog.LevelError
	}
	d.log.Log(context.Background(), level, "call not placed", "agent", agent, "why", string(denied.Why), "alarm", denied.Alarm)
	return &translator.Denial{Code: protocol.Code(denied.Code), Message: denied.Error()}
}

// hostOf writes an address as a URI's host.
func hostOf(a netip.Addr) string {
	if a = a.Unmap(); a.Is6() {
		return "[" + a.String() + "]"
	}
	return a.String()
}
