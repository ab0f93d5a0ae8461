package config

import "bytes"

// Records is where call records are kept.
type Records struct {
	// Folder holds them, resolved from the configuration file's folder by Load; "" keeps none.
	Folder string `yaml:"folder"`
	// KeepDays is for how many days; 0 for ever.
	KeepDays int `yaml:"keep_days"`
}

// API is who may use the HTTP API.
type API struct {
	// Tokens are those who may. None: nobody.
	Tokens []APIToken `yaml:"tokens"`
}

// APIToken lets one program use the API.
type APIToken struct {
	// Name tells tokens apart in the log.
	Name string `yaml:"name"`
	// Scope is "read", or "write", which includes it.
	Scope  string `yaml:"scope"`
	Secret Secret `yaml:"secret"`
}

// scopes are what an API token may be for.
var scopes = []string{"read", "write"}

func (t *APIToken) setDefaults() { t.Scope = "read" }

func (r *Records) check(f *faults) { f.least("records.keep_days", r.KeepDays, 0) }

func (a *API) check(f *faults) {
	for i := range a.Tokens {
		t, at := &a.Tokens[i], index("api.tokens", i)
		f.needed(at+".name", t.Name)
		f.oneOf(at+".scope", t.Scope, scopes)
		t.Secret.check(at+".secret", f)
		if !t.Secret.IsSet() {
			f.add(at+".secret", "it is needed")
		}
	}
	once(f, "api.tokens", a.Tokens, func(t APIToken) string { return t.Name })
}

// resolve makes the folder's name absolute.
func (r *Records) resolve(from source) {
	if r.Folder != "" {
		r.Folder = from.path(r.Folder)
	}
}

// resolve reads the secrets. They are what stands between strangers and the records, so short ones are refused.
func (a *API) resolve(f *faults, from source) {
	for i := range a.Tokens {
		t, at := &a.Tokens[i], index("api.tokens", i)+".secret"
		t.Secret.resolveBearer(at, f, from)
		for j := range i {
			if len(t.Secret.value) > 0 && bytes.Equal(t.Secret.value, a.Tokens[j].Secret.value) {
				f.add(at, "it is that of %q too", a.Tokens[j].Name)
			}
		}
	}
}

// resolveBearer reads a secret that is shown as a bearer token (RFC 6750 §2.1).
func (s *Secret) resolveBearer(at string, f *faults, from source) {
	f.wrong(at, s.read(from))
	if n := len(s.value); n > 0 && n < 32 {
		f.add(at, "it is shorter than 32 bytes")
	}
	if !printable(s.value) {
		f.add(at, "it has characters that cannot stand in an Authorization header")
	}
}

// printable reports whether a text is made of visible ASCII characters.
func printable(text []byte) bool {
	for _, c := range text {
		if c <= ' ' || c > '~' {
			return false
		}
	}
	return true
}
