package harness

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// Loopback is the address of everything that has no other.
var Loopback = netip.MustParseAddr("127.0.0.1")

// Need gives the paths of programs. It skips the test if one of them is not installed.
func Need(t testing.TB, names ...string) []string {
	t.Helper()
	var paths []string
	for _, name := range names {
		path, err := exec.LookPath(name)
		if err != nil {
			Missing(t, name+" is not installed")
		}
		paths = append(paths, path)
	}
	return paths
}

// Missing skips the test, or fails it where nothing may be missing.
func Missing(t testing.TB, what string) {
	t.Helper()
	if os.Getenv("OFFHOOK_CI") != "" {
		t.Fatal(what + "; make test installs what is missing")
	}
	t.Skip(what)
}

// Exited tells how a program ended, for a message: its exit code and the last of what it said.
func Exited(err error, output []byte) string {
	text := strings.TrimSpace(string(output))
	if len(text) > 4000 {
		text = "…" + text[len(text)-4000:]
	}
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return fmt.Sprintf("exit code %d\n%s", exit.ExitCode(), text)
	}
	return fmt.Sprintf("%v\n%s", err, text)
}

// Within is a context that ends with the test, or after d.
func Within(t testing.TB, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

// FreeUDP is a port of an address that was free a moment ago over UDP: an even one, so that RTP may have it.
func FreeUDP(t testing.TB) int {
	t.Helper()
	for range 100 {
		conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(Loopback, 0)))
		if err != nil {
			t.Fatal(err)
		}
		port := conn.LocalAddr().(*net.UDPAddr).Port
		_ = conn.Close()
		if port%2 == 0 {
			return port
		}
	}
	t.Fatal("no even port is free")
	return 0
}

// FreeTCP is a port that was free a moment ago over TCP.
func FreeTCP(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", netip.AddrPortFrom(Loopback, 0).String())
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}
