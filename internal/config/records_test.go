package config

import (
	"path/filepath"
	"strings"
	"testing"
)

// Without an entry nothing is kept and nobody may ask.
func TestSecurityTheAPIIsNobodysByDefault(t *testing.T) {
	c, err := Parse([]byte(least))
	if err != nil {
		t.Fatal(err)
	}
	if len(c.API.Tokens) != 0 || c.Records.Folder != "" || c.Records.KeepDays != 90 {
		t.Errorf("got %+v, %+v", c.API, c.Records)
	}
}

func TestRecordsAndAPIFaults(t *testing.T) {
	for _, r := range []struct{ text, want string }{
		{"records: {keep_days: -1}", `records.keep_days: -1 is below 0`},
		{"records: calls", `records: settings with names are wanted, "name: value"`},
		{"api: {tokens: [{secret: {env: K}}]}", `api.tokens[0].name: it is needed`},
		{"api: {tokens: [{name: a}]}", `api.tokens[0].secret: it is needed`},
		{"api: {tokens: [{name: a, secret: literal}]}", `api.tokens[0].secret: a secret does not stand in this file`},
		{"api: {tokens: [{name: a, secret: {env: K, file: f}}]}", `api.tokens[0].secret: file or env, not both`},
		{"api: {tokens: [{name: a, scope: admin, secret: {env: K}}]}", `api.tokens[0].scope: "admin" is none of read, write`},
		{"api: {tokens: [{name: a, secret: {env: K}}, {name: a, secret: {env: L}}]}", `api.tokens[1]: "a" stands twice`},
	} {
		t.Run(r.text, func(t *testing.T) {
			_, err := Parse([]byte(least + r.text))
			wantFault(t, err, r.want)
		})
	}
}

// A secret that could be guessed, could not be sent, or is two tokens' does not start.
func TestSecurityAPISecrets(t *testing.T) {
	t.Setenv("KEY", strings.Repeat("k", 32))
	t.Setenv("GOOD", strings.Repeat("g", 32))
	for name, row := range map[string]struct{ secret, want string }{
		"short":  {strings.Repeat("s", 31), "api.tokens[1].secret: it is shorter than 32 bytes"},
		"space":  {strings.Repeat("s", 32) + " x", "api.tokens[1].secret: it has characters that cannot stand in an Authorization header"},
		"ümlaut": {strings.Repeat("s", 32) + "ü", "api.tokens[1].secret: it has characters that cannot stand in an Authorization header"},
		"twice":  {strings.Repeat("g", 32), `api.tokens[1].secret: it is that of "a" too`},
		"empty":  {"", "api.tokens[1].secret: the environment has no"},
		"good":   {strings.Repeat("s", 32), ""},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			t.Setenv("ROW", row.secret)
			write(t, dir, "offhook.yaml", least+"api: {tokens: [{name: a, secret: {env: GOOD}}, {name: b, scope: write, secret: {env: ROW}}]}\n")
			_, err := Load(filepath.Join(dir, "offhook.yaml"))
			wantFault(t, err, row.want)
			if err != nil && row.secret != "" && strings.Contains(err.Error(), row.secret) {
				t.Errorf("the secret is told: %v", err)
			}
		})
	}
}

// wantFault wants one fault with that text, "" for none.
func wantFault(t *testing.T, err error, want string) {
	t.Helper()
	if want == "" {
		if err != nil {
			t.Error(err)
		}
		return
	}
	if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
		t.Errorf("got %v\nwant %s", err, want)
	}
}

// The admin listener's token is as good as the API's, and is set only if it is meant.
func TestSecurityAdminToken(t *testing.T) {
	t.Setenv("KEY", strings.Repeat("k", 32))
	for secret, want := range map[string]string{
		strings.Repeat("s", 31): "listen.admin_token: it is shorter than 32 bytes", strings.Repeat("s", 32) + " x": "listen.admin_token: it has characters", "": "listen.admin_token: the environment has no",
		strings.Repeat("s", 32): "",
	} {
		dir := t.TempDir()
		t.Setenv("ROW", secret)
		write(t, dir, "offhook.yaml", least+"listen: {admin_token: {env: ROW}}\n")
		_, err := Load(filepath.Join(dir, "offhook.yaml"))
		wantFault(t, err, want)
	}
}
