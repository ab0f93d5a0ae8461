package config

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Trunk is a PBX, an SBC or a carrier.
type Trunk struct {
	Name string `yaml:"name"`
	// Networks are where its signalling comes from and may be sent to.
	Networks []netip.Prefix `yaml:"networks"`
	// Addresses are where calls are sent, the first first. None: it only brings calls.
	Addresses []SIPAddress `yaml:"addresses"`
	// TLS is how its certificate is checked.
	TLS TrunkTLS `yaml:"tls"`
	// Credentials answer its digest challenges.
	Credentials Credentials `yaml:"credentials"`
	// Register keeps a registration with it; without a Registrar there is none.
	Register Register `yaml:"register"`
	// Qualify asks each of Addresses every 10 s whether it is there.
	Qualify bool `yaml:"qualify"`
	// MediaNetworks are where its media may be; empty: only at the address that the call came from, or is sent to.
	MediaNetworks []netip.Prefix `yaml:"media_networks"`
	Codecs        []string       `yaml:"codecs"`
	// LateCodec is offered to a caller who leaves the offer to us; "" is the first G.711 of Codecs.
	LateCodec string `yaml:"late_codec"`
	// SRTP is "off", "optional" or "required"; SRTPProfile, "avp" or "savp", is what an optional one is offered as.
	SRTP        string `yaml:"srtp"`
	SRTPProfile string `yaml:"srtp_profile"`
	// DTLS secures sound by DTLS-SRTP instead.
	DTLS bool `yaml:"dtls"`
	// AVPF offers the profile with feedback.
	AVPF    bool `yaml:"avpf"`
	RTCPMux bool `yaml:"rtcp_mux"`
	// NAT sends to the address last heard instead of the one told.
	NAT bool `yaml:"nat"`
	// Trusted takes the caller's number from P-Asserted-Identity.
	Trusted bool `yaml:"trusted"`
	// Headers are the names of SIP headers that agents see as the call's data, and may send along.
	Headers    []string `yaml:"headers"`
	UserToUser bool     `yaml:"user_to_user"`
	// Hold is "local" or "sendonly".
	Hold string `yaml:"hold"`
	// Refer lets transfers be asked of the trunk.
	Refer bool `yaml:"refer"`
	// Digits is "auto", "rfc4733" or "info".
	Digits string `yaml:"digits"`
	// AcceptRefer and AcceptReplaces let the trunk move calls.
	AcceptRefer    bool `yaml:"accept_refer"`
	AcceptReplaces bool `yaml:"accept_replaces"`
	// RedirectHosts are where a 3xx of the trunk may send a call on to.
	RedirectHosts []string `yaml:"redirect_hosts"`
	// Reliable sends provisional responses reliably to who supports it.
	Reliable bool `yaml:"100rel"`
	// MaxCalls are the calls that it takes at once, both ways; 0: as many as come.
	MaxCalls int `yaml:"max_calls"`
	// Session is the session interval that we ask for.
	Session time.Duration `yaml:"session"`
}

// TrunkTLS is how a trunk's certificate is checked.
type TrunkTLS struct {
	// CA is a PEM file of the roots that sign it; "" means the system's.
	CA string `yaml:"ca"`
	// PeerName is the name that it has to bear, on connections from the trunk too; "": on connections to the trunk, the address.
	PeerName string `yaml:"peer_name"`
	// Roots are the file's contents, filled in by Load.
	Roots []byte `yaml:"-"`
}

// Credentials answer the challenges of one realm.
type Credentials struct {
	Realm    string `yaml:"realm"`
	User     string `yaml:"user"`
	Password Secret `yaml:"password"`
}

// IsSet reports whether there are any.
func (c Credentials) IsSet() bool { return c.Realm != "" || c.User != "" || c.Password.IsSet() }

// Register is a registration.
type Register struct {
	// Registrar is the Request-URI, Identity the address of record.
	Registrar string `yaml:"registrar"`
	Identity  string `yaml:"identity"`
	// User is the user part of our Contact; "" means that of Identity.
	User    string        `yaml:"user"`
	Expires time.Duration `yaml:"expires"`
}

// IsSet reports whether anything of it stands in the file but the interval, which has a default.
func (r Register) IsSet() bool { return r.Registrar != "" || r.Identity != "" || r.User != "" }

func (t *Trunk) setDefaults() {
	*t = Trunk{
		Codecs: []string{"G722", "PCMA", "PCMU"}, SRTP: "off", SRTPProfile: "avp", Hold: "local", Digits: "auto",
		Session: 30 * time.Minute, Register: Register{Expires: 10 * time.Minute},
	}
}

// The words that a trunk's settings may be, and their bounds.
var (
	codecNames   = []string{"G722", "PCMU", "PCMA", "opus"}
	srtpModes    = []string{"off", "optional", "required"}
	srtpProfiles = []string{"avp", "savp"}
	holdModes    = []string{"local", "sendonly"}
	digitModes   = []string{"auto", "rfc4733", "info"}
)

const (
	minSession = 90 * time.Second // RFC 4028 §4
	minExpires = time.Minute
	day        = 24 * time.Hour
)

func (c *Config) checkTrunk(at string, t *Trunk, f *faults) {
	f.needed(at+".name", t.Name)
	if len(t.Networks) == 0 {
		f.add(at+".networks", "at least one network is needed: without it nobody may call")
	}
	c.checkAddresses(at, t, f)
	c.checkSecurity(at, t, f)
	t.checkSound(at, f)
	t.checkRegister(at+".register", f)
	if r := &t.Credentials; r.IsSet() {
		f.needed(at+".credentials.realm", r.Realm)
		f.needed(at+".credentials.user", r.User)
		if !r.Password.IsSet() {
			f.add(at+".credentials.password", "it is needed, as {file: PATH} or {env: NAME}")
		}
		r.Password.check(at+".credentials.password", f)
		f.printed(at+".credentials.realm", r.Realm)
		f.printed(at+".credentials.user", r.User)
	}
	f.oneOf(at+".hold", t.Hold, holdModes)
	f.oneOf(at+".digits", t.Digits, digitModes)
	f.least(at+".max_calls", t.MaxCalls, 0)
	if t.Session < minSession || t.Session > day {
		f.add(at+".session", "%s is not from %s to %s (RFC 4028)", t.Session, minSession, day)
	}
	for i, h := range t.Headers {
		if h == "" || strings.ContainsFunc(h, func(r rune) bool { return !isHeaderChar(r) }) {
			f.add(index(at+".headers", i), "%q is no name of a header", h)
		}
	}
	for i, h := range t.RedirectHosts {
		if !isHost(h) {
			f.add(index(at+".redirect_hosts", i), "%q is no host such as sip2.example.com, 192.0.2.1 or 2001:db8::1", h)
		}
	}
}

// checkAddresses holds where calls are sent to where they may be sent, and to what can send there.
func (c *Config) checkAddresses(at string, t *Trunk, f *faults) {
	for i, a := range t.Addresses {
		here := index(at+".addresses", i)
		switch {
		case a.Addr.Port() == 0:
			f.add(here, "%s has no port", a)
		case !f.unknownOf(at, "networks") && !slices.ContainsFunc(t.Networks, func(p netip.Prefix) bool { return p.Contains(a.Addr.Addr().Unmap()) }):
			f.add(here, "%s is not within networks", a.Addr.Addr())
		case !slices.ContainsFunc(c.Listen.SIP, func(l SIPAddress) bool { return l.Network == a.Network && l.Addr.Addr().Is4() == a.Addr.Addr().Is4() }):
			f.add(here, "no address of listen.sip can send there: one of %s is needed", a.Network)
		case slices.Index(t.Addresses, a) < i:
			f.add(here, "%s stands twice", a)
		}
	}
	if t.Qualify && len(t.Addresses) == 0 {
		f.add(at+".qualify", "there are no addresses to ask")
	}
}

// speaksTLS reports whether a trunk's signalling can go over TLS, and whether it can go otherwise: calls can come by every listener, and they go out by
// Addresses.
func (c *Config) speaksTLS(t *Trunk) (can, onlyOut bool) {
	isTLS := func(a SIPAddress) bool { return a.Network == TLS }
	return slices.ContainsFunc(c.Listen.SIP, isTLS), !slices.ContainsFunc(t.Addresses, func(a SIPAddress) bool { return !isTLS(a) })
}

func (c *Config) checkSecurity(at string, t *Trunk, f *faults) {
	can, only := c.speaksTLS(t)
	if !can && (t.TLS.CA != "" || t.TLS.PeerName != "") {
		f.add(at+".tls", "listen.sip has no tls address")
	}
	if t.TLS.PeerName != "" && !isHost(t.TLS.PeerName) {
		f.add(at+".tls.peer_name", "%q is no name such as sip.example.com", t.TLS.PeerName)
	}
	f.oneOf(at+".srtp", t.SRTP, srtpModes)
	f.oneOf(at+".srtp_profile", t.SRTPProfile, srtpProfiles)
	switch {
	case t.DTLS && t.SRTP != "off":
		f.add(at+".dtls", "srtp is %s: it is one or the other", t.SRTP)
	case t.SRTP == "off":
		if t.SRTPProfile != "avp" {
			f.add(at+".srtp_profile", "srtp is off")
		}
	case !can:
		f.add(at+".srtp", "its keys would travel in the clear: listen.sip has no tls address")
	case !only:
		f.add(at+".srtp", "its keys would travel in the clear: all addresses have to be tls")
	}
}

func (t *Trunk) checkSound(at string, f *faults) {
	if len(t.Codecs) == 0 {
		f.add(at+".codecs", "at least one codec is needed")
	}
	for i, codec := range t.Codecs {
		f.oneOf(index(at+".codecs", i), codec, codecNames)
	}
	if t.LateCodec != "" && !slices.Contains(t.Codecs, t.LateCodec) {
		f.add(at+".late_codec", "%q is not among codecs", t.LateCodec)
	}
}

func (t *Trunk) checkRegister(at string, f *faults) {
	r := t.Register
	if !r.IsSet() {
		return
	}
	f.sipURI(at+".registrar", r.Registrar, false)
	f.sipURI(at+".identity", r.Identity, true)
	if strings.ContainsFunc(r.User, func(c rune) bool { return !isUserChar(c) }) {
		f.add(at+".user", "%q is no user part such as 100", r.User)
	}
	if r.Expires < minExpires || r.Expires > day {
		f.add(at+".expires", "%s is not from %s to %s", r.Expires, minExpires, day)
	}
	if len(t.Addresses) == 0 {
		f.add(at, "there are no addresses to register at")
	}
}

// sipURI notes what is no plain SIP URI: sip:HOST, or with a user sip:USER@HOST.
func (f *faults) sipURI(at, value string, user bool) {
	want := "sip:example.com"
	if user {
		want = "sip:100@example.com"
	}
	rest, ok := strings.CutPrefix(value, "sip:")
	host := rest
	if user {
		var name string
		name, host, _ = strings.Cut(rest, "@")
		ok = ok && name != "" && !strings.ContainsFunc(name, func(c rune) bool { return !isUserChar(c) })
	}
	u, err := url.Parse("//" + host)
	if !ok || err != nil || u.Host != host || !isHost(u.Hostname()) {
		f.add(at, "%q is no address such as %s", value, want)
	}
}

// isUserChar reports whether r may stand in the user part of a SIP URI as it is.
func isUserChar(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("-_.+!~*'", r)
}

// isHeaderChar reports whether r may stand in a SIP header's name (RFC 3261 §25.1, token).
func isHeaderChar(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("-.!%*_+`'~", r)
}

// isHost reports whether s is a host's name or address, without port and brackets.
func isHost(s string) bool {
	if a, err := netip.ParseAddr(s); err == nil {
		return a.Zone() == ""
	}
	if s == "" || len(s) > 253 || strings.Trim(s, "0123456789.") == "" {
		return false
	}
	for label := range strings.SplitSeq(strings.ToLower(s), ".") {
		if label == "" || strings.HasPrefix(label, "-") || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return false
		}
	}
	return true
}

// printed notes characters that may not stand in a header.
func (f *faults) printed(at, value string) {
	if strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r > '~' }) {
		f.add(at, "it has characters other than printed ASCII")
	}
}
