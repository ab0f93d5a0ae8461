package replay

import (
	"fmt"
	"regexp"
	"strings"
)

// plainHeaders name nobody and stay as they are, but for addresses in them.
var plainHeaders = set(`cseq max-forwards content-length content-type content-encoding content-disposition allow supported require unsupported
	proxy-require rseq rack session-expires min-se expires min-expires event subscription-state allow-events accept accept-encoding accept-language date timestamp
	user-agent server reason retry-after mime-version privacy replaces refer-sub info-package recv-info p-early-media in-reply-to priority
	accept-contact reject-contact target-dialog answer-mode`)

// partyHeaders hold names and URIs.
var partyHeaders = set(`from to contact route record-route path service-route p-asserted-identity p-preferred-identity p-called-party-id
	p-associated-uri remote-party-id diversion history-info referred-by refer-to reply-to`)

// set is the words of a text.
func set(words string) map[string]bool {
	out := map[string]bool{}
	for word := range strings.FieldsSeq(words) {
		out[word] = true
	}
	return out
}

// credentialHeaders hold what digest is computed from.
var credentialHeaders = map[string]bool{"authorization": true, "proxy-authorization": true, "www-authenticate": true, "proxy-authenticate": true, "authentication-info": true}

// sip masks a message, or the lines of one that a transcript expects.
func (k *masker) sip(text string) string {
	m := readSIP(text)
	m.start = k.addresses(k.uris(m.start))
	for i := range m.headers {
		h := &m.headers[i]
		if strings.HasPrefix(h.raw, "!") { // a transcript says that this must not be there
			continue
		}
		if strings.Contains(h.name, "=") { // a transcript expects a line of a description
			h.raw = k.realm(k.credentials(k.description(h.raw)))
			continue
		}
		if masked := k.header(h.name, h.value); masked != h.value {
			name, _, _ := strings.Cut(h.raw, ":")
			h.value, h.raw = masked, name+": "+masked
		}
	}
	m.body = k.body(m.get("content-type"), m.body)
	return m.String()
}

func (k *masker) header(name, v string) string {
	switch {
	case v == "" || strings.HasPrefix(v, "$"):
		return v
	case partyHeaders[name]:
		return k.party(v)
	case name == "via":
		return k.addresses(maskedVia.ReplaceAllStringFunc(v, func(via string) string {
			f := maskedVia.FindStringSubmatch(via)
			return f[1] + k.host(f[2])
		}))
	case name == "call-id":
		id, host, ok := strings.Cut(v, "@")
		if !ok {
			return k.addresses(v)
		}
		return k.addresses(id) + "@" + k.host(host)
	case credentialHeaders[name]:
		return k.addresses(k.uris(k.realm(k.credentials(v))))
	case name == "warning":
		return k.addresses(v)
	case plainHeaders[name]:
		return k.addresses(v)
	}
	return "masked"
}

// realm masks a challenge's realm as the host that it mostly is, so that credentials still find their own.
func (k *masker) realm(v string) string {
	return realmParam.ReplaceAllStringFunc(v, func(param string) string {
		return `realm="` + k.host(realmParam.FindStringSubmatch(param)[1]) + `"`
	})
}

// credentials masks what digest is computed from. Different nonces stay different: whether a challenge is answered depends on it (RFC 7616 §3.3).
func (k *masker) credentials(v string) string {
	v = credential.ReplaceAllString(v, `$1="masked"`)
	return nonce.ReplaceAllStringFunc(v, func(param string) string {
		return `nonce="` + same(k.nonces, nonce.FindStringSubmatch(param)[1], maskedNonce) + `"`
	})
}

// maskedNonce stands in the place of the n-th nonce.
func maskedNonce(n int) string {
	if n == 1 {
		return "masked"
	}
	return fmt.Sprint("masked", n)
}

var (
	credential = regexp.MustCompile(`(?i)\b(username|response|cnonce|opaque)\s*=\s*"[^"]*"`)
	nonce      = regexp.MustCompile(`(?i)\bnonce\s*=\s*"([^"]*)"`)
)

var (
	sdpOrigin = regexp.MustCompile(`^o=\S+`)
	cname     = regexp.MustCompile(`\bcname:\S+`)
	sdpKey    = regexp.MustCompile(`(inline:)([A-Za-z0-9+/=]+)`)
)

// body masks what a message carries: of a description the names and keys, of an INFO the digit, of a sipfrag nothing, of anything else every letter and digit.
func (k *masker) body(kind, body string) string {
	kind = strings.ToLower(kind)
	switch {
	case body == "", strings.Contains(kind, "sipfrag"):
		return body
	case strings.Contains(kind, "dtmf"):
		return maskSignal(body)
	}
	isSDP := strings.Contains(kind, "sdp") || strings.HasPrefix(body, "v=0") || kind == ""
	lines := strings.Split(body, "\n")
	for i, line := range lines {
		switch {
		case isSDP || strings.Contains(kind, "multipart") && len(line) > 1 && line[1] == '=':
			lines[i] = k.description(line)
		case strings.HasPrefix(line, "--"), strings.HasPrefix(strings.ToLower(line), "content-"):
		default:
			lines[i] = hidden.ReplaceAllString(line, "x")
		}
	}
	return strings.Join(lines, "\n")
}

var hidden = regexp.MustCompile(`[\pL\pN]`)

// description masks one line of a description.
func (k *masker) description(line string) string {
	switch {
	case strings.HasPrefix(line, "o="):
		line = sdpOrigin.ReplaceAllString(line, "o=-")
	case strings.HasPrefix(line, "s="):
		return "s=-" + line[len(strings.TrimRight(line, "\r")):]
	case strings.HasPrefix(line, "i="), strings.HasPrefix(line, "u="), strings.HasPrefix(line, "e="), strings.HasPrefix(line, "p="):
		return line[:2] + "masked" + line[len(strings.TrimRight(line, "\r")):]
	case strings.HasPrefix(line, "a=crypto:"):
		return sdpKey.ReplaceAllStringFunc(line, func(key string) string {
			bare := strings.TrimRight(key[len("inline:"):], "=")
			return "inline:" + strings.Repeat("A", len(bare)) + key[len("inline:")+len(bare):]
		})
	}
	if strings.HasPrefix(line, "o=") || strings.HasPrefix(line, "c=") || strings.HasPrefix(line, "a=rtcp:") || strings.HasPrefix(line, "a=candidate:") {
		return k.words(line)
	}
	return k.addresses(cname.ReplaceAllString(line, "cname:masked"))
}

// words masks the addresses and host names among the words of a line: those that follow IP4 or IP6, and whatever is an address.
func (k *masker) words(line string) string {
	end := line[len(strings.TrimRight(line, "\r")):]
	f := strings.Split(strings.TrimRight(line, "\r"), " ")
	for i := range f {
		if i > 0 && (f[i-1] == "IP4" || f[i-1] == "IP6") {
			address, ttl, _ := strings.Cut(f[i], "/")
			f[i] = k.host(address)
			if ttl != "" {
				f[i] += "/" + ttl
			}
		}
	}
	return k.addresses(strings.Join(f, " ")) + end
}

// maskSignal hides the digit of an INFO.
func maskSignal(body string) string {
	lines := strings.Split(body, "\n")
	for i, line := range lines {
		name, value, ok := strings.Cut(line, "=")
		switch {
		case ok && strings.EqualFold(strings.TrimSpace(name), "signal"):
			lines[i] = name + "=" + maskDigits(value)
		case !ok && len(strings.TrimSpace(line)) == 1:
			lines[i] = maskDigits(line)
		}
	}
	return strings.Join(lines, "\n")
}
