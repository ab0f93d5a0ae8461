package replay

import (
	"strings"
	"time"

	"offhook/media"
)

// The times of keys, as the relay sends them, and how many may wait.
const (
	keyTime   = 220 * time.Millisecond
	pauseTime = 500 * time.Millisecond
	maxKeys   = 32
)

// keys is what one SendDigits asked for.
type keys struct {
	text string
	ends time.Time // zero while it waits
}

// duration is how long the keys and pauses take.
func (k keys) duration() time.Duration {
	pauses := strings.Count(k.text, ",")
	return time.Duration(len(k.text)-pauses)*keyTime + time.Duration(pauses)*pauseTime
}

// SendDigits is part of media.Session. What was asked for in one call waits as a whole while the far side holds; once begun it goes on.
func (s *session) SendDigits(digits string) error {
	s.fault("SendDigits")
	waiting := 0
	for _, k := range s.keys {
		waiting += len(k.text)
	}
	switch {
	case s.closed:
		return media.ErrClosed
	case !s.agreed || s.bridge.TrunkRemote().Event.Name == "":
		return media.ErrNoDigits
	case digits == "" || strings.Trim(digits, "0123456789*#ABCD,") != "" || waiting+len(digits) > maxKeys:
		return media.ErrDigits
	}
	s.keys = append(s.keys, keys{text: digits})
	s.dial()
	return nil
}

// dial begins what waits, if the far side may hear it.
func (s *session) dial() {
	if len(s.keys) == 0 || !s.keys[0].ends.IsZero() || s.bridge.TrunkRemote().Event.Name != "" && !s.bridge.TrunkRemote().Send {
		return
	}
	s.keys[0].ends = s.e.Now().Add(s.keys[0].duration())
}

// sent tells what was sent by now.
func (s *session) sent(now time.Time) {
	for !s.closed && len(s.keys) > 0 && !s.keys[0].ends.IsZero() && !s.keys[0].ends.After(now) {
		s.keys = s.keys[1:]
		s.dial()
		s.p.Notify(media.Event{Kind: media.DigitsSent, At: now})
	}
}
