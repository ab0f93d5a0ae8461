package main

import (
	"net"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"offhook/translator/dialog"
)

// checkedUntil checks a configuration whose certificate is good for so long.
func checkedUntil(t *testing.T, text string, from, to time.Duration) (string, error) {
	t.Helper()
	path := writeConfig(t, text)
	writePair(t, filepath.Dir(path), time.Now().Add(from), time.Now().Add(to))
	return offhook(t, "check", "-config", path)
}

// check prints what each trunk is told and asked.
func TestCheckSaysWhatTrunksAreTold(t *testing.T) {
	out, err := checkedUntil(t, outbound, -time.Hour, 30*24*time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"send SIP to 203.0.113.5:5060 (UDP), 203.0.113.5:5060 (TCP), 203.0.113.5:5061 (TLS)",
		"carrier      from 198.51.100.0/28, codecs PCMA PCMU",
		"media from 198.51.100.0/24, secured by SDES\n",
		"gets calls at 198.51.100.4:5061 (TLS), 198.51.100.5:5061 (TLS), asked by OPTIONS every 10 s",
		"has to show a certificate of sip.carrier.example",
		`challenges of realm "carrier.example" are answered as 4930`,
		"REGISTER sip:carrier.example as sip:4930@carrier.example at tls:198.51.100.4:5061, for 5m0s",
		"hold sendonly, digits info, sessions of 10m0s, transfers by REFER, may REFER, may replace calls, rings reliably",
		"may redirect to sip2.carrier.example 2001:db8::9",
		"hold local, digits auto, sessions of 30m0s\n",
		"Via, Contact 203.0.113.5\n",
		"Dial           +49* 4*\n",
		"+*           plusless at carrier.example, by carrier, then pbx",
		"sip:…@pbx.example.com by pbx",
		"+493012346  (agents of sales)",
		"2 at once, 10 a minute, 200 a day, of 4h0m0s at most",
		"\nok\n",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	if strings.Contains(out, "ssss") {
		t.Error("a secret is printed")
	}
	quiet := checked(t, testConfig)
	for _, want := range []string{"brings calls, and gets none", "trusted with the caller's number", "nobody may call out"} {
		if !strings.Contains(quiet, want) {
			t.Errorf("no %q in\n%s", want, quiet)
		}
	}
}

// Fingerprints in signalling that can be changed prove nothing.
func TestCheckWarnsOfDTLSWithoutTLS(t *testing.T) {
	const warning = "fingerprints can be exchanged on the way"
	secured := strings.Replace(outbound, "    srtp: required\n    srtp_profile: savp\n", "    dtls: true\n", 1)
	for text, warned := range map[string]bool{outbound: false, secured: false, strings.Replace(secured, `"tls:198.51.100.5:5061"`, `"tcp:198.51.100.5:5060"`, 1): true} {
		out, err := checkedUntil(t, text, -time.Hour, 30*24*time.Hour)
		if err != nil || strings.Contains(out, warning) != warned {
			t.Errorf("warned: %v, want %v: %v\n%s", !warned, warned, err, out)
		}
	}
}

// A certificate that nobody would believe is refused, one that ends soon is told of.
func TestCheckLooksAtCertificates(t *testing.T) {
	for _, row := range []struct {
		name       string
		from, to   time.Duration
		err, print string
	}{
		{"good", -time.Hour, 30 * 24 * time.Hour, "", ""},
		{"ends soon", -time.Hour, 10 * 24 * time.Hour, "", "Warning        sip_tls.certificate ends on "},
		{"has ended", -48 * time.Hour, -24 * time.Hour, ":4:11: sip_tls.certificate: the certificate is good from ", ""},
		{"is not good yet", 24 * time.Hour, 48 * time.Hour, "sip_tls.certificate: the certificate is good from ", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			out, err := checkedUntil(t, outbound, row.from, row.to)
			if (err != nil) != (row.err != "") || err != nil && !strings.Contains(err.Error(), row.err) {
				t.Errorf("got %v, want %q", err, row.err)
			}
			if err != nil && strings.Count(err.Error(), "sip_tls.certificate") != 1 {
				t.Errorf("not told once:\n%v", err)
			}
			if told := strings.Contains(out, " ends on "); told != (row.print != "") || !strings.Contains(out, row.print) {
				t.Errorf("got\n%s\nwant %q", out, row.print)
			}
		})
	}
}

// An address that the system has no way to, from where SIP listens, is told of; nothing is sent to find out.
func TestCheckWarnsOfTrunksOutOfReach(t *testing.T) {
	out, err := checkedUntil(t, outbound, -time.Hour, 30*24*time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if want := "trunk pbx: 192.0.2.10:5060 cannot be reached from 127.0.0.1"; !strings.Contains(out, want) {
		t.Errorf("no %q in\n%s", want, out)
	}
	if err := hasWay(netip.MustParseAddr("127.0.0.1"), netip.MustParseAddrPort("127.0.0.1:9")); err != nil {
		t.Errorf("loopback cannot be reached from loopback: %v", err)
	}
}

// -try tells which trunks answer, by each transport, while a server may be running on the ports that are configured.
func TestCheckTriesTrunks(t *testing.T) {
	peer := func(network, name string) string {
		free, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		addr := free.Addr().(*net.TCPAddr).AddrPort()
		_ = free.Close()
		e, err := dialog.New(dialog.Config{
			Listeners: []dialog.Listener{{Network: dialog.Network(network), Addr: addr}}, Trunks: []dialog.Trunk{{Name: name, Networks: demoNetworks()}},
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = e.Close() })
		return addr.String()
	}
	udp, tcp := peer("udp", "a"), peer("tcp", "b")
	dead, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.MustParseAddrPort("127.0.0.1:0"))) // takes, and says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer dead.Close()
	text := agentsAndOrigins + "listen: {sip: [\"127.0.0.1:5060\", \"tcp:127.0.0.1:5060\"]}\ntrunks: [{name: pbx, networks: [127.0.0.1/32], addresses: [\"" +
		udp + "\", \"tcp:" + tcp + "\", \"" + dead.LocalAddr().String() + "\", \"tcp:127.0.0.1:1\"]}]\n"
	out, err := offhook(t, "check", "-try", "-config", writeConfig(t, text))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"pbx          " + udp + " (udp) is there\n", tcp + " (tcp) is there\n", dead.LocalAddr().String() + " (udp) does not answer", "127.0.0.1:1 (tcp) does not answer", "\nok\n",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
}
