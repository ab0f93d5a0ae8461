package dialog

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// newRequest builds a request within the dialog (RFC 3261 §12.2.1.1) and says where it goes.
func (d *Dialog) newRequest(method sip.RequestMethod, seq uint32) (*sip.Request, netip.AddrPort) {
	uri, routes := d.target, d.routes
	if len(routes) > 0 && !looseRouter(routes[0]) { // strict first hop
		first, _ := parseNameAddr(routes[0])
		routes = append(append([]string(nil), routes[1:]...), "<"+d.target+">")
		uri = first.uri
	}
	req := d.us.request(method, uri)
	req.AppendHeader(d.us.via())
	for _, r := range routes {
		req.AppendHeader(sip.NewHeader("Route", r))
	}
	req.AppendHeader(sip.NewHeader("From", d.localURI+";tag="+d.localTag))
	req.AppendHeader(sip.NewHeader("To", d.remoteURI+toTagParam(d.remoteTag)))
	req.AppendHeader(sip.NewHeader("Call-ID", d.callID))
	req.AppendHeader(sip.NewHeader("CSeq", strconv.FormatUint(uint64(seq), 10)+" "+string(method)))
	hops := 70
	if method == sip.INVITE && d.hops > 0 {
		hops = d.hops
	}
	req.AppendHeader(sip.NewHeader("Max-Forwards", strconv.Itoa(hops)))
	return req, d.nextHop(uri, routes)
}

// routeSet takes the routes of Record-Route headers as they are written (RFC 3261 §12.1.1). What no route can be is left out: it would stand in every
// request of ours.
func routeSet(hs []sip.Header) []string {
	var out []string
	for _, v := range valuesOf(hs) {
		a, ok := parseNameAddr(v)
		scheme, _, _ := strings.Cut(a.uri, ":")
		if !ok || !usableURI(a.uri) || !strings.EqualFold(scheme, "sip") && !strings.EqualFold(scheme, "sips") {
			continue
		}
		if !strings.Contains(v, "<") {
			v = "<" + a.uri + ">"
		}
		out = append(out, v)
	}
	return out
}

func toTagParam(tag string) string {
	if tag == "" {
		return ""
	}
	return ";tag=" + tag
}

func looseRouter(route string) bool {
	a, _ := parseNameAddr(route)
	_, params, _ := strings.Cut(a.uri, ";")
	ps, _ := parseParams(params)
	_, ok := findParam(ps, "lr")
	return ok
}

// nextHop is where a request goes: by the first Route, else by the target; but only to an address of the trunk. Names are never looked up
// and strange addresses never written to (security rule S10): then, and behind NAT, it is the address last heard.
func (d *Dialog) nextHop(uri string, routes []string) netip.AddrPort {
	if len(routes) > 0 {
		if a, ok := parseNameAddr(routes[0]); ok {
			uri = a.uri
		}
	}
	if d.trunk != nil && !d.trunk.NAT {
		if at, ok := addrOfURI(uri); ok && d.trunk.has(at.Addr()) {
			return at
		}
	}
	return d.peer
}

// authorizer answers digest challenges; see [Authorizer].
type authorizer interface {
	// Challenged takes a 401 or 407 and gives the headers that the request is to be sent again with.
	Challenged(req *sip.Request, res *sip.Response, from netip.AddrPort) ([]sip.Header, bool)
	// Headers gives what a new request carries from the start, once a challenge is known.
	Headers(req *sip.Request) []sip.Header
}

// noCredentials is the authorizer of a dialog that the far side began, and of a trunk without credentials.
type noCredentials struct{}

func (noCredentials) Challenged(*sip.Request, *sip.Response, netip.AddrPort) ([]sip.Header, bool) {
	return nil, false
}
func (noCredentials) Headers(*sip.Request) []sip.Header { return nil }

// authorizerOf is that of a dialog that we begin with a trunk.
func authorizerOf(us *local, t *Trunk) authorizer {
	if a := newAuthorizer(us, t); a != nil {
		return a
	}
	return noCredentials{}
}

// asked is a request of ours within the dialog that has no final response yet.
type asked struct {
	req   *sip.Request
	to    netip.AddrPort
	tries int
}

// Limits of our own requests.
const (
	maxAsked = 32 // open at once, more are not sent
	maxTries = 4  // challenges of one request
)

// ask sends a request and keeps it until its final response.
func (d *Dialog) ask(req *sip.Request, to netip.AddrPort) {
	if len(d.asked) >= maxAsked && req.Method != sip.BYE {
		return
	}
	d.asked = append(d.asked, asked{req: req, to: to})
	d.transact(req, to)
}

// transact sends a request in a transaction of its own.
func (d *Dialog) transact(req *sip.Request, to netip.AddrPort) {
	prime(req)
	d.do(transact{d, req, to})
}

// prime makes sipgo read what it reads lazily and keeps, before the transaction's goroutines share the request.
func prime(req *sip.Request) {
	req.From()
	req.To()
	req.CallID()
	req.CSeq()
	req.Contact()
	req.Route()
}

func (d *Dialog) askedFor(o outcome) *asked {
	for i := range d.asked {
		if a := &d.asked[i]; a.req.Method == o.method && a.req.CSeq().SeqNo == o.seq {
			return a
		}
	}
	return nil
}

func (d *Dialog) unask(o outcome) {
	for i := range d.asked {
		if a := d.asked[i]; a.req.Method == o.method && a.req.CSeq().SeqNo == o.seq {
			d.asked = append(d.asked[:i], d.asked[i+1:]...)
			return
		}
	}
}

// mayRetry says whether an outcome is a challenge that is worth showing to the authorizer.
func (d *Dialog) mayRetry(o outcome, tries int) bool {
	s := o.status()
	return (s == 401 || s == 407) && d.auth != noCredentials{} && tries < maxTries
}

// retryAsked sends a challenged request again; without an answer to the challenge it has failed.
func (d *Dialog) retryAsked(ev Event) {
	o := ev.(outcome)
	a := d.askedFor(o)
	headers, ok := d.auth.Challenged(a.req, o.res, o.from)
	if !ok {
		next := onAsked
		if o.method == sip.BYE {
			next = onByeDone
		}
		d.raise(next, o)
		return
	}
	a.req = d.again(a.req, headers)
	a.tries++
	d.transact(a.req, a.to)
}

// askedDone is the end of a request that changes no state.
func (d *Dialog) askedDone(ev Event) {
	o := ev.(outcome)
	d.unask(o)
	switch o.method {
	case sip.INFO:
		if s := o.status(); s/100 != 2 {
			d.report(Report{Kind: InfoFailed, Status: s, By: There})
		}
	case sip.REFER:
		d.referResponse(o)
	case sip.NOTIFY:
		if gone(o) {
			d.referral = nil // the subscription is over (RFC 6665 §4.2.2)
		}
	}
}

// peerGone ends a dialog whose far side does not know it any more, or does not answer.
func (d *Dialog) peerGone(ev Event) {
	d.end = Report{Kind: Ended, Status: 408, Phrase: phraseOf(408, ""), Q850: 102, By: Nobody}
	if o, ok := ev.(outcome); ok {
		d.unask(o)
		if s := o.status(); s != 0 {
			d.end.Status, d.end.Phrase, d.end.By = s, tidy(o.res.Reason, maxField), There
		}
	}
	d.sendBYE(Hangup{Q850: 102})
}

// again is a request once more, with the next CSeq and a new branch (RFC 3261 §8.1.3.5, §22.2). Headers in add stand in the place of those of
// the same name; credentials are made anew unless add brings them. Names in drop are left out.
func (d *Dialog) again(req *sip.Request, add []sip.Header, drop ...string) *sip.Request {
	d.localSeq++
	out := d.us.request(req.Method, "")
	out.Recipient = *req.Recipient.Clone()
	out.AppendHeader(d.us.via())
	drop = append(drop, "via", "cseq", "user-agent", "content-length", "authorization", "proxy-authorization")
	credentials := false
	for _, h := range add {
		name := strings.ToLower(h.Name())
		credentials = credentials || strings.HasSuffix(name, "authorization")
		drop = append(drop, name)
	}
	for _, h := range req.Headers() {
		if !slices.Contains(drop, strings.ToLower(h.Name())) {
			out.AppendHeader(sip.HeaderClone(h))
		}
	}
	out.AppendHeader(sip.NewHeader("CSeq", strconv.FormatUint(uint64(d.localSeq), 10)+" "+string(req.Method)))
	for _, h := range add {
		out.AppendHeader(h)
	}
	if !credentials {
		d.authorize(out)
	}
	out.SetBody(req.Body())
	return out
}

// authorize adds the credentials that are known to be wanted.
func (d *Dialog) authorize(req *sip.Request) {
	for _, h := range d.auth.Headers(req) {
		req.AppendHeader(h)
	}
}

// within builds a request of the dialog with the next CSeq, credentials if they are wanted, and a body.
func (d *Dialog) within(method sip.RequestMethod, kind string, body []byte, headers ...sip.Header) (*sip.Request, netip.AddrPort) {
	d.localSeq++
	req, to := d.newRequest(method, d.localSeq)
	for _, h := range headers {
		if h != nil {
			req.AppendHeader(h)
		}
	}
	if len(body) > 0 {
		req.AppendHeader(sip.NewHeader("Content-Type", kind))
	}
	d.authorize(req)
	req.SetBody(body)
	return req, to
}
