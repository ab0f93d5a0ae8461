package replay

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"regexp"
	"strings"
)

// masker replaces what names people, numbers and machines by something of the same form, the same for the same throughout. What a call's course depends on stays: methods,
// statuses, tags, codecs, directions, timers, device names.
type masker struct {
	numbers map[string]string // by their last digits, so that a number written in two ways stays one
	users   map[string]string
	names   map[string]string
	hosts   map[string]string
	agents  map[string]string
	nonces  map[string]string
}

func newMasker() *masker {
	return &masker{numbers: map[string]string{}, users: map[string]string{}, names: map[string]string{}, hosts: map[string]string{}, agents: map[string]string{}, nonces: map[string]string{}}
}

// Mask masks numbers, names, addresses, credentials and free text in every message of the capture. Calls are found and played as before.
func (c *Capture) Mask() {
	k := newMasker()
	for i := range c.Messages {
		m := &c.Messages[i]
		m.From, m.To = k.addrPort(m.From), k.addrPort(m.To)
		m.SIP = k.sip(m.SIP)
	}
}

// Mask masks what every part of the transcript says, as [Capture.Mask] does, and agents' names. The header stays, but for the realm and the agent.
func (t *Transcript) Mask() {
	k := newMasker()
	if realm := t.Header["realm"]; realm != "" {
		t.Header["realm"] = k.host(realm)
	}
	if agent := t.Header["agent"]; agent != "" {
		t.Header["agent"] = k.route(agent)
	}
	for i := range t.Parts {
		p := &t.Parts[i]
		switch p.Party {
		case "trunk":
			p.Body = strings.ReplaceAll(k.sip(p.Body), "\r\n", "\n")
		case mediaParty, "until":
		default:
			p.Party = k.agent(p.Party)
			p.Body = k.frame(p.Body)
		}
	}
}

// same finds what stands in the place of a word, or makes it.
func same(known map[string]string, word string, make func(n int) string) string {
	if known[word] == "" {
		known[word] = make(len(known) + 1)
	}
	return known[word]
}

func (k *masker) agent(id string) string {
	return same(k.agents, id, func(n int) string { return fmt.Sprintf("agent%d", n) })
}

// route masks the agent whom a route leads to.
func (k *masker) route(agent string) string {
	name, nobodyElse := strings.CutSuffix(agent, alone)
	if nobodyElse {
		return k.agent(name) + alone
	}
	return k.agent(name)
}

func (k *masker) name(name string) string {
	if name == "" || anonymous(name) {
		return name
	}
	return same(k.names, name, func(n int) string { return fmt.Sprintf("Name %d", n) })
}

func anonymous(word string) bool {
	switch strings.ToLower(word) {
	case "anonymous", "unavailable", "restricted", "unknown", "withheld":
		return true
	}
	return false
}

// user masks the user part of a URI: a number keeps its form and its first digits, anything else becomes a word.
func (k *masker) user(user string) string {
	if user == "" || anonymous(user) || strings.HasPrefix(user, "$") {
		return user
	}
	user, params, hasParams := strings.Cut(user, ";")
	digits := strings.NewReplacer("-", "", ".", "", "(", "", ")", "", " ", "", "+", "").Replace(user)
	if digits == "" || strings.Trim(digits, "0123456789*#") != "" {
		user = same(k.users, user, func(n int) string { return fmt.Sprintf("user%d", n) })
	} else {
		user = k.number(strings.HasPrefix(user, "+"), digits)
	}
	if hasParams {
		params = longDigits.ReplaceAllStringFunc(params, func(d string) string { return k.number(false, d) })
		user += ";" + params
	}
	return user
}

var longDigits = regexp.MustCompile(`\d{5,}`)

// number masks all but the first digits of a number.
func (k *masker) number(plus bool, digits string) string {
	keep := min(max(len(digits)-6, 0), 3)
	n := same(k.numbers, digits[max(len(digits)-6, 0):], func(n int) string { return fmt.Sprint(n) })
	room := len(digits) - keep
	out := digits[:keep] + strings.Repeat("0", max(room-len(n), 0)) + n
	if plus {
		return "+" + out
	}
	return out
}

// documentation are the networks that name nobody (RFC 5737, RFC 3849): what lies in them is masked already.
var documentation = []netip.Prefix{
	netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("2001:db8::/32"),
}

func (k *masker) addr(a netip.Addr) netip.Addr {
	for _, p := range documentation {
		if p.Contains(a) {
			return a
		}
	}
	if a.IsUnspecified() || a.IsMulticast() {
		return a
	}
	text := same(k.hosts, a.String(), func(n int) string {
		if a.Is4() {
			return fmt.Sprintf("198.51.100.%d", n%255+1)
		}
		return fmt.Sprintf("2001:db8::%x", n)
	})
	return netip.MustParseAddr(text)
}

func (k *masker) addrPort(a netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(k.addr(a.Addr()), a.Port())
}

// host masks a host as it stands in a URI or a Via: an address, with brackets or not, or a name.
func (k *masker) host(host string) string {
	bare := strings.Trim(host, "[]")
	if a, err := netip.ParseAddr(bare); err == nil {
		return strings.Replace(host, bare, k.addr(a).String(), 1)
	}
	lower := strings.ToLower(host)
	if host == "" || strings.HasPrefix(host, "$") || lower == "localhost" || lower == "invalid" || strings.HasSuffix(lower, ".invalid") {
		return host
	}
	return same(k.hosts, lower, func(n int) string { return fmt.Sprintf("host%d.invalid", n) })
}

var (
	maskedURI  = regexp.MustCompile(`(?i)\b(sips?:|tel:)([^\s<>"@,?]*@)?(\[[0-9a-f:.]+\]|[^\s<>"@,;?:]+)`)
	maskedVia  = regexp.MustCompile(`(?i)^(SIP\s*/\s*2\.0\s*/\s*\w+\s+)(\[[^\]]*\]|[^\s:;]+)`)
	maskedAddr = regexp.MustCompile(`\b\d{1,3}(?:\.\d{1,3}){3}\b|\[[0-9a-fA-F:.]+\]`)
	quoted     = regexp.MustCompile(`^\s*"((?:[^"\\]|\\.)*)"`)
)

// uris masks every URI of a text.
func (k *masker) uris(text string) string {
	return maskedURI.ReplaceAllStringFunc(text, func(uri string) string {
		f := maskedURI.FindStringSubmatch(uri)
		if strings.EqualFold(f[1], "tel:") {
			return f[1] + k.user(f[3])
		}
		user := strings.TrimSuffix(f[2], "@")
		if f[2] == "" {
			return f[1] + k.host(f[3])
		}
		user, password, has := strings.Cut(user, ":")
		user = k.user(user)
		if has && password != "" {
			user += ":masked"
		}
		return f[1] + user + "@" + k.host(f[3])
	})
}

// addresses masks every IP address of a text.
func (k *masker) addresses(text string) string {
	return maskedAddr.ReplaceAllStringFunc(text, k.host)
}

// party masks a name-addr: its display name and its URI.
func (k *masker) party(v string) string {
	if m := quoted.FindStringSubmatch(v); m != nil {
		v = `"` + k.name(m[1]) + `"` + v[len(m[0]):]
	} else if display, rest, ok := strings.Cut(v, "<"); ok && strings.TrimSpace(display) != "" {
		v = k.name(strings.TrimSpace(display)) + " <" + rest
	}
	return k.addresses(k.uris(v))
}

// frame masks an agent's JSON. What is no JSON (an agent's wish at hello) stays.
func (k *masker) frame(body string) string {
	var v map[string]any
	if err := json.Unmarshal([]byte(body), &v); err != nil || len(v) == 0 {
		return body
	}
	k.members(v, "")
	return jsonLine(v)
}

// members masks the members of an object; of says whose it is.
func (k *masker) members(v map[string]any, of string) {
	for key, value := range v {
		switch value := value.(type) {
		case map[string]any:
			k.members(value, key)
		case []any:
			for _, element := range value {
				if o, ok := element.(map[string]any); ok {
					k.members(o, strings.TrimSuffix(key, "s"))
				}
			}
		case string:
			v[key] = k.member(of, key, value)
		}
	}
}

// member masks one string of a frame.
func (k *masker) member(of, key, value string) string {
	if strings.HasPrefix(value, "$") || of == "queue" {
		return value
	}
	switch {
	case of == "data", of == "fields", key == "token", key == "notes", key == "query", key == "session", key == "password", key == "credential":
		return "masked"
	case of == "agent" && (key == "id" || key == "name"):
		return k.agent(value)
	case key == "number", key == "to", key == "from":
		if strings.Contains(value, "sip:") || strings.Contains(value, "tel:") {
			return k.uris(value)
		}
		if kind, id, ok := strings.Cut(value, ":"); ok && kind == "agent" {
			return kind + ":" + k.agent(id)
		} else if ok {
			return value
		}
		return k.user(value)
	case key == "uri":
		return k.uris(value)
	case key == "name":
		return k.name(value)
	case key == "digits":
		return maskDigits(value)
	}
	return value
}

// maskDigits hides which keys were pressed: they may be a secret number.
func maskDigits(digits string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'A' && r <= 'D' || r >= 'a' && r <= 'd' {
			return '0'
		}
		return r
	}, digits)
}
