package config

import (
	"strings"
	"testing"
	"time"
)

// tlsAndUDP listens for SIP on both.
const tlsAndUDP = least + "sip_tls: {certificate: a, key: b}\nlisten: {sip: [\"192.0.2.5:5060\", \"tls:192.0.2.5:5061\"]}\n"

func TestTransportsAreNamedInFront(t *testing.T) {
	c, err := Parse([]byte(least + `sip_tls: {certificate: a, key: b}
listen: {sip: ["192.0.2.5:5060", "udp:192.0.2.6:5060", "tcp:192.0.2.5:5060", "tls:[2001:db8::5]:5061"]}`))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"192.0.2.5:5060", "192.0.2.6:5060", "tcp:192.0.2.5:5060", "tls:[2001:db8::5]:5061"}
	for i, a := range c.Listen.SIP {
		if a.String() != want[i] {
			t.Errorf("got %s, want %s", a, want[i])
		}
	}
	if c.Listen.SIP[1].Network != UDP || c.Listen.SIP[3].Network != TLS {
		t.Errorf("got %+v", c.Listen.SIP)
	}
}

func TestATrunkHasDefaults(t *testing.T) {
	c, err := Parse([]byte(least + "trunks: [{name: a, networks: [127.0.0.1/32]}]"))
	if err != nil {
		t.Fatal(err)
	}
	a := c.Trunks[0]
	if a.Hold != "local" || a.Digits != "auto" || a.SRTP != "off" || a.Session != 30*time.Minute || a.Refer || a.AcceptRefer || a.AcceptReplaces ||
		a.Reliable || a.Register.IsSet() || a.Credentials.IsSet() || len(a.RedirectHosts)+len(a.Addresses) > 0 {
		t.Errorf("got %+v", a)
	}
	if d := c.Dial; len(d.Allow) > 0 || d.AtOnce != 2 || d.PerMinute != 10 || d.PerDay != 200 || d.Longest != 4*time.Hour {
		t.Errorf("got %+v", d)
	}
}

// TestTrunkFaults holds what is said of a trunk that cannot be: one fault a row.
func TestTrunkFaults(t *testing.T) {
	rows := []struct{ trunk, want string }{
		{"addresses: [\"10.0.0.1:5060\"]", ""},
		{"addresses: [\"tls:10.0.0.1:5061\", \"10.0.0.1:5060\"], tls: {peer_name: sip.example.com}", ""},
		{"addresses: [sip.example.com]", `trunks[0].addresses[0]: "sip.example.com" is no address such as 192.0.2.1:5060 (UDP), tcp:`},
		{"addresses: [10.0.0.1]", `trunks[0].addresses[0]: "10.0.0.1" is no address`},
		{"addresses: [\"sctp:10.0.0.1:5060\"]", `trunks[0].addresses[0]: "sctp:10.0.0.1:5060" is no address`},
		{"addresses: [\"10.0.0.1:0\"]", `trunks[0].addresses[0]: 10.0.0.1:0 has no port`},
		{"addresses: [\"192.0.2.9:5060\"]", `trunks[0].addresses[0]: 192.0.2.9 is not within networks`},
		{"addresses: [\"tcp:10.0.0.1:5060\"]", `trunks[0].addresses[0]: no address of listen.sip can send there: one of tcp is needed`},
		{"addresses: [\"10.0.0.1:5060\", \"10.0.0.1:5060\"]", `trunks[0].addresses[1]: 10.0.0.1:5060 stands twice`},
		{"qualify: true", `trunks[0].qualify: there are no addresses to ask`},
		{"tls: {peer_name: \"a b\"}", `trunks[0].tls.peer_name: "a b" is no name such as sip.example.com`},
		{"srtp: maybe", `trunks[0].srtp: "maybe" is none of off, optional, required`},
		{"srtp: required, addresses: [\"tls:10.0.0.1:5061\", \"10.0.0.1:5060\"]", `trunks[0].srtp: its keys would travel in the clear: all addresses have to be tls`},
		{"srtp_profile: savp", `trunks[0].srtp_profile: srtp is off`},
		{"srtp: optional, srtp_profile: dtls", `trunks[0].srtp_profile: "dtls" is none of avp, savp`},
		{"srtp: required", ""},
		{"dtls: true, avpf: true", ""},
		{"dtls: true, srtp: optional", `trunks[0].dtls: srtp is optional: it is one or the other`},
		{"srtp: off", ""},
		{"late_codec: opus", `trunks[0].late_codec: "opus" is not among codecs`},
		{"late_codec: PCMU", ""},
		{"hold: music", `trunks[0].hold: "music" is none of local, sendonly`},
		{"digits: inband", `trunks[0].digits: "inband" is none of auto, rfc4733, info`},
		{"refer: on", `trunks[0].refer: "on" is neither true nor false`},
		{"session: 60s", `trunks[0].session: 1m0s is not from 1m30s to 24h0m0s (RFC 4028)`},
		{"session: 25h", `trunks[0].session: 25h0m0s is not from`},
		{"redirect_hosts: [\"a.example:5060\"]", `trunks[0].redirect_hosts[0]: "a.example:5060" is no host`},
		{"redirect_hosts: [\"*\"]", `trunks[0].redirect_hosts[0]: "*" is no host`},
		{"redirect_hosts: [a.example, 192.0.2.1, \"2001:db8::1\"]", ""},
		{"credentials: {realm: r, user: u, password: {env: P}}", ""},
		{"credentials: {user: u, password: {env: P}}", `trunks[0].credentials.realm: it is needed`},
		{"credentials: {realm: r, password: {env: P}}", `trunks[0].credentials.user: it is needed`},
		{"credentials: {realm: r, user: u}", `trunks[0].credentials.password: it is needed, as {file: PATH} or {env: NAME}`},
		{"credentials: {realm: r, user: u, password: sesame}", `trunks[0].credentials.password: a secret does not stand in this file`},
		{"credentials: {realm: r, user: u, password: {env: P, file: p}}", `trunks[0].credentials.password: file or env, not both`},
		{"credentials: {realm: \"r\\r\\nX: y\", user: u, password: {env: P}}", `trunks[0].credentials.realm: it has characters other than printed ASCII`},
		{"register: {registrar: \"sip:r.example\", identity: \"sip:1@r.example\"}, addresses: [\"10.0.0.1:5060\"]", ""},
		{"register: {registrar: \"sip:r.example:5070\", identity: \"sip:1@[2001:db8::1]\"}, addresses: [\"10.0.0.1:5060\"]", ""},
		{"register: {registrar: \"sip:r.example\", identity: \"sip:1@r.example\"}", `trunks[0].register: there are no addresses to register at`},
		{"register: {identity: \"sip:1@r.example\"}, addresses: [\"10.0.0.1:5060\"]", `trunks[0].register.registrar: "" is no address such as sip:example.com`},
		{"register: {registrar: \"sip:r.example\"}, addresses: [\"10.0.0.1:5060\"]", `trunks[0].register.identity: "" is no address such as sip:100@example.com`},
		{"register: {registrar: r.example, identity: \"sip:1@r.example\"}, addresses: [\"10.0.0.1:5060\"]", `trunks[0].register.registrar: "r.example" is no address`},
		{"register: {registrar: \"sips:r.example\", identity: \"sip:1@r.example\"}, addresses: [\"10.0.0.1:5060\"]", `trunks[0].register.registrar: "sips:r.example" is no address`},
		{"register: {registrar: \"sip:r.example;lr\", identity: \"sip:1@r.example\"}, addresses: [\"10.0.0.1:5060\"]", `trunks[0].register.registrar: "sip:r.example;lr" is no address`},
		{"register: {registrar: \"sip:r.example\", identity: \"sip:1@2@r.example\"}, addresses: [\"10.0.0.1:5060\"]", `trunks[0].register.identity: `},
		{"register: {registrar: \"sip:r.example\", identity: \"sip:1@r.example\", user: \"1@2\"}, addresses: [\"10.0.0.1:5060\"]", `trunks[0].register.user: "1@2" is no user part`},
		{"register: {registrar: \"sip:r.example\", identity: \"sip:1@r.example\", expires: 5s}, addresses: [\"10.0.0.1:5060\"]", `trunks[0].register.expires: 5s is not from 1m0s to 24h0m0s`},
	}
	for _, r := range rows {
		t.Run(r.trunk, func(t *testing.T) {
			_, err := Parse([]byte(tlsAndUDP + "trunks: [{name: a, networks: [10.0.0.0/8], " + r.trunk + "}]"))
			wantOne(t, err, r.want)
		})
	}
}

// wantOne wants one fault with these words, or none.
func wantOne(t *testing.T, err error, want string) {
	t.Helper()
	switch {
	case want == "" && err != nil:
		t.Error(err)
	case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
		t.Errorf("got %v\nwant %s", err, want)
	case err != nil && strings.Contains(err.Error(), "\n"):
		t.Errorf("one fault made more than one line:\n%v", err)
	}
}

// TestSecuritySRTPNeedsTLS: keys in the SDP of a message that anybody can read protect nothing.
func TestSecuritySRTPNeedsTLS(t *testing.T) {
	_, err := Parse([]byte(least + "trunks: [{name: a, networks: [10.0.0.0/8], srtp: optional}]"))
	wantOne(t, err, "trunks[0].srtp: its keys would travel in the clear: listen.sip has no tls address")
}

// TestSIPListenerFaults holds what is said of listeners over TCP and TLS.
func TestSIPListenerFaults(t *testing.T) {
	rows := []struct{ text, want string }{
		{`listen: {sip: ["tls:127.0.0.1:5061"]}`, `listen.sip[0]: it needs a certificate: sip_tls, or tls`},
		{"listen: {sip: [\"tls:127.0.0.1:5061\"]}\ntls: {certificate: a, key: b}", ``},
		{"sip_tls: {certificate: a, key: b}", `sip_tls: listen.sip has no tls address that would use it`},
		{"listen: {sip: [\"tls:127.0.0.1:5061\"]}\nsip_tls: {key: b}\ntls: {certificate: a, key: b}", `sip_tls: certificate and key come together`},
		{"listen: {sip: [\"tcp:127.0.0.1:5060\", \"tls:127.0.0.1:5060\"]}\ntls: {certificate: a, key: b}", `listen.sip[1]: tcp and tls cannot share 127.0.0.1:5060`},
		{"listen: {sip: [\"udp:127.0.0.1:5060\", \"tcp:127.0.0.1:5060\"]}", ``},
		{"listen: {sip: [\"tcp:0.0.0.0:5060\"]}", `listen.sip[0]: 0.0.0.0:5060 means every interface`},
		{"trunks: [{name: a, networks: [10.0.0.0/8], tls: {ca: x}}]", `trunks[0].tls: listen.sip has no tls address`},
	}
	for _, r := range rows {
		t.Run(r.text, func(t *testing.T) {
			_, err := Parse([]byte(least + r.text))
			wantOne(t, err, r.want)
		})
	}
}

// TestDialFaults holds what is said of names in dial that nothing has.
func TestDialFaults(t *testing.T) {
	rows := []struct{ dial, want string }{
		{`{allow: ["+49*"], routes: [{numbers: "+*", trunks: [out]}], callers: [{number: "+4930", queue: q}], domains: [{host: h, trunks: [out]}]}`, ""},
		{`{allow: ["+49*"]}`, "dial.allow: there are no routes to call them by"},
		{`{routes: [{numbers: "+*"}]}`, "dial.routes[0].trunks: at least one trunk is needed"},
		{`{routes: [{numbers: "+*", trunks: [elsewhere]}]}`, `dial.routes[0].trunks[0]: there is no trunk "elsewhere"`},
		{`{routes: [{numbers: "+*", trunks: [out, in]}]}`, `dial.routes[0].trunks[1]: trunk "in" has no addresses that calls could be sent to`},
		{`{routes: [{numbers: "+*", trunks: [out, out]}]}`, `dial.routes[0].trunks[1]: "out" stands twice`},
		{`{domains: [{host: h, trunks: [in]}]}`, `dial.domains[0].trunks[0]: trunk "in" has no addresses`},
		{`{callers: [{number: "1", queue: x}]}`, `dial.callers[0].queue: there is no queue "x"`},
		{`{at_once: 0}`, "dial.at_once: 0 is below 1"},
		{`{emergency: ["1*"]}`, `dial.emergency[0]: "1*" is no emergency number: 2 to 6 digits`},
		{`{emergency: ["112", "+493012345"]}`, `dial.emergency[1]: "+493012345" is no emergency number: 2 to 6 digits`},
		{`{emergency: ["112", "112"]}`, `dial.emergency[1]: "112" stands twice`},
		{`{emergency: []}`, ""},
		{`{per_minute: 0}`, "dial.per_minute: 0 is below 1"},
		{`{per_day: -5}`, "dial.per_day: -5 is below 1"},
		{`{longest: 0s}`, "dial.longest: it must be above 0"},
		{`{national_lengths: [eight]}`, `dial.national_lengths[0]: "eight" is no whole number`},
	}
	trunks := "trunks: [{name: out, networks: [10.0.0.0/8], addresses: [\"10.0.0.1:5060\"]}, {name: in, networks: [10.1.0.0/16]}]\nqueues: [{name: q}]\n"
	for _, r := range rows {
		t.Run(r.dial, func(t *testing.T) {
			_, err := Parse([]byte(least + trunks + "dial: " + r.dial))
			wantOne(t, err, r.want)
		})
	}
}
