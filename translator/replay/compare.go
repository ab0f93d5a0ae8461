package replay

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// step is one SIP message of a played or a recorded call, for comparing the two.
type step struct {
	out   bool // our end sent it
	label string
	sip   *sipText
	m     Message
}

// same says whether two steps are the same message, as far as its kind goes.
func (s step) same(o step) bool { return s.out == o.out && s.label == o.label }

// stepOf names a message by its method, or its status and the request's method.
func stepOf(out bool, m Message) step {
	sip := readSIP(m.SIP)
	label := sip.method()
	if status := sip.status(); status != 0 {
		_, method := sip.cseq()
		label = fmt.Sprintf("%d %s", status, method)
	}
	return step{out, label, sip, m}
}

// hopByHop: 100 says that the next hop is there, and may be sent or not (RFC 3261 §8.2.6.1).
func hopByHop(label string) bool { return strings.HasPrefix(label, "100 ") }

// playedSteps are the messages of the call in the world, repetitions and 100s left out.
func (f *follower) playedSteps() []step {
	var out []step
	seen := map[string]bool{}
	for i, m := range f.w.Messages() {
		if m.Party != "trunk" || m.SIP == "" {
			continue
		}
		s := stepOf(!m.In, m)
		s.m.Packet = i // its place among the world's messages
		if s.sip.get("call-id") == f.fit.is.callID {
			out = appendStep(out, s, seen)
		}
	}
	return out
}

// recordedSteps are those of the record.
func (f *follower) recordedSteps() []step {
	var out []step
	seen := map[string]bool{}
	for _, m := range f.record {
		s := stepOf(!m.theirs, Message{At: m.at, Party: "trunk", In: m.theirs, SIP: m.SIP, Packet: m.Packet, Mark: Gone})
		out = appendStep(out, s, seen)
	}
	return out
}

// appendStep adds a step unless it repeats one: the same kind in the same transaction.
func appendStep(list []step, s step, seen map[string]bool) []step {
	n, _ := s.sip.cseq()
	key := fmt.Sprintf("%v %s %d %s %s", s.out, s.label, n, s.sip.tag("to"), s.sip.get("rseq"))
	if s.label == "ACK" {
		key = fmt.Sprintf("%v ACK %d", s.out, n)
	}
	if seen[key] || hopByHop(s.label) {
		return list
	}
	seen[key] = true
	return append(list, s)
}

// pair is a step of both, or of one of them.
type pair struct{ was, is *step }

// align finds the longest common run of two calls and sets what is in only one of them between.
func align(was, is []step) []pair {
	n, m := len(was), len(is)
	best := make([][]int, n+1)
	for i := range best {
		best[i] = make([]int, m+1)
	}
	for i := n - 1; i >= 0; i-- {
		for j := m - 1; j >= 0; j-- {
			best[i][j] = max(best[i+1][j], best[i][j+1])
			if was[i].same(is[j]) {
				best[i][j] = max(best[i][j], best[i+1][j+1]+1)
			}
		}
	}
	var out []pair
	i, j := 0, 0
	for i < n || j < m {
		switch {
		case i < n && j < m && was[i].same(is[j]) && best[i][j] == best[i+1][j+1]+1:
			out = append(out, pair{&was[i], &is[j]})
			i, j = i+1, j+1
		case j == m || i < n && best[i+1][j] >= best[i][j+1]:
			out = append(out, pair{&was[i], nil})
			i++
		default:
			out = append(out, pair{nil, &is[j]})
			j++
		}
	}
	return out
}

// settleMoved joins what is gone with what is added where both are the same message of the trunk's: it is the record's own, and whether our answer to one came before or after its
// next is no difference.
func settleMoved(pairs []pair) []pair {
	for i, added := range pairs {
		if added.was != nil || added.is.out {
			continue
		}
		for j, gone := range pairs {
			if gone.is == nil && gone.was.same(*added.is) && sameNumber(gone.was.sip, added.is.sip) {
				pairs[i].was = gone.was
				return settleMoved(slices.Delete(pairs, j, j+1))
			}
		}
	}
	return pairs
}

// sameNumber says whether two messages can be the same one: a request keeps its number when it is played, a response has that of ours.
func sameNumber(was, is *sipText) bool {
	a, _ := was.cseq()
	b, _ := is.cseq()
	return was.status() != 0 || a == b
}

// Difference is one way in which what came out is not what was recorded.
type Difference struct {
	// Mark is Added, Gone or Changed.
	Mark Mark `json:"-"`
	// Text says what differs, with the mark in front, so that equal differences have equal texts: "+ 180 INVITE", "~ 200 INVITE: codec pcma, recorded pcmu".
	Text string `json:"text"`
	// Packet is the recorded packet, 0 for what was not recorded.
	Packet int `json:"packet,omitempty"`
}

// compare marks the world's messages, gives them with those that are gone between, and the differences.
func (f *follower) compare() (messages []Message, differences []Difference) {
	pairs := settleMoved(align(f.recordedSteps(), f.playedSteps()))
	messages = slices.Clone(f.w.Messages())
	before := map[int][]Message{} // what is gone, by the message that it stood before
	at := len(messages)
	for _, p := range slices.Backward(pairs) {
		switch {
		case p.is == nil:
			before[at] = append(before[at], p.was.m)
			differences = append(differences, Difference{Gone, "- " + p.was.named(), p.was.m.Packet})
		case p.was == nil:
			at = p.is.m.Packet
			messages[at].Mark = Added
			differences = append(differences, Difference{Added, "+ " + p.is.named(), 0})
		default:
			at = p.is.m.Packet
			messages[at].Packet = p.was.m.Packet
			if what := unlike(*p.was, *p.is); len(what) > 0 {
				messages[at].Mark = Changed
				differences = append(differences, Difference{Changed, "~ " + p.is.named() + ": " + strings.Join(what, "; "), p.was.m.Packet})
			}
		}
	}
	slices.Reverse(differences)
	return interleave(messages, before), differences
}

// named says whose message it is: ours stands as it is.
func (s step) named() string {
	if s.out {
		return s.label
	}
	return s.label + " of the trunk"
}

func interleave(messages []Message, before map[int][]Message) []Message {
	var out []Message
	for i := 0; i <= len(messages); i++ {
		for _, m := range slices.Backward(before[i]) {
			if i < len(messages) && i > 0 { // drawn where it stands, not at its own time
				m.At = messages[i-1].At
			}
			out = append(out, m)
		}
		if i < len(messages) {
			out = append(out, messages[i])
		}
	}
	return out
}

// unlike says how a message of ours differs from the recorded end's: what its description says, its Reason, whether it is reliable.
func unlike(was, is step) (what []string) {
	if !is.out {
		return nil
	}
	first := is.sip.method() == "INVITE" && is.sip.tag("to") == "" // what is offered is a matter of the browser and of the trunk's settings
	if is.sip.hasSDP() || was.sip.hasSDP() {
		what = unlikeSDP(was.sip, is.sip, first)
	}
	if a, b := reasonCause(was.sip), reasonCause(is.sip); a != 0 && b != 0 && a != b {
		what = append(what, fmt.Sprintf("cause %d, recorded %d", b, a))
	}
	if a, b := was.sip.get("rseq") != "", is.sip.get("rseq") != ""; a != b {
		what = append(what, either(b, "reliable, recorded unreliable", "unreliable, recorded reliable"))
	}
	if a, b := was.sip.get("session-expires"), is.sip.get("session-expires"); is.sip.status() != 0 && a != "" && b != "" && !sameTimer(a, b) {
		what = append(what, fmt.Sprintf("session timer %q, recorded %q", b, a))
	}
	return what
}

func unlikeSDP(was, is *sipText, first bool) (what []string) {
	switch {
	case !is.hasSDP():
		return []string{"no description"}
	case !was.hasSDP():
		return []string{"a description, recorded none"}
	}
	a, b := describes(was.body), describes(is.body)
	add := func(name, was, is string) {
		if was != is {
			what = append(what, fmt.Sprintf("%s %s, recorded %s", name, is, was))
		}
	}
	add("direction", a.direction, b.direction)
	add("profile", a.profile, b.profile)
	if !first {
		add("codec", a.codec(), b.codec())
		add("sections", strconv.Itoa(a.sections), strconv.Itoa(b.sections))
		add("events", either(a.events, "yes", "no"), either(b.events, "yes", "no"))
	}
	return what
}

func either(ok bool, yes, no string) string {
	if ok {
		return yes
	}
	return no
}

var reasonQ850 = regexp.MustCompile(`(?i)Q\.850\s*;.*?cause\s*=\s*(\d+)`)

func reasonCause(m *sipText) int {
	if f := reasonQ850.FindStringSubmatch(m.get("reason")); f != nil {
		n, _ := strconv.Atoi(f[1])
		return n
	}
	return 0
}

// sameTimer compares the interval and the refresher of Session-Expires (RFC 4028 §4).
func sameTimer(a, b string) bool {
	clean := func(s string) string { return strings.ToLower(strings.ReplaceAll(s, " ", "")) }
	return clean(a) == clean(b)
}
