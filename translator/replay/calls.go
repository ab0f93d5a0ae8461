package replay

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// RecordedCall is one call of a capture on one hop: what two hosts said to each other under one Call-ID. A call that went through a proxy is there once for each hop.
type RecordedCall struct {
	// CallID is the SIP Call-ID.
	CallID string
	// Caller and Callee are the ends of the hop: who sent the first request, and who got it. Where both are one host the ports tell them apart.
	Caller, Callee netip.AddrPort
	// Hop counts the hops of this Call-ID from 1, in the order of their first messages; Hops is how many there are.
	Hop, Hops int
	// Method is that of the first request: INVITE, or OPTIONS for a question outside calls.
	Method string
	// Messages are in the order of the capture.
	Messages []Captured
	// Related are the Call-IDs of other calls that a Refer-To or a Replaces of this one speaks of, or that speak of this one.
	Related []string

	all []Captured // of the Call-ID, on every hop
}

// Title names the call in one line.
func (r *RecordedCall) Title() string {
	from, to := "?", "?"
	if len(r.Messages) > 0 {
		m := readSIP(r.Messages[0].SIP)
		from, to = userOf(bareURI(m.get("from"))), userOf(m.uri())
	}
	title := fmt.Sprintf("%s from %s (%s) to %s (%s)", r.Method, from, r.Caller, to, r.Callee)
	if r.Hops > 1 {
		title += fmt.Sprintf(", hop %d of %d", r.Hop, r.Hops)
	}
	return title
}

// userOf is the user part of a URI, or its host where it has none.
func userOf(uri string) string {
	_, rest, ok := strings.Cut(uri, ":")
	if !ok {
		return uri
	}
	if user, _, ok := strings.Cut(rest, "@"); ok {
		user, _, _ = strings.Cut(user, ";")
		return user
	}
	host, _, _ := strings.Cut(rest, ";")
	return host
}

// Calls finds the calls of a capture, hop by hop, in the order of their first messages: what begins with an INVITE, or with an OPTIONS outside a call. Registrations and
// the rest are none.
func (c *Capture) Calls() []*RecordedCall {
	byID := map[string][]Captured{}
	var ids []string
	for _, m := range c.Messages {
		id := readSIP(m.SIP).get("call-id")
		if id == "" {
			continue
		}
		if byID[id] == nil {
			ids = append(ids, id)
		}
		byID[id] = append(byID[id], m)
	}
	var calls []*RecordedCall
	for _, id := range ids {
		calls = append(calls, hops(id, byID[id])...)
	}
	relate(calls)
	return calls
}

// hops splits the messages of one Call-ID by the pairs of hosts that exchanged them.
func hops(id string, all []Captured) []*RecordedCall {
	var list []*RecordedCall
	for _, m := range all {
		i := slices.IndexFunc(list, func(r *RecordedCall) bool { return r.between(m) })
		if i >= 0 {
			list[i].Messages = append(list[i].Messages, m)
			continue
		}
		sip := readSIP(m.SIP)
		if sip.tag("to") != "" || sip.method() != "INVITE" && sip.method() != "OPTIONS" {
			continue // in mid-call, or a way round the proxies: see RecordedCall.seenBy
		}
		list = append(list, &RecordedCall{CallID: id, Caller: m.From, Callee: m.To, Method: sip.method(), Messages: []Captured{m}, all: all})
	}
	for i, r := range list {
		r.Hop, r.Hops = i+1, len(list)
	}
	return list
}

// between says whether a message went over this hop.
func (r *RecordedCall) between(m Captured) bool {
	return r.is(m.From, r.Caller) && r.is(m.To, r.Callee) || r.is(m.From, r.Callee) && r.is(m.To, r.Caller)
}

// is says whether an address is that end of the hop. Ports count only between two programs of one host: connections leave from any port.
func (r *RecordedCall) is(a, end netip.AddrPort) bool {
	if r.Caller.Addr() == r.Callee.Addr() {
		return a == end
	}
	return a.Addr() == end.Addr()
}

// seenBy are the messages that one end of the hop sent or got for this call: those of the hop, and those that went to it past the proxies (RFC 3261 §16.6: who
// does not record-route is not there after the first transaction).
func (r *RecordedCall) seenBy(us netip.AddrPort, others []*RecordedCall) []Captured {
	var out []Captured
	for _, m := range r.all {
		elsewhere := slices.ContainsFunc(others, func(o *RecordedCall) bool { return o != r && o.CallID == r.CallID && o.between(m) })
		if r.between(m) || !elsewhere && (r.is(m.From, us) || r.is(m.To, us)) {
			out = append(out, m)
		}
	}
	return out
}

// relate notes which calls speak of each other by Replaces or Refer-To (RFC 3891, RFC 3515).
func relate(calls []*RecordedCall) {
	for _, a := range calls {
		var words strings.Builder
		for _, m := range a.Messages {
			sip := readSIP(m.SIP)
			words.WriteString(unescape(sip.get("refer-to")) + "\n" + sip.get("replaces") + "\n")
		}
		for _, b := range calls {
			if a.CallID != b.CallID && strings.Contains(words.String(), b.CallID) {
				a.relatedTo(b)
				b.relatedTo(a)
			}
		}
	}
}

func (r *RecordedCall) relatedTo(o *RecordedCall) {
	if !slices.Contains(r.Related, o.CallID) {
		r.Related = append(r.Related, o.CallID)
	}
}

// unescape undoes the escapes of a URI's headers that a Call-ID may carry (RFC 3261 §19.1.1).
func unescape(s string) string {
	return strings.NewReplacer("%40", "@", "%3B", ";", "%3b", ";", "%3D", "=", "%3d", "=").Replace(s)
}
