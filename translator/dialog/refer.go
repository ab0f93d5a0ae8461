package dialog

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
)

// REFER and its NOTIFYs (RFC 3515, RFC 4488, RFC 6665), both ways, and the names of dialogs in Replaces (RFC 3891).

// referSilence is how long a 202 may go without a NOTIFY (translation.md §1.5).
const referSilence = 32 * time.Second

// referOut is a REFER of ours: waiting, sent, or followed by NOTIFYs.
type referOut struct {
	want     Refer
	sent     bool
	cseq     uint32 // its number, by which NOTIFYs may name it
	accepted bool
	until    time.Time
}

// referIn is a REFER of theirs.
type referIn struct {
	Referral
	a        arrived
	accepted bool
	until    time.Time // the call has answered it by then
	id       string    // ";id=" of every REFER after the first (RFC 3515 §2.4.6)
}

// Replacement names this dialog for a Replaces header that its far side will read.
func (d *Dialog) Replacement() Replacement {
	return Replacement{CallID: d.callID, ToTag: d.remoteTag, FromTag: d.localTag}
}

// RemoteTarget is the URI that requests of this dialog go to (RFC 3261 §12.1), for a Refer-To that names it together with [Dialog.Replacement].
func (d *Dialog) RemoteTarget() string { return d.target }

// header writes a Replaces value.
func (r Replacement) header() string {
	v := r.CallID + ";to-tag=" + r.ToTag + ";from-tag=" + r.FromTag
	if r.EarlyOnly {
		v += ";early-only"
	}
	return v
}

// usable says whether the parts may stand in a header.
func (r Replacement) usable() bool {
	for _, s := range [...]string{r.CallID, r.ToTag, r.FromTag} {
		if s == "" || len(s) > 4*maxField || !isToken(strings.NewReplacer("(", "", ")", "", "?", "", "{", "", "}", "", "\\", "", "=", "").Replace(s)) {
			return false
		}
	}
	return !strings.ContainsAny(r.CallID, ";,") && isToken(r.ToTag) && isToken(r.FromTag)
}

// parseReplaces reads a Replaces value.
func parseReplaces(v string) (r Replacement, ok bool) {
	callID, rest, _ := strings.Cut(v, ";")
	ps, ok := parseParams(rest)
	r.CallID = strings.TrimSpace(callID)
	r.ToTag, _ = findParam(ps, "to-tag")
	r.FromTag, _ = findParam(ps, "from-tag")
	_, r.EarlyOnly = findParam(ps, "early-only")
	return r, ok && r.CallID != "" && r.ToTag != "" && r.FromTag != ""
}

// referArrives judges a REFER and asks the call.
func (d *Dialog) referArrives(a arrived) {
	if d.referred == 0 {
		d.referred = a.req.CSeq().SeqNo
	}
	r, status := d.readRefer(a.req)
	if status != 0 {
		d.answerTo(a.tx, a.req, status, phraseOf(status, ""), nil)
		return
	}
	d.referral = &referIn{Referral: r, a: a, until: d.now.Add(referSilence / 2)}
	if seq := a.req.CSeq().SeqNo; seq != d.referred {
		d.referral.id = ";id=" + strconv.FormatUint(uint64(seq), 10)
	}
	d.report(Report{Kind: Referred, Refer: &r})
}

// readRefer gives what a REFER asks for, or the status that it is refused with.
func (d *Dialog) readRefer(req *sip.Request) (Referral, int) {
	if d.trunk == nil || !d.trunk.AcceptRefer {
		return Referral{}, 603
	}
	tos := valuesOf(req.GetHeaders("refer-to"))
	if len(tos) != 1 {
		return Referral{}, 400
	}
	to, ok := parseNameAddr(tos[0])
	if !ok {
		return Referral{}, 400
	}
	scheme, _, _ := strings.Cut(to.uri, ":")
	switch strings.ToLower(scheme) {
	case "sip", "sips", "tel":
	default:
		return Referral{}, 416
	}
	target, headers, _ := strings.Cut(to.uri, "?")
	if m := uriParam(target, "method"); m != "" && m != "INVITE" {
		return Referral{}, 603
	}
	if !usableURI(target) {
		return Referral{}, 400
	}
	if d.state != StateConfirmed || d.referral != nil {
		return Referral{}, 491
	}
	r := Referral{Target: target, Party: nameAddr{display: to.display, uri: target}.party(), Silent: strings.EqualFold(firstValue(req, "refer-sub"), "false")}
	if v := escapedHeader(headers, "replaces"); v != "" {
		rep, ok := parseReplaces(v)
		if !ok || !rep.usable() {
			return r, 400
		}
		r.Replaces = &rep
	}
	if by, ok := parseNameAddr(firstValue(req, "referred-by")); ok {
		r.By = tidy(bareURI(by.uri), 2*maxField)
	}
	return r, 0
}

func uriParam(uri, name string) string {
	_, ps, _ := strings.Cut(uri[strings.LastIndexByte(uri, '@')+1:], ";")
	params, _ := parseParams(ps)
	v, _ := findParam(params, name)
	return strings.ToUpper(v)
}

// escapedHeader finds a header in a URI and unescapes it once (RFC 3261 §19.1.1).
func escapedHeader(headers, name string) string {
	for _, h := range strings.Split(headers, "&") {
		if n, v, _ := strings.Cut(h, "="); strings.EqualFold(n, name) {
			return unescape(v)
		}
	}
	return ""
}

func (d *Dialog) acceptRefer(ev Event) {
	r := d.referral
	if s := ev.(AcceptRefer).Status; s >= 300 && s <= 699 {
		d.referral = nil
		d.answerTo(r.a.tx, r.a.req, s, phraseOf(s, ""), nil)
		return
	}
	r.accepted, r.until = true, time.Time{}
	extra := []sip.Header{d.us.contactHeader()}
	if r.Silent {
		d.referral = nil
		extra = append(extra, sip.NewHeader("Refer-Sub", "false"))
	}
	d.answerTo(r.a.tx, r.a.req, 202, "Accepted", nil, extra...)
	if !r.Silent {
		d.notify(100, "")
	}
}

func (d *Dialog) referNews(ev Event) {
	n := ev.(ReferNews)
	if n.Status < 100 || n.Status > 699 {
		n.Status, n.Phrase = 500, ""
	}
	d.notify(n.Status, n.Phrase)
	if n.Status >= 200 {
		d.referral = nil
	}
}

func (d *Dialog) notify(status int, phrase string) {
	subscription := "active;expires=60"
	if status >= 200 {
		subscription = "terminated;reason=noresource"
	}
	body := "SIP/2.0 " + strconv.Itoa(status) + " " + phraseOf(status, phrase) + "\r\n"
	d.ask(d.within(sip.NOTIFY, "message/sipfrag;version=2.0", []byte(body), d.us.contactHeader(),
		sip.NewHeader("Event", "refer"+d.referral.id), sip.NewHeader("Subscription-State", subscription)))
}

func (d *Dialog) wantRefer(ev Event) {
	r := ev.(Refer)
	_, err := clean(r.Target+r.By, 4*maxField)
	bad := err != nil || !usableURI(r.Target) || strings.ContainsAny(r.Target+r.By, " <>\"?") || r.By != "" && !usableURI(r.By) ||
		r.Replaces != nil && !r.Replaces.usable() || r.Replaces == nil && !isTarget(r.Target) // with Replaces it is the Contact of a dialog
	if bad || d.refer != nil {
		status := 491
		if bad {
			status = 400
		}
		d.report(Report{Kind: ReferDone, Status: status, Phrase: phraseOf(status, ""), By: Here})
		return
	}
	d.refer = &referOut{want: r}
}

func (d *Dialog) sendRefer() {
	if d.refer == nil || d.refer.sent || d.state != StateConfirmed || d.owed != nil {
		return
	}
	r := d.refer
	r.sent = true
	to := r.want.Target
	if r.want.Replaces != nil {
		to += "?Replaces=" + url.QueryEscape(r.want.Replaces.header())
	}
	headers := []sip.Header{d.us.contactHeader(), sip.NewHeader("Refer-To", "<"+to+">")}
	if r.want.By != "" {
		headers = append(headers, sip.NewHeader("Referred-By", "<"+r.want.By+">"))
	}
	if r.want.Silent {
		headers = append(headers, sip.NewHeader("Refer-Sub", "false"), sip.NewHeader("Supported", "norefersub"))
	}
	req, addr := d.within(sip.REFER, "", nil, headers...)
	r.cseq = d.localSeq
	d.ask(req, addr)
}

func (d *Dialog) referResponse(o outcome) {
	switch s := o.status(); {
	case d.refer == nil: // a NOTIFY said all before
	case s/100 != 2:
		d.referOver(max(s, 408), There)
	case strings.EqualFold(firstValue(o.res, "refer-sub"), "false"):
		d.referOver(s, There) // nothing more will be said (RFC 4488 §4)
	default:
		d.refer.accepted = true
		if d.refer.until.IsZero() {
			d.refer.until = d.now.Add(referSilence)
		}
	}
}

func (d *Dialog) referOver(status int, by Side) {
	d.refer = nil
	d.report(Report{Kind: ReferDone, Status: status, Phrase: phraseOf(status, ""), By: by})
}

// referSilent ends the wait for their NOTIFY, or for our call's word on their REFER.
func (d *Dialog) referSilent(Event) {
	if r := d.referral; r != nil && !r.until.IsZero() && !d.now.Before(r.until) {
		d.referral = nil
		d.answerTo(r.a.tx, r.a.req, 603, phraseOf(603, ""), nil)
		return
	}
	d.referOver(408, Nobody)
}

// referEnds is the far side's BYE after its 202: it has its call (RFC 3515 §2.4.4, translation.md §1.5).
func (d *Dialog) referEnds() {
	if d.refer != nil && d.refer.accepted {
		d.referOver(200, There)
	}
}

// ofRefer says whether an Event value is of our REFER: one that is of an earlier one names that (RFC 3515 §2.4.6).
func (d *Dialog) ofRefer(event string) bool {
	name, rest, _ := strings.Cut(event, ";")
	if d.refer == nil || !d.refer.sent || !strings.EqualFold(strings.TrimSpace(name), "refer") {
		return false
	}
	for _, p := range strings.Split(rest, ";") {
		if k, v, ok := strings.Cut(p, "="); ok && strings.EqualFold(strings.TrimSpace(k), "id") {
			return strings.TrimSpace(v) == strconv.FormatUint(uint64(d.refer.cseq), 10)
		}
	}
	return true
}

// notified is a NOTIFY: of our REFER, or of nothing.
func (d *Dialog) notified(a arrived) {
	if !d.ofRefer(firstValue(a.req, "event")) {
		d.answerTo(a.tx, a.req, 481, phraseOf(481, ""), nil)
		return
	}
	d.answerTo(a.tx, a.req, 200, "OK", nil)
	d.refer.until = d.now.Add(maxPending)
	state, _, _ := strings.Cut(firstValue(a.req, "subscription-state"), ";")
	status := sipfragStatus(a.req.Body())
	switch {
	case status >= 200:
		d.referOver(status, There)
	case strings.EqualFold(strings.TrimSpace(state), "terminated"):
		d.referOver(202, There) // accepted, and nothing will be known of it
	case status >= 100:
		d.report(Report{Kind: ReferProgress, Status: status, Phrase: phraseOf(status, "")})
	}
}

// sipfragStatus reads the status line of a message/sipfrag; 0 if there is none (RFC 3420).
func sipfragStatus(body []byte) int {
	rest, ok := strings.CutPrefix(strings.TrimLeft(string(body), " \r\n"), "SIP/2.0 ")
	if !ok || len(rest) < 3 {
		return 0
	}
	n, err := strconv.Atoi(rest[:3])
	if err != nil || n < 100 || n > 699 {
		return 0
	}
	return n
}
