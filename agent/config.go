package agent

import (
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"offhook/agent/protocol"
)

// Config is what a Hub is made from. Backend, Origins and Keys are needed; everything else has a default.
type Config struct {
	Backend Backend

	// Origins are the pages that may open a socket: scheme, host and port exactly as a browser writes them, such as https://crm.example:8443. An
	// empty list does not start: it would mean everybody.
	Origins []string
	// Keys check the tokens.
	Keys []Key
	// Audience has to be in a token's aud; default offhook.
	Audience string
	// MaxTokenAge is how far ahead a token's exp may be; default 12 h.
	MaxTokenAge time.Duration
	// Leeway is how wrong clocks may be; default 30 s.
	Leeway time.Duration

	// ICEServers are the servers that welcome tells an agent's browser of; nil for none. See [TURN].
	ICEServers func(agent string) []protocol.ICEServer
	// Limits is what welcome tells an agent that it may do; sizes and rates are filled in by the hub. nil for nothing.
	Limits func(who protocol.Identity) protocol.Limits
	// Recents are an agent's last calls from before the hub knew him, the newest first; welcome shows them below those that AddRecent brings. It
	// returns at once. nil for none.
	Recents func(agent string) []protocol.Recent
	// ResumeFor is told to clients as limits.resume_for_s; default 30 s. What happens after it is the backend's to do.
	ResumeFor time.Duration

	// MaxSockets is how many sockets there may be at once; default 10 000.
	MaxSockets int
	// MaxWaiting is how many sockets without a hello one address may have; default 20. IPv6 counts by /64.
	MaxWaiting int
	// TrustedProxies may say in X-Forwarded-For who the client is. Default: none, the header means nothing.
	TrustedProxies []netip.Prefix

	// Log gets the life of sessions, and one WARN a minute for each reason and address of what does not get so far; default slog.Default().
	Log *slog.Logger
	// Count is called for what is to be counted, from any goroutine; it returns at once. name is one of the Counted constants. nil for none.
	Count func(name, reason string)
}

// The names that Config.Count is called with; each has a few fixed reasons.
const (
	CountedRefused = "agent_sockets_rejected_total" // unheard: origin, no_origin, upgrade, protocol, waiting, full, closing
	CountedToken   = "agent_tokens_rejected_total"  // by what is wrong with the token
	CountedLogin   = "agent_logins_total"           // new, resumed, spent (an unknown or spent session was brought; it became a new one)
	CountedClosed  = "agent_sockets_closed_total"   // by close code, or lost, beat, slow
	CountedFrame   = "agent_frames_rejected_total"  // by error code, or protocol
	CountedDropped = "agent_replies_dropped_total"  // replies nobody waits for: late, twice
	CountedPanic   = "agent_panics_total"           // backend, reader, writer
)

// check fills in defaults and refuses what cannot be right.
func (c *Config) check() error {
	if c.Backend == nil {
		return errors.New("agent: no backend")
	}
	if len(c.Origins) == 0 {
		return errors.New("agent: no origins: every page of the web could log in, so none may")
	}
	for _, origin := range c.Origins {
		if err := checkOrigin(origin); err != nil {
			return err
		}
	}
	c.defaults()
	return nil
}

func (c *Config) defaults() {
	set(&c.Audience, "offhook")
	set(&c.MaxTokenAge, 12*time.Hour)
	set(&c.Leeway, 30*time.Second)
	set(&c.ResumeFor, 30*time.Second)
	set(&c.MaxSockets, 10000)
	set(&c.MaxWaiting, 20)
	if c.ICEServers == nil {
		c.ICEServers = func(string) []protocol.ICEServer { return nil }
	}
	if c.Limits == nil {
		c.Limits = func(protocol.Identity) protocol.Limits { return protocol.Limits{} }
	}
	if c.Recents == nil {
		c.Recents = func(string) []protocol.Recent { return nil }
	}
	if c.Count == nil {
		c.Count = func(string, string) {}
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
}

func set[T comparable](field *T, def T) {
	var zero T
	if *field == zero {
		*field = def
	}
}

// checkOrigin refuses what no browser sends as an origin (RFC 6454 §6.2), wildcards above all: it would never match, or match too much.
func checkOrigin(origin string) error {
	u, err := url.Parse(origin)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" || u.Scheme+"://"+u.Host != origin {
		return fmt.Errorf("agent: origin %q: it has to be scheme://host or scheme://host:port and nothing else", origin)
	}
	if origin != strings.ToLower(origin) || strings.ContainsAny(u.Host, "*, ") {
		return fmt.Errorf("agent: origin %q: lower case, and no wildcard", origin)
	}
	if p := u.Port(); u.Scheme == "https" && p == "443" || u.Scheme == "http" && p == "80" {
		return fmt.Errorf("agent: origin %q: browsers leave the default port out", origin)
	}
	return nil
}
