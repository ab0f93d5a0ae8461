package main

import (
	"crypto/tls"
	"fmt"
	"os"
	"sync"
	"time"

	"offhook/internal/config"
)

// certificate is that of SIP over TLS, in files. Files that were replaced are used from the next handshake on; those that cannot be read leave
// the old one.
type certificate struct {
	files config.KeyPair

	mu   sync.Mutex // guards the fields below
	last *tls.Certificate
	of   time.Time // the newer of the files' times when last was read
}

// current is the certificate as it is now.
func (c *certificate) current() (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	newest, err := newer(c.files.Certificate, c.files.Key)
	if err == nil && (c.last == nil || newest.After(c.of)) {
		var pair tls.Certificate
		if pair, err = tls.LoadX509KeyPair(c.files.Certificate, c.files.Key); err == nil {
			c.last, c.of = &pair, newest
		}
	}
	if c.last == nil {
		return nil, fmt.Errorf("sip_tls: %w", err)
	}
	return c.last, nil
}

func newer(files ...string) (newest time.Time, err error) {
	for _, name := range files {
		info, err := os.Stat(name)
		if err != nil {
			return newest, err
		}
		if info.ModTime().After(newest) {
			newest = info.ModTime()
		}
	}
	return newest, nil
}

// server is how trunks that connect are answered.
func (c *certificate) server() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.current() }}
}

// client is how we connect to trunks; they may ask for our certificate (RFC 5922 §7.5).
func (c *certificate) client() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return c.current() }}
}
