package config

import (
	"log/slog"
	"net/netip"
	"slices"
	"time"
)

// Config is the whole configuration. Its zero value is not valid; [Default] is the start of every file.
type Config struct {
	Listen Listen `yaml:"listen"`
	// PublicAddress tells, for addresses listened on that peers cannot reach as they are, what peers are told instead: in Via, Contact, SDP and ICE
	// alike. See [Config.Public].
	PublicAddress map[netip.Addr]netip.Addr `yaml:"public_address"`
	TLS           KeyPair                   `yaml:"tls"`
	// SIPTLS is the certificate of SIP over TLS; without one TLS is used for it too.
	SIPTLS         KeyPair        `yaml:"sip_tls"`
	TrustedProxies []netip.Prefix `yaml:"trusted_proxies"`
	Media          Media          `yaml:"media"`
	Trunks         []Trunk        `yaml:"trunks"`
	Routes         []Route        `yaml:"routes"`
	Dial           Dial           `yaml:"dial"`
	Hours          []Hours        `yaml:"hours"`
	Queues         []Queue        `yaml:"queues"`
	Matching       Matching       `yaml:"matching"`
	Staff          []Staff        `yaml:"staff"`
	Agents         Agents         `yaml:"agents"`
	Origins        []string       `yaml:"origins"`
	AwayReasons    []AwayReason   `yaml:"away_reasons"`
	ICEServers     []ICEServer    `yaml:"ice_servers"`
	Records        Records        `yaml:"records"`
	Callbacks      Callbacks      `yaml:"callbacks"`
	Recordings     Recordings     `yaml:"recordings"`
	Traces         Traces         `yaml:"traces"`
	API            API            `yaml:"api"`
	Webhooks       []Webhook      `yaml:"webhooks"`
	Log            Log            `yaml:"log"`
	Limits         Limits         `yaml:"limits"`

	places places // of the settings in the file
}

// Listen is where connections are taken.
type Listen struct {
	// HTTP serves agents' sockets, the widget and the API. Elsewhere than on loopback it needs TLS or TrustedProxies.
	HTTP netip.AddrPort `yaml:"http"`
	// SIP are concrete addresses for SIP, each with its transport.
	SIP []SIPAddress `yaml:"sip"`
	// Admin serves metrics and takes requests for traces, on loopback only; the zero AddrPort serves none.
	Admin netip.AddrPort `yaml:"admin"`
	// AdminToken is what has to be shown there, as a bearer token; unset: nothing.
	AdminToken Secret `yaml:"admin_token"`
}

// KeyPair is a certificate with its key, as PEM files that are read again when they change.
type KeyPair struct {
	Certificate string `yaml:"certificate"`
	Key         string `yaml:"key"`
}

// Media is where sound passes.
type Media struct {
	// Browsers are concrete UDP addresses, one for each interface; all agents share them. If nil, they follow Listen.
	Browsers []netip.AddrPort `yaml:"browsers"`
	// Trunk is the address of the trunk side, Ports its range of UDP ports. The zero Trunk follows Listen.
	Trunk netip.Addr `yaml:"trunk"`
	Ports PortRange  `yaml:"ports"`
	// TrunkSilence ends a call whose far side sends neither RTP nor RTCP for so long.
	TrunkSilence time.Duration `yaml:"trunk_silence"`
	// SetupTimeout is how long the accepting agent's media may take to come up.
	SetupTimeout time.Duration `yaml:"setup_timeout"`
}

// Agents is who may log in, and for how long without a connection.
type Agents struct {
	Tokens []TokenKey `yaml:"tokens"`
	// Audience has to be among a token's aud.
	Audience    string        `yaml:"audience"`
	MaxTokenAge time.Duration `yaml:"max_token_age"`
	Leeway      time.Duration `yaml:"leeway"`
	ResumeFor   time.Duration `yaml:"resume_for"`
	// ConfirmWithin is how soon a page must say that it shows an offer.
	ConfirmWithin time.Duration `yaml:"confirm_within"`
	MaxMisses     int           `yaml:"max_misses"`
	MaxRejects    int           `yaml:"max_rejects"`
	RejectDelay   time.Duration `yaml:"reject_delay"`
	// AutoAnswer lets callbars that are set to take calls by themselves.
	AutoAnswer bool `yaml:"auto_answer"`
}

// TokenKey checks tokens of one issuer: a shared secret, a public key, or a set of public keys.
type TokenKey struct {
	Issuer string `yaml:"issuer"`
	// KID is the key's name in a token's header; empty for tokens that have none. A set brings its own.
	KID string `yaml:"kid"`
	// Algorithm is HS256, EdDSA, ES256 or RS256; empty for a set, whose keys tell.
	Algorithm     string `yaml:"algorithm"`
	Secret        Secret `yaml:"secret"`          // HS256
	PublicKeyFile string `yaml:"public_key_file"` // PEM
	JWKSFile      string `yaml:"jwks_file"`       // RFC 7517
	// PublicKey and JWKS are the contents of the files, filled in by Load.
	PublicKey []byte `yaml:"-"`
	JWKS      []byte `yaml:"-"`
}

// AwayReason is a reason for being away that agents choose from. Limit is how long it may last, 0 for no limit.
type AwayReason struct {
	Name  string        `yaml:"name"`
	Label string        `yaml:"label"`
	Limit time.Duration `yaml:"limit"`
}

// ICEServer is a STUN or TURN server that browsers are told of. With a Secret they get credentials made for each agent, good for TTL.
type ICEServer struct {
	URLs   []string      `yaml:"urls"`
	Secret Secret        `yaml:"secret"`
	TTL    time.Duration `yaml:"ttl"`
}

// Log is what is written, and how.
type Log struct {
	Level slog.Level `yaml:"level"`
	// Format is "text" or "json".
	Format string `yaml:"format"`
}

// Limits bound what may be open at once.
type Limits struct {
	Calls          int `yaml:"calls"`
	Sockets        int `yaml:"sockets"`
	WaitingSockets int `yaml:"waiting_sockets"`
	Transactions   int `yaml:"transactions"`
	// Drain is how long calls may go on after the first signal to stop.
	Drain time.Duration `yaml:"drain"`
}

// Default gives the configuration that every file starts from. Media's addresses are worked out once it is read. It has no origins, tokens, trunks and queues, and so does not start.
func Default() *Config {
	return &Config{
		Listen: Listen{
			HTTP: netip.MustParseAddrPort("127.0.0.1:8080"), SIP: []SIPAddress{{UDP, netip.MustParseAddrPort("127.0.0.1:5060")}},
			Admin: netip.MustParseAddrPort("127.0.0.1:9090"),
		},
		Media: Media{
			Ports: PortRange{40000, 44999}, TrunkSilence: 60 * time.Second, SetupTimeout: 5 * time.Second,
		},
		Agents: Agents{
			Audience: "offhook", MaxTokenAge: 12 * time.Hour, Leeway: 30 * time.Second, ResumeFor: 30 * time.Second,
			ConfirmWithin: 3 * time.Second, MaxMisses: 1, MaxRejects: 3, RejectDelay: 20 * time.Second,
		},
		Matching:   Matching{Window: time.Hour},
		Dial:       Dial{AtOnce: 2, PerMinute: 10, PerDay: 200, Longest: 4 * time.Hour, Emergency: slices.Clone(emergencies), Record: "never"},
		Records:    Records{KeepDays: 90},
		Recordings: Recordings{KeepDays: 90},
		Traces:     Traces{Mask: true, Files: 1000},
		Log:        Log{Level: slog.LevelInfo, Format: "text"},
		Limits:     Limits{Calls: 1000, Sockets: 10000, WaitingSockets: 20, Transactions: 2000, Drain: 300 * time.Second},
	}
}

// browserPort is where browsers' media arrives unless the file says otherwise.
const browserPort = 3480

// follow gives media the addresses that were listened on, where the file says nothing: sound takes the ways that messages take.
func (c *Config) follow() {
	sip := netip.MustParseAddr("127.0.0.1")
	if list := c.Listen.SIP; len(list) > 0 && list[0].Addr.IsValid() && !list[0].Addr.Addr().IsUnspecified() { // else it has a fault of its own
		sip = list[0].Addr.Addr()
	}
	if !c.Media.Trunk.IsValid() {
		c.Media.Trunk = sip
	}
	if c.Media.Browsers == nil {
		host := c.Listen.HTTP.Addr()
		if host.IsLoopback() || host.IsUnspecified() {
			host = sip
		}
		c.Media.Browsers = []netip.AddrPort{netip.AddrPortFrom(host, browserPort)}
	}
}

// The parts of lists start from their defaults as well.
func (s *ICEServer) setDefaults() { s.TTL = 12 * time.Hour }

// Public gives what peers are told of an address that is listened on.
func (c *Config) Public(local netip.Addr) netip.Addr {
	if public, ok := c.PublicAddress[local]; ok {
		return public
	}
	return local
}
