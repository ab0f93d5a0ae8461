package harness

import (
	"bytes"
	"context"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// A Process is a program that runs until its test ends. Its methods are safe for any goroutine, but those that fail the test belong to
// the test's own.
type Process struct {
	// Log is what the program writes, errors included.
	Log   *Log
	t     testing.TB
	name  string
	cmd   *exec.Cmd
	ended chan struct{} // closed when the program has ended
}

// stopWithin is how long a program may take to end. A phone that is killed leaves no whole recording.
const stopWithin = 20 * time.Second

// Start starts a program. When the test ends it gets SIGTERM and, if it is still there after twenty seconds, SIGKILL; what it wrote is shown
// if the test has failed.
func Start(t testing.TB, cmd *exec.Cmd) *Process {
	t.Helper()
	p := &Process{Log: &Log{}, t: t, name: cmd.Args[0], cmd: cmd, ended: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = p.Log, p.Log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // so that what it starts itself can be ended with it
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.ended)
		_ = cmd.Wait()
		p.Log.end()
	}()
	t.Cleanup(func() {
		p.Stop()
		if t.Failed() {
			t.Logf("%s:\n%s", p.name, p.Log)
		}
	})
	return p
}

// Ended is closed when the program has ended.
func (p *Process) Ended() <-chan struct{} { return p.ended }

// PID is the program's process id.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Signal sends a signal. One that comes too late does nothing.
func (p *Process) Signal(s syscall.Signal) { _ = p.cmd.Process.Signal(s) }

// Stop asks the program to end, kills it if it does not within twenty seconds, and returns when it is gone. A second call does nothing.
func (p *Process) Stop() {
	p.Signal(syscall.SIGTERM)
	select {
	case <-p.ended:
	case <-time.After(stopWithin):
		p.Kill()
	}
}

// Kill ends the program and what it has started without a word, as a crash does, and returns when they are gone.
func (p *Process) Kill() {
	_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
	<-p.ended
}

// Says waits until the program has written a line with this in it, at first or later.
func (p *Process) Says(ctx context.Context, text string) {
	p.t.Helper()
	p.SaysTimes(ctx, text, 1)
}

// SaysTimes is Says for a text that comes n times.
func (p *Process) SaysTimes(ctx context.Context, text string, n int) {
	p.t.Helper()
	if !p.Log.WaitCount(ctx, text, n) {
		p.t.Fatalf("%s did not say %q %d times but:\n%s", p.name, text, n, p.Log)
	}
}

// A Log keeps what a program writes. The zero Log is ready, and safe for any goroutine.
type Log struct {
	mu      sync.Mutex
	buffer  bytes.Buffer
	ended   bool
	changed chan struct{} // closed at the next change; nil until somebody waits
}

// Write keeps text.
func (l *Log) Write(text []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tell()
	return l.buffer.Write(text)
}

// tell wakes those who wait. The lock is held.
func (l *Log) tell() {
	if l.changed != nil {
		close(l.changed)
		l.changed = nil
	}
}

func (l *Log) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended = true
	l.tell()
}

// String is all that was written.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buffer.String()
}

// Count is how often a text was written.
func (l *Log) Count(text string) int { return strings.Count(l.String(), text) }

// Wait waits until a text was written, and reports whether it was. It gives up when ctx or the program ends.
func (l *Log) Wait(ctx context.Context, text string) bool {
	return l.WaitCount(ctx, text, 1)
}

// WaitCount waits until a text was written so often, and reports whether it was.
func (l *Log) WaitCount(ctx context.Context, text string, n int) bool {
	for {
		l.mu.Lock()
		if l.changed == nil {
			l.changed = make(chan struct{})
		}
		found, ended, changed := bytes.Count(l.buffer.Bytes(), []byte(text)) >= n, l.ended, l.changed
		l.mu.Unlock()
		switch {
		case found:
			return true
		case ended:
			return false
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return false
		}
	}
}
