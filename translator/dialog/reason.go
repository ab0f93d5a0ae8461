package dialog

import (
	"strconv"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// Reason header (RFC 3326) and the mapping between SIP statuses and Q.850 causes (RFC 3398, translation.md §1.4).

// readReason takes the Q.850 cause and its text from a message's Reason headers; a SIP cause is returned apart, for "answered elsewhere".
// Malformed values are ignored.
func readReason(headers []sip.Header) (q850, sipCause int, text string) {
	var sipText string
	for _, h := range headers {
		for _, v := range listValues(h.Value(), 8) {
			protocol, rest, _ := strings.Cut(v, ";")
			ps, ok := parseParams(rest)
			raw, _ := findParam(ps, "cause")
			cause, err := strconv.Atoi(unquote(raw))
			if !ok || err != nil || cause < 1 {
				continue
			}
			t, _ := findParam(ps, "text")
			t = cutBytes(tidy(unquote(t), maxReasonText), maxReasonText)
			switch strings.ToUpper(strings.TrimSpace(protocol)) {
			case "Q.850":
				if q850 == 0 && cause <= 127 {
					q850, text = cause, t
				}
			case "SIP":
				if sipCause == 0 && cause <= 699 {
					sipCause, sipText = cause, t
				}
			}
		}
	}
	if q850 == 0 {
		text = sipText
	}
	return q850, sipCause, text
}

func cutBytes(s string, max int) string {
	if len(s) <= max {
		return s
	}
	return strings.ToValidUTF8(s[:max], "")
}

// reasonHeader writes a Q.850 Reason; text that may not stand in a header is left out. nil for cause 0.
func reasonHeader(q850 int, text string) sip.Header {
	if q850 <= 0 || q850 > 127 {
		return nil
	}
	v := "Q.850;cause=" + strconv.Itoa(q850)
	if t, ok := quotedText(text, maxReasonText); ok {
		v += ";text=" + t
	}
	return sip.NewHeader("Reason", v)
}

// Q850FromStatus derives the Q.850 cause of a SIP status that came without one (RFC 3398 §8.2.6.1); 0 if there is none.
func Q850FromStatus(status int) int { return causeOfStatus[status] }

var causeOfStatus = map[int]int{
	404: 1, 486: 17, 480: 18, 408: 102, 403: 21, 410: 22, 484: 28, 501: 79, 502: 38, 503: 41, 504: 102, 603: 21,
}

// StatusFromQ850 derives the SIP status of a Q.850 cause (RFC 3398 §7.2.4.1); 500 for one that is not listed.
func StatusFromQ850(cause int) int {
	if s, ok := statusOfCause[cause]; ok {
		return s
	}
	return 500
}

var statusOfCause = map[int]int{
	1: 404, 2: 404, 3: 404, 17: 486, 18: 408, 19: 480, 20: 480, 31: 480, 21: 403, 22: 410, 27: 502, 28: 484,
	34: 503, 38: 503, 41: 503, 42: 503, 47: 503, 55: 403, 57: 403, 65: 488, 70: 488, 79: 501, 88: 503, 102: 504,
}

// warningHeader writes an RFC 3261 §20.43 Warning; nil for code 0.
func warningHeader(agent string, w Warning) sip.Header {
	if w.Code < 300 || w.Code > 399 {
		return nil
	}
	t, ok := quotedText(w.Text, maxReasonText)
	if !ok {
		t = `"-"`
	}
	return sip.NewHeader("Warning", strconv.Itoa(w.Code)+" "+agent+" "+t)
}

// phraseOf is the usual reason phrase of a status, or own if it may stand in a message.
func phraseOf(status int, own string) string {
	if own != "" {
		if p, err := clean(own, maxField); err == nil {
			return p
		}
	}
	if p, ok := phrases[status]; ok {
		return p
	}
	return "Response"
}

var phrases = map[int]string{
	100: "Trying", 180: "Ringing", 183: "Session Progress", 200: "OK", 202: "Accepted", 302: "Moved Temporarily",
	400: "Bad Request", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 406: "Not Acceptable", 408: "Request Timeout",
	410: "Gone", 413: "Request Entity Too Large", 414: "Request-URI Too Long", 415: "Unsupported Media Type",
	416: "Unsupported URI Scheme", 420: "Bad Extension", 421: "Extension Required", 422: "Session Interval Too Small",
	423: "Interval Too Brief", 433: "Anonymity Disallowed", 469: "Bad Info Package", 480: "Temporarily Unavailable",
	481: "Call/Transaction Does Not Exist", 482: "Loop Detected", 483: "Too Many Hops", 484: "Address Incomplete", 485: "Ambiguous",
	486: "Busy Here", 487: "Request Terminated", 488: "Not Acceptable Here", 491: "Request Pending", 500: "Server Internal Error",
	501: "Not Implemented", 502: "Bad Gateway", 503: "Service Unavailable", 504: "Server Time-out", 505: "Version Not Supported",
	513: "Message Too Large", 600: "Busy Everywhere", 603: "Decline", 604: "Does Not Exist Anywhere", 606: "Not Acceptable",
}
