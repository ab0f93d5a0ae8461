package harness

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
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

// baresipModules is where Debian has them.
const baresipModules = "/usr/lib/baresip/modules"

// Baresip is how a baresip is set up. The zero value is a phone on Loopback that can call and be called over UDP.
type Baresip struct {
	// Addr is its SIP address; port 0 takes a free one.
	Addr netip.AddrPort
	// User is its name, "" for mara; Domain the host of its own address, "" for Addr's.
	User, Domain string
	// Account are parameters of its account, as baresip writes them: ";auth_pass=secret;regint=60".
	Account string
	// Tone is what it says in Hz, 0 for CallerTone.
	Tone float64
	// Codecs are its codecs, "" for PCMA.
	Codecs string
	// Config are further lines of its configuration, Modules further modules.
	Config, Modules []string
}

// A Softphone is a running baresip. It says a tone and records what it hears.
type Softphone struct {
	*Process
	// Addr is its SIP address over UDP and TCP; over TLS it has the next port.
	Addr netip.AddrPort
	rtp  int // the first of its ports for RTP
	dir  string
	ctrl string
}

// Hears is the filter of a [Wire] that lets pass what the phone hears.
func (p *Softphone) Hears() string {
	return fmt.Sprintf("udp dst portrange %d-%d and dst host %s", p.rtp, p.rtp+block-1, p.Addr.Addr())
}

// Sends is the filter of a [Wire] that lets pass what the phone says.
func (p *Softphone) Sends() string {
	return fmt.Sprintf("udp src portrange %d-%d and src host %s", p.rtp, p.rtp+block-1, p.Addr.Addr())
}

// TLS is the phone's address over TLS, if it has a certificate.
func (p *Softphone) TLS() netip.AddrPort { return netip.AddrPortFrom(p.Addr.Addr(), p.Addr.Port()+1) }

// Start starts the phone and waits until it takes commands.
func (b Baresip) Start(t testing.TB) *Softphone {
	t.Helper()
	path := Need(t, "baresip")[0]
	if _, err := os.Stat(baresipModules); err != nil {
		Missing(t, "baresip's modules are not in "+baresipModules)
	}
	b.Addr = claimed(t, b.Addr)
	p := &Softphone{Addr: b.Addr, rtp: FreeUDP(t), dir: t.TempDir(), ctrl: fmt.Sprintf("127.0.0.1:%d", FreeTCP(t))}
	if b.Tone == 0 {
		b.Tone = CallerTone
	}
	WriteWAV(t, filepath.Join(p.dir, "tone.wav"), load.Sine(b.Tone, -12).Samples(30*load.Rate))
	for name, text := range map[string]string{"config": b.config(p), "accounts": b.account(), "contacts": ""} {
		if err := os.WriteFile(filepath.Join(p.dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(path, "-f", p.dir)
	cmd.Dir = p.dir
	p.Process = Start(t, cmd)
	p.name = "baresip"
	p.Says(Patiently(t), "baresip is ready")
	return p
}

func (b Baresip) config(p *Softphone) string {
	text := fmt.Sprintf(`sip_listen %s
net_interface %s
audio_source aufile,%s
audio_player aubridge,nobody
audio_alert aubridge,nobody
audio_channels 1
rtp_ports %d-%d
module_path %s
module g711.so
module aufile.so
module aubridge.so
module sndfile.so
`, p.Addr, p.Addr.Addr(), filepath.Join(p.dir, "tone.wav"), p.rtp, p.rtp+block-1, baresipModules)
	for _, m := range b.Modules {
		text += "module " + m + ".so\n"
	}
	return text + fmt.Sprintf(`module_app account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen %s
snd_path %s
`, p.ctrl, p.dir) + strings.Join(b.Config, "\n") + "\n"
}

func (b Baresip) account() string {
	user, domain, codecs := b.User, b.Domain, b.Codecs
	if user == "" {
		user = "mara"
	}
	if domain == "" {
		domain = b.Addr.String()
	}
	if codecs == "" {
		codecs = "PCMA"
	}
	account := b.Account
	if !strings.Contains(account, "regint") {
		account += ";regint=0"
	}
	return fmt.Sprintf("<sip:%s@%s>%s;audio_codecs=%s\n", user, domain, account, codecs)
}

// Do gives the phone a command of its menu: dial, accept, hangup, hold, resume, transfer, sndcode.
func (p *Softphone) Do(command, params string) {
	p.t.Helper()
	conn, err := net.DialTimeout("tcp", p.ctrl, Patience)
	if err != nil {
		p.t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(Patience))
	frame, err := json.Marshal(map[string]string{"command": command, "params": params})
	if err != nil {
		p.t.Fatal(err)
	}
	// A command is a netstring: its length, a colon, itself, a comma. So are the reply and the events that come before it.
	if _, err := conn.Write([]byte(strconv.Itoa(len(frame)) + ":" + string(frame) + ",")); err != nil {
		p.t.Fatal(err)
	}
	var got strings.Builder
	for buffer := make([]byte, 4096); !strings.Contains(got.String(), `"response":true`); {
		n, err := conn.Read(buffer)
		got.Write(buffer[:n])
		if err != nil {
			p.t.Fatalf("baresip %s %s: %v after %q", command, params, err, got.String())
		}
	}
	if strings.Contains(got.String(), `"ok":false`) {
		p.t.Fatalf("baresip %s %s: %s", command, params, got.String())
	}
}

// Established waits until the phone's nth call is up, counted from 1.
func (p *Softphone) Established(ctx context.Context, n int) {
	p.t.Helper()
	p.SaysTimes(ctx, "Call established", n)
}

// Recordings are what the phone heard, call by call. The last one is whole only after Stop.
func (p *Softphone) Recordings() (calls [][]int16) {
	p.t.Helper()
	files, err := filepath.Glob(filepath.Join(p.dir, "dump-*-dec.wav"))
	if err != nil {
		p.t.Fatal(err)
	}
	for _, f := range files {
		calls = append(calls, ReadWAV(p.t, f))
	}
	return calls
}

// Heard fails the test unless the phone heard a tone of hz in one of its calls. It stops the phone, which completes its recordings.
func (p *Softphone) Heard(hz float64) {
	p.t.Helper()
	p.Stop()
	best := 0.0
	for _, pcm := range p.Recordings() {
		best = max(best, LoudestShare(pcm, hz))
	}
	if best < 0.8 {
		p.t.Errorf("%.0f Hz makes %.2f of the best 100 ms that baresip recorded", hz, best)
	}
}

// LoudestShare is the greatest share of hz in any 100 ms.
func LoudestShare(pcm []int16, hz float64) (best float64) {
	const window = load.Rate / 10
	for ; len(pcm) >= window; pcm = pcm[window:] {
		best = max(best, load.Share(pcm[:window], hz))
	}
	return best
}
