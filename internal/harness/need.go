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

// given are the ports that FreeUDP has given out in this run of the tests.
var given sync.Map

// block is how many ports a program may take from a given one on: sipp has RTP for sound and for pictures there.
const block = 4

// FreeUDP is a port that was free a moment ago over UDP, and that this run of the tests has not given out before: an even one, and the three after
// it are as free.
func FreeUDP(t testing.TB) int {
	t.Helper()
	for range 1000 {
		port, ok := freeBlock()
		if ok {
			return port
		}
	}
	t.Fatal("no four ports are free")
	return 0
}

func freeBlock() (first int, ok bool) {
	port, ok := listens(0)
	if !ok {
		return 0, false
	}
	first = port / block * block
	if _, taken := given.LoadOrStore(first, true); taken {
		return 0, false
	}
	for p := first; p < first+block; p++ {
		if _, ok := listens(p); !ok {
			return 0, false
		}
	}
	return first, true
}

// listens reports whether a port of Loopback may be listened on, and which one that is if 0 is asked for.
func listens(port int) (int, bool) {
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(Loopback, uint16(port))))
	if err != nil {
		return 0, false
	}
	defer conn.Close()
	return conn.LocalAddr().(*net.UDPAddr).Port, true
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
