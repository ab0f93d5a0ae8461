package api

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// The headers of a delivery (Standard Webhooks 1.0): its ID, the same at every attempt; when this attempt was made, Unix seconds; "v1," and the signature.
const (
	headerID        = "Webhook-Id"
	headerTimestamp = "Webhook-Timestamp"
	headerSignature = "Webhook-Signature"
)

// retryAtMost bounds the pause between two attempts, also where the address asks for a longer one.
const retryAtMost = time.Minute

func newDeliveryID() string { return "evt_" + rand.Text() }

// hookKey is the key that a configured secret stands for.
func hookKey(secret []byte) ([]byte, error) {
	coded, ok := bytes.CutPrefix(secret, []byte("whsec_"))
	if !ok {
		return secret, nil
	}
	key, err := base64.StdEncoding.DecodeString(string(coded))
	if err != nil {
		return nil, errors.New("what follows whsec_ is not base64")
	}
	return key, nil
}

// sign is the signature of an attempt: HMAC-SHA256 over ID, time and body.
func sign(key []byte, id, timestamp string, body []byte) string {
	mac := hmac.New(sha256.New, key)
	_, _ = fmt.Fprintf(mac, "%s.%s.", id, timestamp)
	_, _ = mac.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// hookClient goes to the configured address and nowhere else: no redirect is followed, no proxy of the environment used.
func hookClient(t http.RoundTripper) *http.Client {
	return &http.Client{Transport: t, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// HookTransport carries requests to addresses whose certificate these authorities vouch for; nil means the system's.
func HookTransport(authorities *x509.CertPool) http.RoundTripper {
	return &http.Transport{
		TLSClientConfig:        &tls.Config{RootCAs: authorities, MinVersion: tls.VersionTLS12},
		ForceAttemptHTTP2:      true,
		DisableCompression:     true,
		MaxIdleConnsPerHost:    2,
		IdleConnTimeout:        30 * time.Second,
		TLSHandshakeTimeout:    5 * time.Second,
		MaxResponseHeaderBytes: 16 << 10,
	}
}

// answer is what an address said to an attempt.
type answer struct {
	status int
	err    error // no status came
	wait   time.Duration
}

// verdict is what is to be done after an answer: the event was taken, is tried again, or dropped.
func (a answer) verdict() HookOutcome {
	switch {
	case a.err == nil && a.status/100 == 2:
		return HookDelivered
	case a.err != nil, a.status/100 == 5:
		return HookRetried
	}
	switch a.status {
	case http.StatusRequestTimeout, http.StatusConflict, http.StatusTooEarly, http.StatusTooManyRequests:
		return HookRetried
	}
	return HookRefused // a redirect among them: it would lead elsewhere
}

// String is for the log. It has no URL: that may hold a secret.
func (a answer) String() string {
	if a.err != nil {
		return a.err.Error()
	}
	return strconv.Itoa(a.status)
}

// post makes one attempt. A panic on its way costs this attempt.
func (t *hookTarget) post(ctx context.Context, d delivery) (a answer) {
	defer func() {
		if p := recover(); p != nil {
			a = answer{err: fmt.Errorf("panic: %v", p)}
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, t.cfg.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, t.cfg.URL, bytes.NewReader(d.body))
	if err != nil {
		return answer{err: errors.New("the request cannot be made")}
	}
	stamp := strconv.FormatInt(time.Now().Unix(), 10)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "offhook")
	req.Header.Set(headerID, d.id)
	req.Header.Set(headerTimestamp, stamp)
	req.Header.Set(headerSignature, sign(t.key, d.id, stamp, d.body))
	res, err := t.client.Do(req)
	if err != nil {
		var with *url.Error
		if errors.As(err, &with) {
			err = with.Err
		}
		return answer{err: err}
	}
	defer func() { _ = res.Body.Close() }()
	_, _ = io.CopyN(io.Discard, res.Body, 4<<10) // so that the connection can be used again
	return answer{status: res.StatusCode, wait: retryAfter(res.Header.Get("Retry-After"))}
}

// retryAfter reads the header's seconds (RFC 9110 §10.2.3); its form with a date is passed over.
func retryAfter(header string) time.Duration {
	n, err := strconv.Atoi(strings.TrimSpace(header))
	if err != nil || n < 0 {
		return 0
	}
	return min(time.Duration(min(n, 3600))*time.Second, retryAtMost)
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.Unmap().IsLoopback()
}
