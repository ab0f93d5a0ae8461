// Offhook lets a contact center answer its phones in the browser.
//
// It takes calls from a PBX as plain SIP, keeps them in queues, offers each to one available agent, and joins the two,
// signalling and sound. Run "offhook help" for the commands.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
)

// command is one word after offhook.
type command struct {
	name, summary string
	run           func(ctx context.Context, args []string, out io.Writer) error
	stops         bool // it ends in order when its context is done; others are ended by the system, at the signal
}

func commands() []command {
	return []command{
		{"demo", "a call center on this machine: a page to open, and a caller who rings", demo, true},
		{"serve", "run the server with a configuration file", serve, true},
		{"check", "read a configuration and print what each side will be told", check, false},
		{"token", "make an agent's token for trying out", token, false},
		{"replay", "play recorded calls through the translator and compare what comes out", replayFiles, false},
		{"simulate", "how many agents an interval needs, by the real queue in virtual time", simulate, false},
		{"version", "print the version", version, false},
	}
}

func main() {
	ctx := context.Background()
	if c, ok := commandOf(os.Args[1:]); ok && c.stops {
		var stop context.CancelFunc
		ctx, stop = signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
		defer stop()
	}
	err := run(ctx, os.Args[1:], os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "offhook:", err)
	}
	os.Exit(exitCode(err))
}

// exitCode is 0 for what went well, 2 for a command that was not understood, 1 for all else that went wrong.
func exitCode(err error) int {
	switch {
	case err == nil:
		return 0
	case errors.As(err, new(*usageError)):
		return 2
	}
	return 1
}

// commandOf finds the command that the arguments name.
func commandOf(args []string) (command, bool) {
	if len(args) > 0 {
		for _, c := range commands() {
			if c.name == strings.TrimLeft(args[0], "-") {
				return c, true
			}
		}
	}
	return command{}, false
}

func run(ctx context.Context, args []string, out io.Writer) error {
	if len(args) == 0 {
		return wrongUsage("", "a command is needed:\n%s", usage())
	}
	switch c, known := commandOf(args); {
	case known:
		return helped(c.run(ctx, args[1:], out))
	case !slices.Contains([]string{"help", "h"}, strings.TrimLeft(args[0], "-")):
		return wrongUsage("", "there is no command %q", args[0])
	}
	c, known := commandOf(args[1:])
	switch {
	case known:
		return helped(c.run(ctx, []string{"-h"}, out))
	case len(args) > 1:
		return wrongUsage("", "there is no command %q", args[1])
	}
	_, err := fmt.Fprint(out, "offhook: answer your phones in the browser.\n\n", usage())
	return err
}

// helped takes it for success that help was asked for.
func helped(err error) error {
	if errors.Is(err, flag.ErrHelp) {
		return nil
	}
	return err
}

// usage lists the commands.
func usage() string {
	var text strings.Builder
	text.WriteString("Usage: offhook COMMAND [FLAGS]\n\n")
	for _, c := range commands() {
		fmt.Fprintf(&text, "  %-8s  %s\n", c.name, c.summary)
	}
	text.WriteString("\n\"offhook COMMAND -h\" lists a command's flags. To begin: offhook demo\n" +
		"Exit status: 0 all is well, 1 something is wrong or differs, 2 the command was not understood.\n")
	return text.String()
}

func version(_ context.Context, args []string, out io.Writer) error {
	if err := parse(flags("version", "Print the version.", out), args, 0); err != nil {
		return err
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return errors.New("this binary carries no build information")
	}
	fmt.Fprintf(out, "offhook %s %s\n", info.Main.Version, info.GoVersion)
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			fmt.Fprintf(out, "commit %s\n", s.Value)
		}
	}
	return nil
}
