package main

import (
	"crypto/x509"
	"net/netip"
	"slices"

	"offhook/internal/config"
	"offhook/translator"
	"offhook/translator/dialog"
	"offhook/translator/sdp"
)

// listeners are the addresses of SIP, each telling its own public address.
func listeners(c *config.Config, own *certificate) (list []dialog.Listener) {
	for _, a := range c.Listen.SIP {
		l := dialog.Listener{Network: dialog.Network(a.Network), Addr: a.Addr, AdvertisedHost: c.Public(a.Addr.Addr()).String()}
		if a.Network == config.TLS {
			l.TLS = own.server()
		}
		list = append(list, l)
	}
	return list
}

func trunks(c *config.Config, own *certificate) (list []dialog.Trunk) {
	for i := range c.Trunks {
		list = append(list, trunk(&c.Trunks[i], own))
	}
	return list
}

func trunk(t *config.Trunk, own *certificate) dialog.Trunk {
	d := dialog.Trunk{
		Name: t.Name, Networks: t.Networks, PeerName: t.TLS.PeerName, NAT: t.NAT, Trusted: t.Trusted, Headers: t.Headers, UserToUser: t.UserToUser,
		Credentials: dialog.Credentials{Realm: t.Credentials.Realm, User: t.Credentials.User, Password: dialog.Secret(t.Credentials.Password.Value())},
		Qualify:     t.Qualify, Reliable: t.Reliable, AcceptRefer: t.AcceptRefer, AcceptReplaces: t.AcceptReplaces, Session: t.Session, Redirects: t.RedirectHosts,
	}
	for _, a := range t.Addresses {
		d.Addresses = append(d.Addresses, dialog.Address{Network: dialog.Network(a.Network), Addr: a.Addr})
	}
	if r := t.Register; r.IsSet() {
		d.Register = &dialog.Register{Registrar: r.Registrar, Identity: r.Identity, User: r.User, Expires: r.Expires}
	}
	if own != nil {
		d.TLS = own.client()
		if t.TLS.Roots != nil {
			d.TLS.RootCAs = x509.NewCertPool()
			d.TLS.RootCAs.AppendCertsFromPEM(t.TLS.Roots) // Load has seen that it can
		}
	}
	return d
}

// trunkNamed is nil where there is none.
func trunkNamed(c *config.Config, name string) *config.Trunk {
	i := slices.IndexFunc(c.Trunks, func(t config.Trunk) bool { return t.Name == name })
	if i < 0 {
		return nil
	}
	return &c.Trunks[i]
}

// policyOf are the media rules of a trunk, towards one of its addresses and by one transport: keys go over TLS only.
func policyOf(c *config.Config, name string, peer netip.Addr, by dialog.Network) sdp.TrunkPolicy {
	p := sdp.TrunkPolicy{TrunkAddr: peer, Own: []netip.Addr{c.Public(c.Media.Trunk)}}
	t := trunkNamed(c, name)
	if t == nil {
		return p
	}
	p.Codecs, p.MediaNetworks, p.NAT, p.LateCodec = t.Codecs, t.MediaNetworks, t.NAT, t.LateCodec
	p.RTCPMux, p.AVPF, p.DTLS, p.SAVP = t.RTCPMux, t.AVPF, t.DTLS, t.SRTPProfile == "savp"
	if by == dialog.TLS {
		p.SRTP = srtpModes[t.SRTP]
	}
	return p
}

var srtpModes = map[string]sdp.SRTPMode{"off": sdp.SRTPOff, "optional": sdp.SRTPOptional, "required": sdp.SRTPRequired}

// policies are the rules of a call that came in.
func policies(c *config.Config) func(*dialog.Invite) sdp.TrunkPolicy {
	return func(in *dialog.Invite) sdp.TrunkPolicy { return policyOf(c, in.Trunk, in.Source.Addr(), in.Network) }
}

// policiesTo are those of a call that goes out.
func policiesTo(c *config.Config) func(dialog.Target) sdp.TrunkPolicy {
	return func(to dialog.Target) sdp.TrunkPolicy { return policyOf(c, to.Trunk, to.Addr.Addr(), to.Network) }
}

// insecure reports whether a call came in the clear by a trunk whose sound has to be secured (translation.md §1.4).
func insecure(c *config.Config, in *dialog.Invite) bool {
	t := trunkNamed(c, in.Trunk)
	return t != nil && t.SRTP == "required" && in.Network != dialog.TLS
}

// rules are what calls do on a trunk.
func rules(c *config.Config) func(string) translator.TrunkRules {
	return func(name string) translator.TrunkRules {
		t := trunkNamed(c, name)
		if t == nil {
			return translator.TrunkRules{}
		}
		return translator.TrunkRules{Hold: translator.HoldMode(t.Hold), Digits: translator.DigitsMode(t.Digits), Refer: t.Refer, MaxCalls: t.MaxCalls}
	}
}
