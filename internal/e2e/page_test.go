package e2e

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"offhook/internal/harness"
	"offhook/internal/load"
)

// A page is one page in one browser, driven by browser/driver.mjs.
type page struct {
	t       *testing.T
	command *exec.Cmd
	input   io.WriteCloser
	output  *bufio.Scanner
	name    string
	tone    int // what its microphone hears, in Hz
}

type pageConfig struct {
	Browser    string `json:"browser"`
	Executable string `json:"executable"`
	WAV        string `json:"wav"`
	Tone       int    `json:"tone"`
	Shots      string `json:"shots"`
}

// openPage starts a browser with a microphone that hears AgentTone, and opens the page.
func openPage(t *testing.T, browser, url string) *page {
	t.Helper()
	p := startBrowser(t, browser, harness.AgentTone)
	p.started()
	p.do("open", args{"url": url})
	return p
}

// startBrowser starts a browser with a microphone that hears a tone, in Hz, and does not wait for it.
func startBrowser(t *testing.T, browser string, tone int) *page {
	t.Helper()
	node := harness.Need(t, "node")[0]
	executable := browserPath(t, browser)
	if _, err := os.Stat("../../crm-widget/node_modules/puppeteer-core"); err != nil {
		harness.Missing(t, "puppeteer-core is not installed (npm ci in crm-widget)")
	}
	if err := os.MkdirAll(shots, 0o755); err != nil {
		t.Fatal(err)
	}
	config, err := json.Marshal(pageConfig{browser, executable, toneFile(t, tone), tone, shots})
	if err != nil {
		t.Fatal(err)
	}
	p := &page{t: t, name: browser, tone: tone, command: exec.Command(node, filepath.Join("browser", "driver.mjs"), string(config))}
	p.command.Stderr = &testLog{t: t, prefix: browser}
	p.command.WaitDelay = 5 * time.Second // a browser that outlives its driver holds the pipe
	p.start()
	t.Cleanup(p.close)
	return p
}

// started waits for the browser.
func (p *page) started() {
	p.t.Helper()
	var version string
	p.reply("start", &version)
	p.t.Logf("%s is %s", p.name, version)
}

func browserPath(t *testing.T, browser string) string {
	t.Helper()
	if browser == "firefox" {
		if path, err := exec.LookPath("firefox-esr"); err == nil {
			return path
		}
	}
	return harness.Need(t, browser)[0]
}

func (p *page) start() {
	p.t.Helper()
	input, err := p.command.StdinPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	output, err := p.command.StdoutPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	if err := p.command.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.input, p.output = input, bufio.NewScanner(output)
	p.output.Buffer(nil, 1<<20)
}

// in is the page for a subtest, which its failures belong to; nil of nil.
func (p *page) in(t *testing.T) *page {
	if p == nil {
		return nil
	}
	part := *p
	part.t = t
	return &part
}

// args are a command's arguments.
type args map[string]any

// do gives the driver a command and fails the test unless it succeeds.
func (p *page) do(what string, a args) {
	p.t.Helper()
	p.ask(what, a, nil)
}

// ask is do for a command that gives a value.
func (p *page) ask(what string, a args, value any) {
	p.t.Helper()
	frame := args{"do": what}
	for name, v := range a {
		frame[name] = v
	}
	line, err := json.Marshal(frame)
	if err != nil {
		p.t.Fatal(err)
	}
	if _, err := p.input.Write(append(line, '\n')); err != nil {
		p.t.Fatalf("%s: %s: %v", p.name, what, err)
	}
	p.reply(what, value)
}

func (p *page) reply(what string, value any) {
	p.t.Helper()
	if !p.output.Scan() {
		p.t.Fatalf("%s: %s: the driver ended: %v", p.name, what, p.output.Err())
	}
	var reply struct {
		OK    bool
		Error string
		Value json.RawMessage
	}
	if err := json.Unmarshal(p.output.Bytes(), &reply); err != nil {
		p.t.Fatalf("%s: %s: %v: %s", p.name, what, err, p.output.Bytes())
	}
	if !reply.OK {
		p.shotOfFailure()
		p.t.Fatalf("%s: %s: %s", p.name, what, reply.Error)
	}
	if value == nil {
		return
	}
	if err := json.Unmarshal(reply.Value, value); err != nil {
		p.t.Fatalf("%s: %s: %v", p.name, what, err)
	}
}

func (p *page) shotOfFailure() {
	name := "failed-" + strings.ReplaceAll(p.t.Name(), "/", "-")
	fmt.Fprintf(p.input, `{"do":"shot","name":%q}`+"\n", name)
	p.output.Scan()
}

// shot keeps a picture of the page.
func (p *page) shot(name string) {
	p.t.Helper()
	p.do("shot", args{"name": p.name + "-" + name})
}

func (p *page) close() {
	_ = p.input.Close() // the driver closes the browser when its input ends
	for delay, signal := range map[time.Duration]syscall.Signal{10 * time.Second: syscall.SIGTERM, 15 * time.Second: syscall.SIGKILL} {
		timer := time.AfterFunc(delay, func() { _ = p.command.Process.Signal(signal) })
		defer timer.Stop()
	}
	_ = p.command.Wait()
}

// toneFile writes what Chromium's microphone hears: pulses of a tone, since noise suppression takes an endless one for noise.
func toneFile(t *testing.T, hz int) string {
	t.Helper()
	const rate = load.Rate
	on, off := load.Sine(float64(hz), -12).Samples(rate*3/10), make([]int16, rate/10)
	var pcm []int16
	for range 25 { // ten seconds, which go round
		pcm = append(append(pcm, on...), off...)
	}
	name := filepath.Join(t.TempDir(), "tone.wav")
	harness.WriteWAV(t, name, pcm)
	return name
}

// testLog writes a program's lines into the test's log.
type testLog struct {
	t      *testing.T
	prefix string
}

// Write logs.
func (l *testLog) Write(text []byte) (int, error) {
	for line := range strings.Lines(string(text)) {
		l.t.Logf("%s: %s", l.prefix, strings.TrimRight(line, "\n"))
	}
	return len(text), nil
}
