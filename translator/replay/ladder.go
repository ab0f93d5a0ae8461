package replay

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Measures of a ladder, in columns of text.
const (
	ladderTimes = 10 // the times, right-aligned
	ladderFirst = 13 // where the trunk's line stands
	ladderTrunk = 30 // from there to ours
	ladderGap   = 38 // from one line to the next
)

// longWait is from when on a wait is drawn as one.
const longWait = time.Second

// Ladder draws a result: a line for the trunk, one for us, one for each agent, and an arrow for each message, with its time in seconds where
// it differs from the one above. (SDP) marks messages with a description; "again" those that repeat an earlier one byte for byte. Where a capture was played, +, - and ~
// stand before what differs (see [Mark]), and what is gone is dotted.
func Ladder(w io.Writer, r *Result) error {
	l := ladder{lines: []string{"trunk", "offhook"}, sent: map[string]bool{}}
	for i := range r.Messages {
		if p := r.Messages[i].Party; p != mediaParty && p != queueParty && !slices.Contains(l.lines, p) {
			l.lines = append(l.lines, p)
		}
	}
	l.names()
	for i := range r.Messages {
		l.message(&r.Messages[i])
	}
	_, err := io.WriteString(w, l.text.String())
	return err
}

// ladder is a drawing that grows downwards.
type ladder struct {
	lines []string
	sent  map[string]bool // SIP messages drawn so far
	begun bool
	at    time.Duration
	text  strings.Builder
}

func (l *ladder) x(line int) int {
	if line == 0 {
		return ladderFirst
	}
	return ladderFirst + ladderTrunk + (line-1)*ladderGap
}

func (l *ladder) names() {
	row := blank(l.x(len(l.lines)))
	for i, name := range l.lines {
		put(row, l.x(i)-min(len(name)/2, ladderFirst-2), name)
	}
	l.add(row)
}

// empty is a row of nothing but the lines.
func (l *ladder) empty(line rune) []rune {
	row := blank(l.x(len(l.lines)))
	for i := range l.lines {
		row[l.x(i)] = line
	}
	return row
}

func (l *ladder) add(row []rune) {
	l.text.WriteString(strings.TrimRight(string(row), " ") + "\n")
}

func (l *ladder) message(m *Message) {
	row := l.empty('|')
	if !l.begun || m.At != l.at {
		l.wait(m.At - l.at)
		put(row, 0, fmt.Sprintf("%*.3f", ladderTimes, m.At.Seconds()))
	}
	l.begun, l.at = true, m.At
	switch {
	case m.Note != "":
		l.note(row, m)
	case m.Party == "trunk":
		arrow(row, l.x(0), l.x(1), l.label(m), m.In, shaft(m))
	default:
		arrow(row, l.x(1), l.x(slices.Index(l.lines, m.Party)), l.label(m), !m.In, shaft(m))
	}
	if m.Mark != 0 {
		row[ladderFirst-2] = rune(m.Mark)
	}
	l.add(row)
}

// wait draws the time in which nothing happened.
func (l *ladder) wait(d time.Duration) {
	if l.begun && d >= longWait {
		row := l.empty(':')
		put(row, l.x(0)+3, d.Round(time.Millisecond).String())
		l.add(row)
	}
}

// note draws what is no message at the line of the party; that of the media at ours.
func (l *ladder) note(row []rune, m *Message) {
	if m.Party == mediaParty || m.Party == queueParty {
		put(row, l.x(1)+2, "* "+m.Party+" "+m.Note)
		return
	}
	x := l.x(slices.Index(l.lines, m.Party))
	row[x] = 'x'
	put(row, x-2-len(m.Note), m.Note)
}

// shaft is what an arrow is drawn with: dots for what was recorded and did not come.
func shaft(m *Message) rune {
	if m.Mark == Gone {
		return '.'
	}
	return '-'
}

// arrow draws a message between two lines; its label stands at its tail.
func arrow(row []rune, from, to int, label string, right bool, shaft rune) {
	for x := from + 1; x < to; x++ {
		row[x] = shaft
	}
	label = " " + label + " "
	if room := to - from - 6; len([]rune(label)) > room {
		label = string([]rune(label)[:room-2]) + "… "
	}
	if right {
		row[to-1] = '>'
		put(row, from+3, label)
		return
	}
	row[from+1] = '<'
	put(row, to-2-len([]rune(label)), label)
}

func blank(n int) []rune { return []rune(strings.Repeat(" ", n)) }

// put writes text into the row, as far as there is room.
func put(row []rune, at int, text string) {
	if at >= 0 && at < len(row) {
		copy(row[at:], []rune(text))
	}
}

// label is a message in a few words.
func (l *ladder) label(m *Message) string {
	if m.Object != nil {
		return frameLabel(m)
	}
	text := sipLabel(m.SIP)
	if m.Mark == Gone {
		return text
	}
	if l.sent[m.SIP] {
		text += " again"
	}
	l.sent[m.SIP] = true
	return text
}

// frameLabel names a frame by its type, its object's phase or state, and its cause.
func frameLabel(m *Message) string {
	frame := m.Frame()
	label := m.Type()
	said := func(obj map[string]any, keys ...string) {
		for _, key := range keys {
			if v, ok := obj[key].(string); ok && v != "" {
				label += " " + v
			}
		}
	}
	object, _ := frame[label].(map[string]any)
	withSDP := hasSDP(frame) || hasSDP(object)
	said(frame, "code", "state", "reason", "outcome")
	said(object, "phase", "state", "reason")
	if c, ok := object["cause"].(map[string]any); ok {
		label += fmt.Sprintf(": %v by %v", c["code"], c["by"])
	}
	for _, flag := range []string{"muted", "done"} {
		if frame[flag] == true {
			label += " " + flag
		}
	}
	if withSDP {
		label += " (SDP)"
	}
	return label
}

func hasSDP(obj map[string]any) bool { return obj["sdp"] != nil && obj["sdp"] != "" }

var cseqMethod = regexp.MustCompile(`(?im)^CSeq:\s*\d+\s+(\S+)`)

// sipLabel names a request by its method, a response by its status and the request's method.
func sipLabel(text string) string {
	first := firstLine(text)
	label, _, _ := strings.Cut(first, " ")
	if rest, ok := strings.CutPrefix(first, "SIP/2.0 "); ok {
		label = rest
		if m := cseqMethod.FindStringSubmatch(text); m != nil && len(rest) > 3 {
			label = rest[:3] + " " + m[1]
		}
	}
	if strings.Contains(text, "\nm=") {
		label += " (SDP)"
	}
	return label
}
