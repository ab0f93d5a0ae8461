package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"offhook/agent"
	"offhook/internal/config"
)

// What the hub refuses as an origin, the configuration refuses, with the setting's name; what one takes, the other takes.
func TestOriginsAreJudgedAlike(t *testing.T) {
	key, err := agent.SecretKey("crm", "", bytes.Repeat([]byte("s"), 32))
	if err != nil {
		t.Fatal(err)
	}
	for origin, good := range map[string]bool{
		"https://crm.example.com": true, "http://localhost:8080": true, "https://crm.example.com:8443": true, "http://crm.example.com:443": true,
		"https://crm.example.com:80": true, "http://[::1]:8080": true, "https://192.0.2.1": true,
		"https://crm.example.com:443": false, "http://crm.example.com:80": false, "https://crm.example.com/": false, "https://CRM.example.com": false,
		"*": false, "https://*.example.com": false, "crm.example.com": false, "ws://crm.example.com": false, "null": false,
		"https://a.example,b.example": false, "https://u@crm.example.com": false, "https://crm.example.com?x": false, "file://": false, "https://a b": false,
	} {
		hub, err := agent.New(agent.Config{Backend: &lateExchange{}, Origins: []string{origin}, Keys: []agent.Key{key}})
		if hub != nil {
			_ = hub.Shutdown(context.Background())
		}
		if (err == nil) != good {
			t.Errorf("the hub says of %q: %v", origin, err)
		}
		_, err = config.Parse([]byte("agents: {tokens: [{issuer: crm, algorithm: HS256, secret: {env: KEY}}]}\norigins: [\"" + origin + "\"]\n"))
		if (err == nil) != good {
			t.Errorf("the configuration says of %q: %v", origin, err)
		}
		if err != nil && !strings.Contains(err.Error(), "origins[0]") {
			t.Errorf("%v does not name the setting", err)
		}
	}
}

// ownOutside is an address of this machine that others may reach, 192.0.2.5 where there is none.
func ownOutside() netip.Addr {
	if a := ownAddress(); a.IsValid() {
		return a
	}
	return netip.MustParseAddr("192.0.2.5")
}

func checked(t *testing.T, text string) (out string) {
	t.Helper()
	out, err := offhook(t, "check", "-config", writeConfig(t, text))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

const agentsAndOrigins = `
agents: {tokens: [{issuer: crm, kid: k1, algorithm: HS256, secret: {file: secret}}]}
origins: ["https://crm.example"]
`

// A trunk elsewhere cannot send sound to 127.0.0.1: such calls would be silent.
func TestCheckWarnsOfSoundToLoopback(t *testing.T) {
	own := ownOutside().String()
	listen := "listen: {sip: [\"" + own + ":5060\"]}\n"
	outside, inside := "trunks: [{name: pbx, networks: [192.0.2.10/32]}]\n", "trunks: [{name: pbx, networks: [127.0.0.0/8]}]\n"
	const warning = "media.trunk is 127.0.0.1, which trunk pbx cannot reach"
	for _, row := range []struct {
		name, text string
		warned     bool
	}{
		{"loopback for a trunk elsewhere", listen + outside + "media: {trunk: 127.0.0.1}", true},
		{"loopback for a trunk here", listen + inside + "media: {trunk: 127.0.0.1}", false},
		{"the default", listen + outside, false},
		{"told another address", listen + outside + "media: {trunk: 127.0.0.1}\npublic_address: {127.0.0.1: 203.0.113.5}", false},
		{"everybody's network", listen + "trunks: [{name: pbx, networks: [0.0.0.0/0]}]\nmedia: {trunk: 127.0.0.1}", true},
	} {
		t.Run(row.name, func(t *testing.T) {
			if out := checked(t, agentsAndOrigins+row.text); strings.Contains(out, warning) != row.warned {
				t.Errorf("warned: %v, want %v, in\n%s", !row.warned, row.warned, out)
			}
		})
	}
	if out := checked(t, agentsAndOrigins+listen+outside); !strings.Contains(out, "c="+own+",") {
		t.Errorf("trunks are not told %s:\n%s", own, out)
	}
}

// An address that this machine does not have is warned of wherever it stands.
func TestCheckWarnsOfForeignAddresses(t *testing.T) {
	for _, text := range []string{
		"listen: {sip: [\"198.51.100.77:5060\"]}", "media: {trunk: 198.51.100.77}", "media: {browsers: [\"198.51.100.77:3480\"]}",
	} {
		if out := checked(t, agentsAndOrigins+text); strings.Count(out, "198.51.100.77 is not an address of this machine") != 1 {
			t.Errorf("%s: not warned of once in\n%s", text, out)
		}
	}
}

// Behind a proxy, agents open the proxy's address by TLS, and loopback is right.
func TestCheckKnowsProxies(t *testing.T) {
	sip := "listen: {http: \"127.0.0.1:8080\", sip: [\"" + ownOutside().String() + ":5060\"]}\n"
	out := checked(t, agentsAndOrigins+sip+"trusted_proxies: [127.0.0.1/32]\n")
	if !strings.Contains(out, "wss://") || !strings.Contains(out, "http://127.0.0.1:8080/agent") || strings.Contains(out, "127.0.0.1 can be reached from this machine only") {
		t.Errorf("got\n%s", out)
	}
	out = checked(t, agentsAndOrigins+sip)
	if !strings.Contains(out, "ws://127.0.0.1:8080/agent") || !strings.Contains(out, "127.0.0.1 can be reached from this machine only") {
		t.Errorf("without a proxy, got\n%s", out)
	}
}

// wav is a WAV file of silence, 8 kHz, 16 bits, one channel.
func wav() string {
	b := []byte("RIFF\x00\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00")
	b = binary.LittleEndian.AppendUint32(b, 8000)
	b = binary.LittleEndian.AppendUint32(b, 16000)
	b = append(b, "\x02\x00\x10\x00data\x40\x01\x00\x00"...)
	return string(append(b, make([]byte, 320)...))
}

// A sound that cannot be played is refused before a caller has to hear nothing.
func TestCheckReadsSounds(t *testing.T) {
	path := writeConfig(t, agentsAndOrigins+"queues: [{name: a}, {name: b, sound: hold.wav}]\n")
	file := filepath.Join(filepath.Dir(path), "hold.wav")
	for text, want := range map[string]string{"this is no sound, whatever its name may say": "RIFF", wav()[:30]: "format", wav(): ""} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := offhook(t, "check", "-config", path)
		switch {
		case want == "" && err != nil:
			t.Error(err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), "queues[1].sound: ") || !strings.Contains(err.Error(), want)):
			t.Errorf("got %v, want queues[1].sound and %s", err, want)
		}
	}
}

// Whoever waits again for an agent hears nothing in opus: allowed, and told.
func TestCheckWarnsOfOpusWithoutMusic(t *testing.T) {
	text := agentsAndOrigins + "trunks: [{name: pbx, networks: [127.0.0.1/32], codecs: [opus]}]\nqueues: [{name: q, on_agent_lost: LOST}]\nroutes: [{queue: q}]\n"
	const warning = "queue q plays nothing to callers by trunk pbx that have opus"
	if out := checked(t, strings.Replace(text, "LOST", "requeue", 1)); !strings.Contains(out, warning) {
		t.Errorf("not warned in\n%s", out)
	}
	if out := checked(t, strings.Replace(text, "LOST", "end", 1)); strings.Contains(out, warning) {
		t.Errorf("warned in\n%s", out)
	}
}

// What hub and queue refuse, check refuses, and it opens nothing for it: a server may be running on the same ports.
func TestCheckTriesThePartsWithoutSockets(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	checked(t, agentsAndOrigins+"listen: {http: \""+l.Addr().String()+"\"}\n")
	set := testSettings(t)
	set.hub.Origins = nil
	if err := tryParts(set); err == nil || !strings.Contains(err.Error(), "origin") {
		t.Errorf("got %v", err)
	}
	set = testSettings(t)
	set.queues.Queues[0].Name = ""
	if err := tryParts(set); err == nil || !strings.Contains(err.Error(), "queue") {
		t.Errorf("got %v", err)
	}
}
