// Package interop places calls through real PBXs that are configured as the pages in docs say: the tests take the configuration files out
// of the page's text, change the addresses to loopback ones, and change nothing else. A page that is wrong fails.
//
// The PBX stands where it stands in the field: a carrier calls it, it calls offhook, and an agent answers. Tones tell whether sound passes
// all the way, both ways.
//
// make interop fetches Asterisk from Debian's unstable suite (unpack-asterisk), and runs the tests with OFFHOOK_INTEROP set to the folder.
// Without it only those tests run that need no PBX.
package interop

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"offhook/internal/harness"
)

// program is the offhook that is tested; pbx the Asterisk that all tests share, nil if they are not wanted.
var (
	program string
	pbx     *asterisk
	net0    = loopbackNetwork()
)

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(run(m))
}

func run(m *testing.M) int {
	root := os.Getenv("OFFHOOK_INTEROP")
	if root == "" {
		return m.Run()
	}
	dir, err := os.MkdirTemp("", "offhook-interop-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	program = os.Getenv("OFFHOOK_PROGRAM") // one that is tested by hand
	if program == "" {
		program = filepath.Join(dir, "offhook")
		if err := harness.Build(program); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	blocks, err := parsePage("asterisk.md")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if pbx, err = startAsterisk(ctx, root, filepath.Join(dir, "asterisk"), blocks, net0); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer pbx.stop()
	return m.Run()
}

// A network maps the addresses of the pages, which are reserved for documentation (RFC 5737), to loopback ones.
type network struct{ second int }

// loopbackNetwork is a network that other runs on this machine do not use, most likely.
func loopbackNetwork() network {
	if os.Getenv("OFFHOOK_RECORD") != "" {
		return network{100} // the captures shall look alike
	}
	return network{64 + os.Getpid()%150}
}

// fit puts the network's addresses in the place of those of a page.
func (n network) fit(text string) string {
	return strings.NewReplacer(
		"127.0.0.1", fmt.Sprintf("127.%d.0.1", n.second),
		"192.0.2.", fmt.Sprintf("127.%d.2.", n.second),
		"198.51.100.", fmt.Sprintf("127.%d.100.", n.second),
	).Replace(text)
}
