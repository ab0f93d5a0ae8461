package config

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
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
	if len(c.Trunks) != 2 || len(c.Queues) != 2 || len(c.Agents.Tokens) != 3 || c.Agents.Tokens[0].Secret.File != "secrets/tokens" {
		t.Errorf("got %d trunks, %d queues, %d keys", len(c.Trunks), len(c.Queues), len(c.Agents.Tokens))
	}
	if got := c.Public(c.Listen.SIP[0].Addr.Addr()).String(); got != "203.0.113.5" {
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
	f := newFaults()
	decode([]byte(text), Default(), f)
	for name := range settingsOf(reflect.TypeFor[Config](), "") {
		if !f.mentions(name) {
			t.Errorf("%s is not set in the example", name)
		}
	}
}

// TestExampleHasEveryWayOut: each kind of way out stands somewhere in the example, with all that goes with it.
func TestExampleHasEveryWayOut(t *testing.T) {
	c, err := Parse(readExample(t))
	if err != nil {
		t.Fatal(err)
	}
	all := reflect.New(reflect.TypeFor[WayOut]()).Elem()
	for i := range c.Queues {
		for _, w := range c.Queues[i].Ways() {
			for n := range all.NumField() {
				if v := reflect.ValueOf(*w.WayOut).Field(n); !v.IsZero() {
					all.Field(n).Set(v)
				}
			}
		}
	}
	for n := range all.NumField() {
		if all.Field(n).IsZero() {
			t.Errorf("no way out has %s in the example", all.Type().Field(n).Tag.Get("yaml"))
		}
	}
	for _, w := range (&Queue{}).limitWays() {
		if !strings.Contains(string(readExample(t)), w.Setting+": ") {
			t.Errorf("%s stands nowhere in the example", w.Setting)
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
		if inner.Kind() == reflect.Struct && inner != reflect.TypeFor[Secret]() && inner != reflect.TypeFor[WayOut]() && !reflect.PointerTo(inner).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) {
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
	q, tr, s, r, token := Queue{}, Trunk{}, ICEServer{}, DialRoute{}, APIToken{}
	token.setDefaults()
	q.setDefaults()
	tr.setDefaults()
	s.setDefaults()
	r.setDefaults()
	lines := strings.Split(string(readExample(t)), "\n")
	rows := map[string]string{
		"http:": d.Listen.HTTP.String(), "sip:": "[" + d.Listen.SIP[0].String() + "]", "admin:": d.Listen.Admin.String(),
		"browsers:": "port 3480 of listen.http's address", "trunk: 192": "that of the first listen.sip", "ports:": d.Media.Ports.String(),
		"trunk_silence:": short(d.Media.TrunkSilence), "setup_timeout:": short(d.Media.SetupTimeout),
		"codecs:": "[" + strings.Join(tr.Codecs, ", ") + "]", "strategy:": q.Strategy, "ring_for:": short(q.RingFor), "wrap_up:": short(q.WrapUp),
		"wrap_up_max:": short(q.WrapUpMax), "max_wait:": "0s", "answer:": q.Answer, "sound:": q.Sound, "on_agent_lost:": q.OnAgentLost,
		"step:": short(q.Step), "levels:": "all", "relax:": "never", "prefer_for:": short(q.PreferFor), "weight:": "0s", "max_estimate:": "0s", "join_empty:": q.JoinEmpty,
		"leave_empty:": q.LeaveEmpty, "max_wait_empty:": "0s", "leave_closed:": "false", "on_full:": "the end of the call", "exits:": "none", "return_within:": "0s",
		"callback_tries:": strconv.Itoa(q.CallbackTries), "callback_gap:": "5m", "callback_for:": short(q.CallbackFor), "language:": q.Language,
		"prompts:": "none", "welcome:": "nothing", "comfort:": "nothing", "comfort_every:": "60s", "announce_every:": "0s", "short_abandon:": short(q.ShortAbandon),
		"refuse_empty:": "false", "window:": "60m", "seed:": "0", "head_starts:": "none", "notice:": "nothing", "class:": "0", "head_start:": "0s", "needs:": "nothing", "prefer:": "none",
		"staff:": "nothing", "level: 1": "1", "order:": "his place in this list", "hours: office": "always", "holidays:": "none", "open:": "closed",
		"target:": short(q.Target), "audience:": d.Agents.Audience, "max_token_age:": short(d.Agents.MaxTokenAge), "leeway:": short(d.Agents.Leeway),
		"resume_for:": short(d.Agents.ResumeFor), "confirm_within:": short(d.Agents.ConfirmWithin), "max_misses:": "1", "max_rejects:": "3",
		"reject_delay:": short(d.Agents.RejectDelay), "ttl:": short(s.TTL), "level: info": "info", "format: t": d.Log.Format, "calls:": "1000",
		"sockets:": "10000", "waiting_sockets:": "20", "transactions:": "2000", "drain:": "300s", "capacity:": "500",
		"late_codec:": "the first of PCMA and PCMU in codecs", "hold:": tr.Hold, "digits:": tr.Digits, "refer:": "false", "accept_refer:": "false",
		"accept_replaces:": "false", "redirect_hosts:": "none", "100rel:": "false", "max_calls:": "0, as many as come", "session:": short(tr.Session), "rtcp_mux:": "false", "avpf:": "false", "dtls:": "false", "qualify:": "false",
		"addresses:": "none", "srtp:": tr.SRTP, "srtp_profile:": tr.SRTPProfile, "credentials:": "none", "register:": "none", "expires:": short(tr.Register.Expires),
		"folder: calls": "none, nothing is kept", "folder: calls/": "callbacks in the folder of records", "emergency:": strings.Join(d.Dial.Emergency, ", "), "folder: sound": "none, nothing is recorded", "folder: traces": "none, nothing is written", "record:": d.Dial.Record, "match:": "none", "mask:": strconv.FormatBool(d.Traces.Mask), "files:": strconv.Itoa(d.Traces.Files), "keep_days:": strconv.Itoa(d.Records.KeepDays), "scope:": token.Scope,
		"ca:": "those of the system", "sip_tls:": "that of `tls`", "country:": "none", "national:": "none", "international:": "none",
		"national_lengths:": "none", "allow:": "none, nobody", "deny:": "none", "format: e": r.Format, "at_once:": strconv.Itoa(d.Dial.AtOnce),
		"per_minute:": strconv.Itoa(d.Dial.PerMinute), "per_day:": strconv.Itoa(d.Dial.PerDay), "longest:": short(d.Dial.Longest), "domains:": "none", "callers:": "none",
	}
	for key, want := range rows {
		if !strings.Contains(commentAbove(lines, key), "Default: "+want) {
			t.Errorf("%s comment does not name the default %s", key, want)
		}
	}
}

// TestExampleExplainsQueues: each setting of queues, and of what goes with them, has its default in the comment above it.
func TestExampleExplainsQueues(t *testing.T) {
	lines := strings.Split(string(readExample(t)), "\n")
	without := []string{
		"name", "queue", "refuse", "agent", "zone", "week", "date", // needed, or one of several that are
		"on_max_wait", "on_empty", "on_estimate", "on_closed", // on_full's comment is theirs
		"caller", "queues", // the first that begins so is another
	}
	for _, part := range []reflect.Type{reflect.TypeFor[Route](), reflect.TypeFor[Hours](), reflect.TypeFor[Holiday](), reflect.TypeFor[Queue](), reflect.TypeFor[Matching](), reflect.TypeFor[Staff](), reflect.TypeFor[StaffQueue]()} {
		for i := range part.NumField() {
			key := part.Field(i).Tag.Get("yaml")
			if key != "-" && !slices.Contains(without, key) && !strings.Contains(commentAbove(lines, key+":"), "Default: ") {
				t.Errorf("%s of %s: its comment names no default", key, part)
			}
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
		for j := i - 1; j >= 0 && strings.HasPrefix(strings.TrimPrefix(strings.TrimSpace(lines[j]), "- "), "#"); j-- {
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
	write(t, dir, "offhook.yaml", string(readExample(t)))
	certificate, key := pair(t)
	for _, name := range []string{"tls/fullchain.pem", "tls/sip.pem", "tls/carrier-ca.pem", "tls/crm-ca.pem"} {
		write(t, dir, name, certificate)
	}
	for _, name := range []string{"tls/privkey.pem", "tls/sip-key.pem"} {
		write(t, dir, name, key)
	}
	write(t, dir, "secrets/carrier", "sesame\n")
	write(t, dir, "welcome.wav", "")
	write(t, dir, "prompts/x", "")
	write(t, dir, "secrets/tokens", strings.Repeat("k", 32)+"\n")
	write(t, dir, "secrets/webhook", strings.Repeat("w", 24)+"\n")
	write(t, dir, "secrets/reporting", strings.Repeat("r", 32)+"\n")
	write(t, dir, "secrets/admin", strings.Repeat("a", 32)+"\n")
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
	carrier := c.Trunks[1]
	if string(carrier.Credentials.Password.Value()) != "sesame" || string(carrier.TLS.Roots) != certificate {
		t.Errorf("got %q and %q", carrier.Credentials.Password.Value(), carrier.TLS.Roots)
	}
	if got := string(c.API.Tokens[0].Secret.Value()); got != strings.Repeat("r", 32) || c.Records.Folder != filepath.Join(dir, "calls") {
		t.Errorf("got %q and %s", got, c.Records.Folder)
	}
	if got := c.SIPCertificate().Key; got != filepath.Join(dir, "tls/sip-key.pem") {
		t.Errorf("the key of SIP is %s", got)
	}
	line := strings.Count(strings.SplitAfter(string(readExample(t)), "srtp: optional")[0], "\n") + 1
	if fault, want := c.Fault("trunks[1].srtp", "no"), fmt.Sprintf("%s/offhook.yaml:%d:5: trunks[1].srtp: no", dir, line); fault.Error() != want {
		t.Errorf("a fault that another part finds is placed at %v, want %s", fault, want)
	}
}

// pair is a certificate signed by itself, and its key.
func pair(t testing.TB) (certificate, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}))
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
