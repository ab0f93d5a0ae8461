package interop

import (
	"regexp"
	"strings"
	"testing"

	"offhook/internal/harness"
)

// A message is a SIP message that Asterisk sent or got, with plain line ends.
type message struct {
	harness.Message
	sent bool
}

var (
	sipMark = regexp.MustCompile(`(?m)^.*<--- (Transmitting|Received) SIP (?:request|response) \(\d+ bytes\) (?:to|from) UDP:(\S+) --->$`)
	logLine = regexp.MustCompile(`(?m)^\[\w{3} [ \d]\d \d\d:\d\d:\d\d\]`)
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
			list = append(list, message{harness.Message{Text: strings.TrimSpace(log[:end])}, sent})
		}
	}
}

// reinvite reports whether Asterisk asks for a change of a call that is there.
func (m message) reinvite() bool { return m.sent && m.Reinvite() }

// The reader of the log must not be what makes a test green.
func TestTraceReadsTheLog(t *testing.T) {
	const log = "[Nov 22 16:43:19] VERBOSE[1] res_pjsip_logger.c: <--- Transmitting SIP request (400 bytes) to UDP:127.64.2.5:5060 --->\r\n" +
		"INVITE sip:1@127.64.2.5 SIP/2.0\r\nTo: <sip:1@127.64.2.5>;tag=a\r\nCall-ID: x\r\nCSeq: 7 INVITE\r\n\r\nv=0\r\na=sendonly\r\n\r\n" +
		"[Nov 22 16:43:19] VERBOSE[1] res_pjsip_logger.c: <--- Received SIP response (400 bytes) from UDP:127.64.2.5:5060 --->\r\n" +
		"SIP/2.0 200 OK\r\nCall-ID: x\r\nCSeq: 7 INVITE\r\n\r\nv=0\r\na=recvonly\r\n\r\n[Nov 22 16:43:19] NOTICE[1] a.c: word\n" +
		"<--- Received SIP request (20 bytes) from UDP:127.64.2.6:5060 --->\nBYE sip:1@127.64.2.5 SIP/2.0\n"
	got := trace(log, "127.64.2.5:5060")
	if len(got) != 2 || !got[0].reinvite() || got[0].Direction() != "a=sendonly" || !got[1].Answers(got[0].Message) || got[1].Direction() != "a=recvonly" {
		t.Errorf("the trace is %+v", got)
	}
	if strings.Contains(got[1].Text, "word") {
		t.Errorf("the log's next line counts as the message's: %q", got[1].Text)
	}
}
