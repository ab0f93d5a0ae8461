package relay

import (
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"time"
)

// Config says where a [Relay] listens and when it loses patience. Zero durations mean their defaults.
type Config struct {
	// Listen are the UDP addresses for browsers, one for each interface, never a wildcard. Port 0 takes any free port.
	Listen []netip.AddrPort
	// Advertise are the addresses that browsers are told, one for each of Listen; nil means Listen itself. Port 0 is
	// the port that is listened on.
	Advertise []netip.AddrPort
	// TrunkListen is the address of the trunk side's ports, TrunkAdvertise what trunks are told; zero means TrunkListen.
	TrunkListen, TrunkAdvertise netip.Addr
	// PortMin and PortMax bound the ports of the trunk side, both included: RTP has an even one, its RTCP the next.
	PortMin, PortMax uint16

	// AgentSilence is how long a browser may send nothing valid until AgentSilent; 5 s.
	AgentSilence time.Duration
	// TrunkSilence is how long an answered trunk that nobody holds may send neither RTP nor RTCP until TrunkSilent; 60 s.
	TrunkSilence time.Duration
	// Handshake is how long a DTLS handshake may take from the first packet of the browser; 10 s.
	Handshake time.Duration
	// Reports is the time between our RTCP reports; 5 s (RFC 3550 §6.2).
	Reports time.Duration
	// PortRest is how long a freed port is not used again; 10 s.
	PortRest time.Duration

	// Logger gets what operators need to know; nil means slog's default.
	Logger *slog.Logger
}

// withDefaults returns a copy without holes, or what is wrong with it.
func (c Config) withDefaults() (Config, error) {
	if len(c.Listen) == 0 {
		return c, errors.New("relay: no address for browsers")
	}
	for _, a := range c.Listen {
		if !a.IsValid() || a.Addr().IsUnspecified() {
			return c, fmt.Errorf("relay: %v: listen on the addresses of interfaces, not on all", a)
		}
	}
	if len(c.Advertise) != 0 && len(c.Advertise) != len(c.Listen) {
		return c, errors.New("relay: advertise needs one address for each listener")
	}
	if !c.TrunkListen.IsValid() || c.TrunkListen.IsUnspecified() {
		return c, errors.New("relay: the trunk side needs the address of an interface")
	}
	if !c.TrunkAdvertise.IsValid() {
		c.TrunkAdvertise = c.TrunkListen
	}
	c.PortMin += c.PortMin & 1
	if c.PortMin == 0 || int(c.PortMax) < int(c.PortMin)+1 {
		return c, fmt.Errorf("relay: no port pair between %d and %d", c.PortMin, c.PortMax)
	}
	for _, d := range []struct {
		value *time.Duration
		usual time.Duration
	}{
		{&c.AgentSilence, 5 * time.Second},
		{&c.TrunkSilence, 60 * time.Second},
		{&c.Handshake, 10 * time.Second},
		{&c.Reports, 5 * time.Second},
		{&c.PortRest, 10 * time.Second},
	} {
		if *d.value <= 0 {
			*d.value = d.usual
		}
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	return c, nil
}
