package protocol

// Code is an error code of a reply. The list is the protocol's; crm-widget/src/messages.js mirrors it and a test holds the two together.
type Code string

// The error codes.
const (
	BadRequest      Code = "bad_request"
	UnknownType     Code = "unknown_type"
	TooManyRequests Code = "too_many_requests"
	Forbidden       Code = "forbidden"
	CallGone        Code = "call_gone"
	WrongPhase      Code = "wrong_phase"
	BadSDP          Code = "bad_sdp"
	NoCommonCodec   Code = "no_common_codec"
	BusyHere        Code = "busy_here"
	NotFound        Code = "not_found"
	Unreachable     Code = "unreachable"
	Timeout         Code = "timeout"
	Declined        Code = "declined"
	TrunkFailed     Code = "trunk_failed"
)

// CodeInfo is one row of the table of error codes.
type CodeInfo struct {
	Code Code   `json:"code"`
	Text string `json:"text"` // the message where the sender has nothing better to say
	// Retry says whether the same request may succeed later without any change.
	Retry bool `json:"retry"`
	// SIP is the status that goes with the code, 0 where there is none or where it varies.
	SIP int `json:"sip,omitempty"`
}

// Codes is every error code, in the order of the protocol's page. It is not to be changed.
var Codes = []CodeInfo{
	{BadRequest, "a field is missing, of the wrong type or out of range", false, 0},
	{UnknownType, "this server does not know that request", false, 0},
	{TooManyRequests, "too many requests, slow down", true, 0},
	{Forbidden, "this is not allowed for this agent", false, 403},
	{CallGone, "the call is over, or someone else has it", false, 481},
	{WrongPhase, "this cannot be done now", false, 491},
	{BadSDP, "the session description cannot be used", false, 488},
	{NoCommonCodec, "no codec in common", false, 488},
	{BusyHere, "busy", true, 486},
	{NotFound, "the number does not exist", false, 404},
	{Unreachable, "nobody can be reached there now", true, 480},
	{Timeout, "no answer in time", true, 408},
	{Declined, "declined", false, 603},
	{TrunkFailed, "the trunk could not place the call", true, 0},
}

// CauseCode is the code of a cause: one of the error codes, or one of these.
type CauseCode string

// The causes. Those that are error codes as well say what became of a call placed, or why its media failed.
const (
	CauseNormal            CauseCode = "normal"
	CauseCancelled         CauseCode = "cancelled"
	CauseAbandoned         CauseCode = "abandoned"
	CauseOverflow          CauseCode = "overflow"
	CauseLimit             CauseCode = "limit"
	CauseRejected          CauseCode = "rejected"
	CauseMissed            CauseCode = "missed"
	CauseUnreachable       CauseCode = "unreachable"
	CauseAnsweredElsewhere CauseCode = "answered_elsewhere"
	CauseTransferred       CauseCode = "transferred"
	CauseMediaLost         CauseCode = "media_lost"
	CauseAgentLost         CauseCode = "agent_lost"
	CauseDraining          CauseCode = "draining"
	CauseNodeFailure       CauseCode = "node_failure"
	CauseTimeout           CauseCode = "timeout"
	CauseNoCommonCodec     CauseCode = "no_common_codec"
	CauseBadSDP            CauseCode = "bad_sdp"
	CauseTrunkFailed       CauseCode = "trunk_failed"
	CauseForbidden         CauseCode = "forbidden"
	CauseBusyHere          CauseCode = "busy_here"
	CauseNotFound          CauseCode = "not_found"
	CauseDeclined          CauseCode = "declined"
	CauseCallGone          CauseCode = "call_gone"
)

// CauseInfo is one row of the table of causes.
type CauseInfo struct {
	Code CauseCode `json:"code"`
	Text string    `json:"text"`
}

// Causes is every cause that a call object can carry. It is not to be changed.
var Causes = []CauseInfo{
	{CauseNormal, "hung up"},
	{CauseCancelled, "cancelled before it was answered"},
	{CauseAbandoned, "the caller left while waiting"},
	{CauseOverflow, "waited too long and went elsewhere"},
	{CauseLimit, "the longest allowed time was reached"},
	{CauseRejected, "rejected by the agent"},
	{CauseMissed, "the agent did not answer"},
	{CauseUnreachable, "nobody could be reached there"},
	{CauseAnsweredElsewhere, "someone else answered"},
	{CauseTransferred, "transferred"},
	{CauseMediaLost, "the sound stopped"},
	{CauseAgentLost, "the agent's connection was lost"},
	{CauseDraining, "the server was shut down"},
	{CauseNodeFailure, "the server failed"},
	{CauseTimeout, "no answer in time"},
	{CauseNoCommonCodec, "no codec in common"},
	{CauseBadSDP, "the session description could not be used"},
	{CauseTrunkFailed, "the trunk could not place the call"},
	{CauseForbidden, "not allowed"},
	{CauseBusyHere, "busy"},
	{CauseNotFound, "the number does not exist"},
	{CauseDeclined, "declined"},
	{CauseCallGone, "the far side had lost the call"},
}

// Close codes of the WebSocket, and whether a client comes back.
const (
	CloseNormal    = 1000
	CloseGoingAway = 1001
	CloseProtocol  = 4400
	CloseToken     = 4401
	CloseForbidden = 4403
	CloseNoHello   = 4408
	CloseElsewhere = 4409
	CloseSlow      = 4413
	CloseFlooding  = 4429
	CloseDraining  = 4503
)

// Reconnect says whether and how a client comes back after a close.
type Reconnect string

// The ways of coming back. A close without a code (1006) is as ReconnectNow.
const (
	ReconnectNever Reconnect = "never"
	ReconnectNow   Reconnect = "now"   // with the usual random delay
	ReconnectLater Reconnect = "later" // with a delay of several seconds that grows
	ReconnectToken Reconnect = "token" // after a fresh token was fetched
)

// CloseInfo is one row of the table of close codes.
type CloseInfo struct {
	Code      int       `json:"code"`
	Text      string    `json:"text"` // the reason in the close frame, at most 123 bytes
	Reconnect Reconnect `json:"reconnect"`
}

// Closes is every close code that the server uses. It is not to be changed.
var Closes = []CloseInfo{
	{CloseNormal, "logged out", ReconnectNever},
	{CloseGoingAway, "the server goes away", ReconnectNow},
	{CloseProtocol, "not the protocol", ReconnectNever},
	{CloseToken, "the token is bad or expired", ReconnectToken},
	{CloseForbidden, "this page or agent may not log in", ReconnectNever},
	{CloseNoHello, "no hello in time", ReconnectLater},
	{CloseElsewhere, "logged in elsewhere", ReconnectNever},
	{CloseSlow, "too slow a reader", ReconnectLater},
	{CloseFlooding, "flooding", ReconnectLater},
	{CloseDraining, "draining", ReconnectNow},
}

// Info is the row of the table for c; for a code that is none of ours it has c and nothing else.
func (c Code) Info() CodeInfo {
	for _, row := range Codes {
		if row.Code == c {
			return row
		}
	}
	return CodeInfo{Code: c}
}

// CloseText is the reason that goes with a close code, "" for a code that is none of ours.
func CloseText(code int) string {
	for _, row := range Closes {
		if row.Code == code {
			return row.Text
		}
	}
	return ""
}
