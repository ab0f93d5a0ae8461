package main

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
)

// demoNetworks are where the demo's caller may be: this machine, and for a softphone the private networks.
func demoNetworks() []netip.Prefix {
	var out []netip.Prefix
	for _, p := range []string{"127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"} {
		out = append(out, netip.MustParsePrefix(p))
	}
	return out
}

func (d *demoFlags) sipAddress(addr netip.Addr) (netip.AddrPort, error) {
	if d.sip != "" {
		a, err := netip.ParseAddrPort(d.sip)
		if err != nil {
			return a, wrongUsage("demo", "-sip: want an IP address and a port, such as 127.0.0.1:5070, not %q", d.sip)
		}
		return a, nil
	}
	for port := uint16(5070); port < 5090; port++ {
		a := netip.AddrPortFrom(addr, port)
		c, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(a))
		if err == nil {
			return a, c.Close()
		}
	}
	return netip.AddrPort{}, errors.New("no free UDP port from 5070 to 5089 for SIP; name one with -sip")
}

// freeTCP is addr, or the same host with any free port where addr's is taken.
func freeTCP(addr string) (string, error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		host, _, splitErr := net.SplitHostPort(addr)
		if splitErr != nil {
			return "", wrongUsage("demo", "-http: want an address and a port, such as 127.0.0.1:8080, not %q", addr)
		}
		if l, err = net.Listen("tcp", net.JoinHostPort(host, "0")); err != nil {
			return "", fmt.Errorf("-http: %s: this machine has no such address", host)
		}
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// demoPage is where the demo's page is opened that listens on addr: on this machine, where it listens on every interface.
func demoPage(addr string) string { return "http://" + openable(addr) + "/demo/" }

func openable(addr string) string {
	a, err := netip.ParseAddrPort(addr)
	if err != nil || !a.Addr().IsUnspecified() {
		return addr
	}
	return netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), a.Port()).String()
}

// demoOrigins are the pages that may log in: this machine by its names, and by every address of its that addr listens on.
func demoOrigins(addr string) (list []string) {
	a, err := netip.ParseAddrPort(addr)
	if err != nil {
		return []string{"http://" + addr}
	}
	allow := func(host string) {
		origin := "http://" + host
		if a.Port() != 80 { // which browsers leave out
			origin += ":" + strconv.Itoa(int(a.Port()))
		}
		if !slices.Contains(list, origin) {
			list = append(list, origin)
		}
	}
	allow("127.0.0.1")
	allow("localhost")
	reached := []netip.Addr{a.Addr()}
	if a.Addr().IsUnspecified() {
		reached = ownAddresses()
	}
	for _, own := range reached {
		switch {
		case own.Zone() != "": // no URL has one
		case own.Is6():
			allow("[" + own.String() + "]")
		default:
			allow(own.String())
		}
	}
	return list
}

// beyondThisMachine reports whether other machines can open a page that listens on addr.
func beyondThisMachine(addr string) bool {
	a, err := netip.ParseAddrPort(addr)
	return err == nil && !a.Addr().IsLoopback()
}

// ownAddress is this machine's first IPv4 address that is not loopback, if it has one.
func ownAddress() netip.Addr {
	for _, a := range ownAddresses() {
		if a.Is4() && !a.IsLoopback() && !a.IsLinkLocalUnicast() {
			return a
		}
	}
	return netip.Addr{}
}
