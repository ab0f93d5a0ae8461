package harness

import (
	"context"
	_ "embed"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

//go:embed kamailio.cfg
var kamailioConfig []byte

// Realm and Password are what a kamailio with digest wants; the user is whoever asks.
const (
	Realm    = "offhook.test"
	Password = "secret"
)

// Kamailio is how a proxy is set up that puts itself into every route (Record-Route).
type Kamailio struct {
	// Addr is its address over UDP and TCP; port 0 takes a free one.
	Addr netip.AddrPort
	// Offhook gets the calls to 1xx and 2xx; Callee those to numbers that nobody has registered.
	Offhook, Callee netip.AddrPort
	// Digest lets nobody register and nobody call without a password.
	Digest bool
	// TLS adds a listener over TLS on the next port, with a certificate of this authority; nil: none.
	TLS *Authority
}

// A Proxy is a running kamailio.
type Proxy struct {
	*Process
	// Addr is its address.
	Addr netip.AddrPort
}

// Start starts the proxy, and waits until it listens.
func (k Kamailio) Start(t testing.TB) *Proxy {
	t.Helper()
	path, dir := Need(t, "kamailio")[0], t.TempDir()
	k.Addr = claimed(t, k.Addr)
	if !k.Callee.IsValid() {
		k.Callee = k.Offhook
	}
	file := filepath.Join(dir, "kamailio.cfg")
	if err := os.WriteFile(file, kamailioConfig, 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{
		"-f", file, "-DD", "-E", "-m", "32", "-M", "8", "-w", dir, "-Y", dir, "-P", filepath.Join(dir, "pid"),
		"-l", "udp:" + k.Addr.String(), "-l", "tcp:" + k.Addr.String(),
		"-A", fmt.Sprintf(`OFFHOOK="sip:%s"`, k.Offhook), "-A", fmt.Sprintf(`CALLEE="sip:%s"`, k.Callee),
	}
	if k.Digest {
		args = append(args, "-A", "WITH_AUTH")
	}
	if k.TLS != nil {
		if module, _ := filepath.Glob("/usr/lib/*/kamailio/modules/tls.so"); len(module) == 0 {
			Missing(t, "kamailio's TLS module is not installed")
		}
		tls := netip.AddrPortFrom(k.Addr.Addr(), k.Addr.Port()+1)
		certificate, key := k.TLS.Files(t, "pbx.example", k.Addr.Addr().String())
		args = append(args, "-l", "tls:"+tls.String(), "-A", "WITH_TLS", "-A", fmt.Sprintf("CERTIFICATE=%q", certificate),
			"-A", fmt.Sprintf("PRIVATE_KEY=%q", key), "-A", fmt.Sprintf("AUTHORITY=%q", k.TLS.File(t)))
	}
	p := &Proxy{Process: Start(t, exec.Command(path, args...)), Addr: k.Addr}
	p.name = "kamailio"
	p.listens()
	return p
}

// listens waits until the proxy takes connections.
func (p *Proxy) listens() {
	p.t.Helper()
	ctx := Patiently(p.t)
	var d net.Dialer
	for {
		if c, err := d.DialContext(ctx, "tcp", p.Addr.String()); err == nil {
			_ = c.Close()
			return
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-p.ended:
			p.t.Fatalf("kamailio ended: %v\n%s", p.cmd.ProcessState, p.Log)
		case <-ctx.Done():
			p.t.Fatal(context.Cause(ctx), ": kamailio does not listen")
		}
	}
}
