package main

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"

	"offhook/internal/config"
)

// reportTrunks prints what trunks are told, and what is asked of them.
func reportTrunks(c *config.Config, w *lines) {
	w.say("Trunks         send SIP to %s", sipTold(c))
	for i := range c.Trunks {
		reportTrunk(&c.Trunks[i], w)
	}
	w.say("  Via, Contact %s", strings.Join(contacts(c), ", "))
	w.say("  SDP          c=%s, ports %s, two a call: at most %d calls", c.Public(c.Media.Trunk), c.Media.Ports, (int(c.Media.Ports.Max)-int(c.Media.Ports.Min)+1)/2)
}

func reportTrunk(t *config.Trunk, w *lines) {
	w.say("  %-12s from %s, codecs %s", t.Name, join(t.Networks), strings.Join(t.Codecs, " "))
	also := func(format string, args ...any) { w.say("  %-12s %s", "", fmt.Sprintf(format, args...)) }
	also("media from %s%s", mediaFrom(t), srtpText(t))
	if len(t.Addresses) == 0 {
		also("brings calls, and gets none")
	} else {
		also("gets calls at %s%s", sipAddresses(t.Addresses), map[bool]string{true: ", asked by OPTIONS every 10 s"}[t.Qualify])
	}
	if t.TLS.PeerName != "" {
		also("has to show a certificate of %s", t.TLS.PeerName)
	}
	if t.Credentials.IsSet() {
		also("challenges of realm %q are answered as %s", t.Credentials.Realm, t.Credentials.User)
	}
	if r := t.Register; r.IsSet() {
		also("REGISTER %s as %s at %s, for %s", r.Registrar, r.Identity, t.Addresses[0], r.Expires)
	}
	also("hold %s, digits %s, sessions of %s%s", t.Hold, t.Digits, t.Session, mayText(t))
}

// mayText tells what a trunk may ask of us, and is asked beyond the usual.
func mayText(t *config.Trunk) string {
	var b strings.Builder
	for _, one := range []struct {
		on   bool
		text string
	}{
		{t.Refer, "transfers by REFER"}, {t.AcceptRefer, "may REFER"}, {t.AcceptReplaces, "may replace calls"}, {t.Reliable, "rings reliably"},
		{t.RTCPMux, "RTCP beside RTP"}, {t.NAT, "behind address translation"}, {t.Trusted, "trusted with the caller's number"},
		{t.MaxCalls > 0, fmt.Sprintf("at most %d calls at once", t.MaxCalls)},
		{len(t.RedirectHosts) > 0, "may redirect to " + strings.Join(t.RedirectHosts, " ")},
	} {
		if one.on {
			b.WriteString(", " + one.text)
		}
	}
	return b.String()
}

func mediaFrom(t *config.Trunk) string {
	if len(t.MediaNetworks) == 0 {
		return "the address of its signalling"
	}
	return join(t.MediaNetworks)
}

func srtpText(t *config.Trunk) string {
	switch {
	case t.DTLS:
		return ", secured by DTLS"
	case t.SRTP == "required":
		return ", secured by SDES"
	case t.SRTP == "optional":
		return ", secured by SDES where it can, offered as " + strings.ToUpper(t.SRTPProfile)
	}
	return ""
}

// sipTold are the addresses that trunks are to send to.
func sipTold(c *config.Config) string {
	var list []config.SIPAddress
	for _, a := range c.Listen.SIP {
		list = append(list, config.SIPAddress{Network: a.Network, Addr: netip.AddrPortFrom(c.Public(a.Addr.Addr()), a.Addr.Port())})
	}
	return sipAddresses(list)
}

func sipAddresses(list []config.SIPAddress) string {
	var out []string
	for _, a := range list {
		out = append(out, a.Addr.String()+" ("+strings.ToUpper(string(a.Network))+")")
	}
	return strings.Join(out, ", ")
}

// contacts are the hosts that stand in our messages, each once.
func contacts(c *config.Config) (list []string) {
	for _, a := range c.Listen.SIP {
		if host := c.Public(a.Addr.Addr()).String(); !slices.Contains(list, host) {
			list = append(list, host)
		}
	}
	return list
}

// reportDial prints whom agents may call, and how.
func reportDial(c *config.Config, w *lines) {
	d := &c.Dial
	if len(d.Allow) == 0 && len(d.Domains) == 0 {
		w.say("Dial           nobody may call out")
		return
	}
	w.say("Dial           %s%s", strings.Join(d.Allow, " "), but(d.Deny))
	for _, r := range d.Routes {
		at := ""
		if r.Host != "" {
			at = " at " + r.Host
		}
		w.say("  %-12s %s, by %s", r.Numbers, r.Format+at, strings.Join(r.Trunks, ", then "))
	}
	for _, r := range d.Domains {
		w.say("  %-12s by %s", "sip:…@"+r.Host, strings.Join(r.Trunks, ", then "))
	}
	for _, r := range d.Callers {
		whose := "everyone"
		if r.Queue != "" {
			whose = "agents of " + r.Queue
		}
		w.say("  shown        %s %s (%s)", r.Number, r.Name, whose)
	}
	w.say("  an agent     %d at once, %d a minute, %d a day, of %s at most", d.AtOnce, d.PerMinute, d.PerDay, d.Longest)
	if len(d.Emergency) > 0 {
		w.say("  not counted  %s", strings.Join(d.Emergency, " "))
	}
}

func but(deny []string) string {
	if len(deny) == 0 {
		return ""
	}
	return ", but not " + strings.Join(deny, " ")
}

// wayWarnings tell of addresses of trunks to which this machine has no way from where it listens. Nothing is sent: the system is asked for its route.
func wayWarnings(c *config.Config) (list []string) {
	own := ownAddresses()
	for _, t := range c.Trunks {
		for _, a := range t.Addresses {
			i := slices.IndexFunc(c.Listen.SIP, func(l config.SIPAddress) bool {
				return l.Network == a.Network && l.Addr.Addr().Is4() == a.Addr.Addr().Is4()
			})
			if i < 0 {
				continue // the configuration is refused for it
			}
			from := c.Listen.SIP[i].Addr.Addr()
			if !from.IsLoopback() && !slices.Contains(own, from.Unmap()) {
				continue // that is warned of already
			}
			if err := hasWay(from, a.Addr); err != nil {
				list = append(list, fmt.Sprintf("trunk %s: %s cannot be reached from %s: %v", t.Name, a, from, err))
			}
		}
	}
	return list
}

// hasWay asks the system for a route, as a UDP socket that is connected and closed again does.
func hasWay(from netip.Addr, to netip.AddrPort) error {
	conn, err := net.DialUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(from, 0)), net.UDPAddrFromAddrPort(to))
	if err != nil {
		return err
	}
	return conn.Close()
}
