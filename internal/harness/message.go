package harness

import (
	"net/netip"
	"regexp"
	"strings"
	"time"
)

// A Message is a SIP message that was seen on its way. Its lines end with \n.
type Message struct {
	// At is when it was seen; From and To are the ends of that part of its way. Zero where the witness does not tell.
	At       time.Time
	From, To netip.AddrPort
	Text     string
}

// Header is the first value of a header by its long name, "" if there is none.
func (m Message) Header(name string) string {
	if all := m.Headers(name); len(all) > 0 {
		return all[0]
	}
	return ""
}

// Headers are the values of all lines of a header, in order.
func (m Message) Headers(name string) (values []string) {
	head, _, _ := strings.Cut(m.Text, "\n\n")
	for line := range strings.Lines(head) {
		if key, value, found := strings.Cut(line, ":"); found && strings.EqualFold(strings.TrimSpace(key), name) {
			values = append(values, strings.TrimSpace(value))
		}
	}
	return values
}

// CallID is the message's Call-ID.
func (m Message) CallID() string { return m.Header("Call-ID") }

// CSeq is the message's CSeq, number and method.
func (m Message) CSeq() string { return m.Header("CSeq") }

// Is reports whether this is a request of a method.
func (m Message) Is(method string) bool { return strings.HasPrefix(m.Text, method+" ") }

// Status reports whether this is a response whose status begins so: "200", "18".
func (m Message) Status(begin string) bool { return strings.HasPrefix(m.Text, "SIP/2.0 "+begin) }

// InDialog reports whether the message has a tag in To.
func (m Message) InDialog() bool { return strings.Contains(m.Header("To"), ";tag=") }

// Reinvite reports whether this asks for a change of a call that is there.
func (m Message) Reinvite() bool { return m.Is("INVITE") && m.InDialog() }

// Answers reports whether this is a response to a request.
func (m Message) Answers(request Message) bool {
	return m.Status("") && m.CallID() == request.CallID() && m.CSeq() == request.CSeq()
}

// SDP is the message's body, "" if there is none.
func (m Message) SDP() string {
	_, body, _ := strings.Cut(m.Text, "\n\n")
	return strings.TrimSpace(body)
}

var mediaLine = regexp.MustCompile(`(?m)^a=(?:sendrecv|sendonly|recvonly|inactive)$`)

// Direction is the line of the direction in the message's SDP, "a=sendonly", or "" if there is none.
func (m Message) Direction() string { return mediaLine.FindString(m.SDP()) }

// First is the message's first line.
func (m Message) First() string {
	line, _, _ := strings.Cut(m.Text, "\n")
	return line
}
