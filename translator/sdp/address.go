package sdp

import "net/netip"

// forbidden are addresses that no description may name: they are no host, many hosts, or another address in disguise. IPv4-mapped ones are too (RFC 4291 §2.5.5.2), which netip.Prefix does not match.
var forbidden = prefixes(
	"0.0.0.0/8",      // this network; the zero address itself means hold and is caught before
	"224.0.0.0/4",    // multicast
	"240.0.0.0/4",    // reserved, broadcast
	"::/96",          // unspecified, IPv4-compatible; ::1 has its own rule and is caught by inside
	"64:ff9b::/96",   // NAT64
	"64:ff9b:1::/48", // NAT64, local use
	"2002::/16",      // 6to4
	"2001::/32",      // Teredo
	"ff00::/8",       // multicast
)

// inside are ranges that only a network of the trunk lying in them opens.
var inside = prefixes(
	"127.0.0.0/8", "::1/128", // loopback
	"169.254.0.0/16", "fe80::/10", // link-local
	"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", // private, RFC 1918
	"fc00::/7", "fec0::/10", // unique local, site-local
	"100.64.0.0/10", // carrier-grade NAT, RFC 6598
	"192.0.0.0/24",  // protocol assignments
	"198.18.0.0/15", // benchmarking
)

func prefixes(list ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(list))
	for i, p := range list {
		out[i] = netip.MustParsePrefix(p)
	}
	return out
}

// reachable reports whether media may be sent to ip: the defence against being told to send into our own network
// (security rule S10).
func (p *TrunkPolicy) reachable(ip netip.Addr) bool {
	trunk := p.TrunkAddr.Unmap()
	switch {
	case !ip.IsValid() || ip.Zone() != "":
		return false
	case ip.Is4In6() || isIn(forbidden, ip) && ip != netip.IPv6Loopback():
		return false
	case p.isOwn(ip) && ip != trunk:
		return false
	case len(p.MediaNetworks) == 0:
		return ip == trunk
	}
	for _, n := range p.MediaNetworks {
		if n.Contains(ip) && opens(n, ip) {
			return true
		}
	}
	return false
}

// opens reports whether network n speaks for ip: in a range of inside networks only if n lies in the same range.
func opens(n netip.Prefix, ip netip.Addr) bool {
	for _, r := range inside {
		if r.Contains(ip) && !(r.Contains(n.Addr()) && n.Bits() >= r.Bits()) {
			return false
		}
	}
	return true
}

func (p *TrunkPolicy) isOwn(ip netip.Addr) bool {
	for _, own := range p.Own {
		if own.Unmap() == ip {
			return true
		}
	}
	return false
}

// speaks reports whether we have an address of ip's family.
func (p *TrunkPolicy) speaks(is6 bool) bool {
	for _, own := range p.Own {
		if own.Unmap().Is6() == is6 {
			return true
		}
	}
	return len(p.Own) == 0
}

func isIn(list []netip.Prefix, ip netip.Addr) bool {
	for _, p := range list {
		if p.Contains(ip) {
			return true
		}
	}
	return false
}
