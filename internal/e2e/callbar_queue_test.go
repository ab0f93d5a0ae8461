package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"offhook/agent/protocol"
	"offhook/internal/harness"
	"offhook/translator"
)

// wrapUp: outcome and notes are chosen and written in the callbar, and stand in the call's record.
func (o *office) wrapUp() {
	c := o.sipp(harness.Loopback, "uac-talks", "400")
	c.answeredBy(o.anna)
	o.anna.do("end", nil)
	o.anna.do("phase", args{"phase": "wrap_up"})
	o.anna.do("choose", args{"name": "Outcome", "value": "callback"})
	o.anna.do("type", args{"name": "Notes", "text": "Invoice 88 explained."})
	o.anna.do("click", args{"name": "Save and go available"})
	o.anna.do("agent", args{"state": "available"})
	c.gone()
	r := c.record()
	if l := r.Legs[0]; l.Codec != "PCMA" || l.Quality == nil || l.Quality.In.Packets == 0 || l.Status != 200 {
		o.t.Errorf("the record says of the trunk's side %+v", l)
	}
	if a := r.Agents[0]; a.Agent != "anna" || a.Outcome != "callback" || a.Notes != "Invoice 88 explained." || a.TalkMS == 0 || a.Cause.By != "agent" {
		o.t.Errorf("the record says %+v", a)
	}
}

// record waits for the call's record.
func (c *customer) record() translator.CallRecord {
	c.o.t.Helper()
	for ctx := c.o.soon(); ; {
		files, _ := filepath.Glob(filepath.Join(c.o.folder, "calls", "*.jsonl"))
		for _, f := range files {
			if r, ok := findRecord(c.o.t, f, c.call); ok {
				return r
			}
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			c.o.t.Fatalf("no record of %s in %s", c.call, files)
		}
	}
}

// passedOn fails the test unless the call's record tells of one transfer, and what became of it.
func (c *customer) passedOn(kind, outcome string, code protocol.CauseCode) {
	c.o.t.Helper()
	all := c.record().Transfers
	if len(all) != 1 || all[0].Kind != kind || all[0].Outcome != outcome || all[0].Code != code || all[0].Agent == "" {
		c.o.t.Errorf("the record tells of %+v, want one %s transfer, %s %s", all, kind, outcome, code)
	}
}

func findRecord(t *testing.T, file, call string) (translator.CallRecord, bool) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for lines := json.NewDecoder(f); ; {
		var r translator.CallRecord
		if err := lines.Decode(&r); err != nil {
			return r, false // the end, or a line that is being written
		}
		if r.ID == call {
			return r, true
		}
	}
}

// declinedAndMissed: who declines is asked again later, who lets it ring is away and told so. The customer keeps his place all the time.
func (o *office) declinedAndMissed() {
	c := o.sipp(harness.Loopback, "uac-talks", "500")
	o.bert.do("phase", args{"phase": "offered"})
	o.bert.do("decline", nil)
	o.bert.do("agent", args{"state": "available"})
	o.bert.do("phase", args{"phase": "offered"}) // reject_delay
	o.bert.do("agent", args{"state": "away"})    // ring_for
	o.bert.do("read", args{"text": "You missed a call"})
	o.bert.do("takes", nil)
	c.talksTo(o.bert)
	c.ends(o.bert)
}

// killedInWrapUp: the server crashes and is started again. The callbar comes back by itself as what the agent wanted to be, with what he had noted.
func (o *office) killedInWrapUp() {
	c := o.sipp(harness.Loopback, "uac-talks", "400")
	c.answeredBy(o.anna)
	o.anna.do("end", nil)
	o.anna.do("phase", args{"phase": "wrap_up"})
	o.anna.do("type", args{"name": "Notes", "text": "Wants the blue one."})
	c.gone()
	o.server.Kill()
	o.anna.do("read", args{"text": "Reconnecting"})
	harness.StartServer(o.t, o.server.Launch)
	for _, p := range []*page{o.anna, o.bert} {
		p.do("online", nil)
		p.do("agent", args{"state": "available"})
	}
	var drafts []struct{ Notes string }
	o.anna.ask("drafts", nil, &drafts)
	if len(drafts) != 1 || drafts[0].Notes != "Wants the blue one." {
		o.t.Errorf("the browser has kept %+v", drafts)
	}
	next := o.sipp(harness.Loopback, "uac-talks", "100")
	next.answeredBy(o.anna)
	next.ends(o.anna)
}
