package config

import (
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"
)

// The words that settings may be.
var (
	algorithms = []string{"HS256", "EdDSA", "ES256", "RS256"}
	formats    = []string{"text", "json"}
	builtIns   = []string{"ringing", "music"}
)

func isBuiltIn(sound string) bool { return slices.Contains(builtIns, sound) }

// check notes all that is wrong with a configuration that could be read.
func (c *Config) check(f *faults) {
	c.checkListen(f)
	c.checkMedia(f)
	for i := range c.Trunks {
		c.checkTrunk(index("trunks", i), &c.Trunks[i], f)
	}
	c.checkHours(f)
	for i := range c.Queues {
		c.checkQueue(index("queues", i), &c.Queues[i], f)
	}
	c.checkCircles(f)
	for i := range c.Routes {
		c.checkRoute(index("routes", i), &c.Routes[i], f)
	}
	c.Matching.check(f)
	c.checkStaff(f)
	c.Dial.check(c, f)
	once(f, "trunks", c.Trunks, func(t Trunk) string { return t.Name })
	once(f, "queues", c.Queues, func(q Queue) string { return q.Name })
	once(f, "away_reasons", c.AwayReasons, func(r AwayReason) string { return r.Name })
	c.Agents.check(f)
	c.checkPages(f)
	c.Records.check(f)
	c.checkRecordings(f)
	c.checkTraces(f)
	c.API.check(f)
	checkWebhooks(c.Webhooks, f)
	f.oneOf("log.format", c.Log.Format, formats)
	f.least("limits.calls", c.Limits.Calls, 1)
	f.least("limits.sockets", c.Limits.Sockets, 1)
	f.least("limits.waiting_sockets", c.Limits.WaitingSockets, 1)
	f.least("limits.transactions", c.Limits.Transactions, 1)
}

func (c *Config) checkListen(f *faults) {
	if !c.Listen.HTTP.Addr().IsLoopback() && c.TLS.Certificate == "" && len(c.TrustedProxies) == 0 {
		f.add("listen.http", "%s is not loopback: it needs tls, or trusted_proxies in front of it", c.Listen.HTTP)
	}
	switch a := c.Listen.Admin; {
	case a.IsValid() && !a.Addr().IsLoopback():
		f.add("listen.admin", "%s is not loopback", a)
	case a == c.Listen.HTTP && a.Port() != 0:
		f.add("listen.admin", "%s is listen.http already", a)
	}
	c.Listen.AdminToken.check("listen.admin_token", f)
	c.checkSIP(f)
	for local, public := range c.PublicAddress {
		at := join("public_address", local.String())
		switch {
		case public.IsUnspecified() || public.IsMulticast() || public.Zone() != "":
			f.add(at, "%s is no address that anybody can be told", public)
		case public.Is4() != local.Is4():
			f.add(at, "%s and %s are not of one family", local, public)
		case !c.listensOn(local):
			f.add(at, "nothing listens on %s", local)
		}
	}
	for at, pair := range map[string]KeyPair{"tls": c.TLS, "sip_tls": c.SIPTLS} {
		if (pair.Certificate == "") != (pair.Key == "") {
			f.add(at, "certificate and key come together")
		}
	}
}

// checkSIP holds the SIP listeners to addresses of interfaces, each once, and those of TLS to a certificate.
func (c *Config) checkSIP(f *faults) {
	if len(c.Listen.SIP) == 0 {
		f.add("listen.sip", "at least one address is needed")
	}
	for i, a := range c.Listen.SIP {
		at := index("listen.sip", i)
		f.interfaceAddress(at, a.Addr)
		switch {
		case slices.Index(c.Listen.SIP, a) < i:
			f.add(at, "%s stands twice", a)
		case a.Network == TLS && c.SIPTLS.Certificate == "" && c.TLS.Certificate == "":
			f.add(at, "it needs a certificate: sip_tls, or tls")
		case a.Network != UDP && a.Addr.Port() != 0 && slices.ContainsFunc(c.Listen.SIP[:i], func(b SIPAddress) bool { return b.Network != UDP && b.Addr == a.Addr }):
			f.add(at, "tcp and tls cannot share %s", a.Addr)
		}
	}
	if c.SIPTLS.Certificate != "" && !slices.ContainsFunc(c.Listen.SIP, func(a SIPAddress) bool { return a.Network == TLS }) {
		f.add("sip_tls", "listen.sip has no tls address that would use it")
	}
}

// SIPCertificate is the certificate of SIP over TLS; its names are empty if there is none.
func (c *Config) SIPCertificate() KeyPair {
	if c.SIPTLS.Certificate != "" {
		return c.SIPTLS
	}
	return c.TLS
}

// listensOn reports whether local is an address of SIP or media.
func (c *Config) listensOn(local netip.Addr) bool {
	return c.Media.Trunk == local || slices.ContainsFunc(c.Listen.SIP, func(a SIPAddress) bool { return a.Addr.Addr() == local }) ||
		slices.ContainsFunc(c.Media.Browsers, func(a netip.AddrPort) bool { return a.Addr() == local })
}

// concrete holds a list of listeners to the addresses of interfaces, each once: they stand in messages.
func (f *faults) concrete(at string, list []netip.AddrPort) {
	if len(list) == 0 {
		f.add(at, "at least one address is needed")
	}
	for i, a := range list {
		f.interfaceAddress(index(at, i), a)
		if slices.Index(list, a) < i {
			f.add(index(at, i), "%s stands twice", a)
		}
	}
}

// interfaceAddress notes an address that means more than one.
func (f *faults) interfaceAddress(at string, a netip.AddrPort) {
	if a.Addr().IsUnspecified() {
		f.add(at, "%s means every interface: name the addresses, they are what peers are told", a)
	}
}

func (c *Config) checkMedia(f *faults) {
	f.concrete("media.browsers", c.Media.Browsers)
	if c.Media.Trunk.IsUnspecified() {
		f.add("media.trunk", "%s means every interface: name the address, it is what trunks are told", c.Media.Trunk)
	}
	f.wrong("media.ports", c.Media.Ports.check())
	f.positive("media.trunk_silence", c.Media.TrunkSilence)
	f.positive("media.setup_timeout", c.Media.SetupTimeout)
}

func (a *Agents) check(f *faults) {
	if len(a.Tokens) == 0 {
		f.add("agents.tokens", "at least one key is needed: without it nobody may log in")
	}
	for i := range a.Tokens {
		a.Tokens[i].check(index("agents.tokens", i), f)
	}
	once(f, "agents.tokens", a.Tokens, TokenKey.name)
	f.needed("agents.audience", a.Audience)
	f.positive("agents.max_token_age", a.MaxTokenAge)
	if a.MaxTokenAge > 12*time.Hour {
		f.add("agents.max_token_age", "%s is more than 12h", a.MaxTokenAge)
	}
	f.positive("agents.resume_for", a.ResumeFor)
	f.positive("agents.confirm_within", a.ConfirmWithin)
	f.positive("agents.reject_delay", a.RejectDelay)
	f.least("agents.max_misses", a.MaxMisses, 1)
	f.least("agents.max_rejects", a.MaxRejects, 1)
}

// name is what must differ between keys.
func (k TokenKey) name() string {
	if k.JWKSFile != "" {
		return k.Issuer + " " + k.JWKSFile
	}
	return k.Issuer + " " + k.KID
}

func (k *TokenKey) check(at string, f *faults) {
	f.needed(at+".issuer", k.Issuer)
	k.Secret.check(at+".secret", f)
	sources := 0
	for _, set := range []bool{k.Secret.IsSet(), k.PublicKeyFile != "", k.JWKSFile != ""} {
		if set {
			sources++
		}
	}
	switch {
	case sources != 1:
		f.add(at, "one of secret, public_key_file and jwks_file is needed, and no more")
	case k.JWKSFile != "":
		if k.Algorithm != "" || k.KID != "" {
			f.add(at, "the keys of a set bring their own kid and algorithm")
		}
	case !slices.Contains(algorithms, k.Algorithm):
		f.oneOf(at+".algorithm", k.Algorithm, algorithms)
	case (k.Algorithm == "HS256") != k.Secret.IsSet():
		f.add(at+".algorithm", "HS256 needs a secret, the others a public_key_file")
	}
}

func (s *Secret) check(at string, f *faults) {
	if s.File != "" && s.Env != "" {
		f.add(at, "file or env, not both")
	}
}

// checkPages checks what pages may do and are told.
func (c *Config) checkPages(f *faults) {
	if len(c.Origins) == 0 {
		f.add("origins", "at least one is needed: without it no page may log in")
	}
	for i, o := range c.Origins {
		f.wrong(index("origins", i), checkOrigin(o))
	}
	for i, s := range c.ICEServers {
		at := index("ice_servers", i)
		s.Secret.check(at+".secret", f)
		f.positive(at+".ttl", s.TTL)
		if len(s.URLs) == 0 {
			f.add(at+".urls", "at least one is needed")
		}
		for j, u := range s.URLs {
			s.checkURL(index(at+".urls", j), u, f)
		}
	}
}

// checkOrigin refuses what no browser sends as an origin (RFC 6454 §6.2): the hub compares byte for byte.
func checkOrigin(origin string) error {
	u, err := url.Parse(origin)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.Scheme+"://"+u.Host != origin ||
		strings.ContainsAny(origin, "* ,") || origin != strings.ToLower(origin) {
		return fmt.Errorf("%q is no origin such as https://crm.example.com or http://localhost:8080", origin)
	}
	if p := u.Port(); u.Scheme == "https" && p == "443" || u.Scheme == "http" && p == "80" {
		return fmt.Errorf("browsers leave the default port out: write %q", strings.TrimSuffix(origin, ":"+p))
	}
	return nil
}

func (s *ICEServer) checkURL(at, u string, f *faults) {
	scheme, rest, _ := strings.Cut(u, ":")
	switch {
	case !slices.Contains([]string{"stun", "stuns", "turn", "turns"}, scheme) || rest == "" || strings.HasPrefix(rest, "/"):
		f.add(at, "%q is no address such as stun:stun.example.com:3478 or turns:turn.example.com?transport=tcp", u)
	case strings.HasPrefix(scheme, "turn") && !s.Secret.IsSet():
		f.add(at, "a TURN server needs a secret to make credentials with")
	}
}

// needed notes an empty setting.
func (f *faults) needed(at, value string) {
	if strings.TrimSpace(value) == "" {
		f.add(at, "it is needed")
	}
}

func (f *faults) oneOf(at, value string, words []string) {
	if !slices.Contains(words, value) {
		f.add(at, "%q is none of %s", value, strings.Join(words, ", "))
	}
}

func (f *faults) positive(at string, d time.Duration) {
	if d <= 0 {
		f.add(at, "it must be above 0")
	}
}

func (f *faults) least(at string, value, least int) {
	if value < least {
		f.add(at, "%d is below %d", value, least)
	}
}

// once notes parts of a list that have the name of an earlier part.
func once[T any](f *faults, at string, list []T, name func(T) string) {
	seen := map[string]bool{}
	for i, part := range list {
		n := name(part)
		if seen[n] && n != "" {
			f.add(index(at, i), "%q stands twice", strings.TrimSpace(n))
		}
		seen[n] = true
	}
}
