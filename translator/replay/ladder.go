package replay

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
)

// Ladder draws the messages of a result as lines between the trunk, offhook and the agents.
func Ladder(w io.Writer, r *Result) error {
	parties := []string{}
	for _, m := range r.Messages {
		if m.Party != "trunk" && !slices.Contains(parties, m.Party) {
			parties = append(parties, m.Party)
		}
	}
	const width = 34
	line := fmt.Sprintf("%10s  %-*s%-*s", "", width, "trunk", width, "offhook")
	for _, p := range parties {
		line += fmt.Sprintf("%-*s", width, p)
	}
	if _, err := fmt.Fprintln(w, strings.TrimRight(line, " ")); err != nil {
		return err
	}
	for i := range r.Messages {
		m := &r.Messages[i]
		text := label(m)
		column, right := 0, !m.In
		if m.Party == "trunk" {
			right = m.In
		} else {
			column = 1 + slices.Index(parties, m.Party)
		}
		if _, err := fmt.Fprintf(w, "%10s  %s%s\n", fmt.Sprintf("%.3f", m.At.Seconds()), strings.Repeat(" ", column*width), arrow(text, width-2, right)); err != nil {
			return err
		}
	}
	return nil
}

func arrow(text string, width int, right bool) string {
	if len(text) > width-6 {
		text = text[:width-6]
	}
	dashes := strings.Repeat("-", max(width-len(text)-4, 0))
	if right {
		return "|-" + text + dashes + ">|"
	}
	return "|<" + dashes + text + "-|"
}

var cseq = regexp.MustCompile(`(?im)^CSeq:\s*\d+\s+(\S+)`)

// label is a message in a few words.
func label(m *Message) string {
	switch {
	case m.Note != "":
		return m.Note
	case m.Object == nil:
		return sipLabel(m.SIP)
	}
	frame := m.Frame()
	kind := m.Type()
	if obj, ok := frame[kind].(map[string]any); ok {
		for _, key := range []string{"phase", "state"} {
			if v, ok := obj[key].(string); ok {
				kind += " " + v
			}
		}
		if c, ok := obj["cause"].(map[string]any); ok {
			kind += fmt.Sprintf(" (%v)", c["code"])
		}
	}
	if code, ok := frame["code"].(string); ok {
		kind += " " + code
	}
	if state, ok := frame["state"].(string); ok {
		kind += " " + state
	}
	return kind
}

func sipLabel(text string) string {
	first := firstLine(text)
	if rest, ok := strings.CutPrefix(first, "SIP/2.0 "); ok {
		if m := cseq.FindStringSubmatch(text); m != nil && len(rest) > 3 {
			return rest[:3] + " " + m[1]
		}
		return rest
	}
	method, _, _ := strings.Cut(first, " ")
	if strings.Contains(text, "m=audio") {
		method += " (SDP)"
	}
	return method
}
