package sdp

import "errors"

// Signaling is the offer/answer state of the trunk's dialog, named as in RFC 8829 §4.1.3.
type Signaling uint8

// The states. HaveLocalOffer lasts from our offer to the far side's answer, HaveRemoteOffer from its offer to our answer.
const (
	Stable Signaling = iota
	HaveLocalOffer
	HaveRemoteOffer
)

// String gives the state's name.
func (s Signaling) String() string {
	return [...]string{"stable", "have-local-offer", "have-remote-offer"}[s]
}

var (
	// ErrGlare refuses an offer that crosses ours: 491 (RFC 3261 §14.2, RFC 3311 §5.2).
	ErrGlare = &Error{Status: 491, Text: "an offer of ours is open"}
	// ErrPending refuses an offer while the one before is unanswered: 500 with Retry-After (RFC 3261 §14.2, RFC 3311 §5.2).
	ErrPending = &Error{Status: 500, Text: "the offer before is not answered yet"}
	// ErrOpen is returned to a caller that wants to offer while an offer is open: the change waits for [Stable].
	ErrOpen = errors.New("sdp: an offer is open")
)

// move is what happens to the state of a dialog.
type move uint8

const (
	localOffer move = iota
	remoteOffer
	localAnswer
	earlyAnswer // in an unreliable 18x
	remoteAnswer
	rollback
	moves
)

// String names the move for tests and logs.
func (m move) String() string {
	return [...]string{"local offer", "remote offer", "local answer", "early answer", "remote answer", "rollback"}[m]
}

// negotiation is the table of all states and moves: what follows, or how the move is refused.
var negotiation = [...]struct {
	from    Signaling
	on      move
	to      Signaling
	refusal error
	rule    string
}{
	{Stable, localOffer, HaveLocalOffer, nil, "RFC 3264 §5: either side may offer"},
	{Stable, remoteOffer, HaveRemoteOffer, nil, "RFC 3264 §5: either side may offer"},
	{Stable, localAnswer, Stable, nil, "RFC 3261 §13.3.1.4: a 2xx sent again says the same"},
	{Stable, earlyAnswer, Stable, nil, "RFC 3261 §13.2.1: what comes after the answer is passed over, save of another fork"},
	{Stable, remoteAnswer, Stable, nil, "RFC 3261 §13.2.1: what comes after the answer is passed over, save of another fork"},
	{Stable, rollback, Stable, nil, "nothing is open"},
	{HaveLocalOffer, localOffer, HaveLocalOffer, ErrOpen, "RFC 3264 §4: one at a time"},
	{HaveLocalOffer, remoteOffer, HaveLocalOffer, ErrGlare, "RFC 3261 §14.2: glare"},
	{HaveLocalOffer, localAnswer, HaveLocalOffer, ErrOpen, "there is nothing to answer"},
	{HaveLocalOffer, earlyAnswer, HaveLocalOffer, nil, "RFC 3261 §13.2.1: the 2xx completes it, maybe of another fork"},
	{HaveLocalOffer, remoteAnswer, Stable, nil, "RFC 3264 §6"},
	{HaveLocalOffer, rollback, Stable, nil, "RFC 3261 §14.1: refused, the session stays as it was"},
	{HaveRemoteOffer, localOffer, HaveRemoteOffer, ErrOpen, "RFC 3264 §4: one at a time"},
	{HaveRemoteOffer, remoteOffer, HaveRemoteOffer, ErrPending, "RFC 3261 §14.2: 500 with Retry-After"},
	{HaveRemoteOffer, localAnswer, Stable, nil, "RFC 3264 §6"},
	{HaveRemoteOffer, earlyAnswer, HaveRemoteOffer, errNoLocalOffer, "nothing of ours is open"},
	{HaveRemoteOffer, remoteAnswer, HaveRemoteOffer, errNoLocalOffer, "nothing of ours is open"},
	{HaveRemoteOffer, rollback, Stable, nil, "RFC 3261 §14.2: we refused, or it was cancelled; the session stays as it was"},
}

// next looks a move up.
func (s Signaling) next(m move) (Signaling, error) {
	for _, r := range negotiation {
		if r.from == s && r.on == m {
			return r.to, r.refusal
		}
	}
	return s, ErrOpen
}

// Signaling gives the state of the trunk's dialog.
func (b *Bridge) Signaling() Signaling { return b.state }

// MayTrunkOffer says how an INVITE or UPDATE with an offer is to be met now: nil, [ErrGlare] or [ErrPending].
func (b *Bridge) MayTrunkOffer() error {
	_, err := b.state.next(remoteOffer)
	return err
}

// MayOffer says whether OfferTrunk can be called now: nil or [ErrOpen].
func (b *Bridge) MayOffer() error {
	_, err := b.state.next(localOffer)
	return err
}

// TrunkRollback takes back the open offer of either side: it was refused (491, 488), cancelled, or never answered. What was agreed
// before holds again, a hold asked for included. The relay asks for TrunkRemote and Connect again. With nothing open it does nothing.
func (b *Bridge) TrunkRollback() {
	next, _ := b.state.next(rollback)
	if next == b.state {
		return
	}
	if b.state == HaveLocalOffer {
		b.forks, b.asking = nil, false
	}
	b.agreed, b.state = b.before, next
}

// open begins an offer of either side.
func (b *Bridge) open(s Signaling) {
	if b.state == Stable {
		b.before = b.agreed
	}
	b.state = s
}

// settle ends an offer of either side.
func (b *Bridge) settle() {
	b.state = Stable
	b.settled = b.out.text
}
