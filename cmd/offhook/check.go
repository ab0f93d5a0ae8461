package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"

	"offhook/internal/config"
)

// check reads a configuration as serve does, and prints what each side will be told.
func check(_ context.Context, args []string, out io.Writer) error {
	f := flags("check -config FILE", "Read a configuration and print what each side will be told.", out)
	path := f.String("config", "", "the configuration `file`")
	if err := f.Parse(args); err != nil {
		return err
	}
	if *path == "" && f.NArg() == 1 {
		*path = f.Arg(0)
	}
	if *path == "" {
		f.Usage()
		return errors.New("check needs -config FILE")
	}
	c, err := config.Load(*path)
	if err != nil {
		return err
	}
	if _, err := plan(c, io.Discard); err != nil {
		return err
	}
	return report(c, out)
}

func report(c *config.Config, out io.Writer) error {
	w := &lines{out: out}
	w.say("Agents' pages  open %s", agentURL(c))
	w.say("  origins      %s", strings.Join(c.Origins, " "))
	w.say("Trunks         send SIP over UDP to %s", public(c, c.Listen.SIP))
	for _, t := range c.Trunks {
		w.say("  %-12s from %s, codecs %s", t.Name, join(t.Networks), strings.Join(t.Codecs, " "))
		w.say("  %-12s media from %s", "", mediaFrom(t))
	}
	w.say("  Via, Contact %s", c.Public(c.Listen.SIP[0].Addr()))
	w.say("  SDP          c=%s, ports %s", c.Public(c.Media.Trunk), c.Media.Ports)
	w.say("Browsers       are told the ICE candidates %s (UDP)", public(c, c.Media.Browsers))
	for i, r := range c.Routes {
		w.say("Route %-9d %s", i+1, routeText(r))
	}
	for _, q := range c.Queues {
		w.say("Queue          %s: %s, rings %s, wrap-up %s, at most %d callers", q.Name, q.Answer, q.RingFor, q.WrapUp, q.Capacity)
	}
	for _, warning := range warnings(c) {
		w.say("Warning        %s", warning)
	}
	w.say("ok")
	return w.err
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

func agentURL(c *config.Config) string {
	scheme := "ws"
	if c.TLS.Certificate != "" {
		scheme = "wss"
	}
	return scheme + "://" + c.Listen.HTTP.String() + "/agent"
}

func public(c *config.Config, list []netip.AddrPort) string {
	var out []string
	for _, a := range list {
		out = append(out, netip.AddrPortFrom(c.Public(a.Addr()), a.Port()).String())
	}
	return strings.Join(out, ", ")
}

func join[T fmt.Stringer](list []T) string { return strings.Join(texts(list), " ") }

func mediaFrom(t config.Trunk) string {
	if len(t.MediaNetworks) == 0 {
		return "the address that its signalling comes from"
	}
	return join(t.MediaNetworks)
}

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
	to := "queue " + r.Queue
	if r.Refuse != 0 {
		to = fmt.Sprintf("refused with %d", r.Refuse)
	}
	return fmt.Sprintf("called %s, caller %s, trunk %s: %s", who(r.Called), who(r.Caller), trunk, to)
}

// warnings are what is allowed and yet probably not meant: addresses that this machine does not have, or that peers cannot reach.
func warnings(c *config.Config) (list []string) {
	own := map[netip.Addr]bool{}
	addrs, _ := net.InterfaceAddrs()
	for _, a := range addrs {
		if p, err := netip.ParsePrefix(a.String()); err == nil {
			own[p.Addr().Unmap()] = true
		}
	}
	seen := map[netip.Addr]bool{}
	for _, a := range append(append([]netip.AddrPort{c.Listen.HTTP}, c.Listen.SIP...), c.Media.Browsers...) {
		addr := a.Addr().Unmap()
		if seen[addr] {
			continue
		}
		seen[addr] = true
		switch {
		case !addr.IsUnspecified() && !addr.IsLoopback() && !own[addr]:
			list = append(list, fmt.Sprintf("%s is not an address of this machine now", addr))
		case addr.IsLoopback() && c.Public(addr) == addr:
			list = append(list, fmt.Sprintf("%s can be reached from this machine only", addr))
		}
	}
	return list
}
