package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"offhook/internal/load"
	"offhook/queue"
	"offhook/translator"
)

// promisingConfig is a center that calls back, by a trunk on loopback.
var promisingConfig = strings.NewReplacer(
	"trunks: [{name: pbx,", `dial: {allow: ["+49*"], routes: [{numbers: "+*", trunks: [pbx]}]}`+"\ntrunks: [{name: pbx, addresses: [\"127.0.0.1:9\"],",
	"queues: [{name: billing}]", "queues: [{name: billing, exits: {\"1\": callback}}]",
).Replace(keptConfig)

// promisingPath is a folder with that configuration and its secrets.
func promisingPath(t *testing.T) string {
	t.Helper()
	path := keptPath(t)
	if err := os.WriteFile(path, []byte(promisingConfig), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// waiting is who waits in billing.
func waiting(t *testing.T, s *server) []queue.CallerView {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	list, _, err := s.exchange.Callers(ctx, "billing", 1, 10)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// A customer who was promised a callback is still in the queue after a restart, at his old place, and the server neither waits for him when it stops nor
// takes his call for over.
func TestCallbackOutlivesRestart(t *testing.T) {
	path := promisingPath(t)
	s := startKept(t, path, io.Discard)
	caller := newCustomer(t)
	if _, err := caller.Place(load.Plan{To: "sip:+4930123456@" + s.sip.Addr().String(), From: "+491701234567"}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a caller", func() bool { return len(waiting(t, s)) == 1 })
	before := waiting(t, s)[0]
	if err := s.exchange.RemoveCaller(t.Context(), string(before.Caller), translator.WayCallback); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a promise", func() bool { return s.callbacks.Stats().Kept == 1 })
	wantFigures(t, s.meters, "offhook_callbacks_kept 1", "offhook_callbacks_failing 0", `offhook_callbacks_kept_faults_total{what="lost"} 0`)

	s.set.drainFor = time.Minute
	stopped, stop := context.WithCancel(t.Context())
	stop()
	begin := time.Now()
	if err := s.run(stopped, t.Context()); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(begin); took > 50*time.Second {
		t.Errorf("stopping waited %s for him", took)
	}

	for round := range 2 { // the second time nothing happened in between
		var log strings.Builder
		s = startKept(t, path, &log)
		eventually(t, "him again", func() bool { return len(waiting(t, s)) == 1 })
		after := waiting(t, s)[0]
		if after.Caller != before.Caller || !after.Callback || after.Arrived.Sub(before.Arrived).Abs() > time.Second {
			t.Errorf("start %d: %+v, was %+v", round+2, after, before)
		}
		if list := shownCalls(t, s, ""); len(list) != 0 {
			t.Errorf("his call is over: %+v", list)
		}
		s.close(atOnce())
		if !strings.Contains(log.String(), "callbacks of before are gone on with") {
			t.Errorf("start %d: the log does not say so:\n%s", round+2, &log)
		}
	}
}

// check says where promised callbacks are kept, and warns of a center that promises what a restart forgets.
func TestCheckSaysWhereCallbacksAreKept(t *testing.T) {
	path := promisingPath(t)
	folder := filepath.Join(filepath.Dir(path), "calls", "callbacks")
	if out, err := offhook(t, "check", "-config", path); err != nil || !strings.Contains(out, "Callbacks      are kept in "+folder) || strings.Contains(out, "callbacks.folder:") {
		t.Errorf("got %v\n%s", err, out)
	}
	write := func(text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(strings.Replace(promisingConfig, "records: {folder: calls}", "", 1))
	if out, err := offhook(t, "check", "-config", path); err != nil || !strings.Contains(out, "Callbacks      end with the server") || !strings.Contains(out, "callbacks.folder: customers are promised callbacks") {
		t.Errorf("without a folder: %v\n%s", err, out)
	}
	write(promisingConfig + "callbacks: {folder: secret}\n") // which is a file
	if _, err := offhook(t, "check", "-config", path); err == nil || !strings.Contains(err.Error(), "callbacks.folder: ") || !strings.Contains(err.Error(), "is not a folder") {
		t.Errorf("a file in its place: %v", err)
	}
	write(promisingConfig + "callbacks: {folder: promised}\n")
	if out, err := offhook(t, "check", "-config", path); err != nil || !strings.Contains(out, "are kept in "+filepath.Join(filepath.Dir(path), "promised")) {
		t.Errorf("got %v\n%s", err, out)
	}
}
