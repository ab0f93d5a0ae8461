package main

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"syscall"

	"offhook/internal/config"
)

// listening tells of an address that cannot be listened on by the setting that names it. Other errors stay as they are.
func listening(c *config.Config, err error) error {
	var failed *net.OpError
	if !errors.As(err, &failed) || failed.Op != "listen" || failed.Addr == nil {
		return err
	}
	setting := listenerOf(c, failed)
	if setting == "" {
		return err
	}
	return c.Fault(setting, "%s: %s", failed.Addr, whyNot(failed))
}

// demoListening tells of it by the demo's flag.
func demoListening(d *demoFlags, err error) error {
	var failed *net.OpError
	if !errors.As(err, &failed) || failed.Op != "listen" || failed.Addr == nil {
		return err
	}
	flag := map[string]string{d.admin: "-admin", d.sip: "-sip"}[failed.Addr.String()]
	if flag == "" {
		return err
	}
	return fmt.Errorf("%s: %s: %s", flag, failed.Addr, whyNot(failed))
}

// listenerOf is the setting that names the address of a listener, "" if none does.
func listenerOf(c *config.Config, failed *net.OpError) string {
	addr, err := netip.ParseAddrPort(failed.Addr.String())
	if err != nil {
		return ""
	}
	udp := strings.HasPrefix(failed.Net, "udp")
	at := slices.IndexFunc(c.Listen.SIP, func(a config.SIPAddress) bool { return a.Addr == addr && (a.Network == config.UDP) == udp })
	switch browsers := slices.Index(c.Media.Browsers, addr); {
	case at >= 0:
		return fmt.Sprintf("listen.sip[%d]", at)
	case udp && browsers >= 0:
		return fmt.Sprintf("media.browsers[%d]", browsers)
	case udp:
		return ""
	case addr == c.Listen.Admin: // it is opened last: listen.http, if it is the same, has it already
		return "listen.admin"
	case addr == c.Listen.HTTP:
		return "listen.http"
	}
	return ""
}

// whyNot says why an address cannot be listened on.
func whyNot(failed *net.OpError) string {
	switch {
	case errors.Is(failed, syscall.EADDRINUSE):
		return "somebody listens there already"
	case errors.Is(failed, syscall.EADDRNOTAVAIL):
		return "this machine has no such address; where one is to be told that it has not, see public_address"
	case errors.Is(failed, syscall.EACCES):
		return "not allowed; ports below 1024 need the capability CAP_NET_BIND_SERVICE"
	}
	return failed.Err.Error()
}
