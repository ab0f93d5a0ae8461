package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"
)

// errNoFile says that there is no configuration file.
var errNoFile = errors.New("this server was started without a configuration file")

// reload reads the configuration file again, and goes by it from now on, calls in progress untouched. What is wrong with the file is the error, and then
// nothing has changed. What changes with the next start only is named in the log. Any goroutine may call it.
func (s *server) reload() error {
	s.reloading.Lock()
	defer s.reloading.Unlock()
	l := s.set.live
	if l == nil || l.path == "" {
		return errNoFile
	}
	next, stays, err := l.reread()
	if err == nil {
		err = s.rule(next)
	}
	if err != nil {
		l.log.Error("settings are as before: the file has faults", "file", l.path, "error", err)
		return err
	}
	l.log.Info("settings are those of the file now", "file", l.path, "queues", len(next.c.Queues), "routes", len(next.c.Routes))
	for _, name := range stays {
		l.log.Warn("a setting changes with the next start only", "setting", name)
	}
	return nil
}

// rule puts a ruling into force: first whatever could refuse it. Routes, terms and memberships come before the queue, which asks for them.
func (s *server) rule(next *ruling) error {
	if err := s.hub.SetKeys(next.keys); err != nil {
		return err
	}
	l := s.set.live
	before := l.now.Swap(next)
	if err := s.exchange.Reload(next.queues); err != nil {
		l.now.Store(before)
		return errors.Join(err, s.hub.SetKeys(before.keys))
	}
	s.keyring.Set(apiTokens(next.c))
	l.level.Set(next.c.Log.Level)
	return nil
}

// reloadOnHangUp reloads at each SIGHUP until ctx is done.
func reloadOnHangUp(ctx context.Context, reload func() error) {
	signals := make(chan os.Signal, 1) // one that waits stands for all that come meanwhile
	signal.Notify(signals, syscall.SIGHUP)
	go func() {
		defer signal.Stop(signals)
		for {
			select {
			case <-signals:
				_ = reload() // it has said in the log what is wrong
			case <-ctx.Done():
				return
			}
		}
	}()
}
