package main

import (
	"crypto/tls"
	"fmt"

	"offhook/api"
	"offhook/internal/config"
)

// certificate is that of SIP over TLS.
type certificate struct{ files *api.Certificate }

// newCertificate is nil where no files are named.
func newCertificate(files config.KeyPair) *certificate {
	if files.Certificate == "" {
		return nil
	}
	return &certificate{api.NewCertificate(files.Certificate, files.Key)}
}

// current is the certificate as it is now.
func (c *certificate) current() (*tls.Certificate, error) {
	now, err := c.files.Current()
	if err != nil {
		return nil, fmt.Errorf("sip_tls: %w", err)
	}
	return now, nil
}

// server is how trunks that connect are answered.
func (c *certificate) server() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.current() }}
}

// client is how we connect to trunks; they may ask for our certificate (RFC 5922 §7.5).
func (c *certificate) client() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return c.current() }}
}
