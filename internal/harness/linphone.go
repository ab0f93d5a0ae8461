package harness

import (
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Linphone is how a linphone is set up: a phone without sound hardware. It says nothing, and nobody hears what it hears.
type Linphone struct {
	// Addr is its SIP address over UDP; port 0 takes a free one.
	Addr netip.AddrPort
	// Config are further lines of its section [sip].
	Config []string
}

// A Linphonec is a running linphonec. Its Do are the commands of its prompt: call, answer, pause, resume, terminate, transfer.
type Linphonec struct {
	*Process
	Addr  netip.AddrPort
	input io.WriteCloser
}

// Start starts the phone and waits until it takes commands.
func (l Linphone) Start(t testing.TB) *Linphonec {
	t.Helper()
	path, dir := Need(t, "linphonec")[0], t.TempDir()
	l.Addr = claimed(t, l.Addr)
	config := fmt.Sprintf("[sip]\nsip_port=%d\nsip_tcp_port=0\nsip_tls_port=0\nbind_address=%s\nguess_hostname=0\ncontact=\"Lena\" <sip:lena@%s>\nuse_ipv6=0\n",
		l.Addr.Port(), l.Addr.Addr(), l.Addr.Addr())
	for _, line := range l.Config {
		config += line + "\n"
	}
	config += fmt.Sprintf("[rtp]\naudio_rtp_port=%d\nbind_address=%s\n"+
		"[video]\ncapture=0\ndisplay=0\nautomatically_initiate=0\nautomatically_accept=0\n", FreeUDP(t), l.Addr.Addr())
	file := filepath.Join(dir, "linphonerc")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, ".local", "share", "linphone"), 0o700); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, "-c", file)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "HOME="+dir)
	input, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	p := &Linphonec{Process: Start(t, cmd), Addr: l.Addr, input: input}
	p.name = "linphonec"
	ctx := Patiently(t)
	p.Says(ctx, "linphonec>")
	p.Do("soundcard use files")
	p.Says(ctx, "wav files instead")
	return p
}

// Do gives the phone a command, and waits until it has read it: of two lines that come at once it takes one.
func (p *Linphonec) Do(command string) {
	p.t.Helper()
	echo := command + "\n"
	n := p.Log.Count(echo)
	if _, err := io.WriteString(p.input, echo); err != nil {
		p.t.Fatal(err)
	}
	if !p.Log.WaitCount(Patiently(p.t), echo, n+1) {
		p.t.Fatalf("linphonec has not read %q:\n%s", command, p.Log)
	}
}
