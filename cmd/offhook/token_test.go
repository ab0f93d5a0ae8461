package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What is wrong with -issuer is said of -issuer.
func TestTokenSaysWhatIsWrongWithTheIssuer(t *testing.T) {
	path := writeConfig(t, strings.Replace(testConfig, "tokens: [", "tokens: [{issuer: sso, jwks_file: sso.json}, ", 1))
	if err := os.WriteFile(filepath.Join(filepath.Dir(path), "sso.json"), []byte(`{"keys": []}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for issuer, want := range map[string]string{
		"other": `-issuer: agents.tokens has no issuer "other", only sso, crm`,
		"sso":   `-issuer: "sso" has no shared secret`,
		"crm":   "",
	} {
		_, err := offhook(t, "token", "-config", path, "-agent", "jonas", "-issuer", issuer)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: got %v, want %s", issuer, err, want)
		}
	}
}
