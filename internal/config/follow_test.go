package config

import (
	"strings"
	"testing"
)

// What is left out of media follows the addresses that are listened on: nobody outside can send sound to 127.0.0.1.
func TestMediaFollowsTheListeners(t *testing.T) {
	proxy := "trusted_proxies: [10.0.0.0/24]\n"
	for _, row := range []struct{ name, text, trunk, browsers string }{
		{"nothing set", "", "127.0.0.1", "127.0.0.1:3480"},
		{"SIP on an interface", "listen: {sip: [\"192.0.2.5:5060\"]}", "192.0.2.5", "192.0.2.5:3480"},
		{"HTTP on another interface", proxy + "listen: {http: 198.51.100.5:443, sip: [\"192.0.2.5:5060\"]}", "192.0.2.5", "198.51.100.5:3480"},
		{"HTTP on every interface", proxy + "listen: {http: \"0.0.0.0:443\", sip: [\"192.0.2.5:5060\"]}", "192.0.2.5", "192.0.2.5:3480"},
		{"the first of several", "listen: {sip: [\"192.0.2.5:5060\", \"192.0.2.6:5060\"]}", "192.0.2.5", "192.0.2.5:3480"},
		{"set", "listen: {sip: [\"192.0.2.5:5060\"]}\nmedia: {trunk: 192.0.2.7, browsers: [\"192.0.2.8:1234\"]}", "192.0.2.7", "192.0.2.8:1234"},
		{"a public address for all three", "listen: {sip: [\"192.0.2.5:5060\"]}\npublic_address: {192.0.2.5: 203.0.113.5}", "192.0.2.5", "192.0.2.5:3480"},
	} {
		t.Run(row.name, func(t *testing.T) {
			c, err := Parse([]byte(least + row.text))
			if err != nil {
				t.Fatal(err)
			}
			if c.Media.Trunk.String() != row.trunk || len(c.Media.Browsers) != 1 || c.Media.Browsers[0].String() != row.browsers {
				t.Errorf("got %s and %v, want %s and [%s]", c.Media.Trunk, c.Media.Browsers, row.trunk, row.browsers)
			}
		})
	}
}

// Nothing here encodes opus, so a caller who is answered before an agent is there would hear nothing and pay for it.
func TestOpusAndAnswerAtOnceExclude(t *testing.T) {
	text := func(codecs, route, answer string) []byte {
		return []byte(least + "trunks: [{name: a, networks: [10.0.0.0/8], codecs: [" + codecs + "]}, {name: b, networks: [10.1.0.0/16]}]\n" +
			"queues: [{name: q, answer: " + answer + "}, {name: via, on_full: {queue: q}}, {name: far, exits: {\"1\": {queue: via}}}]\nroutes: [{refuse: 433, caller: anonymous}, " + route + "]\n")
	}
	for _, row := range []struct{ name, codecs, route, answer, want string }{
		{"ring", "opus", "{queue: q}", "ring", ""},
		{"no opus", "PCMA", "{queue: q}", "at_once", ""},
		{"by the other trunk only", "opus", "{queue: q, trunk: b}", "at_once", ""},
		{"by any trunk", "opus", "{queue: q}", "at_once", `trunks[0].codecs: routes[1] brings its calls to queue "q", which answers at once`},
		{"early", "opus", "{queue: q}", "early", `trunks[0].codecs: routes[1] brings its calls to queue "q", which answers early`},
		{"by ways out", "opus", "{queue: far}", "at_once", `trunks[0].codecs: routes[1] brings its calls to queue "q", which answers at once`},
		{"by its own trunk, among others", "PCMA, opus", "{queue: q, trunk: a}", "at_once", `trunks[0].codecs: routes[1] brings`},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := Parse(text(row.codecs, row.route, row.answer))
			switch {
			case row.want == "" && err != nil:
				t.Error(err)
			case row.want != "" && (err == nil || !strings.Contains(err.Error(), row.want)):
				t.Errorf("got %v, want %s", err, row.want)
			}
		})
	}
}
