package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"offhook/internal/harness"
)

// inNamespace is the address of the network namespace's interface.
const inNamespace = "10.99.0.1"

// inner is set in a run of the tests inside a network namespace.
const inner = "OFFHOOK_NAMESPACE"

// Firefox gathers no candidates on loopback. A network namespace with an interface of its own gives it an address that is the same on
// every machine and reaches nothing else. The tests run themselves again in there.
func TestFirefoxTakesCalls(t *testing.T) {
	t.Parallel()
	browserPath(t, "firefox")
	harness.Need(t, "ip", "unshare")
	flags := []string{"--net"}
	if os.Geteuid() != 0 {
		flags = append(flags, "--map-root-user")
	}
	if out, err := exec.Command("unshare", append(flags, "true")...).CombinedOutput(); err != nil {
		harness.Missing(t, "no network namespaces here: "+strings.TrimSpace(string(out)))
	}
	if err := os.MkdirAll(shots, 0o755); err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), "unshare", append(flags, os.Args[0], "-test.run=^TestInNamespace$", "-test.v", "-test.timeout=6m")...)
	command.Env = append(os.Environ(), inner+"=1", "OFFHOOK_PROGRAM="+program, "OFFHOOK_SHOTS="+shots)
	out, err := command.CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Error(err)
	}
}

func TestInNamespace(t *testing.T) {
	if os.Getenv(inner) == "" {
		t.Skip("a part of TestFirefoxTakesCalls")
	}
	for _, line := range []string{
		"ip link set lo up",
		"ip link add offhook0 type veth peer name offhook1",
		"ip address add " + inNamespace + "/24 dev offhook0",
		"ip link set offhook0 up",
		"ip link set offhook1 up",
		"ip route add default via 10.99.0.2",
	} {
		if err := shell(line); err != nil {
			t.Fatal(err)
		}
	}
	newOffice(t, takesCalls(t, "firefox"), nil).firefoxDay()
}

func shell(line string) error {
	words := strings.Fields(line)
	if out, err := exec.Command(words[0], words[1:]...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", line, err, out)
	}
	return nil
}
