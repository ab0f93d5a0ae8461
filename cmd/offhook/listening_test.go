package main

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"

	"offhook/internal/config"
)

// An address that is taken is told by the line of the setting that names it.
func TestATakenAddressIsToldByItsSetting(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	port := netip.MustParseAddrPort(taken.Addr().String()).Port()
	udp, err := net.ListenPacket("udp", taken.Addr().String())
	if err != nil {
		t.Skipf("no port is free in both: %v", err)
	}
	defer udp.Close()
	at := fmt.Sprintf("127.0.0.1:%d", port)
	for _, row := range []struct{ from, to, want string }{
		{`http: "127.0.0.1:0"`, fmt.Sprintf("http: %q", at), ":2:10: listen.http: " + at},
		{`"127.0.0.1:0", "127.0.0.2:0"`, fmt.Sprintf(`"127.0.0.2:0", %q`, at), "listen.sip[1]: " + at},
		{`"127.0.0.1:0", "127.0.0.2:0"`, fmt.Sprintf(`"127.0.0.1:0", "127.0.0.2:0", "tcp:%s"`, at), "listen.sip[2]: " + at},
		{`browsers: ["127.0.0.1:0"]`, fmt.Sprintf(`browsers: [%q]`, at), "media.browsers[0]: " + at},
		{`http: "127.0.0.1:0"`, fmt.Sprintf(`http: "127.0.0.1:0", admin: %q`, at), "listen.admin: " + at},
	} {
		text := testConfig
		if !strings.Contains(text, row.from) {
			t.Fatalf("the configuration has no %s", row.from)
		}
		_, err := offhook(t, "serve", "-config", writeConfig(t, strings.Replace(text, row.from, row.to, 1)))
		if err == nil || !strings.Contains(err.Error(), row.want+": somebody listens there already") {
			t.Errorf("%s: %v, want %q", row.to, err, row.want)
		}
	}
}

// The demo tells by its flag.
func TestTheDemosTakenAddress(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	udp, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer udp.Close()
	for flag, at := range map[string]string{"-admin": taken.Addr().String(), "-sip": udp.LocalAddr().String()} {
		if _, err := offhook(t, "demo", "-http", "127.0.0.1:0", flag, at); err == nil || err.Error() != flag+": "+at+": somebody listens there already" {
			t.Errorf("%s: %v", flag, err)
		}
	}
	if _, err := offhook(t, "demo", "-http", "192.0.2.1:8080"); err == nil || !strings.Contains(err.Error(), "-http: 192.0.2.1: this machine has no such address") {
		t.Errorf("-http: %v", err)
	}
}

// An address of another machine, and one that is none of the file's.
func TestAnAddressThatIsNotHere(t *testing.T) {
	c, err := config.Parse([]byte(strings.Replace(testConfig, `"127.0.0.2:0"`, `"192.0.2.5:5060"`, 1)))
	if err != nil {
		t.Fatal(err)
	}
	_, failed := net.ListenPacket("udp", "192.0.2.5:5060")
	if err := listening(c, fmt.Errorf("sip: %w", failed)); !strings.Contains(err.Error(), "listen.sip[1]") || !strings.Contains(err.Error(), "public_address") {
		t.Error(err)
	}
	_, failed = net.ListenPacket("udp", "192.0.2.6:5060")
	if err := listening(c, failed); err != failed {
		t.Error(err)
	}
}
