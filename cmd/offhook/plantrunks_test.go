package main

import (
	"fmt"
	"io"
	"net/netip"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"offhook/agent/protocol"
	"offhook/internal/config"
	"offhook/translator"
	"offhook/translator/dialog"
	"offhook/translator/sdp"
)

// outbound has a carrier with everything set, and a PBX.
const outbound = `
listen: {http: "127.0.0.1:0", sip: ["127.0.0.1:5060", "tcp:127.0.0.1:5060", "tls:127.0.0.1:5061"]}
public_address: {"127.0.0.1": 203.0.113.5}
sip_tls: {certificate: sip.pem, key: sip-key.pem}
agents: {tokens: [{issuer: crm, kid: k1, algorithm: HS256, secret: {file: secret}}]}
origins: ["https://crm.example"]
queues: [{name: support}, {name: sales}]
trunks:
  - name: carrier
    networks: [198.51.100.0/28]
    addresses: ["tls:198.51.100.4:5061", "tls:198.51.100.5:5061"]
    tls: {ca: sip.pem, peer_name: sip.carrier.example}
    qualify: true
    credentials: {realm: carrier.example, user: "4930", password: {file: secret}}
    register: {registrar: "sip:carrier.example", identity: "sip:4930@carrier.example", user: "4931", expires: 5m}
    media_networks: [198.51.100.0/24]
    codecs: [PCMA, PCMU]
    late_codec: PCMU
    srtp: required
    srtp_profile: savp
    rtcp_mux: true
    avpf: true
    nat: true
    trusted: true
    headers: [X-Customer-Id]
    user_to_user: true
    hold: sendonly
    refer: true
    digits: info
    accept_refer: true
    accept_replaces: true
    redirect_hosts: [sip2.carrier.example, "2001:db8::9"]
    100rel: true
    session: 10m
  - name: pbx
    networks: [192.0.2.10/32]
    addresses: ["192.0.2.10:5060", "tcp:192.0.2.10:5060"]
dial:
  country: "49"
  national: "0"
  international: ["00"]
  allow: ["+49*", "4*"]
  routes:
    - {numbers: "+*", trunks: [carrier, pbx], format: plusless, host: carrier.example}
    - {numbers: "4*", trunks: [pbx]}
  domains: [{host: pbx.example.com, trunks: [pbx]}]
  callers: [{number: "+493012345", name: Example}, {number: "+493012346", queue: sales}]
`

func loaded(t *testing.T, text string) *config.Config {
	t.Helper()
	path := writeConfig(t, text)
	writePair(t, filepath.Dir(path), time.Now().Add(-time.Hour), time.Now().Add(30*24*time.Hour))
	c, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func planned(t *testing.T, text string) settings {
	t.Helper()
	set, err := plan(loaded(t, text), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// TestEveryTrunkSettingArrives: with all of a trunk's settings in the file, nothing of what the SIP layer can be told is left untold.
func TestEveryTrunkSettingArrives(t *testing.T) {
	set := planned(t, outbound)
	carrier := set.sip.Trunks[0]
	v := reflect.ValueOf(carrier)
	for i := range v.NumField() {
		if v.Field(i).IsZero() {
			t.Errorf("%s is not set", v.Type().Field(i).Name)
		}
	}
	for name, row := range map[string]struct{ got, want any }{
		"address":     {carrier.Addresses[1], dialog.Address{Network: dialog.TLS, Addr: netip.MustParseAddrPort("198.51.100.5:5061")}},
		"register":    {*carrier.Register, dialog.Register{Registrar: "sip:carrier.example", Identity: "sip:4930@carrier.example", User: "4931", Expires: 5 * time.Minute}},
		"credentials": {carrier.Credentials, dialog.Credentials{Realm: "carrier.example", User: "4930", Password: dialog.Secret(strings.Repeat("s", 40))}},
		"session":     {carrier.Session, 10 * time.Minute},
		"rules":       {set.rules("carrier"), translator.TrunkRules{Hold: translator.HoldSendonly, Digits: translator.DigitsInfo, Refer: true}},
		"defaults":    {set.rules("pbx"), translator.TrunkRules{Hold: translator.HoldLocal, Digits: translator.DigitsAuto}},
		"nobody":      {set.rules("elsewhere"), translator.TrunkRules{}},
	} {
		if !reflect.DeepEqual(row.got, row.want) {
			t.Errorf("%s: got %#v, want %#v", name, row.got, row.want)
		}
	}
	if strings.Contains(fmt.Sprintf("%v %+v", carrier, carrier), "ssss") {
		t.Error("the password is printed")
	}
	if pbx := set.sip.Trunks[1]; pbx.Register != nil || pbx.Credentials != (dialog.Credentials{}) || pbx.Redirects != nil || pbx.TLS.RootCAs != nil {
		t.Errorf("the other trunk has %+v", pbx)
	}
	if l := set.sip.Listeners; len(l) != 3 || l[0].Network != dialog.UDP || l[1].Network != dialog.TCP || l[2].TLS == nil || l[2].AdvertisedHost != "203.0.113.5" {
		t.Errorf("listeners %+v", l)
	}
	e, err := dialog.New(dialog.Config{Trunks: set.sip.Trunks, Listeners: []dialog.Listener{
		{Network: dialog.UDP, Addr: netip.MustParseAddrPort("127.0.0.1:0")}, {Network: dialog.TCP, Addr: netip.MustParseAddrPort("127.0.0.1:0")},
		{Network: dialog.TLS, Addr: netip.MustParseAddrPort("127.0.0.1:0"), TLS: set.sip.Listeners[2].TLS},
	}})
	if err != nil {
		t.Fatalf("the SIP layer refuses it: %v", err)
	}
	_ = e.Close()
}

func TestMediaRulesAreThoseOfTheTrunk(t *testing.T) {
	set := planned(t, outbound)
	peer := netip.MustParseAddrPort("198.51.100.4:5061")
	in := set.policy(&dialog.Invite{Trunk: "carrier", Source: peer, Network: dialog.TLS})
	out := set.policyTo(dialog.Target{Trunk: "carrier", Address: dialog.Address{Network: dialog.TLS, Addr: peer}})
	for way, p := range map[string]sdp.TrunkPolicy{"in": in, "out": out} {
		if p.SRTP != sdp.SRTPRequired || p.LateCodec != "PCMU" || len(p.Codecs) != 2 || p.TrunkAddr != peer.Addr() ||
			len(p.MediaNetworks) != 1 || len(p.Own) != 1 || p.Own[0].String() != "203.0.113.5" {
			t.Errorf("%s: got %+v", way, p)
		}
		v := reflect.ValueOf(p)
		for i := range v.NumField() {
			if name := v.Type().Field(i).Name; v.Field(i).IsZero() != (name == "DTLS") { // which excludes SRTP
				t.Errorf("%s: %s is %v", way, name, v.Field(i))
			}
		}
	}
	if p := set.policy(&dialog.Invite{Trunk: "pbx", Source: peer, Network: dialog.TLS}); p.SRTP != sdp.SRTPOff || p.SAVP || p.NAT || p.DTLS {
		t.Errorf("the PBX has %+v", p)
	}
	dtls := planned(t, strings.Replace(outbound, "    srtp: required\n    srtp_profile: savp\n", "    dtls: true\n", 1))
	if p := dtls.policy(&dialog.Invite{Trunk: "carrier", Source: peer, Network: dialog.UDP}); !p.DTLS || p.SRTP != sdp.SRTPOff {
		t.Errorf("with DTLS it has %+v", p)
	}
}

// TestSecurityNoKeysInTheClear: a trunk's keys travel over TLS or not at all, and where they are required a call without TLS is refused.
func TestSecurityNoKeysInTheClear(t *testing.T) {
	set := planned(t, outbound)
	for _, row := range []struct {
		network dialog.Network
		mode    sdp.SRTPMode
		status  int
	}{{dialog.TLS, sdp.SRTPRequired, 404}, {dialog.TCP, sdp.SRTPOff, 488}, {dialog.UDP, sdp.SRTPOff, 488}} {
		in := &dialog.Invite{Trunk: "carrier", Network: row.network, To: dialog.Party{User: "1"}}
		if got := set.policy(in).SRTP; got != row.mode {
			t.Errorf("%s: SRTP %v, want %v", row.network, got, row.mode)
		}
		if got := set.route(in); got.Status != row.status {
			t.Errorf("%s: %+v, want %d", row.network, got, row.status)
		}
	}
	optional := planned(t, strings.Replace(outbound, "srtp: required", "srtp: optional", 1))
	if got := optional.route(&dialog.Invite{Trunk: "carrier", Network: dialog.UDP, To: dialog.Party{User: "1"}}); got.Status != 404 {
		t.Errorf("where keys are optional a call in the clear gets %d", got.Status)
	}
}

// anna serves sales and may call Germany and the PBX.
var anna = protocol.Identity{ID: "anna", Queues: map[string]int{"sales": 1}, Dial: []string{"+49*", "4*", "sip:*"}}

func TestADialledCallGoesByThePlan(t *testing.T) {
	set := planned(t, outbound)
	rows := []struct {
		name string
		ask  translator.Ask
		want translator.Destination
		code protocol.Code
	}{
		{"a number", translator.Ask{To: "089 12345"}, translator.Destination{
			Party: protocol.Party{Number: "+498912345"}, User: "498912345", Host: "carrier.example", Trunks: []string{"carrier", "pbx"}, Headers: []string{"x-customer-id"},
			From: dialog.Party{Display: "Example", User: "493012345", Host: "carrier.example"}, Longest: 4 * time.Hour,
		}, ""},
		{"an extension", translator.Ask{To: "4711", From: "030 12346"}, translator.Destination{
			Party: protocol.Party{Number: "4711"}, User: "4711", Trunks: []string{"pbx"}, From: dialog.Party{User: "+493012346"}, Longest: 4 * time.Hour,
		}, ""},
		{"a URI", translator.Ask{To: "sip:bob@pbx.example.com"}, translator.Destination{
			Party: protocol.Party{URI: "sip:bob@pbx.example.com"}, User: "bob", Host: "pbx.example.com", Trunks: []string{"pbx"},
			From: dialog.Party{Display: "Example", User: "+493012345", Host: "pbx.example.com"}, Longest: 4 * time.Hour,
		}, ""},
		{"what nobody may call", translator.Ask{To: "0043 1 234567"}, translator.Destination{}, protocol.Forbidden},
		{"nonsense", translator.Ask{To: "nonsense"}, translator.Destination{}, protocol.BadRequest},
		{"REFER to an extension at our address", translator.Ask{To: "sip:4711@203.0.113.5", Far: "pbx"}, translator.Destination{
			Party: protocol.Party{Number: "4711"}, User: "4711", Trunks: []string{"pbx"}, From: dialog.Party{Display: "Example", User: "+493012345"}, Longest: 4 * time.Hour,
		}, ""},
		{"REFER to a name at our address", translator.Ask{To: "sip:bob@203.0.113.5:5060;transport=tcp", Far: "pbx"}, translator.Destination{
			Party: protocol.Party{URI: "sip:bob@203.0.113.5"}, User: "bob", Trunks: []string{"pbx"}, From: dialog.Party{Display: "Example", User: "+493012345"}, Longest: 4 * time.Hour,
		}, ""},
		{"a redirection within the carrier", translator.Ask{To: "sip:+498912345@sip2.carrier.example;user=phone", Far: "carrier"}, translator.Destination{
			Party: protocol.Party{Number: "+498912345"}, User: "498912345", Host: "sip2.carrier.example", Trunks: []string{"carrier", "pbx"}, Headers: []string{"x-customer-id"},
			From: dialog.Party{Display: "Example", User: "493012345", Host: "sip2.carrier.example"}, Longest: 4 * time.Hour,
		}, ""},
		{"a redirection to an IPv6 host", translator.Ask{To: "sip:bob@[2001:db8::9]", Far: "carrier"}, translator.Destination{
			Party: protocol.Party{URI: "sip:bob@[2001:db8::9]"}, User: "bob", Host: "[2001:db8::9]", Trunks: []string{"carrier"}, Headers: []string{"x-customer-id"},
			From: dialog.Party{Display: "Example", User: "+493012345", Host: "[2001:db8::9]"}, Longest: 4 * time.Hour,
		}, ""},
		{"a redirection of another trunk's", translator.Ask{To: "sip:bob@sip2.carrier.example", Far: "pbx"}, translator.Destination{}, protocol.Forbidden},
		{"a redirection to a costly number", translator.Ask{To: "sip:0900512345@sip2.carrier.example", Far: "carrier"}, translator.Destination{}, protocol.Forbidden},
		{"REFER by a trunk that there is not", translator.Ask{To: "sip:bob@203.0.113.5", Far: "gone"}, translator.Destination{}, protocol.Forbidden},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			got, denial := set.resolve(anna, r.ask)
			if !reflect.DeepEqual(got, r.want) {
				t.Errorf("got  %+v (%v)\nwant %+v", got, denial, r.want)
			}
			if (denial != nil) != (r.code != "") || denial != nil && (denial.Code != r.code || denial.Message == "") {
				t.Errorf("denied %+v, want %q", denial, r.code)
			}
		})
	}
	if _, denial := set.resolve(protocol.Identity{ID: "bert"}, translator.Ask{To: "089 12345"}); denial == nil || denial.Code != protocol.Forbidden {
		t.Errorf("an agent whose token has no dial is told %+v", denial)
	}
}

func TestAgentsAreToldTheirNumbers(t *testing.T) {
	set := planned(t, outbound)
	for _, row := range []struct {
		who  protocol.Identity
		want string
	}{{anna, "[+493012345 +493012346]"}, {protocol.Identity{ID: "bert"}, "[+493012345]"}} {
		if got := fmt.Sprint(set.hub.Limits(row.who).From); got != row.want {
			t.Errorf("%s: %s, want %s", row.who.ID, got, row.want)
		}
	}
}

func TestDialledCallsAreCounted(t *testing.T) {
	set := planned(t, outbound)
	now := time.Now()
	release, denied := set.meter("anna", now)
	if denied != nil {
		t.Fatal(denied)
	}
	if _, denied = set.meter("anna", now); denied != nil {
		t.Fatal(denied)
	}
	if _, denied = set.meter("anna", now); denied == nil || denied.Code != protocol.TooManyRequests {
		t.Errorf("the third call at once: %+v", denied)
	}
	release()
	if _, denied = set.meter("anna", now); denied != nil {
		t.Errorf("after one has ended: %+v", denied)
	}
}

// What the dial plan finds wrong is told with its place in the file.
func TestDialFaultsHaveTheirPlace(t *testing.T) {
	path := writeConfig(t, strings.Replace(strings.Replace(outbound, `["+49*", "4*"]`, `["+49", "4*"]`, 1), "format: plusless", "format: pluslos", 1))
	writePair(t, filepath.Dir(path), time.Now().Add(-time.Hour), time.Now().Add(time.Hour))
	_, err := offhook(t, "check", "-config", path)
	for _, want := range []string{":42:11: dial.allow[0]: \"+49\" is too short for a number: write +49*", ":44:47: dial.routes[0].format: \"pluslos\" is none of"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v\nwant %s", err, want)
		}
	}
}
