package protocol

// Request is a decoded client frame. Type is the frame's type, RequestID its id.
type Request interface {
	Type() string
	RequestID() int64
}

// Head is in every request. A request is written with json.Marshal, Head filled in; NewHead helps.
type Head struct {
	Kind string `json:"type"`
	ID   int64  `json:"id,omitempty"`
}

// NewHead makes the Head of a request that a client sends.
func NewHead(kind string, id int64) Head { return Head{Kind: kind, ID: id} }

// Type is the frame's type.
func (h Head) Type() string { return h.Kind }

// RequestID is the request's id; 0 in a beat, which has none.
func (h Head) RequestID() int64 { return h.ID }

// The requests of every session; the protocol's table says what each means.
type (
	// Hello is the first frame of a socket: log in, or resume.
	Hello struct {
		Head
		Token   string `json:"token"`
		Client  string `json:"client"`
		Session string `json:"session,omitempty"`
		// State is the client's last wish, "" for none; a hello carries no reason.
		State AgentState `json:"state,omitempty"`
	}
	// Token is a fresh token, in place.
	Token struct {
		Head
		Token string `json:"token"`
	}
	// State asks to be available or away.
	State struct {
		Head
		State  AgentState `json:"state"`
		Reason string     `json:"reason,omitempty"`
	}
	// Beat is the page's sign of life; it has no id and gets no reply.
	Beat struct{ Head }
	// Bye logs out.
	Bye struct{ Head }
	// Quality is what the browser measured of a call, at most every 5 s.
	Quality struct {
		Head
		Call     string  `json:"call"`
		RTTMS    float64 `json:"rtt_ms"`
		JitterMS float64 `json:"jitter_ms"`
		LossPct  float64 `json:"loss_pct"`
		MOS      float64 `json:"mos,omitempty"` // 1 to 5, 0 for not known
	}
)

// The requests about a call that is offered or in progress.
type (
	// Ringing says that the page shows the offered call; SDP is already the answer, or "".
	Ringing struct {
		Head
		Call string `json:"call"`
		SDP  string `json:"sdp,omitempty"`
	}
	// Accept answers an offered call; SDP is "" where Ringing carried it.
	Accept struct {
		Head
		Call string `json:"call"`
		SDP  string `json:"sdp,omitempty"`
	}
	// Reject refuses an offered call; Reason is busy, decline, free text or "".
	Reject struct {
		Head
		Call   string `json:"call"`
		Reason string `json:"reason,omitempty"`
	}
	// Hangup ends a call in whatever phase.
	Hangup struct {
		Head
		Call string `json:"call"`
	}
	// Mute tells what the microphone does.
	Mute struct {
		Head
		Call  string `json:"call"`
		Muted bool   `json:"muted"`
	}
	// Restart offers new media for a call.
	Restart struct {
		Head
		Call string `json:"call"`
		SDP  string `json:"sdp"`
	}
	// Wrapup is after-call work; ExtendS is in seconds, 0 for no extension.
	Wrapup struct {
		Head
		Call    string            `json:"call"`
		Outcome string            `json:"outcome,omitempty"`
		Notes   string            `json:"notes,omitempty"`
		Fields  map[string]string `json:"fields,omitempty"`
		ExtendS int               `json:"extend_s,omitempty"`
		Done    bool              `json:"done,omitempty"`
	}
	// Hold stops the far side's media.
	Hold struct {
		Head
		Call string `json:"call"`
	}
	// Resume restarts the far side's media.
	Resume struct {
		Head
		Call string `json:"call"`
	}
	// DTMF sends tones: 0-9 A-D * # and a comma for 500 ms of silence.
	DTMF struct {
		Head
		Call   string `json:"call"`
		Digits string `json:"digits"`
	}
	// Transfer has To for a blind one, Consult to complete an attended one, or Cancel to take a blind one back; exactly one of them.
	Transfer struct {
		Head
		Call    string `json:"call"`
		To      string `json:"to,omitempty"`
		Consult string `json:"consult,omitempty"`
		Cancel  bool   `json:"cancel,omitempty"`
	}
	// Record switches recording, or pauses it for PauseS seconds; 0 is no pause.
	Record struct {
		Head
		Call   string `json:"call"`
		On     bool   `json:"on"`
		PauseS int    `json:"pause_s,omitempty"`
	}
)

// The requests that start something, or look around.
type (
	// Dial places a call.
	Dial struct {
		Head
		To        string            `json:"to"`
		SDP       string            `json:"sdp"`
		From      string            `json:"from,omitempty"`
		Data      map[string]string `json:"data,omitempty"`
		ConsultOf string            `json:"consult_of,omitempty"`
	}
	// Directory asks whom one may call and transfer to; Kind is agent, queue or "" for both.
	Directory struct {
		Head
		Query string `json:"query"`
		Kind  string `json:"kind,omitempty"`
	}
	// Merge joins two of the agent's calls; level 2.
	Merge struct {
		Head
		Call string `json:"call"`
		With string `json:"with"`
	}
	// Watch is a supervisor listening, whispering or barging in; level 2. Exactly one of Call and Agent is set.
	Watch struct {
		Head
		Call  string `json:"call,omitempty"`
		Agent string `json:"agent,omitempty"`
		Mode  string `json:"mode"`
		SDP   string `json:"sdp,omitempty"`
	}
)
