package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/gofiber/fiber/v2"

	"offhook/agent/protocol"
	"offhook/records"
	"offhook/translator"
)

const (
	readSecret  = "canary-read-0123456789abcdef0123456789"
	writeSecret = "canary-write-0123456789abcdef012345678"
	otherSecret = "canary-other-0123456789abcdef012345678"
)

var twoTokens = []Token{{"reporting", Read, []byte(readSecret)}, {"crm", Write, []byte(writeSecret)}, {"odd", "none", []byte(otherSecret)}}

// fakeCalls answers searches as it is told, and keeps what was asked.
type fakeCalls struct {
	mu     sync.Mutex
	asked  []string
	answer func(ctx context.Context) (records.Page, error)
}

func (f *fakeCalls) Find(ctx context.Context, filter records.Filter, limit int, cursor string) (records.Page, error) {
	f.mu.Lock()
	f.asked = append(f.asked, fmt.Sprintf("%s %s %s %s %s %s %s %d %s", filter.From.Format(time.RFC3339), filter.To.Format(time.RFC3339),
		filter.Agent, filter.Queue, filter.Number, filter.Direction, filter.Cause, limit, cursor))
	f.mu.Unlock()
	if f.answer != nil {
		return f.answer(ctx)
	}
	return records.Page{Calls: []translator.CallRecord{record("A"), record("B")}, Next: "2026-11-22.7"}, nil
}

func (f *fakeCalls) Get(ctx context.Context, id string) (translator.CallRecord, error) {
	if f.answer != nil {
		_, err := f.answer(ctx)
		return translator.CallRecord{}, err
	}
	if id != "A" {
		return translator.CallRecord{}, records.ErrNotFound
	}
	return record(id), nil
}

func record(id string) translator.CallRecord {
	at := protocol.At(time.Date(2026, 11, 22, 9, 10, 0, 0, time.UTC))
	return translator.CallRecord{
		ID: id, Direction: protocol.Inbound, From: protocol.Party{Number: "+4930123456"}, Arrived: at, Ended: at, Cause: protocol.Cause{Code: protocol.CauseAbandoned, By: protocol.ByCaller},
		Legs: []translator.LegRecord{}, Agents: []translator.PartRecord{},
	}
}

// service is an app with the API, and what it logs and counts.
type service struct {
	*fiber.App
	calls *fakeCalls
	log   *bytes.Buffer

	mu      sync.Mutex
	counted []string
}

func apiApp(tokens []Token, calls Calls) *service {
	s := apiAppOf(func(c *Config) { c.Tokens, c.Calls = tokens, calls })
	s.calls, _ = calls.(*fakeCalls)
	return s
}

// apiAppOf is an app whose configuration was changed; it has records, unless those are taken out.
func apiAppOf(change func(c *Config)) *service {
	s := &service{log: &bytes.Buffer{}}
	cfg := Config{
		Agents: noAgents{}, Widget: fstest.MapFS{}, Ready: func() error { return nil }, Calls: &fakeCalls{},
		Count: func(reason string) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.counted = append(s.counted, reason)
		},
		Log: slog.New(slog.NewTextHandler(s.log, nil)),
	}
	change(&cfg)
	s.App = New(cfg)
	return s
}

// ask makes a request with a token; "" for none.
func (s *service) ask(t *testing.T, method, target, token string) (status int, body string, header http.Header) {
	t.Helper()
	req := httptest.NewRequest(method, target, nil)
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := s.Test(req, 20_000)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(text), res.Header
}

// One row a request: what the records are asked for, and what comes back.
func TestCallsAreShown(t *testing.T) {
	const list = `{"calls":[{"id":"A"`
	for _, row := range []struct {
		name, target string
		status       int
		body, asked  string
	}{
		{"the newest", "/api/v1/calls", 200, list, "0001-01-01T00:00:00Z 0001-01-01T00:00:00Z      50 "},
		{"all parameters", "/api/v1/calls?from=2026-11-22T00:00:00Z&to=2026-11-23T00:00:00%2B01:00&agent=jonas&queue=Billing%20DE&number=%2B4930123456&direction=inbound&cause=abandoned&limit=200&cursor=2026-11-22.7", 200, list,
			"2026-11-22T00:00:00Z 2026-11-23T00:00:00+01:00 jonas Billing DE +4930123456 inbound abandoned 200 2026-11-22.7"},
		{"a plus that became a space", "/api/v1/calls?number=+4930", 200, list, "0001-01-01T00:00:00Z 0001-01-01T00:00:00Z    4930   50 "},
		{"one", "/api/v1/calls/A", 200, `{"id":"A","direction":"inbound"`, ""},
		{"none", "/api/v1/calls/B", 404, `{"code":"not_found"`, ""},
		{"a way out", "/api/v1/calls/..%2f..%2fetc%2fpasswd", 404, `{"code":"not_found"`, ""},
		{"an unknown parameter", "/api/v1/calls?agnet=jonas", 400, `this path has agent, cause, cursor, direction, from, limit, number, queue, to"`, ""},
		{"of a call", "/api/v1/calls/A?x=1", 400, `this path has no parameters`, ""},
		{"an empty parameter", "/api/v1/calls?agent=", 400, `agent: is empty`, ""},
		{"twice", "/api/v1/calls?agent=a&agent=b", 400, `agent: stands twice`, ""},
		{"a long one", "/api/v1/calls?agent=" + strings.Repeat("a", 257), 400, `agent: is longer than 256 bytes`, ""},
		{"no time", "/api/v1/calls?from=yesterday", 400, `from: must be a time`, ""},
		{"no direction", "/api/v1/calls?direction=up", 400, `direction: must be`, ""},
		{"no cause", "/api/v1/calls?cause=bored", 400, `cause: is none`, ""},
		{"none at all", "/api/v1/calls?limit=0", 400, `limit: must be a number from 1 to 200`, ""},
		{"too many", "/api/v1/calls?limit=201", 400, `limit: must be`, ""},
		{"no number of calls", "/api/v1/calls?limit=1e2", 400, `limit: must be`, ""},
		{"no such path", "/api/v1/agnets", 404, `{"code":"not_found"`, ""},
		{"no such version", "/api/v2/calls", 404, `{"code":"not_found"`, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := apiApp(twoTokens, &fakeCalls{})
			status, body, header := s.ask(t, http.MethodGet, row.target, readSecret)
			if status != row.status || !strings.Contains(body, row.body) {
				t.Errorf("got %d %s, want %d %s", status, body, row.status, row.body)
			}
			if header.Get("Content-Type") != "application/json" || header.Get("Cache-Control") != "no-store" || header.Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("got %v", header)
			}
			if asked := strings.Join(s.calls.asked, "|"); asked != row.asked {
				t.Errorf("asked %q, want %q", asked, row.asked)
			}
		})
	}
}

// What an answer is made of is what the record is; a last page has no next, and no calls are [].
func TestPages(t *testing.T) {
	s := apiApp(twoTokens, &fakeCalls{})
	_, body, _ := s.ask(t, http.MethodGet, "/api/v1/calls", readSecret)
	var p callsPage
	if err := json.Unmarshal([]byte(body), &p); err != nil || len(p.Calls) != 2 || p.Next != "2026-11-22.7" {
		t.Errorf("got %s, %v", body, err)
	}
	s.calls.answer = func(context.Context) (records.Page, error) { return records.Page{}, nil }
	if _, body, _ := s.ask(t, http.MethodGet, "/api/v1/calls", readSecret); body != `{"calls":[]}` {
		t.Errorf("got %s", body)
	}
	status, body, _ := apiApp(twoTokens, nil).ask(t, http.MethodGet, "/api/v1/calls", readSecret)
	if status != http.StatusNotFound || !strings.Contains(body, "not kept") {
		t.Errorf("without records: %d %s", status, body)
	}
}

// Faults of the records: what the client is told, and what the log.
func TestFaultRecords(t *testing.T) {
	for _, row := range []struct {
		name   string
		err    error
		status int
		code   string
		logged bool
	}{
		{"a cursor of nobody", records.ErrCursor, 400, "bad_request", false},
		{"too long", context.DeadlineExceeded, 503, "busy", false},
		{"a disk", errors.New("read /secret/path: input/output error"), 500, "failed", true},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := apiApp(twoTokens, &fakeCalls{answer: func(context.Context) (records.Page, error) { return records.Page{}, row.err }})
			status, body, _ := s.ask(t, http.MethodGet, "/api/v1/calls?number=4930123456", readSecret)
			if status != row.status || !strings.Contains(body, `"`+row.code+`"`) || strings.Contains(body, "secret") {
				t.Errorf("got %d %s", status, body)
			}
			if logged := strings.Contains(s.log.String(), "input/output"); logged != row.logged || strings.Contains(s.log.String(), "4930123456") {
				t.Errorf("logged %s", s.log)
			}
		})
	}
	s := apiApp(twoTokens, &fakeCalls{answer: func(context.Context) (records.Page, error) { panic("broken") }})
	if status, body, _ := s.ask(t, http.MethodGet, "/api/v1/calls/A", readSecret); status != 500 || strings.Contains(body, "broken") || !strings.Contains(s.log.String(), "broken") {
		t.Errorf("a panic gave %d %s", status, body)
	}
}

// Searches that hang hold up the third, not the server; their places come back.
func TestFaultSearchesAreFew(t *testing.T) {
	let := make(chan struct{})
	s := apiApp(twoTokens, &fakeCalls{answer: func(context.Context) (records.Page, error) {
		<-let
		return records.Page{}, nil
	}})
	var running sync.WaitGroup
	for range searches {
		running.Go(func() {
			if status, body, _ := s.ask(t, http.MethodGet, "/api/v1/calls", readSecret); status != 200 {
				t.Errorf("got %d %s", status, body)
			}
		})
	}
	for {
		s.calls.mu.Lock()
		n := len(s.calls.asked)
		s.calls.mu.Unlock()
		if n == searches {
			break
		}
		time.Sleep(time.Millisecond)
	}
	if status, body, _ := s.ask(t, http.MethodGet, "/api/v1/calls", readSecret); status != 503 || !strings.Contains(body, `"busy"`) {
		t.Errorf("got %d %s", status, body)
	}
	close(let)
	running.Wait()
	if status, _, _ := s.ask(t, http.MethodGet, "/api/v1/calls", readSecret); status != 200 {
		t.Errorf("got %d afterwards", status)
	}
}
