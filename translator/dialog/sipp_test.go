package dialog

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// TestSipp lets sipp make fifty calls of each kind: answered, hung up from either side, cancelled, refused.
func TestSipp(t *testing.T) {
	sipp, err := exec.LookPath("sipp")
	if err != nil {
		if os.Getenv("OFFHOOK_CI") == "1" {
			t.Fatal("sipp is not installed")
		}
		t.Skip("sipp is not installed")
	}
	for _, c := range []struct{ scenario, number string }{
		{"uac-answer", "answer"}, {"uac-caller-hangs-up", "answer"}, {"uac-callee-hangs-up", "hangup"}, {"uac-cancel", "ring"}, {"uac-refused", "busy"},
	} {
		t.Run(c.scenario, func(t *testing.T) {
			o := newOffice(t, byNumber)
			sippRun(t, sipp, o.e.Addr().String(), c.scenario, c.number)
			if s := o.e.Stats(); s.Calls != 50 || s.Panics != 0 || s.Malformed != 0 {
				t.Errorf("stats %+v", s)
			}
			o.await(t, "all dialogs gone", func() bool { return o.e.Dialogs() == 0 && o.e.Stats().Transactions == 0 })
		})
	}
}

// byNumber is a handler that does what the called number says.
func byNumber(c *liveCall) {
	switch c.in.To.User {
	case "answer":
		answerAtOnce(c)
	case "ring":
		c.step(Ring{})
	case "busy":
		c.step(Reject{Status: 486, Q850: 17})
	case "hangup":
		answerAtOnce(c)
		c.step(Hangup{Q850: 16}) // waits for the ACK
	}
}

// TestSippTCP is the same over one connection.
func TestSippTCP(t *testing.T) {
	sipp, err := exec.LookPath("sipp")
	if err != nil {
		if os.Getenv("OFFHOOK_CI") == "1" {
			t.Fatal("sipp is not installed")
		}
		t.Skip("sipp is not installed")
	}
	for _, c := range []struct{ scenario, number string }{{"uac-answer", "answer"}, {"uac-callee-hangs-up", "hangup"}, {"uac-cancel", "ring"}, {"uac-refused", "busy"}} {
		t.Run(c.scenario, func(t *testing.T) {
			o := newOffice(t, byNumber, listenOn(Listener{Network: TCP}), func(c *Config) { c.Trunks[0].NAT = true })
			sippRun(t, sipp, o.addrOn(TCP).String(), c.scenario, c.number, "-t", "t1")
			if s := o.e.Stats(); s.Calls != 50 || s.Panics != 0 || s.Malformed != 0 || s.Strangers != 0 {
				t.Errorf("stats %+v", s)
			}
			o.await(t, "all dialogs gone", func() bool { return o.e.Dialogs() == 0 && o.e.Stats().Transactions == 0 })
		})
	}
}

func sippRun(t *testing.T, sipp, to, scenario, number string, more ...string) {
	t.Helper()
	file, err := filepath.Abs(filepath.Join("..", "..", "testdata", "sipp", scenario+".xml"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(context.Background(), 2*time.Minute)
	defer stop()
	args := append([]string{to, "-sf", file, "-s", number, "-m", "50", "-r", "50", "-l", "50", "-d", "200",
		"-i", "127.0.0.1", "-mi", "127.0.0.1", "-mp", strconv.Itoa(20000), "-nostdin", "-buff_size", "4000000", "-trace_err"}, more...)
	cmd := exec.CommandContext(ctx, sipp, args...)
	cmd.Dir = t.TempDir()
	if out, err := cmd.CombinedOutput(); err != nil {
		errs, _ := filepath.Glob(filepath.Join(cmd.Dir, "*errors.log"))
		for _, e := range errs {
			b, _ := os.ReadFile(e)
			t.Logf("%s", b[:min(len(b), 2000)])
		}
		t.Fatalf("sipp: %v\n%s", err, out[max(0, len(out)-1500):])
	}
}
