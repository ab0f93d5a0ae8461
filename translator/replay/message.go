package replay

import (
	"encoding/json"
	"time"

	"offhook/agent/protocol"
)

// Message is something that was sent or received, or noted.
type Message struct {
	At time.Duration
	// Party is "trunk", or the agent's ID.
	Party string
	// In: it came to us; else we sent it.
	In bool
	// Note is set for what is neither SIP nor JSON (a lost socket, a media event).
	Note string
	// SIP is the message of the trunk, as text.
	SIP string
	// Object is what an agent was sent (a protocol.Call, Agent, Welcome or Reply), or what his page sent (a map).
	Object any
	// Mark is set where a played capture differs from its record.
	Mark Mark
	// Packet is the number of the recorded packet, for what stands in a capture.
	Packet int

	frame map[string]any
}

// Mark says how a message differs from the record that was played.
type Mark byte

// The marks.
const (
	// Added: offhook sent it, the recorded end did not.
	Added Mark = '+'
	// Gone: it stands in the record, and neither side sent it now.
	Gone Mark = '-'
	// Changed: it came as in the record, but says something else.
	Changed Mark = '~'
)

// Text is the message as text: SIP, or one line of JSON.
func (m *Message) Text() string {
	switch o := m.Object.(type) {
	case nil:
		return m.SIP
	case protocol.Call:
		return string(protocol.EncodeCall(o))
	case protocol.Agent:
		return string(protocol.EncodeAgent(o))
	case protocol.Welcome:
		return string(protocol.EncodeWelcome(o))
	case protocol.Reply:
		return string(protocol.EncodeReply(o))
	default:
		text, err := json.Marshal(o)
		if err != nil {
			return err.Error()
		}
		return string(text)
	}
}

// Frame is an agent's message as decoded JSON, nil for SIP and notes.
func (m *Message) Frame() map[string]any {
	if m.Object != nil && m.frame == nil {
		if err := json.Unmarshal([]byte(m.Text()), &m.frame); err != nil {
			m.frame = map[string]any{}
		}
	}
	return m.frame
}

// Type is the type of an agent's frame.
func (m *Message) Type() string {
	switch o := m.Object.(type) {
	case protocol.Call:
		return "call"
	case protocol.Agent:
		return "agent"
	case protocol.Welcome:
		return "welcome"
	case protocol.Reply:
		return o.Type
	case map[string]any:
		kind, _ := o["type"].(string)
		return kind
	}
	return ""
}

func (m *Message) stream() string { return stream(m.Party, m.Type()) }
