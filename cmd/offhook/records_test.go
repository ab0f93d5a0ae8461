package main

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"offhook/agent/protocol"
	"offhook/internal/config"
	"offhook/internal/load"
	"offhook/translator"
)

const keptConfig = `
listen: {http: "127.0.0.1:0", sip: ["127.0.0.1:0"], admin: "127.0.0.1:0"}
media: {browsers: ["127.0.0.1:0"], trunk: 127.0.0.1, ports: 42200-42299}
trunks: [{name: pbx, networks: [127.0.0.1/32], media_networks: [127.0.0.1/32]}]
routes: [{called: any, queue: billing}]
queues: [{name: billing}]
agents: {tokens: [{issuer: crm, kid: k1, algorithm: HS256, secret: {file: secret}}]}
origins: ["http://127.0.0.1:1"]
ice_servers: [{urls: ["turn:turn.example:3478"], secret: {file: turn}}]
records: {folder: calls}
api: {tokens: [{name: reporting, secret: {file: reporting}}]}
`

// The secrets of keptConfig, each of which must be in no output.
const (
	keptReporting = "canary-reporting-0123456789abcdef01234"
	keptTURN      = "canary-turn"
)

// keptPath is a folder with keptConfig and its secrets.
func keptPath(t *testing.T) string {
	t.Helper()
	path := writeConfig(t, keptConfig)
	for name, text := range map[string]string{"reporting": keptReporting, "turn": keptTURN} {
		if err := os.WriteFile(filepath.Join(filepath.Dir(path), name), []byte(text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

// startKept starts a server that keeps records.
func startKept(t *testing.T, path string, log io.Writer) *server {
	t.Helper()
	c, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	set, err := plan(c, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	set.log = slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	set.records.Log = set.log
	s, err := start(set)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.close(atOnce()) })
	return s
}

// get reads what one of a server's listeners answers.
func get(t *testing.T, addr, path, token string) (status int, body string) {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, "http://"+addr+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	http.DefaultClient.CloseIdleConnections()
	return res.StatusCode, string(text)
}

// shownCalls are the calls that the API shows.
func shownCalls(t *testing.T, s *server, query string) []translator.CallRecord {
	t.Helper()
	status, body := get(t, s.listener.Addr().String(), "/api/v1/calls"+query, keptReporting)
	var p struct{ Calls []translator.CallRecord }
	if err := json.Unmarshal([]byte(body), &p); err != nil || status != http.StatusOK {
		t.Fatalf("got %d %s, %v", status, body, err)
	}
	return p.Calls
}

// newCustomer opens a SIP phone on loopback, until the test's end.
func newCustomer(t *testing.T) *load.Caller {
	t.Helper()
	pacer := load.NewPacer()
	t.Cleanup(pacer.Close)
	caller, err := load.NewCaller(load.CallerConfig{Name: "mara", Addr: netip.MustParseAddr("127.0.0.1"), Pacer: pacer})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = caller.Close() })
	return caller
}

// eventually waits for what the server does by itself.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(60 * time.Second); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: it did not come", what)
		}
	}
}

// A caller who gives up is on record, at the API, and in the figures; a server that starts anew still knows him.
func TestCallsAreKept(t *testing.T) {
	path := keptPath(t)
	s := startKept(t, path, io.Discard)
	caller := newCustomer(t)
	call, err := caller.Place(load.Plan{To: "sip:+4930123456@" + s.sip.Addr().String(), From: "+491701234567", Display: "Mara Lindqvist"})
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "a call in progress", func() bool { return s.exchange.Calls() == 1 })
	call.Hangup()
	eventually(t, "a record", func() bool { return len(shownCalls(t, s, "")) == 1 })
	r := shownCalls(t, s, "?number=%2B491701234567&queue=billing&direction=inbound")[0]
	if r.From.Name != "Mara Lindqvist" || r.Legs[0].Trunk != "pbx" || !r.Connected.IsZero() || r.Ended.Before(r.Arrived.Time) || r.Cause.By != protocol.ByCaller {
		t.Errorf("got %+v", r)
	}
	if list := shownCalls(t, s, "?agent=jonas"); len(list) != 0 {
		t.Errorf("jonas had %+v", list)
	}
	eventually(t, "the record on the disk", func() bool { return strings.Contains(figures(t, s.meters), `offhook_records_total{what="kept"} 1`) })
	wantFigures(t, s.meters, `offhook_records_total{what="lost"} 0`, `offhook_records_failing 0`, `offhook_faults_total{what="call record lost"} 0`,
		`offhook_wait_seconds_count{outcome="unanswered",queue="billing"} 1`, `offhook_trunk_leg_seconds_count{direction="inbound",status="4xx",trunk="pbx"} 1`)
	eventually(t, "the queue's totals", func() bool { // which are up to a second old
		text := figures(t, s.meters)
		return strings.Contains(text, `offhook_queue_offered_total{queue="billing"} 1`) && strings.Contains(text, `offhook_queue_left_total{how="abandoned",queue="billing"} 1`)
	})
	s.close(atOnce())
	s = startKept(t, path, io.Discard)
	if status, body := get(t, s.listener.Addr().String(), "/api/v1/calls/"+r.ID, keptReporting); status != http.StatusOK || !strings.Contains(body, r.ID) {
		t.Errorf("after a restart: %d %s", status, body)
	}
}

// Calls that the end of the server ends are kept too: records close last.
func TestFaultCallsThatTheStopEndsAreKept(t *testing.T) {
	path := keptPath(t)
	s := startKept(t, path, io.Discard)
	caller := newCustomer(t)
	for range 5 {
		if _, err := caller.Place(load.Plan{To: "sip:+4930123456@" + s.sip.Addr().String(), From: "+491701234567"}); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "calls in progress", func() bool { return s.exchange.Calls() == 5 })
	s.close(atOnce())
	if list := shownCalls(t, startKept(t, path, io.Discard), ""); len(list) != 5 {
		t.Errorf("%d calls are on record", len(list))
	}
}

// An agent's recent calls come back after a restart.
func TestRecentsOutliveTheServer(t *testing.T) {
	path := keptPath(t)
	s := startKept(t, path, io.Discard)
	at := protocol.At(time.Now())
	s.record(translator.CallRecord{ID: "01M826V30NE5064FVSTJRD10DZ", Arrived: at, Ended: at, Agents: []translator.PartRecord{{Agent: "jonas", Began: at, TalkMS: 7000}}})
	s.close(atOnce())
	s = startKept(t, path, io.Discard)
	if got := s.recents("jonas"); len(got) != 1 || got[0].TalkMS != 7000 {
		t.Errorf("got %+v", got)
	}
}

// Neither the admin listener nor anything else that answers without a token tells a secret, a number or how the program lies in memory; the admin
// surface is on its own listener and nowhere else.
func TestSecurityAdmin(t *testing.T) {
	var log strings.Builder
	s := startKept(t, keptPath(t), &log)
	at := protocol.At(time.Now())
	s.record(translator.CallRecord{ID: "01M826V30NE5064FVSTJRD10DZ", From: protocol.Party{Number: "canary-number"}, Arrived: at, Ended: at, Agents: []translator.PartRecord{{Agent: "canary-agent", Notes: "canary-notes"}}})
	eventually(t, "the record", func() bool { return len(shownCalls(t, s, "")) == 1 })
	public, admin := s.listener.Addr().String(), s.admin.addr()
	for _, row := range []struct {
		addr, path string
		status     int
	}{
		{admin, "/metrics", 200}, {public, "/healthz", 200}, {public, "/readyz", 200}, {public, "/api/v1/openapi.json", 200},
		{public, "/metrics", 404}, {public, "/debug/pprof/", 404}, {admin, "/debug/pprof/", 404}, {admin, "/debug/vars", 404}, {admin, "/api/v1/calls", 404},
		{public, "/api/v1/calls", 401}, {public, "/api/v1/calls?token=" + keptReporting, 401}, {public, "/api/v1/calls/01M826V30NE5064FVSTJRD10DZ", 401},
	} {
		status, body := get(t, row.addr, row.path, "")
		if status != row.status {
			t.Errorf("%s: got %d, want %d", row.path, status, row.status)
		}
		if strings.Contains(body, "canary") || strings.Contains(body, "ssss") {
			t.Errorf("%s tells\n%s", row.path, body)
		}
	}
	if !netip.MustParseAddrPort(admin).Addr().IsLoopback() {
		t.Errorf("the admin surface listens on %s", admin)
	}
	s.close(atOnce())
	if strings.Contains(log.String(), "canary") || strings.Contains(log.String(), "ssss") {
		t.Errorf("the log has\n%s", &log)
	}
}

// A folder that cannot be used does not start, and what was opened is closed.
func TestFaultRecordsThatCannotBeKept(t *testing.T) {
	path := keptPath(t)
	s := startKept(t, path, io.Discard)
	c, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	set, err := plan(c, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := start(set); err == nil || !strings.Contains(err.Error(), "in use by another server") {
		t.Errorf("a second server with the folder: %v", err)
	}
	s.close(atOnce())
}

// check names the folder, tries it without leaving anything there, and says who may read.
func TestCheckTellsOfRecords(t *testing.T) {
	path := keptPath(t)
	folder := filepath.Join(filepath.Dir(path), "calls")
	out, err := offhook(t, "check", "-config", path)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"are kept in " + folder + ", for 90 days", "API token      reporting: read"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	if strings.Contains(out, "canary") || strings.Contains(out, "may look into") {
		t.Errorf("got\n%s", out)
	}
	if _, err := os.Stat(folder); !os.IsNotExist(err) {
		t.Errorf("check left %v", err)
	}
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	if out, err := offhook(t, "check", "-config", path); err != nil || !strings.Contains(out, "others on this machine may look into "+folder) {
		t.Errorf("got %v\n%s", err, out)
	}
	if err := os.Remove(folder); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(folder, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := offhook(t, "check", "-config", path); err == nil || !strings.Contains(err.Error(), "offhook.yaml:10:11: records.folder: "+folder+" is not a folder") {
		t.Errorf("a file in its place: %v", err)
	}
	if out := checked(t, agentsAndOrigins); !strings.Contains(out, "Call records   are not kept") {
		t.Errorf("without a folder:\n%s", out)
	}
}
