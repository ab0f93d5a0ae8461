package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
	"time"
)

// usageError says that a command was not understood. It is told in a line; the help is for who asks for it.
type usageError struct{ command, text string }

func (e *usageError) Error() string {
	if e.command == "" {
		return e.text + "\n\"offhook help\" lists the commands."
	}
	return e.text + "\n\"offhook " + e.command + " -h\" says more."
}

// wrongUsage is a mistake in the arguments of a command; of none if it is "".
func wrongUsage(command, format string, args ...any) error {
	return &usageError{command, fmt.Sprintf(format, args...)}
}

// flags makes a command's flag set, whose help, on out, says what the command does. usage is the command and its arguments.
func flags(usage, what string, out io.Writer) *flag.FlagSet {
	command, _, _ := strings.Cut(usage, " ")
	f := flag.NewFlagSet(command, flag.ContinueOnError)
	f.Usage = func() {
		f.SetOutput(out)
		fmt.Fprintf(out, "%s\n\nUsage: offhook %s\n", what, usage)
		f.PrintDefaults()
	}
	return f
}

// parse reads a command's arguments, with at most files of them behind the flags; below 0 as many as there are. It returns [flag.ErrHelp] when
// help was asked for and was printed.
func parse(f *flag.FlagSet, args []string, files int) error {
	help := f.Usage
	f.Usage = func() {}
	f.SetOutput(io.Discard)
	err := f.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		help()
		return err
	case err != nil:
		return wrongUsage(f.Name(), "%v", err)
	case files == 0 && f.NArg() > 0:
		return wrongUsage(f.Name(), "%s takes flags only, not %q", f.Name(), f.Arg(0))
	case files > 0 && f.NArg() > files:
		return wrongUsage(f.Name(), "%s does not know what to do with %q", f.Name(), f.Arg(files))
	}
	return nil
}

// configFile reads the arguments of a command that takes a configuration file, by -config or alone.
func configFile(f *flag.FlagSet, args []string) (string, error) {
	path := f.String("config", "", "the configuration `file`; offhook.example.yaml explains every setting")
	if err := parse(f, args, 1); err != nil {
		return "", err
	}
	switch {
	case *path == "" && f.NArg() == 1:
		return f.Arg(0), nil
	case *path == "":
		return "", wrongUsage(f.Name(), "%s needs -config FILE", f.Name())
	case f.NArg() > 0:
		return "", wrongUsage(f.Name(), "%s takes one configuration, not %q too", f.Name(), f.Arg(0))
	}
	return *path, nil
}

// span is a flag that is a length of time.
type span struct{ *time.Duration }

// spanVar defines a flag that is a length of time, with its default in *to.
func spanVar(f *flag.FlagSet, to *time.Duration, name string, usage string) {
	f.Var(span{to}, name, usage)
}

// Set reads a time as in the configuration.
func (s span) Set(text string) error {
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return errors.New("want a time such as 20s, 3m or 1m30s")
	}
	*s.Duration = d
	return nil
}

// String is the time, without the zeros at its end; "" for none.
func (s span) String() string {
	if s.Duration == nil || *s.Duration == 0 {
		return ""
	}
	text := s.Duration.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
