package replay

import (
	"slices"
	"strings"
	"time"
)

// inTurn is within what time two answers count as given at once.
const inTurn = 50 * time.Millisecond

// inTheirOrder gives the messages of a live call with the answers to requests that came at once in the order of those requests. Live, each request
// is answered on a goroutine of its own, so that a CANCEL's 200 may leave after that of the BYE behind it; neither side minds, and virtual time has one
// order.
func inTheirOrder(messages []Message) []Message {
	out := slices.Clone(messages)
	asked := map[string]int{} // where each request came, by dialog and CSeq
	var answers []int
	for i := range out {
		m := &out[i]
		key := exchange(m.SIP)
		switch {
		case m.SIP == "" || strings.HasSuffix(key, " INVITE"):
		case m.In && !strings.HasPrefix(m.SIP, "SIP/2.0 "):
			if _, again := asked[key]; !again {
				asked[key] = i
			}
		case !m.In && strings.HasPrefix(m.SIP, "SIP/2.0 "):
			answers = append(answers, i)
		}
	}
	for n := 1; n < len(answers); n++ {
		for k := n; k > 0; k-- {
			a, b := &out[answers[k-1]], &out[answers[k]]
			first, known := asked[exchange(a.SIP)]
			second, too := asked[exchange(b.SIP)]
			if !known || !too || second >= first || b.At-a.At > inTurn {
				break
			}
			a.SIP, b.SIP = b.SIP, a.SIP
		}
	}
	return out
}

// exchange names the request that a message is, or answers, by Call-ID and CSeq.
func exchange(text string) string {
	var id, cseq string
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(strings.TrimRight(line, "\r\n"), ":")
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "call-id", "i":
			id = strings.TrimSpace(value)
		case "cseq":
			cseq = strings.Join(strings.Fields(value), " ")
		}
		if name == "" {
			break
		}
	}
	return id + " " + cseq
}
