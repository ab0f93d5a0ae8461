package interop

import (
	"context"
	"net"
	"os/exec"
	"path/filepath"
	"testing"
)

// need gives the path of a program, or skips the test where it is not installed.
func need(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skip(name + " is not installed")
	}
	return path
}

// A phone is a sipp that plays one scenario of testdata and sends back every RTP packet.
type phone struct {
	out  output
	done chan error
}

// startSipp plays a scenario from an address and port to another, calling support.
func startSipp(ctx context.Context, t *testing.T, sipp, scenario, from, to string) *phone {
	t.Helper()
	host, port, err := net.SplitHostPort(from)
	if err != nil {
		t.Fatal(err)
	}
	file, err := filepath.Abs(filepath.Join("testdata", scenario))
	if err != nil {
		t.Fatal(err)
	}
	p := &phone{done: make(chan error, 1)}
	command := exec.CommandContext(ctx, sipp, to, "-sf", file, "-s", support, "-i", host, "-p", port, "-mi", host, "-mp", "6000",
		"-rtp_echo", "-m", "1", "-nostdin", "-timeout", "50s", "-timeout_error")
	command.Dir = t.TempDir()
	command.Stdout, command.Stderr = &p.out, &p.out
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { p.done <- command.Wait() }()
	return p
}

// ends waits for the scenario's end, and fails the test unless all went as it says.
func (p *phone) ends(t *testing.T) {
	t.Helper()
	if err := <-p.done; err != nil {
		t.Errorf("sipp: %v\n%s", err, p.out.text())
	}
}
