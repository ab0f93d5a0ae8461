package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A mistake in the arguments is one sentence with the word that is wrong, a way to the help, and status 2; nothing is printed to where results go.
func TestMistakesInArguments(t *testing.T) {
	path := writeConfig(t, testConfig)
	for _, row := range []struct {
		args, want string
	}{
		{"", "a command is needed"},
		{"dance", `no command "dance"`},
		{"help dance", `no command "dance"`},
		{"version now", `"now"`},
		{"serve", "needs -config FILE"},
		{"serve -confg x", "-confg"},
		{"serve a.yaml b.yaml", `"b.yaml"`},
		{"check", "needs -config FILE"},
		{"check -config " + path + " other.yaml", `"other.yaml"`},
		{"token -agent jonas", "needs -config FILE"},
		{"token -config " + path, "-agent ID"},
		{"token -config " + path + " -agent jonas -name Jonas Weber", `"Weber"`},
		{"token -config " + path + " -agent jonas -roles agnt", `"agnt" is neither agent nor supervisor`},
		{"token -config " + path + " -agent jonas -for 13h", "12h"},
		{"token -config " + path + " -agent jonas -for 8", "want a time such as"},
		{"replay", "needs a file"},
		{"simulate -talk 3", "want a time such as"},
		{"simulate -talk 0s", "-talk"},
		{"simulate -patience -1s", "want a time such as"},
		{"simulate -strategy longest-idle,fastest", `"fastest" is none of longest-idle, `},
		{"simulate -goal 80", "80/20s"},
		{"demo -http 8080", "127.0.0.1:8080"},
		{"demo -sip localhost", "127.0.0.1:5070"},
		{"demo -admin 192.0.2.1:9090", "loopback"},
		{"demo now", `"now"`},
	} {
		out, err := offhook(t, strings.Fields(row.args)...)
		if exitCode(err) != 2 || !strings.Contains(err.Error(), row.want) || !strings.Contains(err.Error(), "offhook ") {
			t.Errorf("offhook %s: status %d, %v; want %q", row.args, exitCode(err), err, row.want)
		}
		if out != "" {
			t.Errorf("offhook %s prints\n%s", row.args, out)
		}
	}
	if _, err := offhook(t, "check", "gone.yaml"); exitCode(err) != 1 {
		t.Errorf("a file that is not there: status %d, %v", exitCode(err), err)
	}
}

// Help is no mistake, in whatever way it is asked for.
func TestHelp(t *testing.T) {
	for _, c := range commands() {
		for _, args := range [][]string{{c.name, "-h"}, {c.name, "--help"}, {"help", c.name}} {
			if out, err := offhook(t, args...); err != nil || !strings.Contains(out, "Usage: offhook "+c.name) {
				t.Errorf("%v: %v\n%s", args, err, out)
			}
		}
	}
	for _, arg := range []string{"help", "-h", "--help"} {
		if out, err := offhook(t, arg); err != nil || !strings.Contains(out, "simulate") {
			t.Errorf("%s: %v\n%s", arg, err, out)
		}
	}
	if out, err := offhook(t, "--version"); err != nil || !strings.HasPrefix(out, "offhook ") {
		t.Errorf("--version: %v\n%s", err, out)
	}
}

// A command that counts is ended by the first signal, as any program is. SIGINT would be ignored where the tests run in the background of a shell.
func TestASignalEndsACommand(t *testing.T) {
	if os.Getenv("OFFHOOK_TEST_MAIN") != "" {
		os.Args = []string{"offhook", "simulate", "-count", "50000000", "-svg", os.Getenv("OFFHOOK_TEST_MAIN")}
		main()
		return
	}
	svg := t.TempDir() + "/curve.svg"
	c := exec.Command(os.Args[0], "-test.run", "^TestASignalEndsACommand$")
	c.Env = append(os.Environ(), "OFFHOOK_TEST_MAIN="+svg)
	c.Stdout, c.Stderr = new(bytes.Buffer), new(bytes.Buffer)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the simulation", func() bool { _, err := os.Stat(svg); return err == nil })
	if err := c.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	select {
	case err := <-ended:
		var status *exec.ExitError
		if !errors.As(err, &status) || status.Sys().(syscall.WaitStatus).Signal() != syscall.SIGTERM {
			t.Errorf("it ended with %v", err)
		}
	case <-time.After(60 * time.Second):
		_ = c.Process.Kill()
		t.Error("it goes on after SIGTERM")
	}
}
