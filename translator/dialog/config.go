package dialog

import (
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
)

// Config is what an [Endpoint] or a [VirtualTx] is made of.
type Config struct {
	// Listen is the concrete address that SIP over UDP is received and sent on. A wildcard is refused: the address stands in
	// messages, and answers must leave from it.
	Listen netip.AddrPort
	// AdvertisedHost and AdvertisedPort are what Via and Contact say, for a gateway behind address translation. Empty and 0 mean Listen.
	AdvertisedHost string
	AdvertisedPort int
	// Trunks are the peers. The first whose networks hold a datagram's source is its trunk; a source of none is a stranger and gets nothing.
	Trunks []Trunk
	// Handler gets the new calls. nil refuses them with 503: an endpoint that only places calls.
	Handler Handler
	// Logger gets warnings and errors; nil discards them.
	Logger *slog.Logger
	// UserAgent stands in Server and User-Agent; empty means none.
	UserAgent string
	// MaxTransactions bounds the requests without a final response, both ways. 0 means 2000.
	MaxTransactions int
	// MaxDialogs bounds the dialogs. 0 means 2000.
	MaxDialogs int
}

// Trunk is a peer: a PBX, a carrier's SBC, or a set of them under one name.
type Trunk struct {
	Name string
	// Networks are the addresses that its signalling comes from and may be sent to. None means nobody.
	Networks []netip.Prefix
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

// errTimeout says that no response came in 64·T1 (timers B and F).
var errTimeout = errors.New("dialog: no response")

func (c Config) checked() (Config, error) {
	switch {
	case !c.Listen.IsValid() || c.Listen.Addr().IsUnspecified():
		return c, fmt.Errorf("%w: listen address %s is not concrete", ErrConfig, c.Listen)
	case c.AdvertisedPort < 0 || c.AdvertisedPort > 65535:
		return c, fmt.Errorf("%w: advertised port %d", ErrConfig, c.AdvertisedPort)
	case !isToken(c.AdvertisedHost) || strings.ContainsAny(c.AdvertisedHost, "@/;"):
		return c, fmt.Errorf("%w: advertised host %q", ErrConfig, c.AdvertisedHost)
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
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.MaxTransactions <= 0 {
		c.MaxTransactions = 2000
	}
	if c.MaxDialogs <= 0 {
		c.MaxDialogs = 2000
	}
	return c, nil
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
