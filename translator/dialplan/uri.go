package dialplan

import (
	"net/netip"
	"strconv"
	"strings"
)

// uri is a sip or tel URI taken apart (RFC 3261 §19.1, RFC 3966).
type uri struct {
	scheme string // in lower case
	user   string // unescaped; a tel URI's number
	host   string // plain form: lower case, IPv6 in brackets
	rest   bool   // it has parameters other than user=phone, headers or a port
	phone  bool   // user=phone
}

// hasScheme reports whether a target is a URI, or wants to be one.
func hasScheme(s string) bool { return strings.ContainsRune(s, ':') || strings.ContainsRune(s, '@') }

// readURI takes a URI apart. It refuses what has more than one reading: passwords and parameters in the user part, escapes in the host.
func readURI(s string) (u uri, denied *Denied) {
	scheme, rest, ok := strings.Cut(s, ":")
	u.scheme = strings.ToLower(scheme)
	switch {
	case !ok:
		return u, bad("a URI begins with sip: or tel:")
	case u.scheme == "tel":
		u.user, ok = unescape(rest)
		if !ok || strings.ContainsAny(u.user, ";?@") {
			return u, bad("parameters of a tel URI are not taken: write the whole number")
		}
		return u, nil
	case u.scheme == "sips":
		return u, bad("sips: cannot be promised, use sip:")
	case u.scheme != "sip":
		return u, bad("a number, sip:, tel:, agent: or queue: is needed")
	}
	rest, _, headers := strings.Cut(rest, "?")
	user, place, ok := strings.Cut(rest, "@")
	if !ok || strings.ContainsRune(place, '@') {
		return u, bad("a SIP URI has one @")
	}
	if strings.ContainsAny(user, ":;") {
		return u, bad("passwords and parameters in front of @ are not taken")
	}
	if u.user, ok = unescape(user); !ok {
		return u, bad("what stands in front of @ is no user")
	}
	place, params, _ := strings.Cut(place, ";")
	var port bool
	if u.host, port, ok = readHost(place); !ok {
		return u, bad("what stands behind @ is no host")
	}
	u.rest = headers || port
	return u, u.readParams(params)
}

// readParams looks for user=phone; whatever else there is, is only noted.
func (u *uri) readParams(params string) *Denied {
	for param := range strings.SplitSeq(params, ";") {
		name, value, _ := strings.Cut(param, "=")
		switch {
		case param == "":
		case strings.EqualFold(name, "user") && strings.EqualFold(value, "phone"):
			u.phone = true
		case strings.EqualFold(name, "maddr") || strings.EqualFold(name, "method"):
			return bad("%s is not taken in a URI", strings.ToLower(name))
		default:
			u.rest = true
		}
	}
	return nil
}

// readHost reads host and port. The host is a name, an IPv4 address or an IPv6 address in brackets.
func readHost(s string) (host string, port, ok bool) {
	host = strings.ToLower(s)
	if i := strings.LastIndexByte(host, ':'); i > strings.LastIndexByte(host, ']') {
		n, err := strconv.ParseUint(host[i+1:], 10, 16)
		if err != nil || n == 0 {
			return "", false, false
		}
		host, port = host[:i], true
	}
	host, ok = plainHost(host)
	return host, port, ok
}

// plainHost gives a host's one plain form.
func plainHost(s string) (string, bool) {
	s = strings.ToLower(s)
	inner, bracketed := strings.CutPrefix(s, "[")
	if bracketed {
		var closed bool
		if inner, closed = strings.CutSuffix(inner, "]"); !closed {
			return "", false
		}
	}
	if a, err := netip.ParseAddr(inner); err == nil {
		switch {
		case a.Zone() != "" || bracketed == a.Is4():
			return "", false
		case a.Is4():
			return a.String(), true
		}
		return "[" + a.String() + "]", true
	}
	return s, !bracketed && isName(s)
}

// isName reports whether s is a host name (RFC 1123 §2.1): letters, digits and dashes between dots, and not a number in disguise.
func isName(s string) bool {
	if s == "" || len(s) > 253 {
		return false
	}
	last := ""
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || strings.HasPrefix(label, "-") || strings.HasSuffix(label, "-") ||
			strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return false
		}
		last = label
	}
	return last[0] >= 'a' && last[0] <= 'z' // an address such as 0x7f.1 or 127.1 is none that netip reads, and no name
}

// unescape decodes %hh once. ok is false if an escape is not whole, or gives what is not printed ASCII.
func unescape(s string) (out string, ok bool) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '%' {
			if i+2 >= len(s) {
				return "", false
			}
			n, err := strconv.ParseUint(s[i+1:i+3], 16, 8)
			if err != nil {
				return "", false
			}
			c = byte(n)
			i += 2
		}
		if c < ' ' || c > '~' {
			return "", false
		}
		b.WriteByte(c)
	}
	return b.String(), true
}

// isNumber reports whether a user part could be dialled by someone: it has digits, and no letters.
func isNumber(user string) bool {
	return strings.ContainsAny(user, "0123456789*#") && strings.Trim(user, "0123456789*#+"+separators) == ""
}

// isUser reports whether a user part is a name that nobody takes for a number: it begins with a letter and needs no escapes.
func isUser(user string) bool {
	if user == "" || len(user) > 64 || !isLetter(user[0]) {
		return false
	}
	for i := 0; i < len(user); i++ {
		if c := user[i]; !isLetter(c) && (c < '0' || c > '9') && !strings.ContainsRune("-_.+", rune(c)) {
			return false
		}
	}
	return true
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
