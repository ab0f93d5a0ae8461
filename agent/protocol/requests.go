package protocol

// Request is a decoded client frame. Type is the frame's type, RequestID its id.
type Request interface {
	Type() string
	RequestID() int64
}

// Head is in every request.
type Head struct {
	Kind string `json:"type"`
	ID   int64  `json:"id"`
}

// Type is the frame's type.
func (h Head) Type() string { return h.Kind }

// RequestID is the request's id.
func (h Head) RequestID() int64 { return h.ID }

// The requests; the protocol's table says who sends each and when.
type (
	Hello struct {
		Head
		Token   string
		Client  string
		Session string
		// State is the client's last wish, "" for none; StateReason goes with it.
		State AgentState
	}
	Token struct {
		Head
		Token string
	}
	State struct {
		Head
		State  AgentState
		Reason string
	}
	Ringing struct {
		Head
		Call string
		SDP  string
	}
	Accept struct {
		Head
		Call string
		SDP  string
	}
	Reject struct {
		Head
		Call   string
		Reason string
	}
	Hangup struct {
		Head
		Call string
	}
	Mute struct {
		Head
		Call  string
		Muted bool
	}
	Restart struct {
		Head
		Call string
		SDP  string
	}
	Wrapup struct {
		Head
		Call    string
		Outcome string
		Notes   string
		Fields  map[string]string
		ExtendS int
		Done    bool
	}
	Quality struct {
		Head
		Call     string
		RTTMS    float64
		JitterMS float64
		LossPct  float64
		MOS      float64
	}
	Bye  struct{ Head }
	Beat struct{ Head }
)
