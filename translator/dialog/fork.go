package dialog

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// What an INVITE of ours meets before its 2xx: branches, redirections, and refusals that are tried again.

// fork is one early dialog of an INVITE that a proxy sent to several places (RFC 3261 §12.1.2, §13.2.2.4).
type fork struct {
	tag       string
	target    string
	rseq      uint32 // of its last reliable 1xx
	remoteSeq uint32
	answer    []byte // its first description, or what an UPDATE made of it
	settled   bool   // the answer came reliably
}

// agreed notes what the far side's description became before its 2xx.
func (d *Dialog) agreed(sdp []byte) {
	if f := d.fork(d.remoteTag); f != nil {
		f.answer = sdp
	}
}

// maxForks bounds the branches that are followed; of further ones only the 2xx counts.
const maxForks = 16

func (d *Dialog) fork(tag string) *fork {
	for i := range d.forks {
		if d.forks[i].tag == tag {
			return &d.forks[i]
		}
	}
	return nil
}

// follow1xx makes the branch of a response the one that the dialog is about.
func (d *Dialog) follow1xx(o outcome) *fork {
	tag := responseTag(o.res)
	if was := d.fork(d.remoteTag); was != nil {
		was.target, was.remoteSeq = d.target, d.remoteSeq
	}
	f := d.fork(tag)
	if f == nil {
		if len(d.forks) == maxForks {
			d.forks = slices.Delete(d.forks, 0, 1)
		}
		d.forks = append(d.forks, fork{tag: tag, target: d.invite.Recipient.String()})
		f = &d.forks[len(d.forks)-1]
	}
	if tag != d.remoteTag {
		d.target, d.remoteSeq = f.target, f.remoteSeq
	}
	d.learn(o)
	return f
}

// redirects are the targets of a 3xx, the best first: at most five, each once, only of hosts that the trunk allows (translation.md §1.5).
func (d *Dialog) redirects(res *sip.Response) []string {
	if res.StatusCode < 300 || res.StatusCode > 302 || d.trunk == nil {
		return nil
	}
	type contact struct {
		uri string
		q   float64
	}
	var found []contact
	for _, v := range valuesOf(res.GetHeaders("contact")) {
		a, ok := parseNameAddr(v)
		if !ok || !usableURI(a.uri) || !d.trunk.redirectsTo(a.uri) {
			continue
		}
		a.uri, _, _ = strings.Cut(a.uri, "?") // headers of a Contact are not ours to send
		if slices.ContainsFunc(found, func(c contact) bool { return c.uri == a.uri }) || a.uri == d.invite.Recipient.String() {
			continue
		}
		c := contact{a.uri, 1}
		if raw, has := findParam(a.params, "q"); has {
			if q, err := strconv.ParseFloat(raw, 64); err == nil && q >= 0 && q <= 1 {
				c.q = q
			}
		}
		found = append(found, c)
	}
	slices.SortStableFunc(found, func(a, b contact) int { return cmp.Compare(b.q, a.q) })
	var out []string
	for _, c := range found[:min(len(found), 5)] {
		out = append(out, c.uri)
	}
	return out
}

// redirectsTo says whether the trunk may send a call on to a URI's host.
func (t *Trunk) redirectsTo(uri string) bool {
	var u sip.Uri
	if sip.ParseUri(uri, &u) != nil || u.Scheme != "sip" && u.Scheme != "sips" {
		return false
	}
	return slices.ContainsFunc(t.Redirects, func(h string) bool { return strings.EqualFold(h, strings.Trim(u.Host, "[]")) })
}

// Retry gives the same call to another target, one of Report.Contacts for instance: same Call-ID and From tag, CSeq one higher (RFC 3261
// §8.1.3.4). Used when the dialog, of an INVITE of ours, has Failed. Place checks the address; whether the target may be called is the caller's to decide.
func (d *Dialog) Retry(call Outgoing, target string) Outgoing {
	call.Target, call.CallID = target, d.callID
	call.tag, call.seq = d.localTag, d.localSeq+1
	return call
}

// retries are what an INVITE was tried again for.
type retries struct {
	challenges, intervals int
	extensions            bool
}

// worthRetry says whether a refusal may be met by trying again at once.
func (d *Dialog) worthRetry(o outcome) bool {
	if d.state == StateClosing || d.state == StateTerminated {
		return false
	}
	switch o.status() {
	case 401, 407:
		return d.mayRetry(o, d.retries.challenges)
	case 420:
		return !d.retries.extensions && len(d.unsupported(o.res)) > 0
	case 422:
		return d.retries.intervals < 2 && minSE(o.res) > d.session.asked
	}
	return false
}

// unsupported lists the extensions of ours that a 420 names.
func (d *Dialog) unsupported(res *sip.Response) []string {
	var out []string
	for _, v := range valuesOf(res.GetHeaders("unsupported")) {
		if v = strings.ToLower(v); slices.Contains(extensions, v) {
			out = append(out, v)
		}
	}
	return out
}

// retryInvite sends the INVITE again; its refusal stands if nothing can be said to it.
func (d *Dialog) retryInvite(ev Event) {
	o := ev.(outcome)
	var add []sip.Header
	var drop []string
	switch o.status() {
	case 420:
		d.retries.extensions = true
		add, drop = d.without(d.unsupported(o.res))
	case 422:
		d.retries.intervals++
		d.session.asked, d.session.min = minSE(o.res), minSE(o.res)
		add = d.askSession()
	default:
		var ok bool
		if add, ok = d.auth.Challenged(d.invite, o.res, o.from); !ok {
			d.raise(onFailure, o)
			return
		}
		d.retries.challenges++
	}
	d.invite = d.again(d.invite, add, drop...)
	prime(d.invite)
	d.forks, d.remoteTag, d.remoteSeq, d.target = nil, "", 0, d.invite.Recipient.String()
	d.offers, d.owed, d.asked = stable, nil, nil
	if !d.late {
		d.describe(weOffer)
	}
	d.do(transact{d, d.invite, d.inviteTo})
}

// without gives the Supported header of an INVITE that leaves extensions out, and the headers that go with them.
func (d *Dialog) without(tags []string) (add []sip.Header, drop []string) {
	var kept []string
	for _, e := range extensions {
		if !slices.Contains(tags, e) {
			kept = append(kept, e)
		}
	}
	if slices.Contains(tags, "timer") {
		drop = append(drop, "session-expires", "min-se")
	}
	if slices.Contains(tags, "replaces") {
		drop = append(drop, "replaces", "require")
	}
	if len(kept) == 0 {
		return nil, append(drop, "supported")
	}
	return []sip.Header{sip.NewHeader("Supported", strings.Join(kept, ", "))}, drop
}

// classes are the statuses that mean something of their own to us; others count as x00, and 1xx as 183 (RFC 3261 §8.1.3.2).
var classes = func() map[int]bool {
	known := map[int]bool{}
	for _, s := range [...]int{
		100, 180, 181, 182, 183, 199, 200, 202, 204, 300, 301, 302, 305, 380,
		400, 401, 402, 403, 404, 405, 406, 407, 408, 410, 413, 414, 415, 416, 420, 421, 422, 423, 428, 433, 436, 437, 438, 469,
		480, 481, 482, 483, 484, 485, 486, 487, 488, 489, 491, 493, 494, 500, 501, 502, 503, 504, 505, 513, 580, 600, 603, 604, 606, 607, 608,
	} {
		known[s] = true
	}
	return known
}()

// Known gives the status that an unknown one is to be treated as (RFC 3261 §8.1.3.2): itself if it is known, else 183 for 1xx and x00.
func Known(status int) int {
	switch {
	case classes[status]:
		return status
	case status/100 == 1:
		return 183
	}
	return status / 100 * 100
}
