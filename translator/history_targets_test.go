package translator_test

import (
	"fmt"
	"regexp"
	"strings"
)

// target is whom a call of ours is placed to: a far side that answers as chance has it.
type target struct {
	s       *story
	callID  string
	invite  string // our INVITE
	last    string // the last response to it, for when it is sent again
	tag     string
	cseq    int
	acked   bool // our ACK to its 2xx came
	final   int  // its final response
	over    bool
	deaf    bool              // answers nothing from now on
	referTo string            // our REFER, accepted
	done    map[string]string // responses to other requests, by CSeq line, for when they are sent again
}

var (
	viaLines    = regexp.MustCompile(`(?m)^Via: .*$`)
	headLine    = func(name string) *regexp.Regexp { return regexp.MustCompile(`(?m)^` + name + `: (.*)$`) }
	fromLine    = headLine("From")
	toLine      = headLine("To")
	callIDValue = headLine("Call-ID")
	cseqValue   = headLine("CSeq")
)

func value(re *regexp.Regexp, text string) string {
	if m := re.FindStringSubmatch(text); m != nil {
		return m[1]
	}
	return ""
}

// toTarget gives a message of ours to the far side that it is for.
func (s *story) toTarget(text string) {
	id := value(callIDValue, text)
	t := s.targets[id]
	method, _, _ := strings.Cut(text, " ")
	if t == nil {
		if method != "INVITE" {
			s.fail("%s to a target that was never called", method)
			return
		}
		t = &target{s: s, callID: id, invite: text, tag: fmt.Sprintf("t%d", len(s.targets)+1), cseq: 500, deaf: s.chance(5), done: map[string]string{}}
		s.targets[id] = t
		s.order = append(s.order, t)
	}
	t.gets(method, text)
}

func (t *target) gets(method, text string) {
	s := t.s
	if t.deaf || strings.HasPrefix(text, "SIP/2.0") {
		return
	}
	if again, ok := t.done[value(cseqValue, text)]; ok {
		s.w.Trunk(again)
		return
	}
	inDialog := strings.Contains(value(toLine, text), ";tag=")
	switch {
	case method == "ACK":
		t.acked = true
	case method == "INVITE" && !inDialog:
		if value(cseqValue, text) != value(cseqValue, t.invite) {
			t.invite, t.last = text, ""
		}
		if t.last != "" {
			s.w.Trunk(t.last)
			return
		}
		t.acts()
	case method == "CANCEL":
		t.answer(text, 200, "", "")
		if t.final == 0 {
			t.finally(487, "")
		}
	case method == "BYE":
		t.over = true
		t.answer(text, 200, "", "")
	case method == "INVITE":
		t.reinvited(text)
	case method == "REFER":
		if s.chance(30) {
			t.answer(text, 603, "", "")
			return
		}
		t.referTo = text
		t.answer(text, 202, "", "")
	default:
		t.answer(text, 200, "", "")
	}
}

// reinvited answers an offer of ours within the dialog.
func (t *target) reinvited(text string) {
	switch n := t.s.rng.IntN(10); {
	case n < 7:
		t.answer(text, 200, "Contact: <sip:"+t.tag+"@192.0.2.10>\n", t.sdp(text))
	case n < 8:
		t.answer(text, 491, "", "")
	case n < 9:
		t.answer(text, 488, "", "")
	default:
		t.answer(text, 481, "", "")
		t.over = true
	}
}

var firstFormat = regexp.MustCompile(`(?m)^m=audio \d+ RTP/AVP (\d+)`)

// sdp answers an offer with its first codec.
func (t *target) sdp(offer string) string {
	pt := "8"
	if m := firstFormat.FindStringSubmatch(offer); m != nil {
		pt = m[1]
	}
	direction := ""
	if strings.Contains(offer, "a=sendonly") {
		direction = "a=recvonly\n"
	}
	return "v=0\no=t 1 1 IN IP4 192.0.2.10\ns=-\nc=IN IP4 192.0.2.10\nt=0 0\nm=audio 49180 RTP/AVP " + pt + "\n" + map[bool]string{true: "a=rtpmap:9 G722/8000\n"}[pt == "9"] + direction
}

func (t *target) response(text string, status int, extra, body string) string {
	to := value(toLine, text)
	if !strings.Contains(to, ";tag=") {
		to += ";tag=" + t.tag
	}
	head := fmt.Sprintf("SIP/2.0 %d X\n%s\nFrom: %s\nTo: %s\nCall-ID: %s\nCSeq: %s\n%s", status, strings.Join(viaLines.FindAllString(text, -1), "\n"), value(fromLine, text), to, t.callID,
		value(cseqValue, text), extra)
	if body != "" {
		head += "Content-Type: application/sdp\n"
	}
	return head + "\n" + body
}

// answer sends a response, unless it is lost; the request is sent again then.
func (t *target) answer(text string, status int, extra, body string) {
	r := t.response(text, status, extra, body)
	t.done[value(cseqValue, text)] = r
	if !t.s.chance(10) {
		t.s.w.Trunk(r)
	}
}

// finally sends the final response to our INVITE, once.
func (t *target) finally(status int, body string) {
	t.final = status
	t.over = t.over || status >= 300
	t.last = t.response(t.invite, status, "Contact: <sip:"+t.tag+"@192.0.2.10>\n", body)
	if !t.s.chance(10) {
		t.s.w.Trunk(t.last)
	}
}

// acts lets the target do something of its own.
func (t *target) acts() {
	s := t.s
	switch {
	case t.over || t.deaf:
		if t.final >= 200 && t.final < 300 && !t.acked && t.last != "" && !t.deaf {
			s.w.Trunk(t.last) // its 2xx again
		}
	case t.final == 0:
		t.unanswered()
	case !t.acked:
		s.w.Trunk(t.last)
	default:
		t.talks()
	}
}

func (t *target) unanswered() {
	s := t.s
	switch n := s.rng.IntN(20); {
	case n < 4:
		t.last = t.response(t.invite, 180, "Contact: <sip:"+t.tag+"@192.0.2.10>\n", "")
		s.w.Trunk(t.last)
	case n < 6:
		t.last = t.response(t.invite, 183, "Contact: <sip:"+t.tag+"@192.0.2.10>\n", t.sdp(t.invite))
		s.w.Trunk(t.last)
	case n < 13:
		t.finally(200, t.sdp(t.invite))
	case n < 14:
		t.finally(200, "nonsense\n")
	case n < 18:
		t.finally([]int{486, 603, 404, 503, 500, 480, 408, 302}[s.rng.IntN(8)], "")
	}
}

func (t *target) talks() {
	s := t.s
	switch n := s.rng.IntN(10); {
	case t.referTo != "" && n < 6:
		t.notify([]string{"SIP/2.0 200 OK", "SIP/2.0 486 Busy Here", "SIP/2.0 180 Ringing"}[s.rng.IntN(3)])
	case n < 4:
		t.bye()
	case n < 7:
		direction := []string{"", "a=sendonly\n", "a=inactive\n"}[s.rng.IntN(3)]
		t.sends("INVITE", "Contact: <sip:"+t.tag+"@192.0.2.10>\n", t.sdp(t.invite)+direction)
	case n < 8:
		t.sends("REFER", "Refer-To: <sip:+493077@192.0.2.10>\nContact: <sip:"+t.tag+"@192.0.2.10>\n", "")
	}
}

func (t *target) bye() {
	if t.over {
		return
	}
	t.over = true
	t.sends("BYE", "", "")
}

func (t *target) notify(fragment string) {
	state := "terminated;reason=noresource"
	if strings.Contains(fragment, "180") {
		state = "active;expires=60"
	} else {
		t.referTo = ""
	}
	t.sends("NOTIFY", "Event: refer\nSubscription-State: "+state+"\nContent-Type: message/sipfrag\n", fragment+"\n")
}

// sends is a request of the target in the dialog.
func (t *target) sends(method, extra, body string) {
	t.cseq++
	if method == "INVITE" {
		extra += "Content-Type: application/sdp\n"
	}
	contact := contactOf.FindStringSubmatch(t.invite)
	t.s.w.Trunk(fmt.Sprintf("%s %s SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK%s%d\nMax-Forwards: 70\nFrom: %s;tag=%s\nTo: %s\nCall-ID: %s\nCSeq: %d %s\n%s\n%s",
		method, contact[1], t.tag, t.cseq, value(toLine, t.invite), t.tag, value(fromLine, t.invite), t.callID, t.cseq, method, extra, body))
}

// responded is our response to a request of the target.
func (t *target) responded(text string) {
	m := cseqLine.FindStringSubmatch(text)
	if m == nil || m[2] != "INVITE" || text[8] < '2' {
		return
	}
	var seq int
	fmt.Sscan(m[1], &seq)
	contact := contactOf.FindStringSubmatch(t.invite)
	branch := fmt.Sprintf("z9hG4bK%s%d", t.tag, seq)
	if text[8] == '2' {
		branch += "ack"
	}
	t.s.w.Trunk(fmt.Sprintf("ACK %s SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.10:5060;branch=%s\nMax-Forwards: 70\nFrom: %s;tag=%s\nTo: %s\nCall-ID: %s\nCSeq: %d ACK\n\n",
		contact[1], branch, value(toLine, t.invite), t.tag, value(fromLine, t.invite), t.callID, seq))
}

// end is what the target does when the story is over.
func (t *target) end() {
	t.deaf = false
	switch {
	case t.final == 0:
		t.finally(480, "")
	case t.final < 300 && !t.acked:
		t.s.w.Trunk(t.last)
		t.bye()
	default:
		t.bye()
	}
}

// targetActs lets one of those who were called do something.
func (s *story) targetActs() {
	if len(s.order) > 0 {
		s.order[s.rng.IntN(len(s.order))].acts()
	}
}
