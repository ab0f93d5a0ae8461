package main

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"offhook/internal/config"
	"offhook/records"
	"offhook/translator"
)

// openCallbacks begins to keep promised callbacks, if the settings name a folder, and gives those of before.
func openCallbacks(set settings, m *meters) (*records.Callbacks, []translator.Callback, error) {
	if set.callbacks == "" {
		return nil, nil, nil
	}
	kept, list, err := records.OpenCallbacks(set.callbacks, set.log)
	if err != nil {
		return nil, nil, err
	}
	m.callbacks(kept.Stats)
	return kept, list, nil
}

// callbacks shows how the keeping of callbacks goes.
func (m *meters) callbacks(read func() records.CallbackStats) {
	m.reg.Gauge("offhook_callbacks_kept", "Promised callbacks that the next start would go on with.", func() float64 { return float64(read().Kept) })
	m.reg.Gauge("offhook_callbacks_failing", "1 while the disk takes no promised callbacks: a restart would forget what has changed.", func() float64 { return number(read().Failing) })
	for what, count := range map[string]func(records.CallbackStats) uint64{
		"lost": func(s records.CallbackStats) uint64 { return s.Lost }, "unreadable": func(s records.CallbackStats) uint64 { return s.Unreadable },
	} {
		m.reg.Total("offhook_callbacks_kept_faults_total", "Promised callbacks that a restart forgets: for want of room, or because their lines could not be read at the start.", "what", what,
			func() float64 { return float64(count(read())) })
	}
}

// promises is what keeps callbacks, nil for nothing.
func (s *server) promises() translator.Promises {
	if s.callbacks == nil {
		return nil
	}
	return s.callbacks
}

func (s *server) closeCallbacks() {
	if s.callbacks == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), closeRecordsIn)
	defer cancel()
	if err := s.callbacks.Close(ctx); err != nil {
		s.set.log.Error("callbacks", "error", err)
	}
}

// tryCallbacks tries whether callbacks could be kept.
func tryCallbacks(c *config.Config) error {
	folder := c.Callbacks.Folder
	if folder == "" || filepath.Dir(folder) == c.Records.Folder { // the folder above is tried by itself
		return nil
	}
	if err := records.Try(folder); err != nil {
		return c.Fault("callbacks.folder", "%s", err)
	}
	return nil
}

// callsBack says whether some queue may promise a callback.
func callsBack(c *config.Config) bool {
	return slices.ContainsFunc(c.Queues, func(q config.Queue) bool {
		return slices.ContainsFunc(q.Ways(), func(w config.Way) bool { return w.Callback })
	})
}

// reportCallbacks says where promised callbacks are kept.
func reportCallbacks(c *config.Config, w *lines) {
	if f := c.Callbacks.Folder; f != "" {
		w.say("Callbacks      are kept in %s, and gone on with at the next start", f)
		return
	}
	w.say("Callbacks      end with the server: neither callbacks.folder nor records.folder names a folder")
}

// callbacksWarnings are what is allowed and probably not meant.
func callbacksWarnings(c *config.Config) (list []string) {
	switch f := c.Callbacks.Folder; {
	case f == "" && callsBack(c):
		list = append(list, "callbacks.folder: customers are promised callbacks, which a restart forgets, since neither it nor records.folder names a folder")
	case f != "" && records.Readable(f):
		list = append(list, fmt.Sprintf("callbacks.folder: others on this machine may look into %s; chmod 700 keeps customers' numbers to the server's account", f))
	}
	return list
}

// takeOver goes on with the callbacks of before, and says so.
func (s *server) takeOver(list []translator.Callback) {
	if len(list) == 0 {
		return
	}
	oldest := slices.MinFunc(list, func(a, b translator.Callback) int { return a.Arrived.Compare(b.Arrived.Time) })
	s.set.log.Info("callbacks of before are gone on with", "callbacks", len(list), "oldest", time.Since(oldest.Arrived.Time).Round(time.Second).String())
	s.exchange.TakeOver(list)
}
