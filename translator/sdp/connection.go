package sdp

import (
	"net/netip"
	"strings"
)

// Connection is a c= line (RFC 8866 §5.7).
type Connection struct {
	Net  string // "IN"
	Type string // "IP4" or "IP6"
	// Addr is the address or name as written, without a multicast TTL.
	Addr string
	// IP is Addr when it is an address of its type in the one usual spelling, else the zero Addr: a name, "127.1", "0x7f.1".
	IP netip.Addr
}

// String gives the line's value.
func (c Connection) String() string { return c.Net + " " + c.Type + " " + c.Addr }

// parseConnection reads "IN IP4 192.0.2.1/127". A line that lacks fields gives what there is.
func parseConnection(v string) Connection {
	f := strings.Fields(v)
	c := Connection{}
	if len(f) > 0 {
		c.Net = f[0]
	}
	if len(f) > 1 {
		c.Type = f[1]
	}
	if len(f) > 2 {
		c.Addr, _, _ = strings.Cut(f[2], "/")
	}
	if ip, err := netip.ParseAddr(c.Addr); err == nil && ip.Zone() == "" && ip.Is4() == (c.Type == "IP4") {
		c.IP = ip
	}
	return c
}

// check says whether the line is there and of a kind that we know. It is a 400 if not, by the table of refusals.
func (c Connection) check() *Error {
	switch {
	case c == Connection{} || c.Addr == "":
		return malformed(warnMisc, "no c= line with an address")
	case c.Net != "IN":
		return malformed(warnNetwork, "c= is not of network type IN")
	case c.Type != "IP4" && c.Type != "IP6":
		return malformed(warnAddress, "c= is not of address type IP4 or IP6")
	}
	return nil
}

// zero reports whether the address is 0.0.0.0 or ::, the old way to hold (RFC 3264 §8.4).
func (c Connection) zero() bool { return c.IP.IsValid() && c.IP.IsUnspecified() }
