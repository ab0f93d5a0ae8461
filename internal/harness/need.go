package harness

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"sync"
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

// given are the ports that this run of the tests has given out.
var given sync.Map

// block is how many ports a program may take from a given one on: sipp has RTP for sound and for pictures there, baresip SIP over TLS.
const block = 4

// The ports that are given out lie below those that systems choose for connections going out (Linux: 32768), which come and go at any time.
const firstPort, lastPort = 26000, 32000

// FreeUDP is a port that was free a moment ago over UDP and TCP, and that this run of the tests has not given out before: an even one, and the
// three after it are as free.
func FreeUDP(t testing.TB) int {
	t.Helper()
	for range 10_000 {
		first := firstPort + rand.IntN((lastPort-firstPort)/block)*block
		if _, taken := given.LoadOrStore(first, true); !taken && freeBlock(first) {
			return first
		}
	}
	t.Fatal("no four ports are free")
	return 0
}

// FreeTCP is FreeUDP for who wants a port for TCP.
func FreeTCP(t testing.TB) int {
	t.Helper()
	return FreeUDP(t)
}

func freeBlock(first int) bool {
	for p := first; p < first+block; p++ {
		if !free(netip.AddrPortFrom(Loopback, uint16(p))) {
			return false
		}
	}
	return true
}

// free reports whether a port may be listened on.
func free(at netip.AddrPort) bool {
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(at))
	if err != nil {
		return false
	}
	defer conn.Close()
	l, err := net.Listen("tcp", at.String())
	if err != nil {
		return false
	}
	_ = l.Close()
	return true
}
