package config

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// least is the shortest configuration that starts.
const least = `
agents:
  tokens: [{issuer: crm, algorithm: HS256, secret: {env: KEY}}]
origins: ["http://localhost:8080"]
`

func TestTheLeastConfigurationHasUsableDefaults(t *testing.T) {
	c, err := Parse([]byte(least + "queues: [{name: support}]\ntrunks: [{name: pbx, networks: [127.0.0.1/32]}]\nroutes: [{queue: support}]\n"))
	if err != nil {
		t.Fatal(err)
	}
	q := c.Queues[0]
	if q.RingFor != 20*time.Second || q.Capacity != 500 || q.Sound != "music" || c.Media.Ports.Max != 44999 || len(c.Trunks[0].Codecs) != 3 {
		t.Errorf("got %+v", c)
	}
}

// TestSecurityMissingListsMeanNobody: nothing that lets people in has a default.
func TestSecurityMissingListsMeanNobody(t *testing.T) {
	_, err := Parse(nil)
	wantFaults(t, err, "1:1: origins: at least one is needed: without it no page may log in",
		"1:1: agents.tokens: at least one key is needed: without it nobody may log in")
	_, err = Parse([]byte(least + "trunks: [{name: pbx}]"))
	wantFaults(t, err, "5:10: trunks[0].networks: at least one network is needed: without it nobody may call")
}

// TestFaults holds what is said of what is wrong: one fault a row, with its place.
func TestFaults(t *testing.T) {
	rows := []struct{ text, want string }{
		{"listen: {http: 127.0.0.1:8080, admin: 127.0.0.1:8080}", `5:32: listen.admin: 127.0.0.1:8080 is listen.http already`},
		{"routes: [{called: \"1\", queue: q, needs: [\"lang=de>2\"]}]\nqueues: [{name: q}]", `routes[0].needs[0]: "lang=de>2" is no skill such as billing, or lang=de>=3`},
		{"log: {format: \"\xff\xfe\"}", `1:1: it is no text in UTF-8`},
		{"colours: {}", `5:1: colours: there is no such setting`},
		{"queues: [{name: a, max_wiat: 1m, on_max_wait: {message: closed}}]", `5:20: queues[0].max_wiat: there is no such setting; is max_wait meant?`},
		{"queues: [{name: a, max_wait: 60, on_max_wait: {message: closed}}]", `5:20: queues[0].max_wait: "60" is no time such as 20s, 1m30s or 500ms`},
		{"trunks: [{name: a, networks: [192.0.2.1], addresses: [\"192.0.2.1:5060\"]}]", `5:31: trunks[0].networks[0]: "192.0.2.1" is no network such as 192.0.2.0/24 or 192.0.2.1/32`},
		{"listen: {\n sip: [", `YAML: `},
		{"listne: {}", `5:1: listne: there is no such setting; is listen meant?`},
		{"listen:\n  htp: 127.0.0.1:1", `6:3: listen.htp: there is no such setting; is http meant?`},
		{"limits: {calls: many}", `5:10: limits.calls: "many" is no whole number`},
		{"limits: {calls: 0}", `5:10: limits.calls: 0 is below 1`},
		{"limits: {drain: 300}", `5:10: limits.drain: "300" is no time such as 20s, 1m30s or 500ms`},
		{"limits: {drain: -1s}", `limits.drain: it is below 0`},
		{"limits: [1]", `limits: settings with names are wanted, "name: value"`},
		{"origins: x", `5:1: YAML: mapping key "origins" already defined at [4:1]`},
		{"listen: {sip: 127.0.0.1:5060}", `listen.sip: a list is wanted`},
		{"listen: {http: 8080}", `listen.http: "8080" is no address with a port such as 192.0.2.1:5060 or [2001:db8::1]:5060`},
		{"listen: {http: [a]}", `listen.http: one value is wanted; if it has a colon, it may need quotes`},
		{"listen: {http: 0.0.0.0:80}", `listen.http: 0.0.0.0:80 is not loopback: it needs tls, or trusted_proxies in front of it`},
		{"listen: {admin: 192.0.2.1:9090}", `listen.admin: 192.0.2.1:9090 is not loopback`},
		{"listen: {sip: []}", `listen.sip: at least one address is needed`},
		{"listen: {sip: [\"0.0.0.0:5060\"]}", `listen.sip[0]: 0.0.0.0:5060 means every interface: name the addresses, they are what peers are told`},
		{"listen: {sip: [\"127.0.0.1:1\", \"127.0.0.1:1\"]}", `listen.sip[1]: 127.0.0.1:1 stands twice`},
		{"public_address: {192.0.2.9: 203.0.113.5}", `public_address.192.0.2.9: nothing listens on 192.0.2.9`},
		{"public_address: {127.0.0.1: 0.0.0.0}", `public_address.127.0.0.1: 0.0.0.0 is no address that anybody can be told`},
		{"public_address: {127.0.0.1: \"2001:db8::1\"}", `public_address.127.0.0.1: 127.0.0.1 and 2001:db8::1 are not of one family`},
		{"tls: {certificate: a.pem}", `tls: certificate and key come together`},
		{"trusted_proxies: [10.0.0.1]", `trusted_proxies[0]: "10.0.0.1" is no network such as 192.0.2.0/24 or 192.0.2.1/32`},
		{"media: {ports: 5000}", `media.ports: "5000" is no range of ports such as 40000-44999`},
		{"media: {ports: 5000-4000}", `media.ports: the last port is not above the first`},
		{"media: {ports: 80-4000}", `media.ports: the first port is below 1024`},
		{"media: {trunk: 0.0.0.0}", `media.trunk: 0.0.0.0 means every interface: name the address, it is what trunks are told`},
		{"media: {setup_timeout: 0s}", `media.setup_timeout: it must be above 0`},
		{"trunks: [{name: a, networks: [10.0.0.0/8], codecs: [GSM]}]", `trunks[0].codecs[0]: "GSM" is none of G722, PCMU, PCMA, opus`},
		{"trunks: [{name: a, networks: [10.0.0.0/8], codecs: []}]", `trunks[0].codecs: at least one codec is needed`},
		{"trunks: [{name: a, networks: [10.0.0.0/8], headers: [\"X-A: b\"]}]", `trunks[0].headers[0]: "X-A: b" is no name of a header`},
		{"trunks: [{name: a, networks: [10.0.0.0/8]}, {name: a, networks: [10.0.0.0/8]}]", `trunks[1]: "a" stands twice`},
		{"trunks: [{networks: [10.0.0.0/8]}]", `trunks[0].name: it is needed`},
		{"trunks: [{name: a, networks: [10.0.0.0/8], nat: yes}]", `trunks[0].nat: "yes" is neither true nor false`},
		{"trunks: [{name: a, networks: [10.0.0.0/8], max_calls: -1}]", `trunks[0].max_calls: -1 is below 0`},
		{"routes: [{called: \"1\"}]", `routes[0]: a route has either queue, agent or both, or refuse`},
		{"routes: [{queue: q, refuse: 404}]", `routes[0]: a route has either queue, agent or both, or refuse`},
		{"routes: [{refuse: 302}]", `routes[0].refuse: 302 is no SIP status from 400 to 699`},
		{"routes: [{queue: q}]", `routes[0].queue: there is no queue "q"`},
		{"routes: [{refuse: 404, trunk: t}]", `routes[0].trunk: there is no trunk "t"`},
		{"routes: [{refuse: 404, called: \"*\"}]", `routes[0].called: "*" is written any`},
		{"routes: [{refuse: 404, called: \"1*2\"}]", `routes[0].called: "1*2" has a * that is not at its end`},
		{"routes: [{refuse: 404, caller: \"1 2\"}]", `routes[0].caller: "1 2" has characters that no number has`},
		{"queues: [{name: q, strategy: fair}]", `queues[0].strategy: "fair" is none of longest-idle, round-robin`},
		{"queues: [{name: q, answer: maybe}]", `queues[0].answer: "maybe" is none of ring, early, at_once`},
		{"queues: [{name: q, on_agent_lost: x}]", `queues[0].on_agent_lost: "x" is none of requeue, end`},
		{"queues: [{name: q, wrap_up: 1h}]", `queues[0].wrap_up_max: 10m0s is shorter than wrap_up, 1h0m0s`},
		{"queues: [{name: q, outcome_required: true}]", `queues[0].outcome_required: there are no outcomes to choose from`},
		{"queues: [{name: q, outcomes: [{name: a}, {name: a}]}]", `queues[0].outcomes[1]: "a" stands twice`},
		{"ice_servers: [{urls: []}]", `ice_servers[0].urls: at least one is needed`},
		{"ice_servers: [{urls: [\"http://x\"]}]", `ice_servers[0].urls[0]: "http://x" is no address such as stun:stun.example.com:3478 or turns:turn.example.com?transport=tcp`},
		{"ice_servers: [{urls: [\"turn:x\"]}]", `ice_servers[0].urls[0]: a TURN server needs a secret to make credentials with`},
		{"media: {browsers: []}", `media.browsers: at least one address is needed`},
		{"log: {level: loud}", `log.level: "loud" is no level: debug, info, warn or error`},
		{"log: {format: xml}", `log.format: "xml" is none of text, json`},
		{"log: &a {format: text}", `log: a value that begins with *, & or ! needs quotes; anchors, aliases and tags are not used here`},
	}
	for _, r := range rows {
		t.Run(r.text, func(t *testing.T) {
			_, err := Parse([]byte(least + r.text))
			if err == nil || !strings.Contains(err.Error(), r.want) {
				t.Errorf("got %v\nwant %s", err, r.want)
			}
			if err != nil && strings.Count(err.Error(), "\n") > 0 {
				t.Errorf("one fault made more than one line:\n%v", err)
			}
		})
	}
}

// TestTokenFaults: keys are bound to one issuer, one algorithm, one source.
func TestTokenFaults(t *testing.T) {
	rows := []struct{ key, want string }{
		{"{algorithm: HS256, secret: {env: K}}", "agents.tokens[0].issuer: it is needed"},
		{"{issuer: a, secret: {env: K}}", `agents.tokens[0].algorithm: "" is none of HS256, EdDSA, ES256, RS256`},
		{"{issuer: a, algorithm: none, secret: {env: K}}", `agents.tokens[0].algorithm: "none" is none of`},
		{"{issuer: a, algorithm: RS256, secret: {env: K}}", `agents.tokens[0].algorithm: HS256 needs a secret, the others a public_key_file`},
		{"{issuer: a, algorithm: HS256, public_key_file: k}", `agents.tokens[0].algorithm: HS256 needs a secret, the others a public_key_file`},
		{"{issuer: a, algorithm: HS256}", `agents.tokens[0]: one of secret, public_key_file and jwks_file is needed, and no more`},
		{"{issuer: a, algorithm: HS256, secret: {env: K}, jwks_file: k}", `agents.tokens[0]: one of secret, public_key_file and jwks_file is needed, and no more`},
		{"{issuer: a, algorithm: RS256, jwks_file: k}", `agents.tokens[0]: the keys of a set bring their own kid and algorithm`},
		{"{issuer: a, algorithm: HS256, secret: {env: K, file: k}}", `agents.tokens[0].secret: file or env, not both`},
		{"{issuer: a, algorithm: HS256, secret: literal}", `agents.tokens[0].secret: a secret does not stand in this file`},
		{"{issuer: a, algorithm: HS256, secret: {env: K}}, {issuer: a, algorithm: HS256, secret: {env: L}}", `agents.tokens[1]: "a" stands twice`},
	}
	for _, r := range rows {
		t.Run(r.key, func(t *testing.T) {
			_, err := Parse([]byte("origins: [\"http://localhost\"]\nagents: {tokens: [" + r.key + "]}"))
			if err == nil || !strings.Contains(err.Error(), r.want) {
				t.Errorf("got %v\nwant %s", err, r.want)
			}
		})
	}
}

func TestAllFaultsAtOnceInTheFilesOrder(t *testing.T) {
	_, err := Parse([]byte("log:\n  levle: debug\n  format: xml\n" + least + "limits:\n  calls: x\nqueues:\n  - {name: a, answer: b, colour: c}\n"))
	wantFaults(t, err, `2:3: log.levle: there is no such setting; is level meant?`, `3:3: log.format: "xml" is none of text, json`, `9:3: limits.calls: "x" is no whole number`,
		`11:15: queues[0].answer: "b" is none of ring, early, at_once`, `11:26: queues[0].colour: there is no such setting`)
}

func TestTextThatIsNoYAML(t *testing.T) {
	for _, text := range []string{"a: [", "\tlisten: x", "a: b: c", "- 1", "just words", "a: 1\n---\nb: 2"} {
		_, err := Parse([]byte(text))
		if err == nil || !strings.Contains(err.Error(), ":") {
			t.Errorf("%q: got %v", text, err)
		}
	}
}

func TestScalarsAreTakenAsWritten(t *testing.T) {
	c, err := Parse([]byte(least + "queues: [{name: 007}]\nroutes: [{called: 0049301, caller: +4930*, queue: 007}]\n"))
	if err != nil {
		t.Fatal(err)
	}
	if r := c.Routes[0]; c.Queues[0].Name != "007" || r.Called != "0049301" || r.Caller != "+4930*" {
		t.Errorf("got %q %q %q", c.Queues[0].Name, r.Called, r.Caller)
	}
}

func TestLoadNamesTheFileAndWhatItCannotRead(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "offhook.yaml")
	write(t, dir, "offhook.yaml", least+"queues: [{name: a, sound: none.wav}]\ntls: {certificate: c, key: k}\n")
	_, err := Load(path)
	for _, want := range []string{path + ":3:44: agents.tokens[0].secret: the environment has no KEY", "queues[0].sound: stat " + dir, ": tls: open " + dir} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v\nwant %s", err, want)
		}
	}
	if _, err := Load(filepath.Join(dir, "none.yaml")); err == nil {
		t.Error("a file that is not there was read")
	}
	t.Setenv("KEY", "short")
	write(t, dir, "offhook.yaml", least)
	if _, err := Load(path); err == nil || !strings.Contains(err.Error(), "shorter than 32 bytes") {
		t.Errorf("got %v", err)
	}
}

// TestSecurityKeysFitTheirAlgorithm: a key of another kind than the file says does not start.
func TestSecurityKeysFitTheirAlgorithm(t *testing.T) {
	kinds := []string{"EdDSA", "ES256", "RS256"}
	dir := t.TempDir()
	for _, kind := range kinds {
		write(t, dir, kind, publicKey(t, kind))
	}
	write(t, dir, "text", "no key")
	write(t, dir, "private", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
	for _, algorithm := range kinds {
		for _, file := range append(kinds, "text", "private") {
			write(t, dir, "offhook.yaml", strings.Replace(least, "algorithm: HS256, secret: {env: KEY}", "algorithm: "+algorithm+", public_key_file: "+file, 1))
			_, err := Load(filepath.Join(dir, "offhook.yaml"))
			if (err == nil) != (file == algorithm) {
				t.Errorf("%s with %s: %v", algorithm, file, err)
			}
		}
	}
}

// publicKey makes a PEM file with a key for an algorithm.
func publicKey(t testing.TB, algorithm string) string {
	t.Helper()
	var key any
	switch algorithm {
	case "EdDSA":
		public, _, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		key = public
	case "ES256":
		private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		key = private.Public()
	case "RS256":
		private, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			t.Fatal(err)
		}
		key = private.Public()
	}
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

// TestSecuritySecretsAreNotPrinted tries the ways in which a configuration may get into a log.
func TestSecuritySecretsAreNotPrinted(t *testing.T) {
	const canary = "canary-canary-canary-canary-canary"
	dir := t.TempDir()
	t.Setenv("KEY", canary)
	write(t, dir, "offhook.yaml", least)
	c, err := Load(filepath.Join(dir, "offhook.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%q", "%d"} {
		fmt.Fprintf(&out, verb, c)
		fmt.Fprintf(&out, verb, c.Agents.Tokens[0].Secret)
		fmt.Fprintf(&out, verb, c.Agents.Tokens)
	}
	_ = json.NewEncoder(&out).Encode(c.Agents)
	for _, h := range []slog.Handler{slog.NewJSONHandler(&out, nil), slog.NewTextHandler(&out, nil)} {
		slog.New(h).Info("x", "config", c, "secret", c.Agents.Tokens[0].Secret, "tokens", c.Agents.Tokens)
	}
	if s := out.String(); strings.Contains(s, canary) || strings.Contains(s, fmt.Sprintf("%x", canary)) || !strings.Contains(s, hidden) {
		t.Errorf("printed: %s", s)
	}
}

func wantFaults(t testing.TB, err error, want ...string) {
	t.Helper()
	got := "no fault"
	if err != nil {
		got = err.Error()
	}
	lines := strings.Split(got, "\n")
	if len(lines) != len(want) {
		t.Errorf("got\n%s\nwant\n%s", got, strings.Join(want, "\n"))
		return
	}
	for _, w := range want {
		if !strings.Contains(got, w) {
			t.Errorf("got\n%s\nwant %s", got, w)
		}
	}
}

// A file that begins with a byte order mark, and one whose lines end as on Windows, are read as any other.
func TestFilesFromWindows(t *testing.T) {
	for name, text := range map[string]string{"mark": "\ufeff" + least, "line ends": strings.ReplaceAll(least, "\n", "\r\n")} {
		if _, err := Parse([]byte(text)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Parse([]byte("l\x00o\x00g\x00")); err == nil || err.Error() != "1:1: it is no text in UTF-8" {
		t.Errorf("UTF-16: %v", err)
	}
}
