package e2e

import (
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
)

// sipp runs a scenario of testdata/sipp against the gateway and waits for its end. It fails the test unless every call went as
// the scenario says.
func sipp(ctx context.Context, t *testing.T, server *server, scenario, number string, options ...string) {
	t.Helper()
	if output, err := runSipp(ctx, t, server, scenario, number, options...); err != nil {
		t.Errorf("sipp %s: %s", scenario, exited(err, output))
	}
}

func runSipp(ctx context.Context, t *testing.T, server *server, scenario, number string, options ...string) ([]byte, error) {
	t.Helper()
	path := need(t, "sipp")[0]
	file, err := filepath.Abs(filepath.Join("testdata", "sipp", scenario))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	args := []string{
		server.sip.String(), "-sf", file, "-s", number, "-i", loopback.String(), "-p", strconv.Itoa(freeUDP(t)),
		"-mi", loopback.String(), "-mp", strconv.Itoa(freeUDP(t)), "-buff_size", "4000000", "-nostdin",
		"-trace_err", "-error_file", filepath.Join(dir, "errors.log"),
	}
	command := exec.CommandContext(ctx, path, append(args, options...)...)
	command.Dir = dir
	output, err := command.CombinedOutput()
	if log, failed := os.ReadFile(filepath.Join(dir, "errors.log")); failed == nil {
		output = append(output, log...)
	}
	return output, err
}

// freeUDP is a port that was free a moment ago, even, with a free one after it.
func freeUDP(t *testing.T) int {
	t.Helper()
	for range 100 {
		conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: loopback.AsSlice()})
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
