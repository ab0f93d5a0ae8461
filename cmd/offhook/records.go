package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"offhook/agent/protocol"
	"offhook/api"
	"offhook/internal/config"
	"offhook/records"
	"offhook/translator"
)

func recordsPlan(c *config.Config, log *slog.Logger) records.Config {
	return records.Config{Folder: c.Records.Folder, KeepDays: c.Records.KeepDays, Log: log}
}

func apiTokens(c *config.Config) (list []api.Token) {
	for _, t := range c.API.Tokens {
		list = append(list, api.Token{Name: t.Name, Scope: api.Scope(t.Scope), Secret: t.Secret.Value()})
	}
	return list
}

// openRecords begins to keep records, if the settings name a folder.
func openRecords(set settings, m *meters) (*records.Store, error) {
	if set.records.Folder == "" {
		return nil, nil
	}
	store, err := records.Open(set.records)
	if err != nil {
		return nil, err
	}
	m.records(store.Stats)
	return store, nil
}

// records shows how the keeping of records goes.
func (m *meters) records(read func() records.Stats) {
	m.reg.Gauge("offhook_records_failing", "1 while the disk takes no call records.", func() float64 {
		if read().Failing {
			return 1
		}
		return 0
	})
	m.reg.Gauge("offhook_records_waiting", "Call records that wait for the disk now.", func() float64 { return float64(read().Spooled) })
	for what, count := range map[string]func(records.Stats) uint64{
		"kept": func(s records.Stats) uint64 { return s.Kept }, "lost": func(s records.Stats) uint64 { return s.Lost },
		"unreadable": func(s records.Stats) uint64 { return s.Unreadable },
	} {
		m.reg.Total("offhook_records_total", "Call records, by what became of them; unreadable lines count each time that they are passed over.", "what", what,
			func() float64 { return float64(count(read())) })
	}
	m.reg.Faults("call record lost", func() float64 { return float64(read().Lost) })
}

// record measures a call that is over, and keeps its record.
func (s *server) record(r translator.CallRecord) {
	s.meters.sizes.ended(r)
	if s.records != nil {
		s.records.Add(s.set.recordings.inside(r))
	}
}

// recents are an agent's last calls by the records.
func (s *server) recents(agent string) []protocol.Recent {
	if s.records == nil {
		return nil
	}
	return s.records.Recents(agent)
}

// calls is what the API reads records from, nil for nothing.
func (s *server) calls() api.Calls {
	if s.records == nil {
		return nil
	}
	return s.records
}

// closeRecordsIn is how long a disk may take for the last records.
const closeRecordsIn = 5 * time.Second

func (s *server) closeRecords() {
	if s.records == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), closeRecordsIn)
	defer cancel()
	if err := s.records.Close(ctx); err != nil {
		s.set.log.Error("call records", "error", err)
	}
}

// tryRecords tries whether records could be kept.
func tryRecords(c *config.Config) error {
	if c.Records.Folder == "" {
		return nil
	}
	if err := records.Try(c.Records.Folder); err != nil {
		return c.Fault("records.folder", "%s", err)
	}
	return nil
}

// reportRecords says what is kept of calls, and who may read it.
func reportRecords(c *config.Config, w *lines) {
	switch {
	case c.Records.Folder == "":
		w.say("Call records   are not kept: records.folder names no folder")
	case c.Records.KeepDays == 0:
		w.say("Call records   are kept in %s, for ever", c.Records.Folder)
	default:
		w.say("Call records   are kept in %s, for %d days", c.Records.Folder, c.Records.KeepDays)
	}
	for _, t := range c.API.Tokens {
		w.say("API token      %s: %s", t.Name, t.Scope)
	}
}

// recordsWarnings are what is allowed and probably not meant.
func recordsWarnings(c *config.Config) (list []string) {
	if f := c.Records.Folder; f != "" && records.Readable(f) {
		list = append(list, fmt.Sprintf("records.folder: others on this machine may look into %s; chmod 700 keeps customers' numbers to the server's account", f))
	}
	if len(c.API.Tokens) > 0 && c.Records.Folder == "" {
		list = append(list, "api.tokens: there is nothing to read, since records.folder names no folder")
	}
	return list
}
