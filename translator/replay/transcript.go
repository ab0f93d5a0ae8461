package replay

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"offhook/media"
	"offhook/queue"
	"offhook/translator"
)

// Transcript is a recorded or written call as text.
//
// It begins with a header of "key: value" lines: title, source, rule, outcome (how calls end, as in the log: "normal by caller", several separated
// by commas; "none" where no call came to be), settings of the trunk (hold, digits, refer, accept_refer, accept_replaces, reliable, codecs, late_codec, srtp, srtp_profile, redirects, as in
// the configuration; realm: our credentials are for that one) and of the queue: ring_for, wrap_up, max_wait, capacity, max_misses,
// answer, on_agent_lost, outcome_required, refuse_empty, record (agent or always); "refuse: 486" or "refuse: 486 17" (the route refuses every call, with that cause of Q.850); "agent: jonas"
// (the route leads to him, and to the queue if he does not take the call; "jonas alone": to nobody else); "media: manual" (the browsers' media comes up only by media parts, else 40 ms after the answer), "media: at_once" and "beats: manual" (pages
// beat only by beat parts, else every 15 s).
// Then come parts, each with a line "-- WHAT --" and a body:
//
//	-- 2s trunk --            the trunk sends this SIP message at 2 s
//	-- 2s alice --            agent alice sends this frame; "$call" (of several "$call1", "$call2" …), "$answer" and "$offer" are filled in
//	-- 2s alice hello --      alice's page logs in; the body may hold her wish: available or away
//	-- 2s alice lost --       her socket is lost
//	-- 2s alice beat --       her page beats
//	-- 2s media up --         the newest agent leg: up, heard, silent, back, failed; or trunk_silent
//	-- expect trunk --        the next message to the trunk begins with these lines' first, and holds the other lines
//	-- expect trunk at 2s --  and is sent at that time
//	-- expect alice --        the next frame to alice holds at least these members
//	-- until 40s --           the clock moves on; nothing is sent but what is expected
//
// The SIP messages of the trunk are written with plain line ends and may lack Content-Length. In their text $to_tag is the tag of our last response of the same Call-ID, $contact
// our Contact's URI, and $via, $cseq and $from_tag are those of our last request, for answering it: where the text has a CSeq line with a method, of our last request of that
// method; $via1 and $cseq1 are those of the first one, $via2 of the second. $rseq is the RSeq of our last reliable provisional response, for PRACK. The Call-ID of a call that we placed is $call_id (the newest one's), or $call_id1, $call_id2 … in
// the order in which they were placed; the other names then mean that call. In what is expected of us, each line must
// be in the message, as it stands or as the beginning of a longer one; a line "! TEXT" says that TEXT is not in it. In expected frames a member that is null must be absent, "$any" is any value.
//
// Everything that is sent must be expected, in its order for each party; only agents' own objects ("type": "agent") need not, unless the
// header says "agents: listed". A line that begins with "# " is a
// comment, wherever it stands.
type Transcript struct {
	Name   string
	Header map[string]string
	Parts  []Part

	order []string // keys of Header as they were written
}

// Part is one part of a transcript.
type Part struct {
	Line int
	// At is when it happens, for what comes in; for an expectation, when it must have been sent, if Timed.
	At    time.Duration
	Timed bool
	// Expect says that this must come out; else it comes in.
	Expect bool
	// Party is "trunk", "media", "until", or an agent's ID. Verb is hello, lost, or the media event.
	Party, Verb string
	Body        string
}

// Parse reads a transcript. Errors name the line.
func Parse(name, text string) (*Transcript, error) {
	t := &Transcript{Name: name, Header: map[string]string{}}
	for i, line := range strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n") {
		if what, ok := partLine(line); ok {
			p, err := parsePart(what)
			if err != nil {
				return nil, fmt.Errorf("%s:%d: %w", name, i+1, err)
			}
			p.Line = i + 1
			t.Parts = append(t.Parts, p)
			continue
		}
		if n := len(t.Parts); n > 0 && !strings.HasPrefix(line, "# ") {
			t.Parts[n-1].Body += line + "\n"
			continue
		}
		if len(t.Parts) > 0 {
			continue
		}
		if err := t.headerLine(line); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, i+1, err)
		}
	}
	if t.Header["title"] == "" || t.Header["outcome"] == "" {
		return nil, fmt.Errorf("%s: the header needs title and outcome", name)
	}
	return t, nil
}

func partLine(line string) (string, bool) {
	what, ok := strings.CutPrefix(line, "-- ")
	if !ok {
		return "", false
	}
	return strings.CutSuffix(strings.TrimRight(what, " "), " --")
}

func (t *Transcript) headerLine(line string) error {
	line = strings.TrimSpace(line)
	if line == "" || strings.HasPrefix(line, "#") {
		return nil
	}
	key, value, ok := strings.Cut(line, ":")
	if !ok {
		return fmt.Errorf("%q is not a header line", line)
	}
	key = strings.TrimSpace(key)
	if _, ok := t.Header[key]; !ok {
		t.order = append(t.order, key)
	}
	t.Header[key] = strings.TrimSpace(value)
	return nil
}

// String is the transcript as text, which [Parse] reads; without its comments.
func (t *Transcript) String() string {
	var b strings.Builder
	for _, key := range t.order {
		fmt.Fprintf(&b, "%s: %s\n", key, t.Header[key])
	}
	for _, p := range t.Parts {
		fmt.Fprintf(&b, "\n-- %s --\n%s", p.what(), p.Body)
	}
	return b.String()
}

// what is the part's line.
func (p *Part) what() string {
	switch {
	case p.Expect && p.Timed:
		return fmt.Sprintf("expect %s at %s", p.Party, p.At)
	case p.Expect:
		return "expect " + p.Party
	case p.Party == "until":
		return "until " + p.At.String()
	case p.Verb != "":
		return fmt.Sprintf("%s %s %s", p.At, p.Party, p.Verb)
	}
	return fmt.Sprintf("%s %s", p.At, p.Party)
}

func parsePart(what string) (p Part, err error) {
	words := strings.Fields(what)
	if len(words) == 0 {
		return p, fmt.Errorf("a part without a name")
	}
	if words[0] == "until" && len(words) == 2 {
		p.Party = "until"
		p.At, err = time.ParseDuration(words[1])
		return p, err
	}
	if words[0] == "expect" {
		p.Expect = true
		if len(words) == 4 && words[2] == "at" {
			p.Timed = true
			if p.At, err = time.ParseDuration(words[3]); err != nil {
				return p, err
			}
			words = words[:2]
		}
		if len(words) != 2 {
			return p, fmt.Errorf("expect wants a party, and perhaps a time: %q", what)
		}
		p.Party = words[1]
		return p, nil
	}
	if len(words) < 2 || len(words) > 3 {
		return p, fmt.Errorf("a part is \"TIME PARTY\" or \"TIME PARTY VERB\": %q", what)
	}
	if p.At, err = time.ParseDuration(words[0]); err != nil {
		return p, err
	}
	p.Party = words[1]
	if len(words) == 3 {
		p.Verb = words[2]
	}
	return p, nil
}

// setup reads the settings of the header.
func (t *Transcript) setup() (s Setup, err error) {
	duration := func(key string, into *time.Duration) {
		if v := t.Header[key]; v != "" && err == nil {
			*into, err = time.ParseDuration(v)
		}
	}
	s.Queue = queue.QueueSettings{Name: t.Header["queue"]}
	duration("ring_for", &s.Queue.RingFor)
	duration("wrap_up", &s.Queue.WrapUp)
	duration("max_wait", &s.Queue.MaxWait)
	s.Queue.OutcomeRequired = t.Header["outcome_required"] == "true"
	s.Queue.RefuseEmpty = t.Header["refuse_empty"] == "true"
	if v := t.Header["capacity"]; v != "" {
		if _, e := fmt.Sscan(v, &s.Queue.Capacity); e != nil {
			return s, fmt.Errorf("capacity: %w", e)
		}
	}
	s.Terms.Answer = translator.AnswerMode(t.Header["answer"])
	s.Terms.OnAgentLost = t.Header["on_agent_lost"]
	s.Terms.Record = translator.RecordMode(t.Header["record"])
	s.ManualBeats = t.Header["beats"] == "manual"
	if v := t.Header["refuse"]; v != "" {
		var status, q850 int
		if n, _ := fmt.Sscan(v, &status, &q850); n == 0 || status < 300 || status > 699 || q850 < 0 || q850 > 127 {
			return s, fmt.Errorf("refuse: %q is no status of a refusal, with a cause of Q.850 or without", v)
		}
		s.Route = refuseWith(status, q850)
	}
	if v := t.Header["max_misses"]; v != "" {
		if _, e := fmt.Sscan(v, &s.Agents.MaxMisses); e != nil {
			return s, fmt.Errorf("max_misses: %w", e)
		}
	}
	if err == nil {
		err = trunkSetup(t.Header, &s)
	}
	if v := t.Header["agent"]; v != "" {
		s.Route = routeTo(v, &s)
	}
	switch t.Header["media"] {
	case "manual":
		s.Up, s.Heard = -1, -1
	case "at_once":
		s.Up, s.Heard = 1, 1
	}
	return s, err
}

var mediaWords = map[string]media.EventKind{
	"up": media.AgentUp, "heard": media.AgentHeard, "silent": media.AgentSilent, "back": media.AgentBack, "failed": media.AgentFailed, "trunk_silent": media.TrunkSilent,
}

func decode(body string) (map[string]any, error) {
	frame := map[string]any{}
	if strings.TrimSpace(body) == "" {
		return frame, nil
	}
	err := json.Unmarshal([]byte(body), &frame)
	return frame, err
}
