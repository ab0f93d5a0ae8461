package dialplan

import (
	"slices"
	"strings"
	"time"
)

// Kind is what a target is.
type Kind uint8

// The kinds.
const (
	Number  Kind = iota + 1 // a number, by a trunk
	Address                 // a SIP URI in a configured domain, by a trunk
	Agent                   // an agent of ours: not this package's to decide
	Queue                   // a queue of ours: likewise
)

// Destination is a target that may be called. Its strings are made of letters, digits and marks that need no quotes in a SIP header.
type Destination struct {
	Kind Kind
	// Name is the agent's ID or the queue's name, of those kinds. It is as asked for: whether it exists is for others to see.
	Name string
	// Number is the number in its plain form, for people and records; empty for an Address.
	Number string
	// User and Host make the Request-URI and the To header: sip:User@Host. Host is empty where the route has none: then it is the address
	// that the call is sent to. IPv6 stands in brackets.
	User, Host string
	// Asked is the host that a URI named, in its plain form. A redirection goes back to the trunk that sent it, with this host.
	Asked string
	// Trunks are where to send the call, the first first. Empty only from [Plan.ResolveURI], for a name at a host which the peer vouched for: the
	// peer's own trunk.
	Trunks []string
	// From is the number to show, and FromUser how this trunk wants it written: the user part of From. Both are empty if none is configured.
	From     Caller
	FromUser string
	// Longest is when the call is ended at the latest after it was begun.
	Longest time.Duration
}

// URI is the target as a SIP URI. host is used where the route has none; an IPv6 address stands in brackets.
func (d Destination) URI(host string) string {
	if d.Host != "" {
		host = d.Host
	}
	return "sip:" + d.User + "@" + host
}

// Resolve reads what an agent asks to call: a number, sip: or tel: URI, agent:ID or queue:NAME. rights are the patterns of the agent's token (none:
// only agents and queues), from the number that the call is to show ("": the first one allowed), queues those that the agent serves.
func (p *Plan) Resolve(rights []string, to, from string, queues ...string) (Destination, *Denied) {
	if d, denied := inside(to); d.Kind != 0 || denied != nil {
		return d, denied
	}
	if !isPlain(to) {
		return Destination{}, bad("it has characters that no number and no URI has, or is longer than %d", longestTarget)
	}
	if p == nil {
		return Destination{}, forbidden(NotAllowed, "no calls are placed from here")
	}
	d, r, denied := p.target(rights, to)
	if denied != nil {
		return Destination{}, denied
	}
	return p.show(d, r, from, queues)
}

// ResolveURI reads what a far side wants called: the target of a REFER, or a contact of a redirection, as a sip or tel URI. It is the same gate as
// [Plan.Resolve], but that parameters, port and headers of the URI are passed over, as nothing of them is used, and that a name may also be at one of hosts.
// rights and queues are those of the agent whose call it is; {"*"} where there is none and the trunk may ask by itself. from is as in Resolve.
func (p *Plan) ResolveURI(rights []string, target, from string, queues, hosts []string) (Destination, *Denied) {
	if !isPlain(target) || !hasScheme(target) {
		return Destination{}, bad("it is no URI that can be called")
	}
	if p == nil {
		return Destination{}, forbidden(NotAllowed, "no calls are placed from here")
	}
	u, denied := readURI(target)
	if denied != nil {
		return Destination{}, denied
	}
	d, r, denied := p.uriTarget(rights, u, hosts)
	if denied != nil {
		return Destination{}, denied
	}
	return p.show(d, r, from, queues)
}

// inside recognises agents and queues.
func inside(to string) (Destination, *Denied) {
	kind, name, found := Agent, "", false
	if name, found = strings.CutPrefix(to, "agent:"); !found {
		if name, found = strings.CutPrefix(to, "queue:"); !found {
			return Destination{}, nil
		}
		kind = Queue
	}
	if name == "" || !isText(name, longestName) {
		return Destination{}, bad("that is no name")
	}
	return Destination{Kind: kind, Name: name}, nil
}

// isPlain reports whether s is printed ASCII of a reasonable length: everything else is refused before it is looked at.
func isPlain(s string) bool {
	return s != "" && len(s) <= longestTarget && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
}

// target reads what an agent wrote.
func (p *Plan) target(rights []string, to string) (Destination, route, *Denied) {
	if !hasScheme(to) {
		return p.number(rights, to)
	}
	u, denied := readURI(to)
	if denied == nil && u.rest {
		denied = bad("parameters, headers and ports are not taken in a SIP URI")
	}
	if denied != nil {
		return Destination{}, route{}, denied
	}
	return p.uriTarget(rights, u, nil)
}

// uriTarget judges a URI. A number in it is judged as a number, and goes the way of numbers.
func (p *Plan) uriTarget(rights []string, u uri, hosts []string) (Destination, route, *Denied) {
	if u.scheme == "tel" {
		return p.number(rights, u.user)
	}
	i := slices.IndexFunc(p.s.Domains, func(d Domain) bool { return d.Host == u.host })
	if i < 0 && !slices.ContainsFunc(hosts, func(h string) bool { plain, ok := plainHost(h); return ok && plain == u.host }) {
		return Destination{}, route{}, forbidden(NoDomain, "SIP URIs are not called at %s", u.host)
	}
	if u.phone || isNumber(u.user) {
		d, r, denied := p.number(rights, u.user)
		d.Asked = u.host
		return d, r, denied
	}
	if !isUser(u.user) {
		return Destination{}, route{}, bad("what stands in front of @ is neither a number nor a name that begins with a letter")
	}
	d := Destination{Kind: Address, User: u.user, Host: u.host, Asked: u.host, Longest: p.s.Limits.Longest}
	if i >= 0 {
		d.Trunks = slices.Clone(p.s.Domains[i].Trunks)
	}
	if !covers(rights, "sip:"+d.User+"@"+d.Host, nil) {
		return Destination{}, route{}, forbidden(NoRight, "you may not call SIP URIs there")
	}
	return d, route{Route: Route{Format: E164}}, nil
}

// number judges a number and finds its way.
func (p *Plan) number(rights []string, text string) (Destination, route, *Denied) {
	n, denied := p.read(text)
	if denied != nil {
		return Destination{}, route{}, denied
	}
	for _, reading := range p.readings(n) {
		if denied := p.judge(rights, reading); denied != nil {
			return Destination{}, route{}, denied
		}
	}
	r, ok := p.way(n)
	if !ok {
		return Destination{}, route{}, forbidden(NoRoute, "there is no trunk for %s", n)
	}
	written, denied := p.written(n, r.Format)
	if denied != nil {
		return Destination{}, route{}, denied
	}
	return Destination{
		Kind: Number, Number: n.String(), User: escape(written), Host: r.Host, Trunks: slices.Clone(r.Trunks), Longest: p.s.Limits.Longest,
	}, r, nil
}

// judge is the gate: doc.go tells its order.
func (p *Plan) judge(rights []string, n number) *Denied {
	fits := func(one pattern) bool { return one.fits(n) }
	if slices.ContainsFunc(p.deny, func(one pattern) bool { return one.means(n) }) {
		return forbidden(InDeny, "%s is not called from here", n)
	}
	if !slices.ContainsFunc(p.allow, fits) {
		return forbidden(NotAllowed, "%s is not called from here", n)
	}
	if c := costlyRange(n); c != nil && !slices.ContainsFunc(p.allow, func(one pattern) bool { return one.fits(n) && len(one.digits) >= len(c.digits) }) {
		return forbidden(Costly, "%s is not called from here (%s)", n, c.what)
	}
	if !covers(rights, n.String(), &n) {
		return forbidden(NoRight, "you may not call %s", n)
	}
	return nil
}

// way finds the route whose pattern is the most exact.
func (p *Plan) way(n number) (best route, found bool) {
	for _, r := range p.routes {
		if r.fits(n) && (!found || r.weight() > best.weight()) {
			best, found = r, true
		}
	}
	return best, found
}

// show finds the number that a call shows, and puts it into the destination.
func (p *Plan) show(d Destination, r route, from string, queues []string) (Destination, *Denied) {
	callers := p.Callers(queues...)
	if from == "" {
		if len(callers) == 0 {
			return d, nil
		}
		from = callers[0].Number
	}
	if !isPlain(from) {
		return Destination{}, bad("it has characters that no number has").in("from")
	}
	n, denied := p.read(from)
	if denied != nil {
		return Destination{}, denied.in("from")
	}
	i := slices.IndexFunc(callers, func(c Caller) bool { return c.Number == n.String() })
	if i < 0 {
		return Destination{}, forbidden(NotYours, "you may not show that number").in("from")
	}
	n.asked = n.String()
	written, denied := p.written(n, r.Format)
	if denied != nil {
		return Destination{}, denied.in("from")
	}
	d.From, d.FromUser = callers[i], escape(written)
	return d, nil
}

// escape makes a user part of a number: # is the one of its characters that a URI escapes (RFC 3261 §25.1, user-unreserved).
func escape(number string) string { return strings.ReplaceAll(number, "#", "%23") }
