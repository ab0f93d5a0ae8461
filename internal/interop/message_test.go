package interop

import (
	"regexp"
	"strings"
	"testing"
)

// A message is a SIP message that Asterisk sent or got, with plain line ends.
type message struct {
	sent bool
	text string
}

var (
	sipMark   = regexp.MustCompile(`(?m)^.*<--- (Transmitting|Received) SIP (?:request|response) \(\d+ bytes\) (?:to|from) UDP:(\S+) --->$`)
	logLine   = regexp.MustCompile(`(?m)^\[\w{3} [ \d]\d \d\d:\d\d:\d\d\]`)
	mediaLine = regexp.MustCompile(`(?m)^a=(?:sendrecv|sendonly|recvonly|inactive)$`)
)

// trace gives the SIP messages of a log of Asterisk's that were exchanged with peer, an address and port.
func trace(log, peer string) (list []message) {
	log = strings.ReplaceAll(log, "\r\n", "\n")
	for {
		mark := sipMark.FindStringSubmatchIndex(log)
		if mark == nil {
			return list
		}
		sent, with := log[mark[2]:mark[3]] == "Transmitting", log[mark[4]:mark[5]]
		log = log[mark[1]:]
		end := len(log)
		if next := logLine.FindStringIndex(log); next != nil {
			end = next[0]
		}
		if next := sipMark.FindStringIndex(log[:end]); next != nil {
			end = next[0]
		}
		if with == peer {
			list = append(list, message{sent, strings.TrimSpace(log[:end])})
		}
	}
}

// header is the first value of a header, "" if there is none.
func (m message) header(name string) string {
	for line := range strings.Lines(m.text) {
		if value, ok := strings.CutPrefix(line, name+":"); ok {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

func (m message) callID() string { return m.header("Call-ID") }
func (m message) cseq() string   { return m.header("CSeq") }

// reinvite reports whether Asterisk asks for a change of a call that is there.
func (m message) reinvite() bool {
	return m.sent && strings.HasPrefix(m.text, "INVITE ") && strings.Contains(m.header("To"), ";tag=")
}

// answers reports whether this is a response to a request.
func (m message) answers(request message) bool {
	return strings.HasPrefix(m.text, "SIP/2.0 ") && m.callID() == request.callID() && m.cseq() == request.cseq()
}

// sdp is the message's body, "" if there is none.
func (m message) sdp() string {
	_, body, _ := strings.Cut(m.text, "\n\n")
	return strings.TrimSpace(body)
}

// direction is the direction in the message's SDP, "" if there is none.
func (m message) direction() string { return mediaLine.FindString(m.text) }

// The reader of the log must not be what makes a test green.
func TestTraceReadsTheLog(t *testing.T) {
	const log = "[Nov 22 16:43:19] VERBOSE[1] res_pjsip_logger.c: <--- Transmitting SIP request (400 bytes) to UDP:127.64.2.5:5060 --->\r\n" +
		"INVITE sip:1@127.64.2.5 SIP/2.0\r\nTo: <sip:1@127.64.2.5>;tag=a\r\nCall-ID: x\r\nCSeq: 7 INVITE\r\n\r\nv=0\r\na=sendonly\r\n\r\n" +
		"[Nov 22 16:43:19] VERBOSE[1] res_pjsip_logger.c: <--- Received SIP response (400 bytes) from UDP:127.64.2.5:5060 --->\r\n" +
		"SIP/2.0 200 OK\r\nCall-ID: x\r\nCSeq: 7 INVITE\r\n\r\nv=0\r\na=recvonly\r\n\r\n[Nov 22 16:43:19] NOTICE[1] a.c: word\n" +
		"<--- Received SIP request (20 bytes) from UDP:127.64.2.6:5060 --->\nBYE sip:1@127.64.2.5 SIP/2.0\n"
	got := trace(log, "127.64.2.5:5060")
	if len(got) != 2 || !got[0].reinvite() || got[0].direction() != "a=sendonly" || !got[1].answers(got[0]) || got[1].direction() != "a=recvonly" {
		t.Errorf("the trace is %+v", got)
	}
	if strings.Contains(got[1].text, "word") {
		t.Errorf("the log's next line counts as the message's: %q", got[1].text)
	}
}
