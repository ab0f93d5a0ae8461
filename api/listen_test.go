package api

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func writePair(t *testing.T, dir, name string, when time.Time) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalECPrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for path, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "EC PRIVATE KEY", Bytes: keyDER}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, when, when); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key
}

// nameSeen is the common name of the certificate that a client is shown.
func nameSeen(t *testing.T, l net.Listener) string {
	t.Helper()
	go func() {
		if c, err := l.Accept(); err == nil {
			_ = c.(*tls.Conn).Handshake()
			_ = c.Close()
		}
	}()
	c, err := tls.Dial("tcp", l.Addr().String(), &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	return c.ConnectionState().PeerCertificates[0].Subject.CommonName
}

// A certificate that was replaced is used from the next handshake on; one that cannot be read leaves the old one.
func TestCertificateIsReadAgain(t *testing.T) {
	dir, when := t.TempDir(), time.Now().Add(-time.Hour)
	cert, key := writePair(t, dir, "first", when)
	l, err := Listen("127.0.0.1:0", cert, key, Crowd{})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if got := nameSeen(t, l); got != "first" {
		t.Errorf("got %q, want first", got)
	}
	writePair(t, dir, "second", when.Add(time.Minute))
	if got := nameSeen(t, l); got != "second" {
		t.Errorf("got %q, want second", got)
	}
	if err := os.WriteFile(cert, []byte("broken"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := nameSeen(t, l); got != "second" {
		t.Errorf("got %q, want second still", got)
	}
}

func TestListenSaysWhatIsWrong(t *testing.T) {
	if _, err := Listen("127.0.0.1:0", "missing.pem", "missing.pem", Crowd{}); err == nil {
		t.Error("a missing certificate was accepted")
	}
}
