package protocol

import "time"

// Time is an instant as it stands in frames: RFC 3339, milliseconds, UTC. The zero Time is left out of objects.
type Time struct{ time.Time }

// At makes a Time.
func At(t time.Time) Time { return Time{t} }

const timeLayout = "2006-01-02T15:04:05.000Z07:00"

// MarshalJSON writes RFC 3339 with milliseconds in UTC.
func (t Time) MarshalJSON() ([]byte, error) {
	return []byte(`"` + t.UTC().Format(timeLayout) + `"`), nil
}

// AgentState is the state of an agent.
type AgentState string

// The agent states. Only available and away are set by people; the others follow from calls.
const (
	Offline   AgentState = "offline"
	Available AgentState = "available"
	Away      AgentState = "away"
	Offered   AgentState = "offered"
	OnCall    AgentState = "on_call"
	WrapUp    AgentState = "wrap_up"
)

// Agent is the agent's own object, whole.
type Agent struct {
	ID         string     `json:"id"`
	Name       string     `json:"name"`
	State      AgentState `json:"state"`
	Reason     string     `json:"reason,omitempty"`
	Next       AgentState `json:"next,omitempty"`
	NextReason string     `json:"next_reason,omitempty"`
	Since      Time       `json:"since"`
	Draining   bool       `json:"draining"`
	Queues     []string   `json:"queues"`
}

// Direction says which way a call goes.
type Direction string

// The directions.
const (
	Inbound  Direction = "inbound"
	Outbound Direction = "outbound"
	Internal Direction = "internal"
)

// Phase is where a call is, as one agent sees it.
type Phase string

// The phases; see the protocol's table.
const (
	PhaseOffered      Phase = "offered"
	PhaseConnecting   Phase = "connecting"
	PhaseDialing      Phase = "dialing"
	PhaseRinging      Phase = "ringing"
	PhaseEarly        Phase = "early"
	PhaseConnected    Phase = "connected"
	PhaseHeld         Phase = "held"
	PhaseTransferring Phase = "transferring"
	PhaseWrapUp       Phase = "wrap_up"
	PhaseEnded        Phase = "ended"
)

// Party is one side of a call.
type Party struct {
	Number   string `json:"number,omitempty"`
	Name     string `json:"name,omitempty"`
	URI      string `json:"uri,omitempty"`
	Verified bool   `json:"verified"`
}

// Description is a session description in a call object.
type Description struct {
	Type string `json:"type"` // offer or answer
	SDP  string `json:"sdp"`
	// For is the id of the request that this answers, 0 for an offer.
	For int64 `json:"for,omitempty"`
}

// Transferring is a blind transfer, as the agent who passes the call on sees it. One that is done ends his part with the cause transferred.
type Transferring struct {
	To    Party         `json:"to"`
	State TransferState `json:"state"`
	// Code and SIP say why it failed: the call is the agent's again.
	Code CauseCode `json:"code,omitempty"`
	SIP  int       `json:"sip,omitempty"`
}

// TransferState says how far a transfer is.
type TransferState string

// The states of a transfer.
const (
	TransferTrying  TransferState = "trying"
	TransferRinging TransferState = "ringing"
	TransferFailed  TransferState = "failed"
)

// Cause says why and by whom a call ended.
type Cause struct {
	Code CauseCode `json:"code"`
	By   By        `json:"by"`
	SIP  int       `json:"sip,omitempty"`
	Q850 int       `json:"q850,omitempty"`
	Text string    `json:"text,omitempty"`
}

// By says who ended a call.
type By string

// Who can end a call.
const (
	ByCaller By = "caller"
	ByCallee By = "callee"
	ByAgent  By = "agent"
	ByTrunk  By = "trunk"
	BySystem By = "system"
)

// Call is one agent's view of a call, whole.
type Call struct {
	ID          string            `json:"id"`
	Rev         int64             `json:"rev"`
	Direction   Direction         `json:"direction"`
	Phase       Phase             `json:"phase"`
	HeldBy      string            `json:"held_by,omitempty"`
	Muted       bool              `json:"muted"`
	From        Party             `json:"from"`
	To          Party             `json:"to"`
	Queue       string            `json:"queue,omitempty"`
	WaitedMS    int64             `json:"waited_ms"`
	Position    int               `json:"position,omitempty"`
	Data        map[string]string `json:"data,omitempty"`
	OfferedAt   Time              `json:"offered_at,omitzero"`
	ExpiresAt   Time              `json:"expires_at,omitzero"`
	AnsweredAt  Time              `json:"answered_at,omitzero"`
	EndedAt     Time              `json:"ended_at,omitzero"`
	WrapUpUntil Time              `json:"wrap_up_until,omitzero"`
	SDP         *Description      `json:"sdp,omitempty"`
	ConsultOf   string            `json:"consult_of,omitempty"`
	Callback    bool              `json:"callback,omitempty"`
	Transfer    *Transferring     `json:"transfer,omitempty"`
	Recording   string            `json:"recording,omitempty"`
	Cause       *Cause            `json:"cause,omitempty"`
}

// QueueFigures is a queue as its agents see it. Callbacks are those of the waiting who have hung up and are called back.
type QueueFigures struct {
	Name          string  `json:"name"`
	Waiting       int     `json:"waiting"`
	Callbacks     int     `json:"callbacks"`
	LongestWaitMS int64   `json:"longest_wait_ms"`
	Available     int     `json:"available"`
	OnCall        int     `json:"on_call"`
	ServiceLevel  float64 `json:"service_level"`
}

// Recent is one of the agent's last calls.
type Recent struct {
	ID        string    `json:"id"`
	Direction Direction `json:"direction"`
	From      Party     `json:"from"`
	To        Party     `json:"to"`
	Queue     string    `json:"queue,omitempty"`
	OfferedAt Time      `json:"offered_at,omitzero"`
	EndedAt   Time      `json:"ended_at,omitzero"`
	TalkMS    int64     `json:"talk_ms"`
	Missed    bool      `json:"missed"`
	Cause     *Cause    `json:"cause,omitempty"`
}

// ICEServer is one entry of ice_servers, as the browser's RTCIceServer.
type ICEServer struct {
	URLs       []string `json:"urls"`
	Username   string   `json:"username,omitempty"`
	Credential string   `json:"credential,omitempty"`
}

// Reason is one reason for being away; LimitS is how long it may last in seconds, 0 for no limit.
type Reason struct {
	Name   string `json:"name"`
	Label  string `json:"label,omitempty"`
	LimitS int    `json:"limit_s,omitempty"`
}

// Outcome is one outcome of a call that a queue knows.
type Outcome struct {
	Name  string `json:"name"`
	Label string `json:"label,omitempty"`
}

// QueueLimits is what a queue asks of wrap-up.
type QueueLimits struct {
	Label           string    `json:"label,omitempty"`
	Outcomes        []Outcome `json:"outcomes"`
	OutcomeRequired bool      `json:"outcome_required"`
	WrapUpS         int       `json:"wrap_up_s"`
}

// Limits tells a client what it may do and how large things may be.
type Limits struct {
	Reasons    []Reason               `json:"reasons"`
	Queues     map[string]QueueLimits `json:"queues"`
	From       []string               `json:"from"` // numbers to call from
	FrameBytes int                    `json:"frame_bytes"`
	NotesBytes int                    `json:"notes_bytes"`
	RatePerS   int                    `json:"rate_per_s"`
	ResumeForS int                    `json:"resume_for_s"`
	AutoAnswer bool                   `json:"auto_answer,omitempty"` // callbars may take calls by themselves
}

// Welcome is the reply to hello: everything that the agent has.
type Welcome struct {
	Type       string         `json:"type"` // welcome
	ID         int64          `json:"id"`
	Session    string         `json:"session"`
	LastID     int64          `json:"last_id"`
	Agent      Agent          `json:"agent"`
	Calls      []Call         `json:"calls"`
	Queues     []QueueFigures `json:"queues"`
	Recents    []Recent       `json:"recents"`
	ICEServers []ICEServer    `json:"ice_servers"`
	Limits     Limits         `json:"limits"`
	Time       Time           `json:"time"`
}

// Reply is the one answer to a request: ok, or error.
type Reply struct {
	Type    string `json:"type"` // ok or error
	ID      int64  `json:"id"`
	Code    Code   `json:"code,omitempty"`
	Message string `json:"message,omitempty"`
	Retry   bool   `json:"retry,omitempty"`
	SIP     int    `json:"sip,omitempty"`
	// Call is the new call's ID, in the ok to dial.
	Call string `json:"call,omitempty"`
	// SDP is the answer, in the ok to restart.
	SDP *Description `json:"sdp,omitempty"`
	// Entries are who was found, in the ok to directory. A pointer: replies stay comparable, and no entries are [].
	Entries *[]DirectoryEntry `json:"entries,omitempty"`
}

// Identity is who a token says the agent is, and what he may do.
type Identity struct {
	ID     string // sub
	Name   string
	Roles  []string
	Dial   []string // patterns of numbers that the agent may call
	Queues map[string]int
	Skills map[string]int
	// Expires is the token's exp. Live calls go on after it; nothing new starts until a fresh token comes.
	Expires time.Time
}
