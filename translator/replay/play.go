package replay

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"offhook/agent/protocol"
	"offhook/media"
)

// Result is what came of a transcript.
type Result struct {
	Title string
	// Messages are all messages, in order, for the ladder.
	Messages []Message
	// Differences say what was expected and did not come, or came and was not expected. None: the transcript passed.
	Differences []string
	// Outcome is how the calls ended.
	Outcome string
}

// mediaParty is the party of media events in transcripts and among messages.
const mediaParty = "media"

// player walks through a transcript.
type player struct {
	w    *World
	t    *Transcript
	r    *Result
	seen map[string]int // messages of w.out that were compared, by stream
}

// Play runs a transcript. The error says that it cannot be run; differences are in the result.
func Play(t *Transcript) (*Result, error) {
	setup, err := t.setup()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", t.Name, err)
	}
	w, err := NewWorld(setup)
	if err != nil {
		return nil, err
	}
	p := &player{w: w, t: t, r: &Result{Title: t.Header["title"]}, seen: map[string]int{}}
	for _, part := range t.Parts {
		if err := p.part(part); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", t.Name, part.Line, err)
		}
	}
	p.finish()
	return p.r, nil
}

func (p *player) differ(line int, format string, args ...any) {
	p.r.Differences = append(p.r.Differences, fmt.Sprintf("%s:%d: ", p.t.Name, line)+fmt.Sprintf(format, args...))
}

func (p *player) part(part Part) error {
	if part.Expect {
		p.expect(part)
		return nil
	}
	if part.At < p.w.Elapsed() {
		return fmt.Errorf("%s is in the past, it is %s", part.At, p.w.Elapsed())
	}
	p.w.Advance(part.At)
	switch part.Party {
	case "until":
		return nil
	case "trunk":
		p.w.Trunk(p.fill(part.Body))
		return nil
	case queueParty:
		to, err := parseWay(part.Body)
		if err != nil {
			return err
		}
		p.w.send(to)
		return nil
	case mediaParty:
		kind, ok := mediaWords[part.Verb]
		if !ok {
			return fmt.Errorf("media %q: want up, heard, silent, back, failed, trunk_silent or played", part.Verb)
		}
		p.w.note(mediaParty, part.Verb)
		if kind == media.PlayEnded {
			p.w.Media.playOut()
			p.w.settle()
			return nil
		}
		return p.w.Happen(kind)
	}
	return p.agent(part)
}

func (p *player) agent(part Part) error {
	switch part.Verb {
	case "hello":
		p.w.Hello(part.Party, protocol.AgentState(strings.TrimSpace(part.Body)))
		return nil
	case "lost":
		p.w.Lose(part.Party)
		return nil
	case "beat":
		p.w.Beat(part.Party)
		return nil
	case "":
		frame, err := decode(part.Body)
		if err != nil {
			return err
		}
		return p.w.Ask(part.Party, frame)
	}
	return fmt.Errorf("agent %q: want hello, lost, beat, or nothing and a frame", part.Verb)
}

// stream says what a message is compared in order with: all that a party gets, but that agents' own objects come from another owner than their calls and so
// have an order of their own.
func stream(party, kind string) string {
	if kind == "agent" {
		return party + " (agent)"
	}
	return party
}

// next is the next message of the stream that was not compared yet and is not to be skipped.
func (p *player) next(stream string, skip func(*Message) bool) (*Message, bool) {
	for i := p.seen[stream]; i < len(p.w.out); i++ {
		m := &p.w.out[i]
		if m.In || m.Note != "" || m.stream() != stream || skip(m) {
			continue
		}
		p.seen[stream] = i + 1
		return m, true
	}
	p.seen[stream] = len(p.w.out)
	return nil, false
}

func (p *player) expect(part Part) {
	skip := func(*Message) bool { return false }
	var want map[string]any
	if part.Party != "trunk" {
		var err error
		if want, err = decode(part.Body); err != nil {
			p.differ(part.Line, "not a frame: %v", err)
			return
		}
		if p.t.Header["agents"] != "listed" {
			skip = func(m *Message) bool { return m.Type() == "agent" && missing(want, m.Frame(), "") != "" }
		}
	}
	kind, _ := want["type"].(string)
	m, ok := p.next(stream(part.Party, kind), skip)
	if !ok {
		p.differ(part.Line, "%s got nothing, expected %s", part.Party, firstLine(part.Body))
		return
	}
	if part.Timed && m.At.Round(time.Millisecond) != part.At.Round(time.Millisecond) {
		p.differ(part.Line, "%s got %s at %s, expected at %s", part.Party, firstLine(m.Text()), m.At, part.At)
	}
	if part.Party == "trunk" {
		p.compareSIP(part, m)
		return
	}
	if why := missing(want, m.Frame(), ""); why != "" {
		p.differ(part.Line, "%s got %s: %s", part.Party, m.Text(), why)
	}
}

// compareSIP wants the start line to begin as expected, and every other line to be in the message.
func (p *player) compareSIP(part Part, m *Message) {
	lines := strings.Split(strings.TrimSpace(p.fill(part.Body)), "\n")
	text := strings.ReplaceAll(m.SIP, "\r\n", "\n")
	if !strings.HasPrefix(text, lines[0]) {
		p.differ(part.Line, "trunk got %q, expected %q", firstLine(text), lines[0])
		return
	}
	for _, line := range lines[1:] {
		line = strings.TrimSpace(line)
		if absent, ok := strings.CutPrefix(line, "! "); ok {
			if strings.Contains(text, absent) {
				p.differ(part.Line, "trunk got %q with %q", firstLine(text), absent)
			}
			continue
		}
		if line != "" && !strings.Contains(text+"\n", line) {
			p.differ(part.Line, "trunk got %q without %q", firstLine(text), line)
		}
	}
}

// missing says what of want is not in got, "" if all is.
func missing(want, got any, path string) string {
	switch want := want.(type) {
	case nil:
		if got != nil {
			return path + " should not be there"
		}
	case map[string]any:
		return missingMember(want, got, path)
	case []any:
		return missingElement(want, got, path)
	case string:
		if want == "$any" && got != nil {
			return ""
		}
		return different(want, got, path)
	default:
		return different(want, got, path)
	}
	return ""
}

func missingMember(want map[string]any, got any, path string) string {
	have, ok := got.(map[string]any)
	if !ok {
		return different(want, got, path)
	}
	if path != "" {
		path += "."
	}
	for _, k := range slices.Sorted(maps.Keys(want)) {
		if why := missing(want[k], have[k], path+k); why != "" {
			return why
		}
	}
	return ""
}

func missingElement(want []any, got any, path string) string {
	have, ok := got.([]any)
	if !ok || len(have) != len(want) {
		return different(want, got, path)
	}
	for i := range want {
		if why := missing(want[i], have[i], fmt.Sprintf("%s[%d]", path, i)); why != "" {
			return why
		}
	}
	return ""
}

func different(want, got any, path string) string {
	switch {
	case reflect.DeepEqual(want, got):
		return ""
	case got == nil:
		return fmt.Sprintf("%s is missing, expected %v", path, want)
	}
	return fmt.Sprintf("%s is %v, expected %v", path, got, want)
}

// finish looks for what came out and was not expected, for what was left behind, and for the outcome.
func (p *player) finish() {
	p.r.Messages = p.w.out
	p.r.Outcome = p.outcome()
	for i := range p.w.out {
		m := &p.w.out[i]
		if m.In || m.Note != "" || i < p.seen[m.stream()] || m.Type() == "agent" && p.t.Header["agents"] != "listed" {
			continue
		}
		p.differ(0, "%s: %s got %s, which no part expects", m.At, m.Party, firstLine(m.Text()))
	}
	if want := p.t.Header["outcome"]; want != p.r.Outcome {
		p.differ(0, "the outcome is %q, expected %q", p.r.Outcome, want)
	}
	for _, problem := range p.w.problems {
		p.differ(0, "%s", problem)
	}
	p.w.Advance(p.w.Elapsed() + 10*time.Minute)
	if err := p.w.Idle(); err != nil && p.t.Header["left"] != "call" {
		p.differ(0, "%v", err)
	}
}

func (p *player) outcome() string {
	var all []string
	if len(p.w.endings) == 0 {
		return "none"
	}
	for _, e := range p.w.endings {
		all = append(all, e.Cause)
	}
	return strings.Join(all, ", ")
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return strings.TrimRight(line, "\r")
}
