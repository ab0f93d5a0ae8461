package replay

import (
	"fmt"
	"strings"
	"time"
)

// answer plans the responses to a request of ours: the recorded ones of the request that has the same place among those of its method; where the record has
// none, what a far side answers that is still there.
func (f *follower) answer(own ownSent) {
	method := own.sip.method()
	key := method + " " + own.sip.branch()
	if method == "" || method == "ACK" || f.seen[key] {
		return
	}
	f.seen[key] = true
	f.ours[method] = append(f.ours[method], &own)
	k := len(f.ours[method]) - 1
	if k < len(f.answers[method]) {
		record := f.answers[method][k]
		for _, r := range record.responses {
			f.plan(own.at+r.at-record.at, func() error { f.w.Trunk(f.fit.response(r.SIP, own.sip)); return nil })
		}
		return
	}
	f.improvise(own)
}

// improvised is how long after a request of ours the trunk answers that the record has no answer for.
const improvised = 10 * time.Millisecond

// improvise answers a request that the recorded end never sent.
func (f *follower) improvise(own ownSent) {
	method, status := own.sip.method(), "200 OK"
	switch {
	case method == "INVITE":
		status = "488 Not Acceptable Here"
	case method == "UPDATE" && own.sip.hasSDP():
		status = "488 Not Acceptable Here"
	}
	f.plan(own.at+improvised, func() error { f.w.Trunk(f.fit.made(status, own.sip)); return nil })
	if method != "CANCEL" {
		return
	}
	if invites := f.ours["INVITE"]; len(invites) > 0 {
		f.plan(own.at+2*improvised, func() error {
			f.w.Trunk(f.fit.made("487 Request Terminated", invites[len(invites)-1].sip))
			return nil
		})
	}
}

// answerElsewhere is for calls that the record does not have: where a transfer leads. Whoever is called there answers soon.
func (f *follower) answerElsewhere(own ownSent) {
	method, key := own.sip.method(), own.sip.method()+" "+own.sip.branch()
	if method == "" || method == "ACK" || f.seen[key] {
		return
	}
	f.seen[key] = true
	answer := f.fit.made("200 OK", own.sip)
	if own.sip.hasSDP() {
		answer = f.fit.taking(own.sip)
	}
	if method == "INVITE" && own.sip.tag("to") == "" {
		f.placed = append(f.placed, own.sip)
	}
	f.plan(own.at+time.Millisecond, func() error { f.w.Trunk(answer); return nil })
}

// leaveElsewhere lets those leave who were called elsewhere: their BYE, in the dialogs that our INVITEs began.
func (f *follower) leaveElsewhere() error {
	for _, invite := range f.placed {
		f.w.Trunk(f.fit.leaving(invite))
	}
	f.placed = nil
	return nil
}

// leaving is the BYE of the far side of a call that we placed.
func (f *fitter) leaving(invite *sipText) string {
	m := &sipText{start: "BYE " + invite.contactURI() + " " + sipVersion}
	add := func(name, value string) {
		m.headers = append(m.headers, headerText{strings.ToLower(name), value, name + ": " + value})
	}
	add("Via", fmt.Sprintf("SIP/2.0/UDP %s;branch=z9hG4bKleaving%s", trunkAddr, invite.branch()))
	add("Max-Forwards", "70")
	add("From", invite.get("to")+";tag=replay")
	add("To", invite.get("from"))
	add("Call-ID", invite.get("call-id"))
	add("CSeq", "1 BYE")
	add("Content-Length", "0")
	return m.String()
}

// taking is a 200 that takes the offer of a request, all of it.
func (f *fitter) taking(to *sipText) string {
	m := readSIP(f.made("200 OK", to))
	m.body = strings.ReplaceAll(strings.ReplaceAll(to.body, ourAddr.Addr().String(), trunkAddr.Addr().String()), "o=- ", "o=- 1")
	m.headers = append(m.headers, headerText{"contact", "", fmt.Sprintf("Contact: <sip:%s>", trunkAddr)}, headerText{"content-type", "", "Content-Type: application/sdp"})
	return m.String()
}

// made is a response that the record does not have.
func (f *fitter) made(status string, to *sipText) string {
	m := &sipText{start: sipVersion + " " + status}
	for _, name := range [...]string{"via", "from", "to", "call-id", "cseq"} {
		m.replace(name, to)
	}
	if m.tag("to") == "" {
		m.setTag("to", "replay")
	}
	m.headers = append(m.headers, headerText{name: "content-length", raw: "Content-Length: 0"})
	return m.String()
}
