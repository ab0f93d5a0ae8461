package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"offhook/translator/replay"
)

// replayFiles plays transcripts and says where they differ.
func replayFiles(_ context.Context, args []string, out io.Writer) error {
	f := flags("replay [-q] FILE…", "Play recorded calls through the translator in virtual time and compare what comes out.", out)
	quiet := f.Bool("q", false, "print one line a file, no ladder")
	if err := f.Parse(args); err != nil {
		return err
	}
	if f.NArg() == 0 {
		f.Usage()
		return errors.New("replay needs a file")
	}
	failed := 0
	for _, name := range f.Args() {
		ok, err := replayFile(name, *quiet, out)
		if err != nil {
			return err
		}
		if !ok {
			failed++
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d differ", failed, f.NArg())
	}
	return nil
}

func replayFile(name string, quiet bool, out io.Writer) (ok bool, err error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return false, err
	}
	t, err := replay.Parse(name, string(text))
	if err != nil {
		return false, err
	}
	r, err := replay.Play(t)
	if err != nil {
		return false, err
	}
	if !quiet {
		fmt.Fprintf(out, "%s\n\n", r.Title)
		if err := replay.Ladder(out, r); err != nil {
			return false, err
		}
		fmt.Fprintln(out)
	}
	for _, d := range r.Differences {
		fmt.Fprintln(out, d)
	}
	if len(r.Differences) > 0 {
		fmt.Fprintf(out, "DIFFERS %s: %d\n", name, len(r.Differences))
		return false, nil
	}
	fmt.Fprintf(out, "ok      %s: %s\n", name, r.Outcome)
	return true, nil
}
