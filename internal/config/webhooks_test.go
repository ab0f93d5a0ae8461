package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// aWebhook has nothing wrong.
func aWebhook() Webhook {
	var w Webhook
	w.setDefaults()
	w.Name, w.URL, w.Secret = "crm", "https://crm.example.com/offhook", Secret{File: "webhook"}
	return w
}

// One row a fault: what is wrong with a webhook, and of which setting that is told.
func TestWebhookFaults(t *testing.T) {
	for _, row := range []struct {
		name   string
		change func(w *Webhook)
		want   string // "" for nothing
	}{
		{"nothing", func(*Webhook) {}, ""},
		{"no name", func(w *Webhook) { w.Name = "" }, "webhooks[0].name"},
		{"no address", func(w *Webhook) { w.URL = "" }, "webhooks[0].url"},
		{"no secret", func(w *Webhook) { w.Secret = Secret{} }, "webhooks[0].secret"},
		{"a short timeout", func(w *Webhook) { w.Timeout = time.Millisecond }, "webhooks[0].timeout"},
		{"a long one", func(w *Webhook) { w.Timeout = time.Hour }, "webhooks[0].timeout"},
		{"for ever", func(w *Webhook) { w.GiveUp = 25 * time.Hour }, "webhooks[0].give_up"},
		{"at once", func(w *Webhook) { w.GiveUp = 0 }, "webhooks[0].give_up"},
		{"never", func(w *Webhook) { w.AtOnce = 0 }, "webhooks[0].at_once"},
		{"all at once", func(w *Webhook) { w.AtOnce = 1000 }, "webhooks[0].at_once"},
	} {
		t.Run(row.name, func(t *testing.T) {
			w, f := aWebhook(), newFaults()
			row.change(&w)
			checkWebhooks([]Webhook{w}, f)
			if row.want == "" && len(f.list) == 0 {
				return
			}
			if len(f.list) != 1 || f.list[0].Setting != row.want {
				t.Errorf("got %v, want one of %q", f.err(), row.want)
			}
		})
	}
	f := newFaults()
	if checkWebhooks([]Webhook{aWebhook(), aWebhook()}, f); len(f.list) != 1 {
		t.Errorf("two of one name: %v", f.err())
	}
}

// What a webhook names is read: its secret, which must be long enough, and its authorities, which must be some.
func TestWebhookFiles(t *testing.T) {
	dir := t.TempDir()
	certificate, _ := pair(t)
	for name, text := range map[string]string{"webhook": strings.Repeat("w", 24) + "\n", "short": "w", "ca.pem": certificate, "no.pem": "none"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, row := range []struct {
		secret, ca, want string
	}{{"webhook", "", ""}, {"webhook", "ca.pem", ""}, {"short", "", "webhooks[0].secret"}, {"missing", "", "webhooks[0].secret"}, {"webhook", "no.pem", "webhooks[0].ca"}, {"webhook", "missing", "webhooks[0].ca"}} {
		w, f := aWebhook(), newFaults()
		w.Secret.File, w.CA = row.secret, row.ca
		list := []Webhook{w}
		resolveWebhooks(list, f, source{dir: dir, env: os.Getenv})
		switch {
		case row.want == "" && (len(f.list) != 0 || len(list[0].Secret.Value()) != 24 || (row.ca != "") != (list[0].Roots != nil)):
			t.Errorf("%+v: %v, %q", row, f.err(), list[0].Secret.Value())
		case row.want != "" && (len(f.list) != 1 || f.list[0].Setting != row.want):
			t.Errorf("%+v: got %v", row, f.err())
		}
	}
}
