package relay

import (
	"encoding/binary"
	"strings"
	"time"

	"offhook/media"
)

const (
	// maxDigits is how many keys and pauses may wait to be sent.
	maxDigits = 32
	// pauseKey is a pause of pauseTime among keys.
	pauseKey  = ','
	pauseTime = 500 * time.Millisecond
	// askedEnd stands in the queue behind what one SendDigits asked for.
	askedEnd = 0

	// toneFrames is how long a key sounds, in frames: 160 ms. tonePackets is how many packets it has, as its last one is sent three times
	// (RFC 4733 §2.5.1.4).
	toneFrames  = 8
	tonePackets = toneFrames + 2
	// toneTime is the time from one key to the next: 60 ms of silence after each.
	toneTime = 220 * time.Millisecond
	// toneGap is the least time from the packet that ends a key to the next key, however late the packets were.
	toneGap = toneTime - (toneFrames-1)*frameTime
	// toneLevel is the power of a key in -dBm0, as it stands in events (RFC 4733 §2.3.5).
	toneLevel = 10
)

// dialpad sends keys to the trunk as telephone events (RFC 4733 §2.5). Its fields are guarded by the session's mutex.
type dialpad struct {
	queue []byte    // keys, pauses and ends; the first is under way unless start is zero
	start time.Time // of the first
	sent  int       // its packets
	ended time.Time // when its end was sent first
	keys  uint64    // how many there were: each is a source of its own
}

// SendDigits implements [media.Session].
func (s *Session) SendDigits(keys string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return nil
	case !s.canSendDigitsLocked():
		return media.ErrNoDigits
	case !s.tones.take(keys):
		return media.ErrDigits
	}
	s.r.pacer.add(s)
	return nil
}

// CanSendDigits reports whether both sides of the trunk's dialog agreed on telephone events. It may change with each description of the trunk.
func (s *Session) CanSendDigits() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.canSendDigitsLocked()
}

func (s *Session) canSendDigitsLocked() bool {
	return !s.closed && s.answered && s.remote.Event.Name != ""
}

// take queues keys, or says that they are none or too many.
func (d *dialpad) take(keys string) bool {
	waiting := 0
	for _, k := range d.queue {
		if k != askedEnd {
			waiting++
		}
	}
	if keys == "" || waiting+len(keys) > maxDigits {
		return false
	}
	for i := range len(keys) {
		if keys[i] != pauseKey && strings.IndexByte(digits, keys[i]) < 0 {
			return false
		}
	}
	d.queue = append(append(d.queue, keys...), askedEnd)
	return true
}

// sounding reports whether a key is under way, its silence included.
func (d *dialpad) sounding() bool {
	return len(d.queue) > 0 && !d.start.IsZero() && d.queue[0] != pauseKey
}

// next ends what is under way.
func (d *dialpad) next() {
	d.queue, d.start, d.sent, d.ended = d.queue[1:], time.Time{}, 0, time.Time{}
	if len(d.queue) == 0 {
		d.queue = nil
	}
}

// toneLocked returns the next packet of a key that is due, written into b, or nil.
func (s *Session) toneLocked(now time.Time, b []byte) ([]byte, hop) {
	d := &s.tones
	for len(d.queue) > 0 {
		switch first := d.queue[0]; {
		case first == askedEnd:
			d.next()
			s.eventLocked(media.Event{Kind: media.DigitsSent, At: now})
			continue
		case d.start.IsZero() && !s.beginLocked(first, now):
			return nil, hop{}
		case d.over(now):
			d.next()
			continue
		case first == pauseKey || d.sent == tonePackets || now.Sub(d.start) < time.Duration(d.sent)*frameTime:
			return nil, hop{}
		}
		if packet, to := s.tonePacketLocked(now, b); packet != nil {
			return packet, to
		}
	}
	return nil, hop{}
}

// beginLocked begins a key or pause. It is false while the far side holds: then a key waits.
func (s *Session) beginLocked(first byte, now time.Time) bool {
	if first != pauseKey && s.canSendDigitsLocked() && !s.trunkAddrLocked().IsValid() {
		return false
	}
	s.tones.start = now
	if first != pauseKey {
		s.tones.keys++
	}
	return true
}

// over reports whether the next key or pause may begin.
func (d *dialpad) over(now time.Time) bool {
	if d.queue[0] == pauseKey {
		return now.Sub(d.start) >= pauseTime
	}
	return d.sent == tonePackets && now.Sub(d.start) >= toneTime && now.Sub(d.ended) >= toneGap
}

// tonePacketLocked makes the next packet of the key under way; nil when it cannot be sent, and then it counts as lost.
func (s *Session) tonePacketLocked(now time.Time, b []byte) ([]byte, hop) {
	d, event := &s.tones, s.remote.Event
	p := rtpPacket{pt: event.PT, marker: d.sent == 0, seq: uint16(d.sent), payload: rtpHeader, end: rtpHeader + 4}
	b[rtpHeader], b[rtpHeader+1] = byte(strings.IndexByte(digits, d.queue[0])), toneLevel
	frames := min(d.sent+1, toneFrames)
	if frames == toneFrames {
		b[rtpHeader+1] |= 0x80
		if d.ended.IsZero() {
			d.ended = now
		}
	}
	binary.BigEndian.PutUint16(b[rtpHeader+2:], uint16(min(frames*event.Clock/50, 0xffff)))
	d.sent++
	to := s.trunkAddrLocked()
	if event.Name == "" || !to.IsValid() || !number(&s.toTrunk, now, 1<<62|d.keys, &p) {
		return s.dropped(DropNowhere)
	}
	return s.sealLocked(putRTP(b, p), to, &s.r.count.digits)
}
