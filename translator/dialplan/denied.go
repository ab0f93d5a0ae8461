package dialplan

import "fmt"

// Denied says why a target is not called. It is an error.
type Denied struct {
	// Code is one of the codes below.
	Code Code
	// Field is the request's field that is at fault: "to" or "from". Empty for a limit.
	Field string
	// Message is for the one who asked, in a sentence's middle: "to: letters are no number".
	Message string
	// Why is for counters and logs.
	Why Why
	// Alarm: somebody should look at it. Set when an agent reaches his limit of a minute or a day for the first time in an hour, and for a full meter.
	Alarm bool
}

// Code is the agent protocol's code for a refusal.
type Code string

// The codes.
const (
	BadRequest Code = "bad_request"       // it cannot be read
	Forbidden  Code = "forbidden"         // it can, and is not allowed
	TooMany    Code = "too_many_requests" // a limit of the agent's is reached
)

// Why is the reason of a refusal in one word.
type Why string

// The reasons.
const (
	Unreadable Why = "unreadable"
	NotAllowed Why = "not_allowed" // not in Allow
	InDeny     Why = "denied"      // in Deny
	Costly     Why = "costly"      // in a costly range that Allow does not name
	NoRight    Why = "no_right"    // not among the agent's rights
	NoDomain   Why = "no_domain"   // a SIP URI elsewhere
	NoRoute    Why = "no_route"    // no trunk for it
	NotYours   Why = "caller_id"   // a number to show that this agent may not show
	AtOnce     Why = "at_once"
	PerMinute  Why = "per_minute"
	PerDay     Why = "per_day"
	Full       Why = "full" // more agents than the meter keeps
)

// Error gives field and message.
func (d *Denied) Error() string {
	if d.Field == "" {
		return d.Message
	}
	return d.Field + ": " + d.Message
}

func bad(format string, args ...any) *Denied {
	return &Denied{Code: BadRequest, Field: "to", Message: fmt.Sprintf(format, args...), Why: Unreadable}
}

func forbidden(why Why, format string, args ...any) *Denied {
	return &Denied{Code: Forbidden, Field: "to", Message: fmt.Sprintf(format, args...), Why: why}
}

// in moves a refusal to another field.
func (d *Denied) in(field string) *Denied {
	d.Field = field
	return d
}
