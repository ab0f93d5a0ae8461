package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"offhook/translator/replay"
)

const replayHelp = `Play recorded calls through the translator in virtual time and compare what comes out.

A FILE is a capture (.pcap, .pcapng; UDP and TCP, any port) or a transcript (.txtar).

Of a capture's call one end is played, at the recorded times, as the trunk; offhook takes the other end's place, with an agent who rings, accepts,
dials and hangs up where the recorded end did. That is: the trunk is the end that is not offhook, where one of them calls itself that;
else the caller, so that offhook is called. -side callee turns it round: an agent dials. Of a call through proxies the hop next to offhook's place is
taken; -list shows all, -call takes another.

The ladder shows what came out. Before what differs from the record stands a mark: + offhook sent it, the recorded end did not; - it was recorded and did not come
(dotted); ~ it says something else. Differences are not always wrong: NAME.expect beside NAME.pcap says which are right, and why
(-expect writes one to begin with). With it the command succeeds where nothing else differs.`

// replayOptions are the flags of "offhook replay".
type replayOptions struct {
	quiet, list, json, mask, expect bool
	call, side, save                string
}

// replayFiles plays recorded calls and says where they differ.
func replayFiles(_ context.Context, args []string, out io.Writer) error {
	var o replayOptions
	f := flags("replay [FLAGS] FILE…", replayHelp, out)
	f.BoolVar(&o.quiet, "q", false, "print one line a call, no ladder")
	f.BoolVar(&o.list, "list", false, "list the calls of a capture and play nothing")
	f.StringVar(&o.call, "call", "", "play this call only: its `number` in -list, its Call-ID, or the beginning of it")
	f.StringVar(&o.side, "side", "", "which `end` of a captured call the trunk is: caller, callee, or its IP address")
	f.BoolVar(&o.json, "json", false, "print one JSON object a call, with all messages")
	f.BoolVar(&o.mask, "mask", false, "mask numbers, names, addresses and secrets in what is played, printed and saved")
	f.StringVar(&o.save, "save", "", "write what was played as a transcript to this `file`; it must be one call")
	f.BoolVar(&o.expect, "expect", false, "write what comes out as the expectation beside each capture; reasons that stand there stay")
	if err := parse(f, args, -1); err != nil {
		return err
	}
	if f.NArg() == 0 {
		return wrongUsage("replay", "replay needs a file: a capture (.pcap, .pcapng) or a transcript (.txtar)")
	}
	failed := 0
	for _, name := range f.Args() {
		ok, err := o.file(name, out)
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

// file plays one file and says whether all is as it should be.
func (o *replayOptions) file(name string, out io.Writer) (ok bool, err error) {
	switch filepath.Ext(name) {
	case ".pcap", ".pcapng", ".cap", ".gz":
		return o.capture(name, out)
	}
	return o.transcript(name, out)
}

func (o *replayOptions) transcript(name string, out io.Writer) (ok bool, err error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return false, err
	}
	t, err := replay.Parse(name, string(text))
	if err != nil && filepath.Ext(name) != ".txtar" {
		return false, fmt.Errorf("%s: its name is neither that of a capture (.pcap, .pcapng, .cap, .gz) nor of a transcript (.txtar), and it is no transcript", name)
	}
	if err != nil {
		return false, err
	}
	if o.mask {
		t.Mask()
	}
	if o.save != "" {
		return true, os.WriteFile(o.save, []byte(t.String()), 0o600)
	}
	r, err := replay.Play(t)
	if err != nil {
		return false, err
	}
	if o.json {
		return len(r.Differences) == 0, writeJSON(out, transcriptJSON(name, r))
	}
	if !o.quiet {
		if err := drawLadder(out, r.Title, r.Messages); err != nil {
			return false, err
		}
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

func drawLadder(out io.Writer, title string, messages []replay.Message) error {
	fmt.Fprintf(out, "%s\n\n", title)
	err := replay.Ladder(out, &replay.Result{Messages: messages})
	fmt.Fprintln(out)
	return err
}
