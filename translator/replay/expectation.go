package replay

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Expectation says what must come of a capture: which ends of which calls are played, how they end, and where what comes out differs from the record, each
// difference with the reason why it is right. It stands beside the capture, as NAME.expect beside NAME.pcap, as a text:
//
//	title: A call to a prompt, and the caller hangs up
//	origin: sipp to Asterisk 22.10, recorded on one machine
//
//	-- call 1 caller --
//	outcome: normal by caller
//	+ 180 INVITE
//	  our callers hear ringing until an agent answers; a prompt answers at once
//
// A part names a call by its number in [Capture.Calls] and the end that is played. A line that begins with +, - or ~ is a difference, as [Difference.Text] says it; the indented
// lines below it are the reason. A line that begins with # is a comment. Where a capture has nothing to play, "nothing: REASON" stands in the place of parts.
type Expectation struct {
	// Header holds title, origin and whatever else stands before the first part.
	Header map[string]string
	Plays  []ExpectedPlay

	order []string // keys of Header as they were written
}

// ExpectedPlay is what must come of playing one end of one call.
type ExpectedPlay struct {
	Call        int // its number, from 1
	Side        Side
	Outcome     string // "" for any
	Differences []ExpectedDifference
}

// ExpectedDifference is a difference that is right.
type ExpectedDifference struct{ Text, Why string }

// ParseExpectation reads an expectation. Errors name the line.
func ParseExpectation(name, text string) (*Expectation, error) {
	e := &Expectation{Header: map[string]string{}}
	for i, line := range strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n") {
		if err := e.line(line); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, i+1, err)
		}
	}
	if e.Header["title"] == "" || e.Header["origin"] == "" {
		return nil, fmt.Errorf("%s: the header needs title and origin", name)
	}
	if len(e.Plays) == 0 && e.Header["nothing"] == "" {
		return nil, fmt.Errorf("%s: no call is played, and no line says why (nothing: REASON)", name)
	}
	return e, nil
}

func (e *Expectation) line(line string) error {
	if what, ok := partLine(line); ok {
		p, err := parsePlay(what)
		e.Plays = append(e.Plays, p)
		return err
	}
	if strings.TrimSpace(line) == "" || strings.HasPrefix(line, "#") {
		return nil
	}
	if len(e.Plays) == 0 {
		key, value, ok := strings.Cut(line, ":")
		if !ok {
			return fmt.Errorf("%q is not a header line", line)
		}
		e.set(strings.TrimSpace(key), strings.TrimSpace(value))
		return nil
	}
	return e.Plays[len(e.Plays)-1].line(line)
}

func (e *Expectation) set(key, value string) {
	if _, ok := e.Header[key]; !ok {
		e.order = append(e.order, key)
	}
	e.Header[key] = value
}

func parsePlay(what string) (p ExpectedPlay, err error) {
	words := strings.Fields(what)
	if len(words) != 3 || words[0] != "call" {
		return p, fmt.Errorf("a part is \"call NUMBER caller\" or \"call NUMBER callee\": %q", what)
	}
	p.Side = Side(words[2])
	p.Call, err = strconv.Atoi(words[1])
	if err == nil && p.Side != SideCaller && p.Side != SideCallee {
		err = fmt.Errorf("%q is neither caller nor callee", words[2])
	}
	return p, err
}

func (p *ExpectedPlay) line(line string) error {
	n := len(p.Differences)
	switch outcome, ok := strings.CutPrefix(line, "outcome:"); {
	case ok:
		p.Outcome = strings.TrimSpace(outcome)
	case line[0] == '+' || line[0] == '-' || line[0] == '~':
		p.Differences = append(p.Differences, ExpectedDifference{Text: strings.TrimSpace(line)})
	case n > 0 && (line[0] == ' ' || line[0] == '\t'):
		p.Differences[n-1].Why = strings.TrimSpace(p.Differences[n-1].Why + " " + strings.TrimSpace(line))
	default:
		return fmt.Errorf("%q is neither an outcome nor a difference nor a reason", line)
	}
	return nil
}

// String is the expectation as text, which [ParseExpectation] reads.
func (e *Expectation) String() string {
	var b strings.Builder
	for _, key := range e.order {
		fmt.Fprintf(&b, "%s: %s\n", key, e.Header[key])
	}
	for _, p := range e.Plays {
		fmt.Fprintf(&b, "\n-- call %d %s --\noutcome: %s\n", p.Call, p.Side, p.Outcome)
		for _, d := range p.Differences {
			fmt.Fprintf(&b, "%s\n  %s\n", d.Text, d.Why)
		}
	}
	return b.String()
}

// Check plays what the expectation names and says what is not as it says; nothing if all is. The results are in the order of Plays.
func (e *Expectation) Check(c *Capture) (results []*CallResult, wrong []string) {
	calls := c.Calls()
	for _, p := range e.Plays {
		r, err := p.play(calls)
		if err != nil {
			wrong = append(wrong, err.Error())
			continue
		}
		results = append(results, r)
		for _, w := range p.wrong(r) {
			wrong = append(wrong, fmt.Sprintf("call %d %s: %s", p.Call, p.Side, w))
		}
	}
	return results, wrong
}

var errNoSuchCall = errors.New("replay: the capture has no such call")

func (p *ExpectedPlay) play(calls []*RecordedCall) (*CallResult, error) {
	if p.Call < 1 || p.Call > len(calls) {
		return nil, fmt.Errorf("%w: %d of %d", errNoSuchCall, p.Call, len(calls))
	}
	return PlayCall(calls[p.Call-1], p.Side, calls)
}

// wrong compares a result with what is expected of it.
func (p *ExpectedPlay) wrong(r *CallResult) (out []string) {
	if p.Outcome != "" && r.Outcome != p.Outcome {
		out = append(out, fmt.Sprintf("the outcome is %q, expected %q", r.Outcome, p.Outcome))
	}
	out = append(out, r.Problems...)
	for i, d := range r.Differences {
		if i >= len(p.Differences) || p.Differences[i].Text != d.Text {
			out = append(out, fmt.Sprintf("%q is not expected here", d.Text))
			break
		}
	}
	if len(r.Differences) < len(p.Differences) {
		out = append(out, fmt.Sprintf("%d differences, expected %d", len(r.Differences), len(p.Differences)))
	}
	for _, d := range p.Differences {
		if d.Why == "" || d.Why == unexplained {
			out = append(out, fmt.Sprintf("nobody has said why %q is right", d.Text))
		}
	}
	return out
}

// unexplained stands where a person has to say why a difference is right.
const unexplained = "?"

// Expect makes the expectation of what comes out today, for a person to read and to explain. What old explains already keeps its reason; old may be nil. Played are
// the plays of old, or those of every call from the end that [SideAuto] names.
func Expect(old *Expectation, c *Capture) (*Expectation, error) {
	if old == nil {
		old = &Expectation{Header: map[string]string{}}
		old.set("title", unexplained)
		old.set("origin", unexplained)
	}
	calls := c.Calls()
	now := &Expectation{Header: old.Header, order: old.order, Plays: old.Plays}
	if len(now.Plays) == 0 {
		var err error
		if now.Plays, err = allPlays(calls); err != nil {
			return nil, err
		}
	}
	why := map[string]string{}
	for _, p := range old.Plays {
		for _, d := range p.Differences {
			why[d.Text] = d.Why
		}
	}
	for i := range now.Plays {
		p := &now.Plays[i]
		r, err := p.play(calls)
		if err != nil {
			return nil, err
		}
		p.Outcome, p.Differences = r.Outcome, nil
		for _, d := range r.Differences {
			p.Differences = append(p.Differences, ExpectedDifference{d.Text, first(why[d.Text], unexplained)})
		}
	}
	return now, nil
}

func allPlays(calls []*RecordedCall) (plays []ExpectedPlay, err error) {
	for i, r := range calls {
		next, err := r.isNextToUs(SideAuto)
		if err != nil || !next {
			continue
		}
		side := SideCallee
		if ok, _ := r.trunkCalls(SideAuto); ok {
			side = SideCaller
		}
		plays = append(plays, ExpectedPlay{Call: i + 1, Side: side})
	}
	return plays, err
}
