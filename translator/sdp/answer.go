package sdp

import "strings"

// ErrOtherCodec is returned when a fork answers without the codec that the browser was given by another fork's answer. As an
// 18x it is no more than a remark: the fork is not heard. As a 2xx it asks for a re-INVITE, OfferTrunk with [Narrow]; if that is
// refused the call ends with no_common_codec.
var ErrOtherCodec = noCodec("the fork that won has not the codec in use")

// maxForks bounds the early dialogs of one INVITE that are heard.
const maxForks = 16

// fork is an early dialog that has answered our offer.
type fork struct {
	tag string
	far *farSide
}

// TrunkEarly takes the description of an 18x. tag is its To tag, maybe empty; reliable says that it came with 100rel
// (RFC 3262), which completes the offer so that both sides may offer again. The first description of a tag is its answer; later ones
// are passed over. The newest fork is heard: the relay asks for TrunkRemote and Connect again. The first answer of all fixes the codec.
func (b *Bridge) TrunkEarly(tag string, answer []byte, reliable bool) error {
	m := earlyAnswer
	if reliable {
		m = remoteAnswer
	}
	next, err := b.state.next(m)
	if err != nil {
		return err
	}
	if !b.asking || b.fork(tag) != nil {
		return nil
	}
	f, err := b.answeredBy(tag, answer)
	if err != nil {
		return err
	}
	if b.fixed != nil && f.far.codec(b.fixed.codec) == nil {
		return ErrOtherCodec
	}
	b.hear(f)
	if next == Stable {
		b.settle()
	}
	return nil
}

// TrunkAccept takes a 2xx to our INVITE, re-INVITE or UPDATE, or the ACK or PRACK that answers our offer. tag is its To tag, answer its
// description, nil for none; it is passed over if the same tag gave one in an 18x (RFC 3261 §13.2.1). The first TrunkAccept wins.
// An error other than [ErrOtherCodec] means that there is no usable answer: the call ends, or the change is rolled back.
func (b *Bridge) TrunkAccept(tag string, answer []byte) error {
	if _, err := b.state.next(remoteAnswer); err != nil {
		return err
	}
	if !b.asking {
		return nil
	}
	f := b.fork(tag)
	if f == nil {
		if len(answer) == 0 {
			return noCodec("no answer to our offer")
		}
		var err error
		if f, err = b.answeredBy(tag, answer); err != nil {
			return err
		}
	}
	if b.heard != tag || b.state == HaveLocalOffer {
		b.hear(f) // else an UPDATE of the fork may have said more since
	}
	b.asking, b.forks = false, nil
	b.settle()
	if b.otherCodec() {
		return ErrOtherCodec
	}
	return nil
}

func (b *Bridge) fork(tag string) *fork {
	for i := range b.forks {
		if b.forks[i].tag == tag {
			return &b.forks[i]
		}
	}
	return nil
}

// answeredBy reads an answer to our offer and keeps it as its fork's.
func (b *Bridge) answeredBy(tag string, text []byte) (*fork, error) {
	if len(b.forks) == maxForks {
		return nil, unacceptable(warnMisc, "more than 16 forks answer")
	}
	s, err := parse(text)
	if err != nil {
		return nil, err
	}
	if len(s.Sections) <= b.told.used {
		return nil, unacceptable(warnMedia, "the answer lacks our section")
	}
	f, err := b.policy.judgeAnswer(&s.Sections[b.told.used], b.told.codecs, b.told.keys)
	if err != nil {
		return nil, err
	}
	if f.ipv6 != b.told.ipv6 {
		return nil, unacceptable(warnAddress, "c= is not of the family that we offered")
	}
	f.sections, f.used, f.origin = b.told.sections, b.told.used, s.Origin.clone()
	if !b.assumed {
		f.after(b.far)
	}
	f.direction = f.direction.within(b.told.direction)
	f.mux = f.mux && b.told.mux
	b.forks = append(b.forks, fork{strings.Clone(tag), f})
	return &b.forks[len(b.forks)-1], nil
}

// hear makes an answer the far side's description. Only an answer to sendrecv tells who holds: others mirror our offer.
func (b *Bridge) hear(from *fork) {
	f := from.far
	b.far, b.assumed, b.heard = f, false, from.tag
	if b.told.direction == SendRecv {
		b.remoteHolds = f.direction.holds()
	}
	if b.fixed == nil {
		b.fixed = &fixed{codec: f.codecs[0].Name}
		if l := b.dialled; l != nil {
			b.fixed = l.wishes(f.codecs[0])
		}
	}
}
