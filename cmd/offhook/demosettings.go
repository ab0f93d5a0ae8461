package main

import (
	_ "embed"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/netip"
	"strings"
	"text/template"

	"offhook/agent"
	"offhook/agent/protocol"
	crmwidget "offhook/crm-widget"
	"offhook/internal/config"
)

//go:embed demo.yaml
var demoYAML string

// demoPlaces are the addresses in demo.yaml.
type demoPlaces struct {
	SIP              netip.AddrPort
	Browsers         []netip.AddrPort
	Callee           netip.AddrPort // the PBX, where agents' calls go
	Networks         string
	PortMin, PortMax uint
	Answer           string
	NAT              bool
}

// places are this machine's: everything on loopback, browsers' media on this machine's own address as well, because Firefox has no loopback candidates.
func (d *demoFlags) places() (p demoPlaces, err error) {
	own, loopback := ownAddress(), netip.MustParseAddr("127.0.0.1")
	p = demoPlaces{Browsers: []netip.AddrPort{netip.AddrPortFrom(loopback, 0)}, PortMin: d.rtpMin, PortMax: d.rtpMin + 199, NAT: d.softphone, Answer: "ring"}
	if own.IsValid() {
		p.Browsers = append(p.Browsers, netip.AddrPortFrom(own, 0))
	}
	if d.atOnce {
		p.Answer = "at_once"
	}
	at := loopback
	if d.softphone && own.IsValid() {
		at = own
	}
	p.SIP, err = d.sipAddress(at)
	p.Networks = prefixes(append(demoNetworks(), netip.PrefixFrom(p.SIP.Addr(), p.SIP.Addr().BitLen())))
	return p, err
}

// prefixes writes networks as a list in YAML.
func prefixes(list []netip.Prefix) string {
	return `["` + strings.Join(texts(list), `", "`) + `"]`
}

// configuration is demo.yaml with its places filled in, without keys.
func (p demoPlaces) configuration() (*config.Config, error) {
	var text strings.Builder
	if err := template.Must(template.New("demo.yaml").Parse(demoYAML)).Execute(&text, p); err != nil {
		return nil, err
	}
	c, err := config.Parse([]byte(text.String()))
	if err != nil {
		return nil, fmt.Errorf("demo.yaml: %w", err)
	}
	c.Agents.Tokens = nil // their key is drawn, and goes nowhere
	c.Listen.Admin = netip.AddrPort{}
	return c, nil
}

// settings are the demo's: those of its configuration, and the page with all that it needs.
func (d *demoFlags) settings(out io.Writer, p demoPlaces, watch func(protocol.Agent)) (settings, error) {
	c, err := p.configuration()
	if err != nil {
		return settings{}, err
	}
	level := slog.LevelInfo
	if d.debug {
		level = slog.LevelDebug
	}
	set, err := planWith(c, slog.New(newPlainHandler(out, level)), new(slog.LevelVar))
	if err != nil {
		return settings{}, err
	}
	if set.http, err = freeTCP(d.http); err != nil {
		return settings{}, err
	}
	signer, key, err := demoKey()
	if err != nil {
		return settings{}, err
	}
	set.hub.Origins, set.hub.Keys = demoOrigins(set.http), []agent.Key{key}
	set.pages, set.home = map[string]fs.FS{"/demo": crmwidget.Demo()}, "/demo/"
	set.admin = d.admin
	set.texts, set.watch = demoTokens(signer), watch
	return set, nil
}
