package main

import (
	"context"
	"fmt"
	"io"
	"net/netip"
	"time"

	"offhook/internal/load"
)

// demoFlags are the demo's flags.
type demoFlags struct {
	http, sip     string
	admin         string
	softphone     bool
	first, again  time.Duration
	rtpMin        uint
	debug, atOnce bool
}

func (d *demoFlags) parse(args []string, out io.Writer) error {
	f := flags("demo [FLAGS]", "A call center on this machine, nothing else needed: opens a page with the callbar, and customers ring.", out)
	f.StringVar(&d.http, "http", "127.0.0.1:8080", "`address` of the page; if the port is taken, any free one")
	f.StringVar(&d.sip, "sip", "", "`address` of SIP over UDP; default 127.0.0.1:5070, with -softphone this machine's own address")
	f.StringVar(&d.admin, "admin", "", "`address` on loopback that shows metrics, at /metrics; default none")
	f.BoolVar(&d.softphone, "softphone", false, "no built-in customers: a softphone of yours calls in")
	d.first, d.again = 3*time.Second, 6*time.Second
	spanVar(f, &d.first, "first", "the `time` after which the first customer rings once you are available")
	spanVar(f, &d.again, "again", "the `time` after a call until the next customer rings")
	f.UintVar(&d.rtpMin, "rtp", 20000, "first of 200 UDP `port`s for the trunk side's sound")
	f.BoolVar(&d.atOnce, "at-once", false, "the queue answers at once and plays music, instead of ringing")
	f.BoolVar(&d.debug, "debug", false, "log more")
	if err := parse(f, args, 0); err != nil {
		return err
	}
	if a, err := netip.ParseAddrPort(d.admin); d.admin != "" && (err != nil || !a.Addr().IsLoopback()) {
		return wrongUsage("demo", "-admin: want an address on loopback, such as 127.0.0.1:9090")
	}
	if d.rtpMin < 1024 || d.rtpMin > 65000 {
		return wrongUsage("demo", "-rtp: want a port from 1024 to 65000")
	}
	return nil
}

// demo starts a server with a sample page, customers who call, and others who can be called.
func demo(ctx context.Context, args []string, out io.Writer) error {
	var d demoFlags
	if err := d.parse(args, out); err != nil {
		return err
	}
	c, err := openCenter(d, out)
	if err != nil {
		return err
	}
	defer c.close()
	if _, err := fmt.Fprint(out, d.welcome(c.server.listener.Addr().String(), c.server.sip.Addr().String())); err != nil {
		c.server.close(ctx)
		return err
	}
	calling, stopCalling := context.WithCancel(ctx)
	customers := make(chan struct{})
	go func() {
		defer close(customers)
		c.callIn(calling, d)
	}()
	none, cancel := context.WithCancel(context.Background())
	cancel() // Ctrl-C ends the demo at once, calls and all
	err = c.server.run(ctx, none)
	stopCalling()
	<-customers
	return err
}

// center is the running demo: the server, and the PBX of those who can be called.
type center struct {
	server *server
	agents *presence
	pacer  *load.Pacer
	pbx    *load.Callee
}

func openCenter(d demoFlags, out io.Writer) (_ *center, err error) {
	c := &center{agents: newPresence(), pacer: load.NewPacer()}
	defer func() {
		if err != nil {
			c.close()
		}
	}()
	places, err := d.places()
	if err != nil {
		return nil, err
	}
	c.pbx, err = load.NewCallee(load.CalleeConfig{Name: "pbx", Addr: netip.AddrPortFrom(places.SIP.Addr(), 0), Pacer: c.pacer, Receive: receive})
	if err != nil {
		return nil, err
	}
	places.Callee = c.pbx.Addr()
	set, err := d.settings(out, places, c.agents.see)
	if err != nil {
		return nil, err
	}
	c.server, err = start(set)
	return c, demoListening(&d, err)
}

// callIn lets customers call until ctx is done, if they are wanted.
func (c *center) callIn(ctx context.Context, d demoFlags) {
	if d.softphone {
		return
	}
	if err := callNowAndThen(ctx, d, c.server.sip.Addr(), c.agents, c.pacer, c.server.set.log); err != nil {
		c.server.set.log.Error("the customers stopped", "error", err)
	}
}

// close ends what the server does not: it is closed by itself.
func (c *center) close() {
	if c.pbx != nil {
		_ = c.pbx.Close()
	}
	c.pacer.Close()
}
