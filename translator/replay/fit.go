package replay

import (
	"fmt"
	"net/netip"
	"regexp"
	"strings"
)

// fitter makes the messages of a recorded trunk fit the world: hosts get addresses of the world's network, and what the recorded side had made up (tags, branches,
// Contacts, numbers) becomes what offhook makes up now. Everything else is passed on as it was recorded.
type fitter struct {
	us, them netip.AddrPort // as recorded
	hosts    map[string]string
	// What our end of the dialog was in the record, by name, and what it is now.
	was, is ends
}

// ends are what one end of a dialog calls itself and its call.
type ends struct {
	callID, tag, contact string
	rseq                 string // of the newest reliable provisional response
}

var ipv4 = regexp.MustCompile(`\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b`)

// host is the world's address of a recorded host: ours and the trunk's are fixed, others follow in the order in which they are seen.
func (f *fitter) host(text string) string {
	a, err := netip.ParseAddr(text)
	if err != nil || a.IsUnspecified() || a.IsMulticast() || !a.Is4() {
		return text
	}
	if f.hosts[text] == "" {
		f.hosts[text] = fmt.Sprintf("192.0.2.%d", 30+min(len(f.hosts), 220))
	}
	return f.hosts[text]
}

// addresses maps every IPv4 address of a text. Where both ends were on one host, the port says which of them is meant.
func (f *fitter) addresses(text string) string {
	if f.us.Addr() == f.them.Addr() {
		text = strings.ReplaceAll(text, f.us.String(), ourAddr.String())
	}
	return ipv4.ReplaceAllStringFunc(text, func(a string) string {
		if a == ourAddr.Addr().String() {
			return a
		}
		return f.host(a)
	})
}

func newFitter(us, them netip.AddrPort) *fitter {
	f := &fitter{us: us, them: them, hosts: map[string]string{}}
	if us.Addr() != them.Addr() {
		f.hosts[us.Addr().String()] = ourAddr.Addr().String()
	}
	f.hosts[them.Addr().String()] = trunkAddr.Addr().String()
	return f
}

// base maps what depends on nothing that offhook says: addresses, and the transport, which is UDP here.
func (f *fitter) base(text string) *sipText {
	m := readSIP(overUDP(f.addresses(text)))
	return m
}

var (
	viaTransport = regexp.MustCompile(`(?i)\bSIP\s*/\s*2\.0\s*/\s*(TCP|TLS|WS|WSS)\b`)
	uriTransport = regexp.MustCompile(`(?i);transport=(tcp|tls|udp)`)
)

func overUDP(text string) string {
	return uriTransport.ReplaceAllString(viaTransport.ReplaceAllString(text, "SIP/2.0/UDP"), "")
}

// request makes a request of theirs fit.
func (f *fitter) request(recorded string) string {
	m := f.base(recorded)
	was := f.was
	was.contact = overUDP(f.addresses(was.contact))
	m.edit("call-id", func(v string) string { return swap(v, was.callID, f.is.callID) })
	if m.tag("to") != "" {
		m.setTag("to", f.is.tag)
		if uri := m.uri(); f.is.contact == "" {
			m.setURI(f.toUs(uri))
		} else if userAndHost(uri) == userAndHost(was.contact) {
			m.setURI(f.is.contact)
		}
	} else {
		m.setURI(f.toUs(m.uri()))
	}
	m.edit("route", func(v string) string { return swap(v, was.contact, f.is.contact) })
	if f.is.rseq != "" {
		m.edit("rack", func(v string) string {
			_, rest, _ := strings.Cut(v, " ")
			return f.is.rseq + " " + rest
		})
	}
	for _, name := range [...]string{"replaces", "refer-to"} {
		m.edit(name, func(v string) string { return swap(swap(v, was.callID, f.is.callID), was.tag, f.is.tag) })
	}
	return m.String()
}

// toUs is the Request-URI of a request outside dialogs, with our address.
func (f *fitter) toUs(uri string) string {
	scheme, rest, ok := strings.Cut(uri, ":")
	if !ok || strings.EqualFold(scheme, "tel") {
		return uri
	}
	user, _, ok := strings.Cut(rest, "@")
	if !ok {
		return scheme + ":" + ourAddr.Addr().String()
	}
	return scheme + ":" + user + "@" + ourAddr.Addr().String()
}

// response makes a response of theirs fit the request of ours that it answers now: Via, From, Call-ID and CSeq are ours.
func (f *fitter) response(recorded string, to *sipText) string {
	m := f.base(recorded)
	for _, name := range [...]string{"via", "from", "call-id", "cseq"} {
		m.replace(name, to)
	}
	if tag := to.tag("to"); tag != "" {
		m.setTag("to", tag)
	}
	m.edit("record-route", func(v string) string { return swap(v, overUDP(f.addresses(f.was.contact)), f.is.contact) })
	return m.String()
}

// swap replaces every old in text, if there is one.
func swap(text, old, now string) string {
	if old == "" || now == "" {
		return text
	}
	return strings.ReplaceAll(text, old, now)
}

// userAndHost is a URI without its parameters, to be compared.
func userAndHost(uri string) string {
	uri, _, _ = strings.Cut(uri, ";")
	return strings.ToLower(strings.TrimSuffix(uri, ":5060"))
}
