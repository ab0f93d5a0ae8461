package replay

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// writer turns what was sent and received into a transcript that gives the same again: what came in stands as it came, with what we made up replaced by names such
// as $to_tag; what went out stands as expectations of what matters in it.
type writer struct {
	b       strings.Builder
	at      time.Duration
	dialogs map[string]*named   // by Call-ID
	shown   map[string][]string // the calls that each agent has seen, in their order
	soon    time.Duration       // how long after what came in something may be sent because of it; what is sent later is sent by itself, and the clock has to move first
	placed  []string            // the Call-IDs of calls that we placed
}

// named is what a dialog's names in a transcript mean at a point of it.
type named struct {
	toTag, fromTag, contact, rseq string
	sent                          map[string][]string // the branches of our requests, by method
}

// writeTranscript writes header lines and messages, as far as they came to pass. soon is 0 where the times are those of a virtual clock.
func writeTranscript(header [][2]string, messages []Message, soon time.Duration) string {
	w := &writer{dialogs: map[string]*named{}, shown: map[string][]string{}, soon: soon}
	for _, h := range header {
		if h[1] != "" {
			fmt.Fprintf(&w.b, "%s: %s\n", h[0], oneLine(h[1]))
		}
	}
	end := time.Duration(0)
	for i := range messages {
		if messages[i].Mark != Gone {
			w.message(&messages[i])
			end = max(end, messages[i].At)
		}
	}
	w.until(end)
	return w.b.String()
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

func (w *writer) message(m *Message) {
	switch {
	case m.Note != "":
		w.note(m)
	case m.Party == "trunk" && m.In:
		w.part(m.At, "trunk", w.incoming(m.SIP))
	case m.Party == "trunk":
		w.until(m.At)
		w.outgoing(m.SIP)
	case m.In:
		w.request(m)
	default:
		w.frame(m)
	}
}

// part writes what comes in.
func (w *writer) part(at time.Duration, who, body string) {
	w.at = max(w.at, at)
	if body != "" && !strings.HasSuffix(body, "\n") {
		body += "\n"
	}
	fmt.Fprintf(&w.b, "\n-- %s %s --\n%s", w.at, who, body)
}

// until moves the clock to what is sent by itself.
func (w *writer) until(at time.Duration) {
	if at > w.at+w.soon {
		w.at = at
		fmt.Fprintf(&w.b, "\n-- until %s --\n", at)
	}
}

func (w *writer) note(m *Message) {
	switch {
	case m.Note == socketLost:
		w.part(m.At, m.Party+" lost", "")
	case m.Party == queueParty:
		w.part(m.At, queueParty, m.Note)
	default:
		if _, ok := mediaWords[m.Note]; ok && m.Party == mediaParty {
			w.part(m.At, mediaParty+" "+m.Note, "")
		}
	}
}

// incoming is a message of the trunk with names for what is ours.
func (w *writer) incoming(text string) string {
	m := readSIP(text)
	id := m.get("call-id")
	d := w.dialogs[id]
	if d == nil {
		d = &named{}
	}
	if i := slices.Index(w.placed, id); i >= 0 {
		m.edit("call-id", func(string) string { return fmt.Sprintf("$call_id%d", i+1) })
	}
	if m.status() != 0 {
		w.answering(m, d)
	} else {
		if m.uri() == d.contact && d.contact != "" {
			m.setURI("$contact")
		}
		switch tag := m.tag("to"); {
		case tag == "":
		case tag == d.toTag:
			w.edit(m, "to", "$to_tag", tag)
		case tag == d.fromTag:
			w.edit(m, "to", "$from_tag", tag)
		}
		m.edit("rack", func(v string) string { return swapFirst(v, d.rseq, "$rseq") })
	}
	m.remove("content-length")
	return strings.ReplaceAll(m.String(), "\r\n", "\n")
}

// answering gives a response the names of the request of ours that it answers: no number for the newest of its method.
func (w *writer) answering(m *sipText, d *named) {
	_, method := m.cseq()
	which := ""
	if i := slices.Index(d.sent[method], m.branch()); i >= 0 && i < len(d.sent[method])-1 {
		which = fmt.Sprint(i + 1)
	}
	m.edit("cseq", func(string) string { return "$cseq" + which + " " + method })
	w.edit(m, "from", "$from_tag", d.fromTag)
	top := true
	m.edit("via", func(v string) string {
		if !top {
			return v
		}
		top = false
		return "$via" + which
	})
}

// edit puts a name in the place of our tag.
func (w *writer) edit(m *sipText, header, name, tag string) {
	if tag != "" && m.tag(header) == tag {
		m.setTag(header, name)
	}
}

// swapFirst replaces the first word of v if it is old.
func swapFirst(v, old, now string) string {
	word, rest, _ := strings.Cut(v, " ")
	if old == "" || word != old {
		return v
	}
	return now + " " + rest
}

// outgoing expects a message of ours: its kind, the request that it answers, its Reason, and what its description says.
func (w *writer) outgoing(text string) {
	m := readSIP(text)
	id := m.get("call-id")
	d := w.dialogs[id]
	if d == nil {
		d = &named{sent: map[string][]string{}}
		w.dialogs[id] = d
		if m.method() == "INVITE" {
			w.placed = append(w.placed, id)
		}
	}
	d.contact, d.rseq = first(m.contactURI(), d.contact), first(m.get("rseq"), d.rseq)
	w.b.WriteString("-- expect trunk --\n")
	if status := m.status(); status != 0 {
		d.toTag = first(m.tag("to"), d.toTag)
		fmt.Fprintf(&w.b, "SIP/2.0 %d\nCSeq: %s\n", status, m.get("cseq"))
	} else {
		d.fromTag = first(m.tag("from"), d.fromTag)
		if branch := m.branch(); !slices.Contains(d.sent[m.method()], branch) {
			d.sent[m.method()] = append(d.sent[m.method()], branch)
		}
		w.b.WriteString(m.method() + " \n")
	}
	if q := reasonQ850.FindString(m.get("reason")); q != "" {
		w.b.WriteString("Reason: " + q + "\n")
	}
	if m.hasSDP() {
		w.description(m.body)
	}
}

// description expects the codecs and the direction of a description of ours.
func (w *writer) description(body string) {
	for line := range strings.SplitSeq(strings.ReplaceAll(body, "\r", ""), "\n") {
		switch {
		case strings.HasPrefix(line, "a=rtpmap:"), line == "a=sendrecv", line == "a=sendonly", line == "a=recvonly", line == "a=inactive":
			w.b.WriteString(line + "\n")
		}
	}
}

// request writes what an agent's page sent: a hello, or a frame with names for what only this run knows.
func (w *writer) request(m *Message) {
	frame := m.Frame()
	if m.Type() == "hello" {
		state, _ := frame["state"].(string)
		w.part(m.At, m.Party+" hello", state+"\n")
		return
	}
	out := map[string]any{}
	for k, v := range frame {
		switch {
		case k == "id":
		case k == "call", k == "consult", k == "consult_of":
			out[k] = w.callName(m.Party, v)
		case k == "sdp" && (m.Type() == "dial" || m.Type() == "restart"):
			out[k] = "$offer"
		case k == "sdp":
			out[k] = "$answer"
		default:
			out[k] = v
		}
	}
	w.part(m.At, m.Party, jsonLine(out))
}

// callName is what a transcript calls an agent's call: "$call" as long as he has seen one, then "$call1", "$call2" …
func (w *writer) callName(agent string, id any) string {
	i := slices.Index(w.shown[agent], fmt.Sprint(id))
	if i < 0 || len(w.shown[agent]) == 1 {
		return "$call"
	}
	return fmt.Sprint("$call", i+1)
}

// frame expects what an agent is sent: replies by type and code, calls by what an agent sees of them. Agents' own objects follow from calls.
func (w *writer) frame(m *Message) {
	got := m.Frame()
	want := map[string]any{"type": m.Type()}
	switch m.Type() {
	case "agent", "queue", "beat":
		return
	case "call":
		call, _ := got["call"].(map[string]any)
		id := fmt.Sprint(call["id"])
		isNew := !slices.Contains(w.shown[m.Party], id)
		if isNew {
			w.shown[m.Party] = append(w.shown[m.Party], id)
		}
		want["call"] = callExpected(call, isNew)
	case "error":
		want["code"] = got["code"]
	}
	w.until(m.At)
	fmt.Fprintf(&w.b, "-- expect %s --\n%s", m.Party, jsonLine(want))
}

// callExpected is what matters of a call object: who and where only when the agent sees it for the first time, and not of a call that he placed: which numbers are
// shown then is the dial policy's affair.
func callExpected(call map[string]any, isNew bool) map[string]any {
	want := map[string]any{"phase": call["phase"]}
	if isNew {
		for _, key := range [...]string{"direction", "queue"} {
			if v, ok := call[key]; ok {
				want[key] = v
			}
		}
		for _, key := range [...]string{"from", "to"} {
			if party, ok := call[key].(map[string]any); ok && call["direction"] == "inbound" {
				want[key] = partyExpected(party)
			}
		}
	}
	if description, ok := call["sdp"].(map[string]any); ok {
		want["sdp"] = map[string]any{"type": description["type"]}
	}
	if held, ok := call["held_by"]; ok || call["phase"] == "connected" {
		want["held_by"] = held
	}
	if cause, ok := call["cause"].(map[string]any); ok {
		want["cause"] = map[string]any{"code": cause["code"], "by": cause["by"]}
	}
	return want
}

func partyExpected(party map[string]any) map[string]any {
	want := map[string]any{}
	for _, key := range [...]string{"number", "name"} {
		if v, ok := party[key]; ok {
			want[key] = v
		}
	}
	return want
}

func jsonLine(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return err.Error() + "\n"
	}
	return b.String()
}

// Transcript is what was played, as a transcript: played again it gives the same, and a later change of offhook shows as a difference.
func (r *CallResult) Transcript() string {
	header := [][2]string{
		{"title", r.Call.Title()}, {"source", "a capture, Call-ID " + r.Call.CallID}, {"rule", "what comes out stays as it was when this was written"},
		{"outcome", r.Outcome},
	}
	header = append(header, r.settings...)
	return writeTranscript(header, r.Messages, 0)
}
