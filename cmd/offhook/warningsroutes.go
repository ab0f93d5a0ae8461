package main

import (
	"fmt"
	"net/netip"
	"strings"

	"offhook/internal/config"
)

// routeWarnings tell of routes that no call comes to, since an earlier one takes all that would fit them.
func routeWarnings(c *config.Config) (list []string) {
	for i := range c.Routes {
		for j := range i {
			if takesAll(&c.Routes[j], &c.Routes[i]) {
				list = append(list, fmt.Sprintf("route %d is never used: route %d stands before it and takes all of its calls", i+1, j+1))
				break
			}
		}
	}
	return list
}

// takesAll reports whether every call that fits b fits a.
func takesAll(a, b *config.Route) bool {
	return covers(a.Called, b.Called) && covers(a.Caller, b.Caller) && (a.Trunk == "" || a.Trunk == b.Trunk) && (a.Hours == "" || a.Hours == b.Hours)
}

// covers reports whether every number that fits b fits a.
func covers(a, b config.Pattern) bool {
	switch {
	case a == "" || a == config.Any:
		return true
	case b == "" || b == config.Any:
		return false
	case strings.HasSuffix(string(b), "*"):
		beginning, many := strings.CutSuffix(string(a), "*")
		return many && strings.HasPrefix(string(b), beginning)
	}
	return a.Match(string(b))
}

// networkWarnings tell of trunks' networks that are written like an address and are more than that.
func networkWarnings(c *config.Config) (list []string) {
	warn := func(trunk, setting string, networks []netip.Prefix) {
		for _, p := range networks {
			if p != p.Masked() {
				list = append(list, fmt.Sprintf("trunk %s: %s has %s, which is all of %s; the address alone is %s", trunk, setting, p, p.Masked(), netip.PrefixFrom(p.Addr(), p.Addr().BitLen())))
			}
		}
	}
	for _, t := range c.Trunks {
		warn(t.Name, "networks", t.Networks)
		warn(t.Name, "media_networks", t.MediaNetworks)
	}
	return list
}
