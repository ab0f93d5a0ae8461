package sdp

import "fmt"

// Error says why a description cannot be used, for both worlds.
type Error struct {
	// Code is the protocol's: "bad_sdp" or "no_common_codec".
	Code string
	// Status is the SIP status for the trunk: 400 or 488.
	Status int
	// Warning is the RFC 3261 §20.43 warn-code, 0 for none.
	Warning int
	// Text is for logs and for the Warning header; it names the line.
	Text string
}

func (e *Error) Error() string { return fmt.Sprintf("sdp: %s (%d)", e.Text, e.Status) }
