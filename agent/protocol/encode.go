package protocol

import (
	"encoding/json"
	"math"
	"time"
)

// The frames of the server, ready to be sent. Lists that are nil are written as [], so that no client has to ask for null; < > and & are
// written as escapes, so that a frame pasted into a page is no markup.

// EncodeAgent is the frame with the agent's own object.
func EncodeAgent(a Agent) []byte {
	return encode(struct {
		Type  string `json:"type"`
		Agent Agent  `json:"agent"`
	}{"agent", a.whole()})
}

// EncodeCall is the frame with one call.
func EncodeCall(c Call) []byte {
	return encode(struct {
		Type string `json:"type"`
		Call Call   `json:"call"`
	}{"call", c})
}

// EncodeQueue is the frame with one queue's figures.
func EncodeQueue(q QueueFigures) []byte {
	return encode(struct {
		Type  string       `json:"type"`
		Queue QueueFigures `json:"queue"`
	}{"queue", q.finite()})
}

// EncodeWelcome is the reply to hello. Its Type is set here.
func EncodeWelcome(w Welcome) []byte {
	w.Type = "welcome"
	w.Agent = w.Agent.whole()
	w.Calls = list(w.Calls)
	queues := make([]QueueFigures, len(w.Queues))
	for i, q := range w.Queues {
		queues[i] = q.finite()
	}
	w.Queues = queues
	w.Recents = list(w.Recents)
	w.ICEServers = list(w.ICEServers)
	w.Limits = w.Limits.whole()
	return encode(w)
}

// EncodeReply is the frame with a reply.
func EncodeReply(r Reply) []byte { return encode(r) }

// EncodeBeat is the server's sign of life.
func EncodeBeat(now time.Time) []byte {
	return encode(struct {
		Type string `json:"type"`
		Time Time   `json:"time"`
	}{"beat", At(now)})
}

// Ok is the reply that accepts the request with that id.
func Ok(id int64) Reply { return Reply{Type: "ok", ID: id} }

// Refuse is the reply that refuses the request with that id; message is the table's text where it is "".
func Refuse(id int64, code Code, message string) Reply {
	row := code.Info()
	if message == "" {
		message = row.Text
	}
	return Reply{Type: "error", ID: id, Code: code, Message: message, Retry: row.Retry, SIP: row.SIP}
}

// encode cannot fail: no type here holds what JSON cannot, once floats are finite.
func encode(v any) []byte {
	out, err := json.Marshal(v)
	if err != nil {
		panic("protocol: " + err.Error())
	}
	return out
}

func (a Agent) whole() Agent {
	a.Queues = list(a.Queues)
	return a
}

func (q QueueFigures) finite() QueueFigures {
	if math.IsNaN(q.ServiceLevel) || math.IsInf(q.ServiceLevel, 0) {
		q.ServiceLevel = 0
	}
	return q
}

func (l Limits) whole() Limits {
	l.Reasons = list(l.Reasons)
	l.From = list(l.From)
	queues := make(map[string]QueueLimits, len(l.Queues))
	for name, q := range l.Queues {
		q.Outcomes = list(q.Outcomes)
		queues[name] = q
	}
	l.Queues = queues
	return l
}

func list[T any](of []T) []T {
	if of == nil {
		return []T{}
	}
	return of
}
