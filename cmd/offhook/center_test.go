package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"offhook/agent/protocol"
	"offhook/internal/agenttest"
)

// waiting are the IDs of the calls that wait in a queue, once there are so many.
func (o *office) waiting(queue string, want int) (calls []string) {
	o.t.Helper()
	eventually(o.t, fmt.Sprintf("%d callers in %s", want, queue), func() bool {
		page := o.ask(200, "GET", "/queues/"+queue+"/callers", centerWrite, "")
		calls = nil
		for _, c := range page["callers"].([]any) {
			calls = append(calls, c.(map[string]any)["call"].(string))
		}
		time.Sleep(50 * time.Millisecond) // the API has a rate
		return len(calls) == want
	})
	return calls
}

// offered waits until a call is offered, shows it, and gives its ID.
func offered(c *agenttest.Client) string {
	f := c.Await("an offer", func(f agenttest.Frame) bool { return f.Type == "call" && f.Call.Phase == protocol.PhaseOffered })
	c.Send(protocol.Ringing{Head: protocol.NewHead("ringing", c.NextID()), Call: f.Call.ID})
	return f.Call.ID
}

// ended waits until an agent has no call any more.
func ended(c *agenttest.Client, call string) {
	c.Await("the end", func(f agenttest.Frame) bool {
		return f.Type == "call" && f.Call.ID == call && f.Call.Phase == protocol.PhaseEnded
	})
}

// Whoever runs the center sees who waits, moves a caller, pauses a queue, sets an agent's state and queues, removes callers, reads the figures and logs the agent out: with real
// calls, a real page, over HTTP.
func TestWhoeverRunsTheCenter(t *testing.T) {
	o := newOffice(t, centerConfig, func(*settings) {})
	o.call("+491701234567")
	first := o.waiting("billing", 1)[0]
	o.call("+491707654321")
	second := o.waiting("billing", 2)[1]
	anna := o.page("anna")
	if a := o.ask(200, "GET", "/agents/anna", centerRead, ""); a["state"] != "away" || a["attached"] != true || a["queues_assigned"] != false {
		t.Errorf("anna is %v", a)
	}
	o.ask(403, "PUT", "/agents/anna/state", centerRead, `{"state":"available"}`)

	// The second is moved, and the queue of the first is paused: nobody rings at anna.
	if m := o.ask(200, "PUT", "/calls/"+second+"/queue", centerWrite, `{"queue":"Sales DE"}`); m["waits"] != true || m["queue"] != "Sales DE" || m["position"] != 1.0 {
		t.Errorf("moved to %v", m)
	}
	if q := o.ask(200, "PUT", "/queues/billing/pause", centerWrite, ""); q["paused"] != true || q["waiting"] != 1.0 {
		t.Errorf("got %v", q)
	}
	if a := o.ask(200, "PUT", "/agents/anna/state", centerWrite, `{"state":"available"}`); a["state"] != "available" || a["ready"] != true {
		t.Errorf("anna is %v", a)
	}
	o.ask(400, "PUT", "/agents/anna/state", centerWrite, `{"state":"away","reason":"golf"}`)

	// The queue goes on: the first rings at her, until he is removed.
	o.ask(200, "DELETE", "/queues/billing/pause", centerWrite, "")
	if call := offered(anna); call != first {
		t.Errorf("offered %s, want %s", call, first)
	}
	if page := o.ask(200, "GET", "/queues/billing/callers", centerRead, ""); !strings.Contains(fmt.Sprint(page), "agents:[anna]") {
		t.Errorf("got %v", page)
	}
	o.ask(204, "DELETE", "/calls/"+first+"/queue", centerWrite, "")
	ended(anna, first)
	o.waiting("billing", 0)

	// The other queue is hers from now on: the second rings.
	if a := o.ask(200, "PUT", "/agents/anna/queues", centerWrite, `{"queues":[{"queue":"Sales DE","level":2}]}`); a["queues_assigned"] != true || a["state"] != "offered" {
		t.Errorf("anna is %v", a)
	}
	if call := offered(anna); call != second {
		t.Errorf("offered %s, want %s", call, second)
	}
	o.ask(409, "DELETE", "/agents/anna", centerWrite, "")
	o.ask(204, "DELETE", "/calls/"+second+"/queue", centerWrite, "")
	ended(anna, second)

	// What the queues counted.
	for queue, want := range map[string]string{"billing": "offered:2 overflowed:1 removed:1", "Sales%20DE": "offered:1 overflowed:0 removed:1"} {
		total := o.ask(200, "GET", "/queues/"+queue+"/figures", centerRead, "")["total"].(map[string]any)
		if got := fmt.Sprintf("offered:%v overflowed:%v removed:%v", total["offered"], total["overflowed"], total["removed"]); got != want {
			t.Errorf("%s: %s, want %s", queue, got, want)
		}
	}
	figures := o.ask(200, "GET", "/agents/anna", centerRead, "")["figures"].(map[string]any)
	if figures["offered"] != 2.0 || figures["lost"] != 2.0 {
		t.Errorf("anna's figures are %v", figures)
	}

	o.ask(204, "DELETE", "/agents/anna", centerWrite, "")
	if code := anna.Closed(); code != protocol.CloseForbidden {
		t.Errorf("her page was closed with %d", code)
	}
	o.ask(404, "GET", "/agents/anna", centerRead, "")
	if page := o.ask(200, "GET", "/agents", centerRead, ""); len(page["agents"].([]any)) != 0 {
		t.Errorf("still there: %v", page)
	}
}

// A call's transcript is asked for by the API too, where transcripts are written.
func TestTracesAreAskedForByTheAPI(t *testing.T) {
	o := newOffice(t, centerConfig, func(*settings) {})
	o.ask(409, "POST", "/calls/none/trace", centerWrite, `{"on":true}`)
	dir := filepath.Join(t.TempDir(), "traces")
	o = newOffice(t, strings.ReplaceAll(centerConfig, "42300-42399", "42400-42499"), func(set *settings) { set.traces = traceSettings{dir: dir} })
	o.ask(404, "POST", "/calls/none/trace", centerWrite, `{"on":true}`)
	o.call("+491701234567")
	call := o.waiting("billing", 1)[0]
	if answer := o.ask(200, "POST", "/calls/"+call+"/trace", centerWrite, `{"on":true}`); answer["on"] != true {
		t.Errorf("got %v", answer)
	}
	o.ask(204, "DELETE", "/calls/"+call+"/queue", centerWrite, "")
	eventually(t, "the transcript", func() bool {
		files, _ := os.ReadDir(dir)
		return len(files) == 1
	})
}

// A revocation closes the agent's page and bars his tokens; the call that he is in goes on, and he has it again with a token that was issued later.
func TestSecurityRevokedTokens(t *testing.T) {
	o := newOffice(t, strings.ReplaceAll(centerConfig, "42300-42399", "42500-42599"), func(*settings) {})
	anna := o.page("anna")
	o.ask(403, "POST", "/agents/anna/revoke", centerRead, "")
	begin := time.Now()
	r := o.ask(200, "POST", "/agents/anna/revoke", centerWrite, "")
	if code := anna.Closed(); code != protocol.CloseToken || time.Since(begin) > 5*time.Second { // at once, where nothing else runs
		t.Errorf("her page was closed with %d after %v", code, time.Since(begin))
	}
	if r["id"] != "anna" || r["socket_closed"] != true {
		t.Errorf("got %v", r)
	}
	eventually(t, "nobody asks her", func() bool {
		a := o.ask(200, "GET", "/agents/anna", centerRead, "")
		time.Sleep(50 * time.Millisecond) // the API has a rate
		return a["attached"] == false && a["ready"] == false
	})
	if code := o.hello("anna", time.Now()).Closed(); code != protocol.CloseToken {
		t.Errorf("a token of before: closed with %d", code)
	}
	o.hello("anna", time.Now().Add(2*time.Second)).Await("welcome", func(f agenttest.Frame) bool { return f.Type == "welcome" })
	o.ask(200, "POST", "/agents/never-seen/revoke", centerWrite, "")
}
