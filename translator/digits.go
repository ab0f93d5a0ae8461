package translator

import (
	"errors"
	"log/slog"
	"time"

	"offhook/agent/protocol"
	"offhook/media"
	"offhook/translator/dialog"
)

// digits are keys that go to the far side by INFO, one after the other.
type digits struct {
	waiting string
	next    time.Time // when the first of them may go
}

const (
	maxDigits  = 64                     // that wait
	digitTone  = 160 * time.Millisecond // how long a tone lasts
	digitEvery = 260 * time.Millisecond // from tone to tone
	digitPause = 500 * time.Millisecond // a comma (agent-protocol.md dtmf)
)

// due is when the next key goes, zero if none waits.
func (d *digits) due() time.Time {
	if d.waiting == "" {
		return time.Time{}
	}
	return d.next
}

// digitsDue is when the next key goes; only who has a far side has keys for it.
func (c *Call) digitsDue() time.Time {
	if c.state < Dialing || c.state > Moving {
		return time.Time{}
	}
	return c.digits.due()
}

// dtmf: the agent presses keys.
func (c *Call) dtmf(ev Event) {
	req := ev.(evRequest)
	f, keys := c.farLegWithSound(), req.req.(protocol.DTMF).Digits
	switch {
	case f == nil || c.offer.view.Phase == protocol.PhaseHeld && c.hold.local:
		c.refuse(req.ref, protocol.WrongPhase, "the call is "+string(c.offer.view.Phase))
	case f.rules.Digits == DigitsInfo:
		c.info(req.ref, keys)
	default:
		c.do(doDigits{f.n, req.ref, keys})
	}
}

// farLegWithSound is the leg that the agent and the far side hear each other on, nil while there is none.
func (c *Call) farLegWithSound() *farLeg {
	switch {
	case c.face != nil: // an agent's page shows no digits
	case c.far != nil:
		return c.far
	case c.next != nil && c.next.place != nil && c.next.place.early:
		return c.next
	}
	return nil
}

// digitsTaken: the keys are on their way as telephone events (RFC 4733), or cannot go so.
func (c *Call) digitsTaken(ev Event) {
	e := ev.(evDigits)
	f := c.farLegWithSound()
	switch {
	case e.err == nil:
		c.reply(e.ref)
	case errors.Is(e.err, media.ErrNoDigits) && f != nil && f.rules.Digits != DigitsRTP:
		c.info(e.ref, e.keys)
	case errors.Is(e.err, media.ErrDigits):
		c.refuse(e.ref, protocol.TooManyRequests, "digits: too many at once")
	default:
		c.refuse(e.ref, protocol.WrongPhase, "the far side takes no digits")
	}
}

// info queues keys for INFO (translation.md 1.1).
func (c *Call) info(ref protocol.Ref, keys string) {
	if len(c.digits.waiting)+len(keys) > maxDigits {
		c.refuse(ref, protocol.TooManyRequests, "digits: too many at once")
		return
	}
	c.reply(ref)
	if c.digits.waiting == "" && c.digits.next.Before(c.now) {
		c.digits.next = c.now
	}
	c.digits.waiting += keys
	c.digitDue(nil)
}

// digitDue sends the keys whose time has come.
func (c *Call) digitDue(Event) {
	for c.digits.waiting != "" && !c.now.Before(c.digits.next) {
		key := c.digits.waiting[:1]
		c.digits.waiting = c.digits.waiting[1:]
		if key == "," {
			c.digits.next = c.now.Add(digitPause)
			continue
		}
		c.digits.next = c.now.Add(digitEvery)
		if f := c.farLegWithSound(); f != nil {
			c.dialogDo(f, dialog.Info{Digit: key, Duration: digitTone})
		}
	}
}

// infoFailed: the far side takes no such INFO; the keys that wait would fare no better.
func (c *Call) infoFailed(ev Event) {
	c.digits.waiting = ""
	c.log(slog.LevelWarn, "digits refused", slog.Int("sip", ev.(evReport).r.Status))
}
