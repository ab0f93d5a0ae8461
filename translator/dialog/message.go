package dialog

import (
	"bytes"
	"net/netip"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// Readers of messages that sipgo parsed.

// headed is what a request and a response have in common here.
type headed interface {
	GetHeaders(name string) []sip.Header
	Body() []byte
}

// valuesOf lists the values of a header that may be repeated or written as a list.
func valuesOf(hs []sip.Header) []string {
	var out []string
	for _, h := range hs {
		out = append(out, listValues(h.Value(), maxHeaders-len(out))...)
		if len(out) >= maxHeaders {
			break
		}
	}
	return out
}

// firstValue returns a header's first line, "" if there is none.
func firstValue(m headed, name string) string {
	if hs := m.GetHeaders(name); len(hs) > 0 {
		return hs[0].Value()
	}
	return ""
}

// contactOf returns the first usable SIP Contact.
func contactOf(hs []sip.Header) (string, bool) {
	for _, v := range valuesOf(hs) {
		a, ok := parseNameAddr(v)
		scheme, _, _ := strings.Cut(a.uri, ":")
		if ok && usableURI(a.uri) && (strings.EqualFold(scheme, "sip") || strings.EqualFold(scheme, "sips")) {
			return a.uri, true
		}
	}
	return "", false
}

// addrOfURI gives the numeric address of a SIP URI; names are not looked up.
func addrOfURI(uri string) (netip.AddrPort, bool) {
	var u sip.Uri
	if sip.ParseUri(uri, &u) != nil {
		return netip.AddrPort{}, false
	}
	ip, err := netip.ParseAddr(strings.Trim(u.Host, "[]"))
	if err != nil || u.Port < 0 || u.Port > 65535 {
		return netip.AddrPort{}, false
	}
	if u.Port == 0 {
		u.Port = 5060
		if networkOf(uri) == TLS {
			u.Port = 5061 // RFC 3263 §4.2
		}
	}
	return netip.AddrPortFrom(ip.Unmap(), uint16(u.Port)), true
}

func responseTag(res *sip.Response) string {
	if to := res.To(); to != nil {
		tag, _ := to.Params.Get("tag")
		return tag
	}
	return ""
}

// nameOf writes a name-addr of a parsed header again; the display name is still escaped as it came.
func nameOf(display, uri string) string {
	if display == "" {
		return "<" + uri + ">"
	}
	return `"` + display + `" <` + uri + ">"
}

func mediaType(m headed) string {
	t, _, _ := strings.Cut(firstValue(m, "content-type"), ";")
	return strings.TrimSpace(t)
}

// sdpOf returns the session description of a message: its body, or the first such part of a multipart body (RFC 5621 §3).
func sdpOf(m headed) []byte {
	body := m.Body()
	if len(body) == 0 {
		return nil
	}
	t := mediaType(m)
	if strings.EqualFold(t, "application/sdp") {
		return body
	}
	if p := sdpPart(m); p != nil {
		return p.body
	}
	return nil
}

// part is one part of a multipart body.
type part struct {
	kind     string // media type, lower case
	optional bool   // handling=optional, or no disposition
	encoded  bool
	body     []byte
}

func sdpPart(m headed) *part {
	for _, p := range parts(m) {
		if p.kind == "application/sdp" {
			return &p
		}
	}
	return nil
}

// parts takes a multipart body apart (RFC 2046 §5.1.1), at most eight parts, nested ones not entered.
func parts(m headed) []part {
	ct := firstValue(m, "content-type")
	if len(ct) < 10 || !strings.EqualFold(ct[:10], "multipart/") {
		return nil
	}
	_, ps, _ := strings.Cut(ct, ";")
	params, ok := parseParams(ps)
	boundary, has := findParam(params, "boundary")
	boundary = unquote(boundary)
	if !ok || !has || boundary == "" || len(boundary) > 70 {
		return nil
	}
	var out []part
	mark := []byte("--" + boundary)
	chunks := bytes.SplitN(append([]byte("\r\n"), m.Body()...), append([]byte("\r\n"), mark...), 10)
	for _, c := range chunks[1:] {
		if bytes.HasPrefix(c, []byte("--")) || len(out) == 8 {
			break
		}
		out = append(out, readPart(c))
	}
	return out
}

func readPart(c []byte) part {
	p := part{optional: true}
	if i := bytes.Index(c, []byte("\n")); i >= 0 {
		c = c[i+1:] // the rest of the boundary's line
	}
	for len(c) > 0 {
		l, rest, _ := bytes.Cut(c, []byte("\n"))
		c = rest
		l = bytes.TrimSuffix(l, []byte("\r"))
		if len(l) == 0 {
			break
		}
		name, value, _ := strings.Cut(string(l), ":")
		value = strings.TrimSpace(value)
		switch canonical(strings.TrimSpace(name)) {
		case "Content-Type":
			t, _, _ := strings.Cut(value, ";")
			p.kind = strings.ToLower(strings.TrimSpace(t))
		case "Content-Encoding":
			p.encoded = !strings.EqualFold(value, "identity")
		default:
			if strings.EqualFold(strings.TrimSpace(name), "Content-Disposition") {
				p.optional = isOptional(value)
			}
		}
	}
	p.body = c
	return p
}

// isOptional reads handling of a Content-Disposition; required is the default of one that is there (RFC 3261 §20.11).
func isOptional(disposition string) bool {
	_, ps, _ := strings.Cut(disposition, ";")
	params, _ := parseParams(ps)
	h, _ := findParam(params, "handling")
	return strings.EqualFold(unquote(h), "optional")
}
