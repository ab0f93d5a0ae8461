package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"offhook/internal/config"
)

// writePair writes a certificate for 127.0.0.1 and sip.example.com, signed by itself, and its key.
func writePair(t *testing.T, dir string, from, to time.Time) (cert *x509.Certificate) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: "offhook"}, NotBefore: from, NotAfter: to, IsCA: true, BasicConstraintsValid: true,
		DNSNames: []string{"sip.example.com"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{"sip.pem": {Type: "CERTIFICATE", Bytes: der}, "sip-key.pem": {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if cert, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	return cert
}

// A trunk that connects by TLS is shown the certificate of sip_tls and answered.
func TestSIPOverTLSIsServed(t *testing.T) {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := free.Addr().String()
	_ = free.Close()
	path := writeConfig(t, strings.Replace(testConfig, `"127.0.0.2:0"]`, `"tls:`+addr+`"]`, 1)+"sip_tls: {certificate: sip.pem, key: sip-key.pem}\n")
	cert := writePair(t, filepath.Dir(path), time.Now().Add(-time.Hour), time.Now().Add(time.Hour))
	c, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	set, err := plan(c, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	s, err := start(set)
	if err != nil {
		t.Fatal(err)
	}
	defer s.close(atOnce())
	roots := x509.NewCertPool()
	roots.AddCert(cert)
	conn, err := tls.Dial("tcp", addr, &tls.Config{RootCAs: roots, ServerName: "sip.example.com", MinVersion: tls.VersionTLS12})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	const options = "OPTIONS sip:offhook@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TLS 127.0.0.1:5061;branch=z9hG4bK1\r\nFrom: <sip:pbx@127.0.0.1>;tag=1\r\n" +
		"To: <sip:offhook@127.0.0.1>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
	if _, err := conn.Write([]byte(options)); err != nil {
		t.Fatal(err)
	}
	if err := conn.SetReadDeadline(time.Now().Add(60 * time.Second)); err != nil {
		t.Fatal(err)
	}
	answer := make([]byte, 4096)
	n, err := conn.Read(answer)
	if err != nil || !strings.HasPrefix(string(answer[:n]), "SIP/2.0 200 ") {
		t.Errorf("got %q, %v, want 200", answer[:n], err)
	}
}

// A certificate that was replaced is shown from then on; one that cannot be read leaves the old one.
func TestFaultCertificateIsReadAgain(t *testing.T) {
	dir := t.TempDir()
	now := time.Now()
	c := newCertificate(config.KeyPair{Certificate: filepath.Join(dir, "sip.pem"), Key: filepath.Join(dir, "sip-key.pem")})
	if _, err := c.current(); err == nil || !strings.Contains(err.Error(), "sip_tls") {
		t.Errorf("without files: %v", err)
	}
	shown := func() string {
		t.Helper()
		got, err := c.current()
		if err != nil {
			t.Fatal(err)
		}
		return got.Leaf.SerialNumber.String()
	}
	later := func(d time.Duration) {
		t.Helper()
		for _, name := range []string{"sip.pem", "sip-key.pem"} {
			if err := os.Chtimes(filepath.Join(dir, name), now.Add(d), now.Add(d)); err != nil {
				t.Fatal(err)
			}
		}
	}
	first := writePair(t, dir, now, now.Add(time.Hour)).SerialNumber.String()
	if later(0); shown() != first {
		t.Error("the first is not shown")
	}
	second := writePair(t, dir, now, now.Add(time.Hour)).SerialNumber.String()
	if later(time.Second); shown() != second {
		t.Error("the second is not shown")
	}
	if err := os.WriteFile(filepath.Join(dir, "sip.pem"), []byte("half a fi"), 0o600); err != nil {
		t.Fatal(err)
	}
	if later(2 * time.Second); shown() != second {
		t.Error("the second is not kept")
	}
	if err := os.Remove(filepath.Join(dir, "sip-key.pem")); err != nil {
		t.Fatal(err)
	}
	if shown() != second {
		t.Error("the second is not kept without a key")
	}
}
