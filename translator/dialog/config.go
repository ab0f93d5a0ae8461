package dialog

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
)

// Config is what an [Endpoint] or a [VirtualTx] is made of.
type Config struct {
	// Listen is the concrete address that SIP over UDP is received and sent on. A wildcard is refused: the address stands in
	// messages, and answers must leave from it. It is short for the first of Listeners and may be left out if there are others.
	Listen netip.AddrPort
	// AdvertisedHost and AdvertisedPort are what Via and Contact say, for a gateway behind address translation. Empty and 0 mean Listen.
	AdvertisedHost string
	AdvertisedPort int
	// Listeners are more addresses to listen on, over UDP, TCP or TLS, IPv4 or IPv6. Requests leave from the first that fits.
	Listeners []Listener
	// Trunks are the peers. The first whose networks hold a datagram's source is its trunk; a source of none is a stranger and gets nothing.
	Trunks []Trunk
	// Handler gets the new calls. nil refuses them with 503: an endpoint that only places calls.
	Handler Handler
	// Logger gets warnings and errors; nil discards them.
	Logger *slog.Logger
	// Tap, if set, is told of each message to and from a trunk, before it is read or sent; of a stream, of each whole message. It is called by the goroutines that
	// read and write, must return at once and must not panic.
	Tap func(Tapped)
	// UserAgent stands in Server and User-Agent; empty means none.
	UserAgent string
	// MaxTransactions bounds the requests without a final response, both ways. 0 means 2000.
	MaxTransactions int
	// MaxDialogs bounds the dialogs. 0 means 2000.
	MaxDialogs int
	// RequestRate bounds the requests outside dialogs that one source address may send, per second, with bursts of twice as many; more is
	// answered 503 without state. 0 means 1000.
	RequestRate int
}

// Listener is an address that SIP is received on, and sent from.
type Listener struct {
	// Network is UDP, TCP or TLS.
	Network Network
	// Addr is concrete; port 0 takes a free one.
	Addr netip.AddrPort
	// AdvertisedHost and AdvertisedPort are as in [Config].
	AdvertisedHost string
	AdvertisedPort int
	// TLS holds the certificate of a TLS listener. What a peer must show is the trunk's affair.
	TLS *tls.Config
}

// Network is a transport of SIP, as Via and the transport parameter of a URI name it, in lower case.
type Network string

// The transports. WebSocket is not among them: trunks do not speak it.
const (
	UDP Network = "udp"
	TCP Network = "tcp"
	TLS Network = "tls"
)

func (n Network) stream() bool { return n == TCP || n == TLS }

// Address is where a trunk may be reached.
type Address struct {
	Network Network
	Addr    netip.AddrPort
}

// Trunk is a peer: a PBX, a carrier's SBC, or a set of them under one name.
type Trunk struct {
	Name string
	// Networks are the addresses that its signalling comes from and may be sent to. None means nobody.
	Networks []netip.Prefix
	// Addresses are where calls are sent, in order of preference. Each is within Networks, and there is a listener of its network.
	// None: only calls that name an address can be placed.
	Addresses []Address
	// TLS is used for connections to the trunk: the roots that its certificate is signed by (nil: the system's) and our own certificate, if
	// it wants one. PeerName is the name that its certificate bears; with it, connections from the trunk must show that certificate too.
	// Without it, the certificate of a connection to the trunk must bear the address.
	TLS      *tls.Config
	PeerName string
	// NAT sends requests in a dialog to the address last heard instead of Route and Contact.
	NAT bool
	// Trusted takes the caller from P-Asserted-Identity (RFC 3325).
	Trusted bool
	// Headers names the headers of an INVITE that are passed on, in any case.
	Headers []string
	// UserToUser passes the User-to-User header on (RFC 7433).
	UserToUser bool
	// Credentials answer the trunk's digest challenges. None of its fields set: challenges are not answered.
	Credentials Credentials
	// Qualify asks each of Addresses by OPTIONS every 10 s whether it is there; see [Endpoint.Targets].
	Qualify bool
	// Register keeps a registration with the first of Addresses that takes it. nil: none.
	Register *Register
	// Reliable sends 1xx reliably to callers that support it (RFC 3262); to those that require it they always are.
	Reliable bool
	// AcceptRefer lets the trunk ask us to call someone (RFC 3515); off, REFER is declined.
	AcceptRefer bool
	// AcceptReplaces lets a new INVITE take a dialog's place (RFC 3891); see Invite.Replaces. Off, such an INVITE gets 501.
	AcceptReplaces bool
	// Session is the session interval (RFC 4028) that our INVITEs ask for and that callers get who leave it to us; 0 means 1800 s, less than 90 s
	// means 90 s.
	Session time.Duration
	// Redirects are the hosts that a 3xx of the trunk may send a call on to; none: redirections fail the call.
	Redirects []string
}

// Errors of New, NewVirtualTx and Place.
var (
	ErrConfig = errors.New("dialog: bad configuration")
	ErrBusy   = errors.New("dialog: too many dialogs or transactions")
	ErrClosed = errors.New("dialog: endpoint closed")
)

// errCancelled says that an INVITE was cancelled before our answer.
var errCancelled = errors.New("dialog: the INVITE was cancelled")

// errAnswered says that a final response was given already.
var errAnswered = errors.New("dialog: a final response was sent before")

// errTransport says that a request could not be sent, or that its connection broke.
var errTransport = errors.New("dialog: transport failed")

// errTimeout says that no response came in 64·T1 (timers B and F).
var errTimeout = errors.New("dialog: no response")

func (c Config) checked() (Config, error) {
	if len(c.listeners()) == 0 {
		return c, fmt.Errorf("%w: no listen address", ErrConfig)
	}
	for _, l := range c.listeners() {
		if err := l.check(); err != nil {
			return c, err
		}
	}
	if _, err := clean(c.UserAgent, maxField); err != nil {
		return c, fmt.Errorf("%w: user agent: %w", ErrConfig, err)
	}
	names := map[string]bool{}
	for _, t := range c.Trunks {
		if t.Name == "" || names[t.Name] {
			return c, fmt.Errorf("%w: trunk name %q is empty or used twice", ErrConfig, t.Name)
		}
		names[t.Name] = true
		for _, h := range t.Headers {
			if h == "" || !isToken(h) {
				return c, fmt.Errorf("%w: trunk %s: header name %q", ErrConfig, t.Name, h)
			}
		}
	}
	for i := range c.Trunks {
		if err := c.checkTrunk(&c.Trunks[i]); err != nil {
			return c, err
		}
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.MaxTransactions <= 0 {
		c.MaxTransactions = 2000
	}
	if c.MaxDialogs <= 0 {
		c.MaxDialogs = 2000
	}
	if c.RequestRate <= 0 {
		c.RequestRate = 1000
	}
	return c, nil
}

// listeners are all the listeners, Listen first.
func (c Config) listeners() []Listener {
	var ls []Listener
	if c.Listen.IsValid() {
		ls = append(ls, Listener{Network: UDP, Addr: c.Listen, AdvertisedHost: c.AdvertisedHost, AdvertisedPort: c.AdvertisedPort})
	}
	return append(ls, c.Listeners...)
}

func (l Listener) check() error {
	switch {
	case l.Network != UDP && l.Network != TCP && l.Network != TLS:
		return fmt.Errorf("%w: network %q is none of udp, tcp, tls", ErrConfig, l.Network)
	case !l.Addr.IsValid() || l.Addr.Addr().IsUnspecified():
		return fmt.Errorf("%w: listen address %s is not concrete", ErrConfig, l.Addr)
	case l.AdvertisedPort < 0 || l.AdvertisedPort > 65535:
		return fmt.Errorf("%w: advertised port %d", ErrConfig, l.AdvertisedPort)
	case !isToken(l.AdvertisedHost) || strings.ContainsAny(l.AdvertisedHost, "@/;"):
		return fmt.Errorf("%w: advertised host %q", ErrConfig, l.AdvertisedHost)
	case l.Network == TLS && (l.TLS == nil || len(l.TLS.Certificates) == 0 && l.TLS.GetCertificate == nil && l.TLS.GetConfigForClient == nil):
		return fmt.Errorf("%w: the TLS listener %s has no certificate", ErrConfig, l.Addr)
	}
	return nil
}

// checkTrunk holds a trunk's addresses and credentials against what they need.
func (c Config) checkTrunk(t *Trunk) error {
	for _, a := range t.Addresses {
		if !a.Addr.IsValid() || a.Addr.Port() == 0 || !t.has(a.Addr.Addr()) {
			return fmt.Errorf("%w: trunk %s: address %s is not within its networks", ErrConfig, t.Name, a.Addr)
		}
		if !c.reaches(a) {
			return fmt.Errorf("%w: trunk %s: no listener to reach %s %s from", ErrConfig, t.Name, a.Network, a.Addr)
		}
	}
	if r := t.Register; r != nil {
		if len(t.Addresses) == 0 {
			return fmt.Errorf("%w: trunk %s: no address to register with", ErrConfig, t.Name)
		}
		if _, ok := sipURI(r.Registrar); !ok || r.Expires < 0 || r.Expires > longestInterval {
			return fmt.Errorf("%w: trunk %s: registrar %q for %v", ErrConfig, t.Name, r.Registrar, r.Expires)
		}
		if u, ok := sipURI(r.Identity); !ok || !isToken(r.User) || strings.ContainsAny(r.User, "@:[]/") || u.User == "" {
			return fmt.Errorf("%w: trunk %s: identity %q, user %q", ErrConfig, t.Name, r.Identity, r.User)
		}
	}
	d := t.Credentials
	if d != (Credentials{}) && (d.Realm == "" || d.User == "" || d.Password == "") {
		return fmt.Errorf("%w: trunk %s: credentials need realm, user and password", ErrConfig, t.Name)
	}
	for _, s := range [...]string{d.Realm, d.User} {
		if _, err := clean(s, maxChallenge); err != nil {
			return fmt.Errorf("%w: trunk %s: credentials: %w", ErrConfig, t.Name, err)
		}
	}
	return nil
}

// sipURI reads a plain sip URI of the configuration.
func sipURI(s string) (sip.Uri, bool) {
	var u sip.Uri
	if _, err := clean(s, 2*maxField); err != nil || strings.ContainsAny(s, " <>\"?,") {
		return u, false
	}
	err := sip.ParseUri(s, &u)
	return u, err == nil && (u.Scheme == "sip" || u.Scheme == "sips") && u.Host != ""
}

// reaches says whether one of the listeners can send to an address.
func (c Config) reaches(a Address) bool {
	for _, l := range c.listeners() {
		if l.Network == a.Network && l.Addr.Addr().Unmap().Is4() == a.Addr.Addr().Unmap().Is4() {
			return true
		}
	}
	return false
}

// has says whether an address belongs to the trunk.
func (t *Trunk) has(a netip.Addr) bool {
	a = a.Unmap()
	for _, n := range t.Networks {
		if n.Contains(a) {
			return true
		}
	}
	return false
}
