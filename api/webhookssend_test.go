package api

import (
	"crypto/x509"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// The signature is that of Standard Webhooks 1.0: its own example.
func TestWebhookSignature(t *testing.T) {
	key, err := hookKey([]byte(hookSecret))
	if err != nil {
		t.Fatal(err)
	}
	const want = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
	if got := sign(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", []byte(`{"test": 2432232314}`)); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if key, err := hookKey([]byte("plain secret")); err != nil || string(key) != "plain secret" {
		t.Errorf("got %q, %v", key, err)
	}
	if _, err := hookKey([]byte("whsec_&&")); err == nil {
		t.Error("what is no base64 was taken")
	}
}

// Only https, and http to this machine; nothing in the address that would not be sent.
func TestSecurityWebhookAddresses(t *testing.T) {
	for url, good := range map[string]bool{
		"https://crm.example/hook": true, "https://crm.example:8443/hook?x=1": true, "http://127.0.0.1:9000/": true, "http://[::1]/": true, "http://localhost/": true,
		"http://crm.example/": false, "http://127.0.0.1.evil.example/": false, "http://localhost.evil.example/": false, "http://0x7f000001/": false, "http://10.0.0.1/": false,
		"https://user:pw@crm.example/": false, "https://crm.example/#part": false, "https:///hook": false, "ftp://crm.example/": false, "file:///etc/passwd": false,
		"gopher://127.0.0.1/": false, "crm.example/hook": false, "": false, "https://crm.example/%zz": false, "//crm.example/": false,
	} {
		_, err := NewWebhooks([]Webhook{{Name: "crm", URL: url, Secret: []byte("s")}}, slog.Default(), nil)
		if (err == nil) != good {
			t.Errorf("%q: %v", url, err)
		}
		if err != nil && strings.Contains(err.Error(), "pw") {
			t.Errorf("the error tells the password: %v", err)
		}
	}
	for _, events := range []string{"call.*x", "call", "", "calls.*", "["} {
		if _, err := NewWebhooks([]Webhook{{Name: "crm", URL: "https://crm.example", Events: []string{events}}}, slog.Default(), nil); err == nil {
			t.Errorf("%q was taken for an event", events)
		}
	}
}

// realHook tells one event to a real server, and waits for what becomes of it.
func realHook(t *testing.T, h Webhook) HookOutcome {
	t.Helper()
	became := make(chan HookOutcome, 10)
	h.Name, h.Secret = "real", []byte(hookSecret)
	w, err := NewWebhooks([]Webhook{h}, slog.New(slog.NewTextHandler(io.Discard, nil)), func(_ string, what HookOutcome) { became <- what })
	if err != nil {
		t.Fatal(err)
	}
	defer (&hooks{Webhooks: w}).end()
	w.Happened(Event{Type: CallEnded, At: time.Date(2026, 11, 22, 9, 10, 0, 5e6, time.UTC), Call: "01M826V30NE5064FVSTJRD10DZ", Agent: "jonas", Queue: "billing", Body: map[string]int{"n": 1}})
	select {
	case what := <-became:
		return what
	case <-time.After(60 * time.Second):
		t.Fatal("nothing became of the event")
		return ""
	}
}

// Over a real connection: the bytes that are signed are those that arrive.
func TestWebhooksReachARealServer(t *testing.T) {
	var wrong atomic.Value
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		key, _ := hookKey([]byte(hookSecret))
		stamp, _ := strconv.ParseInt(r.Header.Get("Webhook-Timestamp"), 10, 64)
		text := string(body)
		switch {
		case sign(key, r.Header.Get("Webhook-Id"), r.Header.Get("Webhook-Timestamp"), body) != r.Header.Get("Webhook-Signature"):
			wrong.Store("signature")
		case time.Since(time.Unix(stamp, 0)).Abs() > time.Minute:
			wrong.Store("time")
		case !strings.HasPrefix(text, `{"id":"evt_`) || !strings.HasSuffix(text, `","type":"call.ended","at":"2026-11-22T09:10:00.005Z","call":"01M826V30NE5064FVSTJRD10DZ","agent":"jonas","queue":"billing","data":{"n":1}}`):
			wrong.Store(text)
		case r.Header.Get("User-Agent") != "offhook" || r.URL.Path != "/in":
			wrong.Store(r.URL.String())
		}
	}))
	defer s.Close()
	pool := x509.NewCertPool()
	pool.AddCert(s.Certificate())
	if got := realHook(t, Webhook{URL: s.URL + "/in", Transport: HookTransport(pool)}); got != HookDelivered || wrong.Load() != nil {
		t.Errorf("%s, wrong: %v", got, wrong.Load())
	}
}

// A server that nobody vouches for is told nothing.
func TestSecurityWebhookCertificates(t *testing.T) {
	var asked atomic.Int32
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, 0)
	s.StartTLS()
	defer s.Close()
	if got := realHook(t, Webhook{URL: s.URL}); got != HookRetried || asked.Load() != 0 {
		t.Errorf("%s, asked %d times", got, asked.Load())
	}
}

// A redirect leads nowhere, and no proxy of the environment is asked: only the configured address gets requests.
func TestSecurityWebhookRedirects(t *testing.T) {
	var lured atomic.Int32
	inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { lured.Add(1) }))
	defer inside.Close()
	if HookTransport(nil).(*http.Transport).Proxy != nil { // one of the environment is not asked for loopback, so this cannot be seen from outside
		t.Error("a proxy is asked")
	}
	for _, status := range []int{301, 302, 303, 307, 308} {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", inside.URL)
			w.WriteHeader(status)
		}))
		if got := realHook(t, Webhook{URL: s.URL}); got != HookRefused || lured.Load() != 0 {
			t.Errorf("%d: %s, lured %d times", status, got, lured.Load())
		}
		s.Close()
	}
}

// An address whose answer never ends is left after what fits into one read of ours, and its event counts as taken.
func TestFaultWebhookAnswersWithoutEnd(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for {
			if _, err := w.Write(make([]byte, 1<<16)); err != nil || r.Context().Err() != nil {
				return
			}
		}
	}))
	defer s.Close()
	if got := realHook(t, Webhook{URL: s.URL}); got != HookDelivered {
		t.Errorf("got %s", got)
	}
}
