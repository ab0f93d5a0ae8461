package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"offhook/translator/replay"
)

// capture plays the calls of a capture that the flags name.
func (o *replayOptions) capture(name string, out io.Writer) (ok bool, err error) {
	c, err := replay.OpenCapture(name)
	if err != nil {
		return false, fmt.Errorf("%s: %w", name, err)
	}
	for _, note := range c.Notes {
		fmt.Fprintf(os.Stderr, "%s: %s\n", name, note)
	}
	if o.mask {
		c.Mask()
	}
	calls := c.Calls()
	switch {
	case o.list:
		list(calls, out)
		return true, nil
	case o.expect:
		return true, writeExpectation(name, c, out)
	}
	e, err := expected(name)
	if err != nil {
		return false, err
	}
	if e != nil && o.call == "" && o.side == "" && o.save == "" {
		return o.check(name, e, c, out)
	}
	picked, err := replay.Pick(calls, o.call, replay.Side(o.side))
	if err != nil {
		return false, fmt.Errorf("%s: %w", name, err)
	}
	if o.save != "" && len(picked) != 1 {
		return false, fmt.Errorf("%s: -save writes one call, and %d would be played: choose one with -call", name, len(picked))
	}
	ok = true
	for _, call := range picked {
		r, err := replay.PlayCall(call, replay.Side(o.side), calls)
		if err != nil {
			return false, fmt.Errorf("%s: %w", name, err)
		}
		ok = ok && len(r.Differences) == 0 && len(r.Problems) == 0
		if err := o.show(name, r, out); err != nil {
			return false, err
		}
	}
	return ok, nil
}

// list prints the calls with their numbers.
func list(calls []*replay.RecordedCall, out io.Writer) {
	for i, r := range calls {
		fmt.Fprintf(out, "%3d  %s  %s, %d messages, Call-ID %s\n", i+1, r.Messages[0].At.Format("15:04:05.000"), r.Title(), len(r.Messages), r.CallID)
		if len(r.Related) > 0 {
			fmt.Fprintf(out, "     transferred with %s\n", strings.Join(r.Related, ", "))
		}
	}
	if len(calls) == 0 {
		fmt.Fprintln(out, "no calls")
	}
}

// expected is the expectation beside a capture, nil where there is none.
func expected(name string) (*replay.Expectation, error) {
	e, err := replay.ReadExpectation(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return e, err
}

func writeExpectation(name string, c *replay.Capture, out io.Writer) error {
	old, err := expected(name)
	if err != nil {
		return err
	}
	e, err := replay.Expect(old, c)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	file := replay.ExpectationFile(name)
	fmt.Fprintf(out, "wrote   %s\n", file)
	return os.WriteFile(file, []byte(e.String()), 0o644)
}

// check plays what the expectation names.
func (o *replayOptions) check(name string, e *replay.Expectation, c *replay.Capture, out io.Writer) (ok bool, err error) {
	results, wrong := e.Check(c)
	for _, r := range results {
		if err := o.show(name, r, out); err != nil {
			return false, err
		}
	}
	if o.json {
		return len(wrong) == 0, nil
	}
	for _, w := range wrong {
		fmt.Fprintf(out, "%s: %s\n", name, w)
	}
	if len(wrong) > 0 {
		fmt.Fprintf(out, "DIFFERS %s: %d from what is expected\n", name, len(wrong))
		return false, nil
	}
	fmt.Fprintf(out, "ok      %s: as expected\n", name)
	return true, nil
}

// show prints one played call.
func (o *replayOptions) show(name string, r *replay.CallResult, out io.Writer) error {
	if o.save != "" {
		if err := os.WriteFile(o.save, []byte(r.Transcript()), 0o600); err != nil {
			return err
		}
	}
	if o.json {
		return writeJSON(out, callJSON(name, r))
	}
	if !o.quiet {
		if err := drawLadder(out, r.Call.Title(), r.Messages); err != nil {
			return err
		}
		for _, note := range r.Notes {
			fmt.Fprintf(out, "note: %s\n", note)
		}
		for _, d := range r.Differences {
			fmt.Fprintln(out, packetOf(d)+d.Text)
		}
	}
	for _, p := range r.Problems {
		fmt.Fprintf(out, "PROBLEM %s\n", p)
	}
	word := "same   "
	if len(r.Differences)+len(r.Problems) > 0 {
		word = "differs"
	}
	fmt.Fprintf(out, "%s %s: %s: %s, %d differences\n", word, name, r.Call.Title(), r.Outcome, len(r.Differences))
	return nil
}

// packetOf says where in the capture a difference is.
func packetOf(d replay.Difference) string {
	if d.Packet == 0 {
		return "              "
	}
	return fmt.Sprintf("packet %-6d ", d.Packet)
}
