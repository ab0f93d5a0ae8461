package dialog

import (
	"strings"
	"testing"
	"time"
)

// The registrations of RFC 3665 §2, with us as Bob. §2.2 adds a second contact and §2.3 asks for the list of them: a trunk has one contact, which
// each REGISTER names, so neither is sent; what there is to see of them, a binding renewed and a list with other contacts, is in §2.1 and here.

const rfc3665Challenge = `WWW-Authenticate: Digest realm="atlanta.example.com", qop="auth", nonce="ea9c8e88df84f1cec4341ae6cbe5a359", opaque="", stale=FALSE, algorithm=MD5`

func registerAsBob(c *Config, at Address) {
	c.Trunks[0].Addresses = []Address{at}
	c.Trunks[0].Credentials = Credentials{"atlanta.example.com", "bob", "zanzibar"}
	c.Trunks[0].Register = &Register{Registrar: "sip:ss2.biloxi.example.com", Identity: "sip:bob@biloxi.example.com", Expires: time.Hour}
}

// TestRFC3665Register is §2.1 Successful New Registration and §2.4 Cancellation of Registration. The list that comes back has another contact of Bob's,
// with an interval of its own.
func TestRFC3665Register(t *testing.T) {
	p, at := newKept(t)
	o := newOffice(t, nil, func(c *Config) { registerAsBob(c, at) })
	contact := "<sip:bob@" + o.e.Addr().String() + ">"
	first := p.expect("REGISTER sip:ss2.biloxi.example.com SIP/2.0")
	if header(first, "CSeq") != "1 REGISTER" || !strings.HasPrefix(header(first, "From"), "<sip:bob@biloxi.example.com>;tag=") ||
		header(first, "To") != "<sip:bob@biloxi.example.com>" || header(first, "Contact") != contact || header(first, "Expires") != "3600" {
		t.Errorf("F1\n%s", first.Data)
	}
	p.back(o, first, "401 Unauthorized", rfc3665Challenge)
	second := p.expect("REGISTER ")
	digest := header(second, "Authorization")
	for _, want := range []string{`username="bob"`, `realm="atlanta.example.com"`, `nonce="ea9c8e88df84f1cec4341ae6cbe5a359"`, `uri="sip:ss2.biloxi.example.com"`, "nc=00000001"} {
		if !strings.Contains(digest, want) {
			t.Errorf("F3 has no %s: %s", want, digest)
		}
	}
	if header(second, "CSeq") != "2 REGISTER" || header(second, "Call-ID") != header(first, "Call-ID") || header(second, "From") != header(first, "From") {
		t.Errorf("F3\n%s", second.Data)
	}
	p.back(o, second, "200 OK", "Contact: <mailto:bob@biloxi.example.com>;expires=4294967295", "Contact: "+contact+";expires=3600")
	o.await(t, "registered", func() bool { return o.e.Trunks()[0].Registered })

	closed := make(chan error, 1)
	go func() { closed <- o.e.Close() }()
	last := p.expect("REGISTER ")
	if header(last, "Expires") != "0" || header(last, "Contact") == "*" || !strings.Contains(header(last, "Authorization"), "nc=00000002") { // ours only, not all of Bob's
		t.Errorf("§2.4 F1\n%s", last.Data)
	}
	p.back(o, last, "200 OK")
	if err := <-closed; err != nil {
		t.Error(err)
	}
}

// TestRFC3665RegisterRefused is §2.5 Unsuccessful Registration: the same challenge after the answer says that the password is wrong, and it is not tried
// again at once.
func TestRFC3665RegisterRefused(t *testing.T) {
	p, at := newKept(t)
	o := newOffice(t, nil, func(c *Config) { registerAsBob(c, at) })
	p.back(o, p.expect("REGISTER "), "401 Unauthorized", rfc3665Challenge)
	p.back(o, p.expect("REGISTER "), "401 Unauthorized", rfc3665Challenge)
	o.await(t, "refused", func() bool { return o.e.Trunks()[0].Registration == "waiting" })
	if s := o.e.Trunks()[0]; s.Registered || s.Status != 401 {
		t.Errorf("state %+v", s)
	}
	p.silent("REGISTER", 100*time.Millisecond)
}
