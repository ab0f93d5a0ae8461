package api

import (
	"crypto/tls"
	"fmt"
	"net"
	"os"
	"sync"
	"time"
)

// Listen opens an HTTP listener; with cert and key files it is TLS, and the files are read again when they change.
func Listen(addr, certFile, keyFile string) (net.Listener, error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, err
	}
	if certFile == "" && keyFile == "" {
		return l, nil
	}
	c := &certificate{certFile: certFile, keyFile: keyFile}
	if _, err := c.get(nil); err != nil {
		_ = l.Close()
		return nil, err
	}
	return tls.NewListener(l, &tls.Config{GetCertificate: c.get, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}}), nil
}

// certificate is a certificate in files. A file that was replaced is used from the next handshake on; one that cannot be read leaves the old one.
type certificate struct {
	certFile, keyFile string

	mu   sync.Mutex // guards the fields below
	last *tls.Certificate
	read time.Time // the newer of the files' times when last was read
}

func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
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
		return nil, fmt.Errorf("tls: %w", err)
	}
	return c.last, nil
}

func (c *certificate) changed() (newest time.Time, err error) {
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
