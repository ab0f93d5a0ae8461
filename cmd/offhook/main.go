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
	"syscall"
)

// command is one word after offhook.
type command struct {
	name, summary string
	run           func(ctx context.Context, args []string, out io.Writer) error
}

func commands() []command {
	return []command{
		{"demo", "a call center on this machine: a page to open, and a caller who rings", demo},
		{"serve", "run the server with a configuration file", serve},
		{"check", "read a configuration and print what each side will be told", check},
		{"token", "make an agent's token for trying out", token},
		{"replay", "play recorded calls through the translator and compare what comes out", replayFiles},
		{"simulate", "how many agents an interval needs, by the real queue in virtual time", simulate},
		{"version", "print the version", version},
	}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stdout)
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
	case errors.Is(err, errReported):
		os.Exit(1)
	default:
		fmt.Fprintln(os.Stderr, "offhook:", err)
		os.Exit(1)
	}
}

// errReported says that the command has failed and has said why.
var errReported = errors.New("failed")

func run(ctx context.Context, args []string, out io.Writer) error {
	if len(args) == 0 || args[0] == "help" || args[0] == "-h" || args[0] == "--help" || args[0] == "-help" {
		usage(out)
		return nil
	}
	for _, c := range commands() {
		if c.name == args[0] || "-"+c.name == args[0] {
			return c.run(ctx, args[1:], out)
		}
	}
	usage(os.Stderr)
	return fmt.Errorf("there is no command %q", args[0])
}

func usage(out io.Writer) {
	fmt.Fprint(out, "offhook: answer your phones in the browser.\n\nUsage: offhook COMMAND [FLAGS]\n\n")
	for _, c := range commands() {
		fmt.Fprintf(out, "  %-8s  %s\n", c.name, c.summary)
	}
	fmt.Fprint(out, "\n\"offhook COMMAND -h\" lists a command's flags. To begin: offhook demo\n")
}

// flags makes a command's flag set, whose help says what the command does.
func flags(name, what string, out io.Writer) *flag.FlagSet {
	f := flag.NewFlagSet("offhook "+name, flag.ContinueOnError)
	f.SetOutput(out)
	f.Usage = func() {
		fmt.Fprintf(out, "%s\n\nUsage: offhook %s\n", what, name)
		f.PrintDefaults()
	}
	return f
}

func version(_ context.Context, _ []string, out io.Writer) error {
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
