package config

import (
	"crypto/x509"
	"time"
)

// Webhook is an address that is told of events by POST requests.
type Webhook struct {
	// Name stands for it in the log and in figures.
	Name string `yaml:"name"`
	// URL is where events are posted to; https, or http to a loopback address.
	URL string `yaml:"url"`
	// Secret is the key of the requests' signatures.
	Secret Secret `yaml:"secret"`
	// Events are those that it is told of; "call.*" is all of calls. None: all.
	Events []string `yaml:"events"`
	// CA is a file of certificate authorities that vouch for the address; empty: the system's do.
	CA string `yaml:"ca"`
	// Timeout is how long one attempt may take, GiveUp for how long an event is tried, AtOnce how many requests run at once.
	Timeout time.Duration `yaml:"timeout"`
	GiveUp  time.Duration `yaml:"give_up"`
	AtOnce  int           `yaml:"at_once"`
	// Roots are the contents of the CA's file, filled in by Load.
	Roots []byte `yaml:"-"`
}

func (w *Webhook) setDefaults() {
	*w = Webhook{Timeout: 5 * time.Second, GiveUp: 15 * time.Minute, AtOnce: 8}
}

// The bounds of what a webhook may take: of a server's memory, and of its connections.
const (
	longestTimeout = time.Minute
	longestGiveUp  = 24 * time.Hour
	mostAtOnce     = 64
)

// checkWebhooks notes what is wrong with webhooks. Their URLs and events are judged where they are used.
func checkWebhooks(list []Webhook, f *faults) {
	for i := range list {
		w, at := &list[i], index("webhooks", i)
		f.needed(at+".name", w.Name)
		f.needed(at+".url", w.URL)
		w.Secret.check(at+".secret", f)
		if !w.Secret.IsSet() {
			f.add(at+".secret", "it is needed")
		}
		f.least(at+".at_once", w.AtOnce, 1)
		switch {
		case w.Timeout < 100*time.Millisecond || w.Timeout > longestTimeout:
			f.add(at+".timeout", "it is from 100ms to 1m")
		case w.GiveUp < time.Second || w.GiveUp > longestGiveUp:
			f.add(at+".give_up", "it is from 1s to 24h")
		case w.AtOnce > mostAtOnce:
			f.add(at+".at_once", "it is at most %d", mostAtOnce)
		}
	}
	once(f, "webhooks", list, func(w Webhook) string { return w.Name })
}

// resolveWebhooks reads what webhooks name. Their secrets are what receivers trust, so short ones are refused.
func resolveWebhooks(list []Webhook, f *faults, from source) {
	for i := range list {
		w, at := &list[i], index("webhooks", i)
		f.wrong(at+".secret", w.Secret.read(from))
		if n := len(w.Secret.value); n > 0 && n < 24 {
			f.add(at+".secret", "it is shorter than 24 bytes")
		}
		if w.Roots = f.read(at+".ca", w.CA, from); w.Roots != nil && !x509.NewCertPool().AppendCertsFromPEM(w.Roots) {
			f.add(at+".ca", "it holds no certificate in PEM form")
		}
	}
}
