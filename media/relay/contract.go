package relay

import (
	"errors"

	"offhook/media"
)

// DigitsSent is the event that tells that all keys of one [Session.SendDigits] are sent, its pauses over. Each call that returned
// nil has one, in the order of the calls, unless the session is closed before.
const DigitsSent = media.PlayEnded + 1

// ErrDigits is returned by [Session.SendDigits] for what is no string of keys, and when more than 32 keys and pauses would wait.
var ErrDigits = errors.New("media: no keys, or too many at once")

// ErrNoDigits is returned by [Session.SendDigits] when the far side takes no telephone events: the keys may go by SIP INFO.
var ErrNoDigits = errors.New("media: the far side takes no telephone events")
