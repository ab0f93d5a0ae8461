package dialog

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/netip"
	"strings"
)

// errPeerName says that a certificate does not name the trunk.
var errPeerName = errors.New("dialog: the certificate is not the trunk's")

// serverTLS is a listener's configuration that knows the trunks: one with a PeerName must show a certificate of that name (check 3 of
// translation.md §1.6).
func serverTLS(base *tls.Config, c *core) *tls.Config {
	base = base.Clone()
	base.MinVersion = max(base.MinVersion, tls.VersionTLS12)
	own := base.Clone()
	base.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		t := c.trunkOf(addrOf(hello.Conn.RemoteAddr()).Addr())
		if t == nil || t.PeerName == "" {
			return own, nil
		}
		cfg := own.Clone()
		cfg.ClientAuth = tls.RequireAnyClientCert // verified below: a SIP server's certificate seldom says "client" (RFC 5922 §7.1)
		cfg.VerifyConnection = func(s tls.ConnectionState) error { return verifyPeer(s.PeerCertificates, t) }
		return cfg, nil
	}
	return base
}

// verifyPeer checks a trunk's certificate: signed by one of its roots, and bearing its name.
func verifyPeer(chain []*x509.Certificate, t *Trunk) error {
	if len(chain) == 0 {
		return errPeerName
	}
	opts := x509.VerifyOptions{Intermediates: x509.NewCertPool(), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}}
	if t.TLS != nil {
		opts.Roots = t.TLS.RootCAs
	}
	for _, c := range chain[1:] {
		opts.Intermediates.AddCert(c)
	}
	if _, err := chain[0].Verify(opts); err != nil {
		return fmt.Errorf("%w: %w", errPeerName, err)
	}
	if !named(chain[0], t.PeerName) {
		return errPeerName
	}
	return nil
}

// named says whether a certificate is that of a SIP domain or host: by a sip URI among its names, else by a DNS name or an address
// (RFC 5922 §7.1, §7.2).
func named(c *x509.Certificate, name string) bool {
	sips := false
	for _, u := range c.URIs {
		if strings.EqualFold(u.Scheme, "sip") {
			sips = true
			if strings.EqualFold(u.Opaque, name) || strings.EqualFold(u.Host, name) {
				return true
			}
		}
	}
	return !sips && c.VerifyHostname(name) == nil
}

// clientTLS is the configuration of a connection to a trunk. Its certificate must bear PeerName or, where none is set, the address.
func clientTLS(t *Trunk, to netip.Addr) *tls.Config {
	cfg := &tls.Config{}
	if t.TLS != nil {
		cfg = t.TLS.Clone()
	}
	cfg.MinVersion = max(cfg.MinVersion, tls.VersionTLS12)
	if cfg.ServerName == "" {
		cfg.ServerName = t.PeerName
	}
	if cfg.ServerName == "" {
		cfg.ServerName = to.String()
	}
	return cfg
}
