package e2e

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"offhook/agent/protocol"
	"offhook/internal/load"
)

// baresipModules is where Debian has them.
const baresipModules = "/usr/lib/baresip/modules"

// A softphone is a running baresip, which plays callerTone and records what it hears.
type softphone struct {
	t       *testing.T
	dir     string
	command *exec.Cmd
	lines   chan string
}

func startBaresip(t *testing.T, server *server, number string) *softphone {
	t.Helper()
	path := need(t, "baresip")[0]
	if _, err := os.Stat(baresipModules); err != nil {
		missing(t, "baresip's modules are not in "+baresipModules)
	}
	p := &softphone{t: t, dir: t.TempDir(), lines: make(chan string, 1000)}
	writeWAV(t, filepath.Join(p.dir, "tone.wav"), load.Sine(callerTone, -12).Samples(30*load.Rate))
	p.write("config", fmt.Sprintf(`sip_listen 127.0.0.1:%d
net_interface 127.0.0.1
audio_source aufile,%s
audio_player aubridge,nobody
audio_alert aubridge,nobody
audio_channels 1
module_path %s
module g711.so
module aufile.so
module aubridge.so
module sndfile.so
module_app account.so
module_app menu.so
snd_path %s
`, freeUDP(t), filepath.Join(p.dir, "tone.wav"), baresipModules, p.dir))
	p.write("accounts", "<sip:mara@127.0.0.1>;regint=0;audio_codecs=PCMA\n")
	p.write("contacts", "")
	p.command = exec.Command(path, "-f", p.dir, "-e", "/dial sip:"+number+"@"+server.sip.String())
	p.start()
	return p
}

func (p *softphone) write(name, text string) {
	p.t.Helper()
	if err := os.WriteFile(filepath.Join(p.dir, name), []byte(text), 0o600); err != nil {
		p.t.Fatal(err)
	}
}

func (p *softphone) start() {
	p.t.Helper()
	out, in := io.Pipe()
	p.command.Stdout, p.command.Stderr, p.command.Dir = in, in, p.dir
	if err := p.command.Start(); err != nil {
		p.t.Fatal(err)
	}
	read := make(chan struct{})
	go func() {
		defer close(read)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			select {
			case p.lines <- lines.Text():
			default:
			}
		}
	}()
	p.t.Cleanup(func() {
		p.quit()
		_ = in.Close()
		<-read
	})
}

// quit ends baresip, which hangs up and completes its recordings.
func (p *softphone) quit() {
	if p.command.ProcessState != nil {
		return
	}
	_ = p.command.Process.Signal(syscall.SIGTERM)
	kill := time.AfterFunc(5*time.Second, func() { _ = p.command.Process.Kill() })
	defer kill.Stop()
	_ = p.command.Wait()
}

// says waits for a line of baresip's with this in it.
func (p *softphone) says(text string) {
	p.t.Helper()
	ctx := within(p.t, 15*time.Second)
	var seen []string
	for {
		select {
		case line := <-p.lines:
			if strings.Contains(line, text) {
				return
			}
			seen = append(seen, line)
		case <-ctx.Done():
			p.t.Fatalf("baresip did not say %q but:\n%s", text, strings.Join(seen, "\n"))
		}
	}
}

// recorded is what baresip heard.
func (p *softphone) recorded() []int16 {
	p.t.Helper()
	files, err := filepath.Glob(filepath.Join(p.dir, "dump-*-dec.wav"))
	if err != nil || len(files) != 1 {
		p.t.Fatalf("recordings: %v, %v", files, err)
	}
	return readWAV(p.t, files[0])
}

func TestBaresipCallsAndBothHear(t *testing.T) {
	t.Parallel()
	need(t, "baresip")
	s := newStage(t, load.Policy{After: 300 * time.Millisecond})
	phone := startBaresip(t, s.server, "100")
	e := s.wait("the call is connected", load.InPhase(protocol.PhaseConnected))
	phone.says("Call established")
	ctx := within(t, 15*time.Second)
	hears(ctx, t, "the agent", &s.agentEar, callerTone)
	heard := s.agentEar.Windows()
	for s.agentEar.Windows() < heard+10 { // a second in which baresip hears the agent
		if err := s.agentEar.Sound(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.agent.Hangup(ctx, e.Call); err != nil {
		t.Error(err)
	}
	phone.says("session closed")
	s.afterCall(protocol.CauseNormal, protocol.ByAgent)
	phone.quit()
	if share := loudestShare(phone.recorded(), pageTone); share < 0.8 {
		t.Errorf("the agent's tone makes %.2f of the best 100 ms that baresip recorded", share)
	}
}

// loudestShare is the greatest share of hz in any 100 ms.
func loudestShare(pcm []int16, hz float64) (best float64) {
	const window = load.Rate / 10
	for ; len(pcm) >= window; pcm = pcm[window:] {
		best = max(best, load.Share(pcm[:window], hz))
	}
	return best
}
