package protocol

// The sizes that a frame and its strings may have, in bytes unless said otherwise.
const (
	MaxFrame   = 64 << 10 // a frame, either direction
	MaxDepth   = 16       // objects and arrays within each other, the frame itself counted
	MaxMembers = 64       // members of a frame, known or not
	MaxString  = 1 << 10  // every string that has no larger limit of its own
	MaxSDP     = 32 << 10
	MaxNotes   = 16 << 10
	MaxToken   = 8 << 10
	MaxFields  = 32 // entries of wrapup.fields and of dial.data
	MaxKey     = 64 // a key of those entries
	MaxDigits  = 64 // dtmf.digits
	MaxExtendS = 3600
	MaxPauseS  = 3600
	// MaxID is the largest id: the largest integer that every JSON reader keeps exactly.
	MaxID = 1<<53 - 1
)

// Subprotocol is the WebSocket subprotocol that both sides insist on.
const Subprotocol = "offhook.v1"
