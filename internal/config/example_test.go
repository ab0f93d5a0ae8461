package config

import (
	"encoding"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

const example = "../../offhook.example.yaml"

func readExample(t testing.TB) []byte {
	t.Helper()
	text, err := os.ReadFile(example)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestExampleIsGood(t *testing.T) {
	c, err := Parse(readExample(t))
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Trunks) != 1 || len(c.Queues) != 1 || len(c.Agents.Tokens) != 3 || c.Agents.Tokens[0].Secret.File != "secrets/tokens" {
		t.Errorf("got %+v", c)
	}
	if got := c.Public(c.Listen.SIP[0].Addr()).String(); got != "203.0.113.5" {
		t.Errorf("peers are told %s, want 203.0.113.5", got)
	}
}

// TestExampleHasEverySetting holds the example to the structs: a setting without an example is one that nobody finds.
func TestExampleHasEverySetting(t *testing.T) {
	text := string(readExample(t))
	for name := range settingsOf(reflect.TypeFor[Config](), "") {
		key := name[strings.LastIndex(name, ".")+1:]
		if !strings.Contains(text, key+":") {
			t.Errorf("%s stands nowhere in the example", name)
		}
	}
	f := &faults{at: map[string]position{}}
	decode([]byte(text), Default(), f)
	for name := range settingsOf(reflect.TypeFor[Config](), "") {
		if !f.mentions(name) {
			t.Errorf("%s is not set in the example", name)
		}
	}
}

// mentions reports whether a setting stands in the text, in any part of the lists on its way.
func (f *faults) mentions(setting string) bool {
	for at := range f.at {
		var plain strings.Builder
		for part := range strings.SplitSeq(at, "[") {
			if _, after, ok := strings.Cut(part, "]"); ok {
				part = after
			}
			plain.WriteString(part)
		}
		if plain.String() == setting {
			return true
		}
	}
	return false
}

// settingsOf lists the settings of a struct by name, with the struct's type.
func settingsOf(t reflect.Type, at string) map[string]reflect.Type {
	out := map[string]reflect.Type{}
	for i := range t.NumField() {
		field := t.Field(i)
		key := field.Tag.Get("yaml")
		if key == "" || key == "-" {
			continue
		}
		name, inner := join(at, key), field.Type
		out[name] = inner
		if inner.Kind() == reflect.Slice {
			inner = inner.Elem()
		}
		if inner.Kind() == reflect.Struct && inner != reflect.TypeFor[Secret]() && !reflect.PointerTo(inner).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) {
			for name, t := range settingsOf(inner, name) {
				out[name] = t
			}
		}
	}
	return out
}

// TestExampleTellsTheDefaults: the default that a comment names is the one that holds.
func TestExampleTellsTheDefaults(t *testing.T) {
	d := Default()
	q, tr, s := Queue{}, Trunk{}, ICEServer{}
	q.setDefaults()
	tr.setDefaults()
	s.setDefaults()
	lines := strings.Split(string(readExample(t)), "\n")
	rows := map[string]string{
		"http:": d.Listen.HTTP.String(), "sip:": "[" + d.Listen.SIP[0].String() + "]", "admin:": d.Listen.Admin.String(),
		"browsers:": "port 3480 of listen.http's address", "trunk: 192": "that of the first listen.sip", "ports:": d.Media.Ports.String(),
		"trunk_silence:": short(d.Media.TrunkSilence), "setup_timeout:": short(d.Media.SetupTimeout),
		"codecs:": "[" + strings.Join(tr.Codecs, ", ") + "]", "strategy:": q.Strategy, "ring_for:": short(q.RingFor), "wrap_up:": short(q.WrapUp),
		"wrap_up_max:": short(q.WrapUpMax), "max_wait:": "0s", "answer:": q.Answer, "sound:": q.Sound, "on_agent_lost:": q.OnAgentLost,
		"target:": short(q.Target), "audience:": d.Agents.Audience, "max_token_age:": short(d.Agents.MaxTokenAge), "leeway:": short(d.Agents.Leeway),
		"resume_for:": short(d.Agents.ResumeFor), "confirm_within:": short(d.Agents.ConfirmWithin), "max_misses:": "1", "max_rejects:": "3",
		"reject_delay:": short(d.Agents.RejectDelay), "ttl:": short(s.TTL), "level:": "info", "format:": d.Log.Format, "calls:": "1000",
		"sockets:": "10000", "waiting_sockets:": "20", "transactions:": "2000", "drain:": "300s", "capacity:": "500",
	}
	for key, want := range rows {
		if !strings.Contains(commentAbove(lines, key), "Default: "+want) {
			t.Errorf("%s comment does not name the default %s", key, want)
		}
	}
}

// commentAbove gives the comment lines over the first setting that begins with key.
func commentAbove(lines []string, key string) string {
	for i, l := range lines {
		if !strings.HasPrefix(strings.TrimSpace(l), key) {
			continue
		}
		var c strings.Builder
		for j := i - 1; j >= 0 && strings.HasPrefix(strings.TrimSpace(lines[j]), "#"); j-- {
			c.WriteString(lines[j])
		}
		return c.String()
	}
	return ""
}

// short writes a duration without empty parts.
func short(d time.Duration) string {
	s := d.String()
	if d == 300*time.Second || d == 60*time.Second {
		return strings.Replace(strings.Replace(s, "5m0s", "300s", 1), "1m0s", "60s", 1)
	}
	return strings.TrimSuffix(strings.Replace(strings.Replace(s, "m0s", "m", 1), "h0m", "h", 1), "0s")
}

// TestLoadReadsWhatTheFileNames loads the example with its files in place.
func TestLoadReadsWhatTheFileNames(t *testing.T) {
	dir := t.TempDir()
	text := strings.Replace(string(readExample(t)), "tls:\n  certificate: tls/fullchain.pem\n  key: tls/privkey.pem\n", "", 1)
	write(t, dir, "offhook.yaml", text)
	write(t, dir, "secrets/tokens", strings.Repeat("k", 32)+"\n")
	write(t, dir, "keys/intranet.pem", publicKey(t, "EdDSA"))
	write(t, dir, "keys/sso.json", "{}")
	t.Setenv("OFFHOOK_TURN_SECRET", "turn")
	c, err := Load(filepath.Join(dir, "offhook.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	keys := c.Agents.Tokens
	if string(keys[0].Secret.Value()) != strings.Repeat("k", 32) || !strings.HasPrefix(string(keys[1].PublicKey), "-----BEGIN") || string(keys[2].JWKS) != "{}" {
		t.Errorf("got %q %q %q", keys[0].Secret.Value(), keys[1].PublicKey, keys[2].JWKS)
	}
	if got := string(c.ICEServers[0].Secret.Value()); got != "turn" {
		t.Errorf("got %q, want turn", got)
	}
}

func write(t testing.TB, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
