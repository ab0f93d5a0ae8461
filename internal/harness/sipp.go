package harness

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"offhook/internal/load"
)

// Sipp is a sipp that plays one scenario: a caller, or, where To is the zero value, one who waits to be called.
type Sipp struct {
	// Scenario is the file.
	Scenario string
	// From is its own address; port 0 takes a free one. To is where its requests go. Number is whom it calls.
	From, To netip.AddrPort
	Number   string
	// Tone is what a scenario says that plays tone.alaw, in whole Hz; 0 for CallerTone.
	Tone int
	// Options are further ones of the command line.
	Options []string
}

// A SippRun is a scenario that is being played.
type SippRun struct {
	// Addr is the address that sipp has.
	Addr netip.AddrPort
	rtp  int
	t    testing.TB
	name string
	done chan struct{}
	out  Log
	err  error // once done
}

// Start starts sipp. Its RTP leaves from a free port of its address, and whatever comes is sent back if Options hold -rtp_echo.
func (s Sipp) Start(ctx context.Context, t testing.TB) *SippRun {
	t.Helper()
	path := Need(t, "sipp")[0]
	file, err := filepath.Abs(s.Scenario)
	if err != nil {
		t.Fatal(err)
	}
	s.From = claimed(t, s.From)
	dir, host, rtp := t.TempDir(), s.From.Addr().String(), FreeUDP(t)
	s.writeTone(t, dir)
	args := []string{
		"-sf", file, "-i", host, "-p", strconv.Itoa(int(s.From.Port())), "-mi", host, "-mp", strconv.Itoa(rtp),
		"-buff_size", "4000000", "-nostdin", "-trace_err", "-error_file", filepath.Join(dir, "errors.log"),
	}
	if s.To.IsValid() {
		args = append([]string{s.To.String(), "-s", s.Number}, args...)
	}
	r := &SippRun{Addr: s.From, rtp: rtp, t: t, name: filepath.Base(s.Scenario), done: make(chan struct{})}
	ctx, cancel := context.WithCancel(ctx)
	command := exec.CommandContext(ctx, path, append(args, s.Options...)...)
	command.Dir, command.Stdout, command.Stderr = dir, &r.out, &r.out
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(r.done)
		r.err = command.Wait()
		if log, err := os.ReadFile(filepath.Join(dir, "errors.log")); err == nil {
			_, _ = r.out.Write(log)
		}
	}()
	t.Cleanup(func() {
		cancel()
		<-r.done
	})
	if !s.To.IsValid() {
		r.listens()
	}
	return r
}

// writeTone writes a second of the tone, which goes round without a break, to where the scenario finds it.
func (s Sipp) writeTone(t testing.TB, dir string) {
	t.Helper()
	if s.Tone == 0 {
		s.Tone = CallerTone
	}
	coded := make([]byte, load.Rate)
	load.PCMA.Encode(coded, load.Sine(float64(s.Tone), -12).Samples(load.Rate))
	if err := os.WriteFile(filepath.Join(dir, "tone.alaw"), coded, 0o600); err != nil {
		t.Fatal(err)
	}
}

// Hears is the filter of a [Line] that lets pass what sipp hears.
func (r *SippRun) Hears() string {
	return fmt.Sprintf("udp dst port %d and dst host %s", r.rtp, r.Addr.Addr())
}

// listens waits until sipp has its port, so that it can be called. To try the port would be to take it away from sipp.
func (r *SippRun) listens() {
	r.t.Helper()
	ctx, ip := Patiently(r.t), r.Addr.Addr().As4()
	entry := fmt.Sprintf(" %02X%02X%02X%02X:%04X ", ip[3], ip[2], ip[1], ip[0], r.Addr.Port()) // as proc(5) has it, on machines of this kind
	for {
		table, err := os.ReadFile("/proc/net/udp")
		if err != nil {
			r.t.Fatal(err)
		}
		if strings.Contains(string(table), entry) {
			return
		}
		select {
		case <-time.After(10 * time.Millisecond):
		case <-r.done:
			r.Wait()
			r.t.FailNow()
		case <-ctx.Done():
			r.t.Fatalf("sipp %s does not listen", r.name)
		}
	}
}

// Result waits for the scenario's end. The error is nil if every call went as the scenario says; else output tells what did not.
func (r *SippRun) Result() (output []byte, err error) {
	<-r.done
	return []byte(r.out.String()), r.err
}

// Wait waits for the scenario's end, and fails the test unless every call went as it says.
func (r *SippRun) Wait() {
	r.t.Helper()
	if output, err := r.Result(); err != nil {
		r.t.Errorf("sipp %s: %s", r.name, Exited(err, output))
	}
}

// Run plays the scenario to its end, and fails the test unless every call went as it says.
func (s Sipp) Run(ctx context.Context, t testing.TB) {
	t.Helper()
	s.Start(ctx, t).Wait()
}
