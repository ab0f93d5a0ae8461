package relay

import (
	"encoding/binary"
	"math"
	"time"

	"offhook/translator/sdp"
)

// digits are the keys of telephone events 0 to 15 (RFC 4733 §3.2).
const digits = "0123456789*#ABCD"

// keypad follows one side's telephone events, so that a key is reported once, at its end, although each of its packets may be lost or
// come three times (RFC 4733 §2.5.1.4).
type keypad struct {
	pressed bool // a key is down, not yet reported
	seen    bool // ts is valid
	ts      uint32
	long    uint16 // the longest that the event lasted yet, in the units of ts
	key     byte
	at      time.Time
}

// keyTimeout is the silence after which a key counts as released, when all packets that say so were lost.
const keyTimeout = time.Second

// press takes an event packet and returns the keys that ended: none, this one, or the one before it.
func (k *keypad) press(now time.Time, ts uint32, payload []byte) (ended []byte) {
	if len(payload) < 4 || int(payload[0]) >= len(digits) {
		return nil
	}
	key, long := digits[payload[0]], binary.BigEndian.Uint16(payload[2:])
	switch {
	case k.seen && k.ts == ts && k.key == key:
		k.long = max(k.long, long)
	case k.seen && int32(ts-k.ts) < 0 && now.Sub(k.at) < keyTimeout:
		return nil // late packet of a key that is over
	case k.holds(key, ts):
		k.ts, k.long = ts, long
	default:
		ended = k.release()
		k.pressed, k.seen, k.ts, k.key, k.long = true, true, ts, key, long
	}
	k.at = now
	if payload[1]&0x80 != 0 {
		ended = append(ended, k.release()...)
	}
	return ended
}

// holds reports whether an event is the next segment of the one that is under way: a key held down for longer than an event can say, which
// is 8 s (RFC 4733 §2.5.1.3).
func (k *keypad) holds(key byte, ts uint32) bool {
	return k.pressed && k.key == key && (ts-k.ts == math.MaxUint16 || ts-k.ts == uint32(k.long))
}

// expire returns the key that ended without a word.
func (k *keypad) expire(now time.Time) []byte {
	if now.Sub(k.at) < keyTimeout {
		return nil
	}
	return k.release()
}

func (k *keypad) release() []byte {
	if !k.pressed {
		return nil
	}
	k.pressed = false
	return []byte{k.key}
}

// rescaler carries telephone events between clocks (RFC 4733 §2.1). All packets of one event have its beginning as timestamp; with another
// clock that number means nothing on the other side, so there an event begins at the present place of the stream. A key that is held for longer than an event can say
// comes in segments, each of which begins where the one before ends (§2.5.1.3): those of one side are put together, and made anew as the other side's clock needs them.
type rescaler struct {
	seen bool
	in   uint32 // timestamp of the segment that is under way
	long uint16 // the longest that it lasted yet
	past uint32 // of the event, before that segment
	out  uint32 // timestamp of the event on the other side
}

// rescale changes a payload's duration and returns the timestamp to send. here is the stream's present timestamp.
func (r *rescaler) rescale(scale sdp.Scale, ts, here uint32, payload []byte) uint32 {
	switch step := ts - r.in; {
	case r.seen && step == 0:
	case r.seen && (step == math.MaxUint16 || step == uint32(r.long)):
		r.in, r.long, r.past = ts, 0, r.past+step
	default:
		*r = rescaler{seen: true, in: ts, out: here}
	}
	if len(payload) < 4 {
		return r.out
	}
	long := binary.BigEndian.Uint16(payload[2:])
	r.long = max(r.long, long)
	whole := scale.Apply(r.past + uint32(long))
	before := max(whole, 1) - 1 // the segments that are full
	before -= before % math.MaxUint16
	binary.BigEndian.PutUint16(payload[2:], uint16(whole-before))
	return r.out + before
}
