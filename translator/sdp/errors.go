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
	// Text is for logs and for the Warning header; it names the line. It is our own words and RFC 8866 tokens: printable ASCII
	// without quotes.
	Text string
}

func (e *Error) Error() string { return fmt.Sprintf("sdp: %s (%d)", e.Text, e.Status) }

// The codes of the agent protocol.
const (
	codeBad     = "bad_sdp"
	codeNoCodec = "no_common_codec"
)

// The warn-codes of RFC 3261 §20.43 that are used.
const (
	warnNetwork   = 300 // incompatible network protocol
	warnAddress   = 301 // incompatible network address formats
	warnTransport = 302 // incompatible transport protocol
	warnMedia     = 304 // media type not available
	warnFormat    = 305 // incompatible media format
	warnMulticast = 330 // multicast not available
	warnMisc      = 399
)

// malformed is a 400: the text breaks RFC 8866.
func malformed(warning int, text string) *Error {
	return &Error{Code: codeBad, Status: 400, Warning: warning, Text: text}
}

// unacceptable is a 488: well said, but not for us.
func unacceptable(warning int, text string) *Error {
	return &Error{Code: codeBad, Status: 488, Warning: warning, Text: text}
}

// noCodec is the 488 of two sides without a codec in common.
func noCodec(text string) *Error {
	return &Error{Code: codeNoCodec, Status: 488, Warning: warnFormat, Text: text}
}
