package config

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// Network is a transport of SIP.
type Network string

// The transports.
const (
	UDP Network = "udp"
	TCP Network = "tcp"
	TLS Network = "tls"
)

// SIPAddress is an address with its transport, written 192.0.2.1:5060 for UDP, tcp:192.0.2.1:5060, tls:[2001:db8::1]:5061.
type SIPAddress struct {
	Network Network
	Addr    netip.AddrPort
}

// UnmarshalText reads an address; without a transport it is UDP's.
func (a *SIPAddress) UnmarshalText(text []byte) error {
	network, rest := UDP, string(text)
	for _, n := range []Network{UDP, TCP, TLS} {
		if after, ok := strings.CutPrefix(rest, string(n)+":"); ok {
			network, rest = n, after
			break
		}
	}
	addr, err := netip.ParseAddrPort(rest)
	if err != nil {
		return fmt.Errorf("%q is no address such as 192.0.2.1:5060 (UDP), tcp:192.0.2.1:5060 or tls:[2001:db8::1]:5061", text)
	}
	*a = SIPAddress{network, addr}
	return nil
}

// String writes the address as it is read.
func (a SIPAddress) String() string {
	if a.Network == UDP {
		return a.Addr.String()
	}
	return string(a.Network) + ":" + a.Addr.String()
}

// PortRange is a range of UDP ports, both ends included, written 40000-44999.
type PortRange struct{ Min, Max uint16 }

// UnmarshalText reads "40000-44999".
func (r *PortRange) UnmarshalText(text []byte) error {
	lo, hi, ok := strings.Cut(string(text), "-")
	low, err1 := strconv.ParseUint(strings.TrimSpace(lo), 10, 16)
	high, err2 := strconv.ParseUint(strings.TrimSpace(hi), 10, 16)
	if !ok || err1 != nil || err2 != nil {
		return fmt.Errorf("%q is no range of ports such as 40000-44999", text)
	}
	*r = PortRange{uint16(low), uint16(high)}
	return nil
}

// String writes the range as it is read.
func (r PortRange) String() string { return fmt.Sprintf("%d-%d", r.Min, r.Max) }

// check holds the range to what RTP needs: pairs of an even port and the next (RFC 3550 §11), none of them reserved.
func (r PortRange) check() error {
	switch {
	case r.Min < 1024:
		return errors.New("the first port is below 1024")
	case r.Max <= r.Min:
		return errors.New("the last port is not above the first")
	}
	return nil
}
