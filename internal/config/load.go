package config

import (
	"crypto/tls"
	"crypto/x509"
	"os"
	"path/filepath"
)

// Load reads the file at path, and the secrets and keys that it names; relative names are meant from the file's folder. The
// error lists all that is wrong, each as an error of type *[Fault].
func Load(path string) (*Config, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	c, f := parse(text)
	f.name, c.places.name = path, path
	if len(f.list) == 0 {
		c.resolve(f, source{dir: filepath.Dir(path), env: os.Getenv})
	}
	return c.unless(f)
}

// Path is the file that the configuration was read from; "" if it was read from text.
func (c *Config) Path() string { return c.places.name }

// Parse reads a configuration and checks it, without reading any file that it names. The error lists all that is wrong, each as an error
// of type *[Fault].
func Parse(text []byte) (*Config, error) {
	c, f := parse(text)
	return c.unless(f)
}

func parse(text []byte) (*Config, *faults) {
	f := newFaults()
	c := Default()
	if decode(text, c, f) {
		f.judged()
		c.follow()
		c.check(f)
	}
	c.places = f.places
	return c, f
}

func (c *Config) unless(f *faults) (*Config, error) {
	if err := f.err(); err != nil {
		return nil, err
	}
	return c, nil
}

// source is where secrets and keys come from.
type source struct {
	dir string
	env func(string) string
}

func (s source) path(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(s.dir, name)
}

func (s source) file(name string) ([]byte, error) { return os.ReadFile(s.path(name)) }

// resolve reads what the configuration names.
func (c *Config) resolve(f *faults, from source) {
	for i := range c.Agents.Tokens {
		k := &c.Agents.Tokens[i]
		at := index("agents.tokens", i)
		f.wrong(at+".secret", k.Secret.read(from))
		k.PublicKey = f.read(at+".public_key_file", k.PublicKeyFile, from)
		k.JWKS = f.read(at+".jwks_file", k.JWKSFile, from)
		if k.PublicKey != nil {
			f.wrong(at+".public_key_file", fits(k.PublicKey, k.Algorithm))
		}
		if n := len(k.Secret.value); n > 0 && n < 32 {
			f.add(at+".secret", "it is shorter than 32 bytes (RFC 7518 §3.2)")
		}
	}
	for i := range c.ICEServers {
		f.wrong(index("ice_servers", i)+".secret", c.ICEServers[i].Secret.read(from))
	}
	for i := range c.Queues {
		c.Queues[i].resolve(index("queues", i), f, from)
	}
	for i := range c.Routes {
		c.Routes[i].Message = f.spoken(index("routes", i)+".message", c.Routes[i].Message, from)
	}
	c.Records.resolve(from)
	c.Callbacks.resolve(from, &c.Records)
	c.Recordings.resolve(f, from)
	c.Traces.resolve(from)
	c.API.resolve(f, from)
	c.Listen.AdminToken.resolveBearer("listen.admin_token", f, from)
	resolveWebhooks(c.Webhooks, f, from)
	f.wrong("tls", c.TLS.resolve(from))
	f.wrong("sip_tls", c.SIPTLS.resolve(from))
	for i := range c.Trunks {
		t := &c.Trunks[i]
		at := index("trunks", i)
		f.wrong(at+".credentials.password", t.Credentials.Password.read(from))
		if t.TLS.Roots = f.read(at+".tls.ca", t.TLS.CA, from); t.TLS.Roots != nil && !x509.NewCertPool().AppendCertsFromPEM(t.TLS.Roots) {
			f.add(at+".tls.ca", "it holds no certificate in PEM form")
		}
	}
}

// resolve makes the names absolute, and sees whether the files go together.
func (k *KeyPair) resolve(from source) error {
	if k.Certificate == "" {
		return nil
	}
	k.Certificate, k.Key = from.path(k.Certificate), from.path(k.Key)
	_, err := tls.LoadX509KeyPair(k.Certificate, k.Key)
	return err
}

// read gives the contents of a file that a setting names, nil if it names none.
func (f *faults) read(at, name string, from source) []byte {
	if name == "" {
		return nil
	}
	data, err := from.file(name)
	f.wrong(at, err)
	return data
}
