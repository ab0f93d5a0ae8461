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

// CauseCode is the code of a cause: one of the error codes, or one of these.
type CauseCode string

// The causes that are not error codes as well.
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
)

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
