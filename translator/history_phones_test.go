package translator_test

import (
	"fmt"
	"regexp"
	"strings"
	"time"
)

// phone is a caller at the trunk.
type phone struct {
	s       *story
	n       int
	cseq    int // of the last request
	toTag   string
	contact string
	finals  map[string]string // final responses to INVITEs, by CSeq
	finalAt time.Duration     // when the first INVITE got it
	over    bool              // hung up, or refused, or was hung up on
	left    bool              // has sent CANCEL or BYE
	deaf    bool              // sends no ACK, and answers no BYE
}

const phoneSDP = "v=0\no=pbx 1 1 IN IP4 192.0.2.10\ns=-\nc=IN IP4 192.0.2.10\nt=0 0\nm=audio 49172 RTP/AVP 0 8 101\na=rtpmap:101 telephone-event/8000\n"

var badSDP = []string{
	"v=0\no=pbx 1 1 IN IP4 192.0.2.10\ns=-\nc=IN IP4 192.0.2.10\nt=0 0\nm=audio 49172 RTP/AVP 18\na=rtpmap:18 G729/8000\n",
	"v=0\no=pbx 1 1 IN IP4 192.0.2.10\ns=-\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 49172 RTP/AVP 0\n",
	"nonsense\n",
}

// dial lets a new caller call.
func (s *story) dial() {
	if len(s.phones) >= 4 {
		return
	}
	p := &phone{s: s, n: len(s.phones) + 1, cseq: 1, finals: map[string]string{}, deaf: s.chance(4)}
	s.phones = append(s.phones, p)
	body := phoneSDP
	if s.chance(6) {
		body = badSDP[s.rng.IntN(len(badSDP))]
	}
	p.invite(body)
}

func (p *phone) invite(body string) {
	p.send("INVITE", p.cseq, p.branch(p.cseq, "INVITE"), "Contact: <sip:caller@192.0.2.10:5060>\nContent-Type: application/sdp\n", body)
}

func (p *phone) branch(cseq int, method string) string {
	return fmt.Sprintf("z9hG4bK-%d-%d-%s", p.n, cseq, method)
}

func (p *phone) send(method string, cseq int, branch, headers, body string) {
	uri, tag := "sip:billing@192.0.2.20", ""
	if p.toTag != "" && (method != "INVITE" || cseq > 1) && method != "CANCEL" {
		tag = ";tag=" + p.toTag
		if p.contact != "" {
			uri = p.contact
		}
	}
	p.s.w.Trunk(fmt.Sprintf("%s %s SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.10:5060;branch=%s\nMax-Forwards: 70\nFrom: <sip:+49302312%04d@192.0.2.10>;tag=from%d\nTo: <sip:billing@192.0.2.20>%s\nCall-ID: history-%d\nCSeq: %d %s\n%s\n%s",
		method, uri, branch, p.n, p.n, tag, p.n, cseq, method, headers, body))
}

// phoneActs lets a caller do something.
func (s *story) phoneActs() {
	if len(s.phones) == 0 {
		return
	}
	p := s.phones[s.rng.IntN(len(s.phones))]
	switch n := s.rng.IntN(10); {
	case n < 2:
		p.invite1Again()
	case n < 4:
		p.cancel()
	case n < 6:
		p.bye()
	case n < 8 && !p.over && !p.left && strings.HasPrefix(p.finals["1"], "2"):
		p.cseq++
		body := phoneSDP
		if s.chance(40) {
			body = strings.Replace(phoneSDP, "t=0 0\n", "t=0 0\na=sendonly\n", 1)
		}
		p.invite(body)
	}
}

// invite1Again repeats the first INVITE, as a phone does that has heard nothing, or whose network repeats.
func (p *phone) invite1Again() {
	if p.finals["1"] == "" || p.s.w.Elapsed() < p.finalAt+4*time.Second {
		p.send("INVITE", 1, p.branch(1, "INVITE"), "Contact: <sip:caller@192.0.2.10:5060>\nContent-Type: application/sdp\n", phoneSDP)
	}
}

// cancel sends CANCEL, perhaps too late, for a transaction that still is.
func (p *phone) cancel() {
	if p.finals["1"] != "" && p.s.w.Elapsed() > p.finalAt+4*time.Second {
		return
	}
	p.left = p.left || p.finals["1"] == ""
	p.send("CANCEL", 1, p.branch(1, "INVITE"), "", "")
}

func (p *phone) bye() {
	if p.over || !strings.HasPrefix(p.finals["1"], "2") {
		return
	}
	p.left, p.over = true, true
	p.cseq++
	p.send("BYE", p.cseq, p.branch(p.cseq, "BYE"), "", "")
}

// end is what the phone does when the story is over.
func (p *phone) end() {
	if p.finals["1"] == "" {
		p.cancel()
		return
	}
	p.bye()
}

var (
	callIDLine = regexp.MustCompile(`(?m)^Call-ID: history-(\d+)`)
	cseqLine   = regexp.MustCompile(`(?m)^CSeq: (\d+) (\w+)`)
	toTagOf    = regexp.MustCompile(`(?m)^To: .*;tag=([^\s;]+)`)
	contactOf  = regexp.MustCompile(`(?m)^Contact: .*<([^>]+)>`)
	headLines  = regexp.MustCompile(`(?m)^(Via|From|To|Call-ID|CSeq): .*$`)
)

// toTrunk gives a message of ours to the phone that it is for.
func (s *story) toTrunk(text string) {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	m := callIDLine.FindStringSubmatch(text)
	seq := cseqLine.FindStringSubmatch(text)
	if t := s.targets[value(callIDValue, text)]; t != nil && strings.HasPrefix(text, "SIP/2.0 ") {
		t.responded(text)
		return
	}
	if m == nil && !strings.HasPrefix(text, "SIP/2.0 ") {
		s.toTarget(text)
		return
	}
	if m == nil || seq == nil {
		s.fail("a message of no phone: %s", text)
		return
	}
	var n int
	fmt.Sscan(m[1], &n)
	p := s.phones[n-1]
	if !strings.HasPrefix(text, "SIP/2.0 ") {
		p.request(text, seq[2])
		return
	}
	if seq[2] == "INVITE" && text[8] >= '2' {
		p.final(text, seq[1], text[8:11])
	}
}

// final takes a final response to an INVITE, and sends the ACK, unless it is lost.
func (p *phone) final(text, cseq, status string) {
	if was := p.finals[cseq]; was != "" && was != status {
		p.s.fail("INVITE %s of phone %d was answered %s and then %s", cseq, p.n, was, status)
	}
	p.finals[cseq] = status
	p.s.reached["status "+status]++
	if cseq == "1" {
		if p.finalAt == 0 {
			p.finalAt = p.s.w.Elapsed()
		}
		p.toTag = toTagOf.FindStringSubmatch(text)[1]
		if c := contactOf.FindStringSubmatch(text); c != nil {
			p.contact = c[1]
		}
		p.over = p.over || status[0] != '2'
	}
	if p.deaf || p.s.chance(15) {
		return // lost; the next copy has another chance
	}
	var n int
	fmt.Sscan(cseq, &n)
	branch := p.branch(n, "INVITE")
	if status[0] == '2' {
		branch = p.branch(n, "ACK")
	}
	p.send("ACK", n, branch, "", "")
}

// request answers a request of ours, unless the answer is lost.
func (p *phone) request(text, method string) {
	if method == "BYE" {
		p.over = true
	}
	if p.deaf || p.s.chance(15) {
		return
	}
	p.s.w.Trunk("SIP/2.0 200 OK\n" + strings.Join(headLines.FindAllString(text, -1), "\n") + "\n\n")
}

// check holds the phone's end against the rules.
func (p *phone) check() {
	if p.finals["1"] == "" {
		p.s.fail("phone %d never had a final answer", p.n)
	}
}
