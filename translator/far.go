package translator

import (
	"time"

	"offhook/translator/dialog"
	"offhook/translator/sdp"
)

// farLeg is a call's dialog with a trunk, and the media session that goes with it. A call has one that counts, for a while a second one that is to
// join or to replace it, and those that are winding down.
type farLeg struct {
	n         int            // names it in events and actions
	in        *dialog.Invite // nil for one that we placed
	d         *dialog.Dialog // nil until it is placed
	trunk     string
	rules     TrunkRules
	book      *LegRecord
	place     *placing   // how our INVITE goes; nil for one that came in
	since     time.Time  // when our INVITE was answered
	answered  bool       // our 200 was taken, or the far side's came
	asked     bool       // our 2xx carried an offer; the ACK has its answer
	confirmed bool       // the ACK to our 200 came
	over      bool       // its dialog has ended
	early     bool       // it hears us, by a 183
	said      uint64     // the tag of what was said to it last
	farewell  time.Time  // until when its caller is told that he will be called back, at the latest
	open      bool       // its media session is there
	faced     bool       // it is no trunk's: an agent stands here, with a leg of the session
	told      sdp.Holder // who holds it, as its dialog has it; of the call's far leg, holding knows
	changing  change     // the offer of ours that is under way in its dialog, likewise
}

// HoldMode says how a far side is told that it is held.
type HoldMode string

// The modes of translation.md 1.1.
const (
	HoldLocal    HoldMode = "local"    // not at all: it hears music of ours
	HoldSendonly HoldMode = "sendonly" // by a re-INVITE
)

// DigitsMode says how an agent's digits go to a trunk.
type DigitsMode string

// The modes of translation.md 1.1.
const (
	DigitsAuto DigitsMode = "auto"    // RFC 4733 where the far side takes events, else INFO
	DigitsRTP  DigitsMode = "rfc4733" // events only
	DigitsInfo DigitsMode = "info"    // INFO only
)

// TrunkRules are what calls do on a trunk. The zero value is the product's defaults.
type TrunkRules struct {
	Hold   HoldMode
	Digits DigitsMode
	// Refer lets transfers be asked of the trunk by REFER (RFC 3515), instead of being joined here.
	Refer bool
	// MaxCalls are the calls that the trunk takes at once, both ways; 0: as many as come.
	MaxCalls int
}

// deadline is when the leg's dialog wants a tick, zero for never.
func (f *farLeg) deadline() time.Time {
	if f.d == nil || f.over {
		return time.Time{}
	}
	t, ok := f.d.Deadline()
	if !ok {
		return time.Time{}
	}
	return t
}

// answered says whether the far side has its final answer, or gave it.
func (c *Call) answered() bool { return c.far != nil && c.far.answered }

// legs are all the legs whose dialogs are not over.
func (c *Call) legs() []*farLeg {
	var all []*farLeg
	if c.far != nil && !c.far.over {
		all = append(all, c.far)
	}
	if c.next != nil && !c.next.over {
		all = append(all, c.next)
	}
	for _, f := range c.past {
		if !f.over {
			all = append(all, f)
		}
	}
	return all
}

// farLegOf finds a leg by its number, nil if it is gone.
func (c *Call) farLegOf(n int) *farLeg {
	for _, f := range c.legs() {
		if f.n == n {
			return f
		}
	}
	return nil
}
