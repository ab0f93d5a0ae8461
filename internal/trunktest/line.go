package trunktest

import "strings"

// Line is a SIP message in a few words: "INVITE 1 o=- 7 1", "200 INVITE 1".
func Line(data []byte) string {
	text := string(data)
	first, rest, _ := strings.Cut(text, "\r\n")
	seq := ""
	for l := range strings.SplitSeq(rest, "\r\n") {
		if v, ok := strings.CutPrefix(l, "CSeq: "); ok {
			seq = v
			break
		}
	}
	number, method, _ := strings.Cut(seq, " ")
	out := method + " " + number
	if status, ok := strings.CutPrefix(first, "SIP/2.0 "); ok {
		code, _, _ := strings.Cut(status, " ")
		out = code + " " + out
	}
	if _, after, ok := strings.Cut(text, "\r\no="); ok {
		o, _, _ := strings.Cut(after, " IN ")
		out += " o=" + o
	}
	return out
}
