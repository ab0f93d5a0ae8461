package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"

	"offhook/internal/config"
)

// serve runs the server until a signal to stop. The first drains: new calls are refused, those in progress may end by themselves. The second ends them.
// SIGHUP reads the file again.
func serve(ctx context.Context, args []string, out io.Writer) error {
	f := flags("serve -config FILE", "Run the server. A signal to stop lets calls in progress end by themselves, a second one ends them; SIGHUP reads the file again.", out)
	path, err := configFile(f, args)
	if err != nil {
		return err
	}
	c, err := config.Load(path)
	if err != nil {
		return err
	}
	set, err := plan(c, out)
	if err != nil {
		return err
	}
	s, err := start(set)
	if err != nil {
		return listening(c, err)
	}
	reloadOnHangUp(ctx, s.reload)
	set.log.Info("offhook is ready", "http", s.listener.Addr().String(), "sip", s.sip.Addr().String(), "admin", set.admin, "queues", len(c.Queues), "trunks", len(c.Trunks))
	err = s.run(ctx, secondSignal(ctx))
	set.log.Info("offhook has stopped")
	return err
}

// secondSignal is done at the second signal to stop.
func secondSignal(first context.Context) context.Context {
	second, stop := context.WithCancel(context.WithoutCancel(first))
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	go func() {
		<-signals
		<-signals
		stop()
	}()
	return second
}
