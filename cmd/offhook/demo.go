package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"offhook/agent/protocol"
)

// demoFlags are the demo's flags.
type demoFlags struct {
	http, sip     string
	softphone     bool
	first, again  time.Duration
	rtpMin        uint
	debug, atOnce bool
}

func (d *demoFlags) parse(args []string, out io.Writer) error {
	f := flags("demo [FLAGS]", "A call center on this machine, nothing else needed: opens a page with the callbar, and a caller rings.", out)
	f.StringVar(&d.http, "http", "127.0.0.1:8080", "`address` of the page; if the port is taken, any free one")
	f.StringVar(&d.sip, "sip", "", "`address` of SIP over UDP; default 127.0.0.1:5070, with -softphone this machine's own address")
	f.BoolVar(&d.softphone, "softphone", false, "no built-in caller: a softphone of yours calls in")
	f.DurationVar(&d.first, "first", 3*time.Second, "how long after you are available the caller rings")
	f.DurationVar(&d.again, "again", 6*time.Second, "how long after a call the caller rings again")
	f.UintVar(&d.rtpMin, "rtp", 20000, "first of 200 UDP `port`s for the trunk side's sound")
	f.BoolVar(&d.atOnce, "at-once", false, "the queue answers at once and plays music, instead of ringing")
	f.BoolVar(&d.debug, "debug", false, "log more")
	if err := f.Parse(args); err != nil {
		return err
	}
	if f.NArg() > 0 {
		return fmt.Errorf("demo takes flags only, not %q", f.Arg(0))
	}
	if d.rtpMin < 1024 || d.rtpMin > 65000 {
		return errors.New("-rtp: want a port from 1024 to 65000")
	}
	return nil
}

// demo starts a server with a sample page and a caller.
func demo(ctx context.Context, args []string, out io.Writer) error {
	var d demoFlags
	if err := d.parse(args, out); err != nil {
		return err
	}
	watch := make(chan protocol.AgentState, 64)
	set, err := d.settings(out, watch)
	if err != nil {
		return err
	}
	s, err := start(set)
	if err != nil {
		return err
	}
	caller := make(chan struct{})
	calling, stopCalling := context.WithCancel(ctx)
	defer stopCalling()
	if _, err := fmt.Fprint(out, d.welcome(s.listener.Addr().String(), s.sip.Addr().String())); err != nil {
		s.close(ctx)
		return err
	}
	go func() {
		defer close(caller)
		if d.softphone {
			return
		}
		if err := callNowAndThen(calling, d, s.sip.Addr(), watch, set.log); err != nil {
			set.log.Error("the caller stopped", "error", err)
		}
	}()
	none, cancel := context.WithCancel(context.Background())
	cancel() // Ctrl-C ends the demo at once, calls and all
	err = s.run(ctx, none)
	stopCalling()
	<-caller
	return err
}
