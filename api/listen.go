package api

import (
	"crypto/tls"
	"fmt"
	"net"
	"os"
	"sync"
	"time"
)

// Listen opens an HTTP listener for a crowd; with cert and key files it is TLS, and the files are read again when they change.
func Listen(addr, certFile, keyFile string, crowd Crowd) (net.Listener, error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, err
	}
	l = crowd.bound(l)
	if certFile == "" && keyFile == "" {
		return l, nil
	}
	c := NewCertificate(certFile, keyFile)
	get := func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
		now, err := c.Current()
		if err != nil {
			return nil, fmt.Errorf("tls: %w", err)
		}
		return now, nil
	}
	if _, err := get(nil); err != nil {
		_ = l.Close()
		return nil, err
	}
	return tls.NewListener(l, &tls.Config{GetCertificate: get, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}}), nil
}

// Certificate is a certificate in PEM files. Files that were replaced are used from the next handshake on; those that cannot be read leave the old one.
// It may be used by many goroutines.
type Certificate struct {
	certFile, keyFile string

	mu   sync.Mutex // guards the fields below
	last *tls.Certificate
	read time.Time // the newer of the files' times when last was read
}

// NewCertificate names the files; they are read when they are needed first.
func NewCertificate(certFile, keyFile string) *Certificate {
	return &Certificate{certFile: certFile, keyFile: keyFile}
}

// Current is the certificate as it is now. The error says that the files could never be read.
func (c *Certificate) Current() (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	changed, err := c.changed()
	if err == nil && (c.last == nil || changed.After(c.read)) {
		var pair tls.Certificate
		if pair, err = tls.LoadX509KeyPair(c.certFile, c.keyFile); err == nil {
			c.last, c.read = &pair, changed
		}
	}
	if c.last == nil {
		return nil, err
	}
	return c.last, nil
}

func (c *Certificate) changed() (newest time.Time, err error) {
	for _, name := range []string{c.certFile, c.keyFile} {
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
