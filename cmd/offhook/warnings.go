package main

import (
	"fmt"
	"net"
	"net/netip"
	"slices"

	"offhook/internal/config"
)

// warnings are what is allowed and yet probably not meant.
func warnings(c *config.Config) []string {
	return slices.Concat(addressWarnings(c), networkWarnings(c), routeWarnings(c), soundWarnings(c), opusWarnings(c), dtlsWarnings(c))
}

// addressWarnings tell of addresses that this machine does not have, or that peers cannot reach.
func addressWarnings(c *config.Config) (list []string) {
	own := ownAddresses()
	var reached []netip.Addr // from elsewhere, if all is well
	if len(c.TrustedProxies) == 0 {
		reached = append(reached, c.Listen.HTTP.Addr())
	}
	for _, a := range c.Listen.SIP {
		reached = append(reached, a.Addr.Addr())
	}
	for _, a := range c.Media.Browsers {
		reached = append(reached, a.Addr())
	}
	seen := map[netip.Addr]bool{}
	for _, a := range append(reached, c.Media.Trunk, c.Listen.HTTP.Addr()) {
		addr := a.Unmap()
		if seen[addr] {
			continue
		}
		seen[addr] = true
		switch {
		case !addr.IsUnspecified() && !addr.IsLoopback() && !slices.Contains(own, addr):
			list = append(list, fmt.Sprintf("%s is not an address of this machine now", addr))
		case addr.IsLoopback() && c.Public(addr) == addr && slices.Contains(reached, a):
			list = append(list, fmt.Sprintf("%s can be reached from this machine only", addr))
		}
	}
	return list
}

// soundWarnings tell of trunks that are given an address for their sound that they cannot send to: their calls would be silent.
func soundWarnings(c *config.Config) (list []string) {
	told := c.Public(c.Media.Trunk)
	if !told.IsLoopback() {
		return nil
	}
	for _, t := range c.Trunks {
		if slices.ContainsFunc(t.Networks, func(p netip.Prefix) bool { return !p.Addr().IsLoopback() }) {
			list = append(list, fmt.Sprintf("media.trunk is %s, which trunk %s cannot reach: its calls will be silent", told, t.Name))
		}
	}
	return list
}

// opusWarnings tell of callers who hear nothing while they wait again after their agent was lost: no sound of ours is in opus.
func opusWarnings(c *config.Config) (list []string) {
	for _, q := range c.Queues {
		for _, t := range c.Trunks {
			leads := func(r config.Route) bool { return r.Queue == q.Name && (r.Trunk == "" || r.Trunk == t.Name) }
			if q.OnAgentLost == "requeue" && slices.Contains(t.Codecs, "opus") && slices.ContainsFunc(c.Routes, leads) {
				list = append(list, fmt.Sprintf("queue %s plays nothing to callers by trunk %s that have opus, while they wait again after an agent was lost", q.Name, t.Name))
			}
		}
	}
	return list
}

// dtlsWarnings tell of fingerprints that can be exchanged on the way: whoever can change the signalling can put his own there.
func dtlsWarnings(c *config.Config) (list []string) {
	for _, t := range c.Trunks {
		if t.DTLS && (len(t.Addresses) == 0 || slices.ContainsFunc(t.Addresses, func(a config.SIPAddress) bool { return a.Network != config.TLS })) {
			list = append(list, fmt.Sprintf("trunk %s secures its sound by DTLS, but its signalling does not go over TLS alone: fingerprints can be exchanged on the way", t.Name))
		}
	}
	return list
}

// ownAddresses are those of this machine's interfaces.
func ownAddresses() (list []netip.Addr) {
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return nil
	}
	for _, a := range addrs {
		if p, err := netip.ParsePrefix(a.String()); err == nil {
			list = append(list, p.Addr().Unmap())
		}
	}
	return list
}
