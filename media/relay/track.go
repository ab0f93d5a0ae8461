package relay

// ticksPerSecond is the clock of a recording: that of RTP in all codecs that are recorded (RFC 3551 §4.5.2, §4.5.14).
const ticksPerSecond = 8000

const (
	// trackBucket is how long arrivals are compared before what they say is believed, in ticks: 5 s.
	trackBucket = 5 * ticksPerSecond
	// trackSlack is how far from its arrival sound may lie without being moved, in ticks: 5 ms.
	trackSlack = 5 * ticksPerSecond / 1000
	// trackJump is from where on it is moved at once, in ticks: 15 ms. What is less is made up for by a tick a packet.
	trackJump = 15 * ticksPerSecond / 1000
	// trackLost is from where on its timestamps have lost their meaning, in ticks: 300 ms, if nothing else comes for trackSure, 400 ms. A network that held
	// packets back delivers them in less time.
	trackLost = 300 * ticksPerSecond / 1000
	trackSure = 400 * ticksPerSecond / 1000
)

// never is an arrival that all others come before.
const never = 1 << 62

// track finds the place of each packet of one channel in a recording. Timestamps say how packets lie to each other, whatever order and
// delay they come with; arrivals say where in the call that is. Two clocks of which one runs by a ten-thousandth faster are a third of a second apart after an hour,
// so timestamps alone would part the channels: the place follows the least delay of the last seconds, which jitter does not change.
// All times are in ticks since the recording began.
type track struct {
	source uint64
	known  bool
	ts     uint32 // of the newest packet
	sum    int64  // of all steps of timestamps

	offset        int64 // from sum to place
	least, before int64 // the least offsets that arrivals of this bucket and the one before allow
	until         int64 // when the bucket is over

	lost      bool  // the newest packets came far from their place
	lostAt    int64 // when the first of them came
	leastLost int64 // the least offset among them
}

// place gives where a packet begins. n is its length, arrival when it came: its last sample was spoken then, at the latest.
func (t *track) place(source uint64, ts uint32, n int, arrival int64) int64 {
	if !t.known || t.source != source {
		*t = track{source: source, known: true, ts: ts}
		t.restart(arrival-int64(n), arrival)
		return t.offset
	}
	t.sum += int64(int32(ts - t.ts))
	t.ts = ts
	t.follow(arrival-int64(n)-t.sum, arrival)
	if at := t.sum + t.offset; at < arrival-int64(n)+trackLost {
		return at
	}
	return arrival - int64(n) // nothing is heard before it is spoken, whatever a timestamp says
}

// restart begins anew at an offset.
func (t *track) restart(offset, arrival int64) {
	t.offset, t.least, t.before, t.until = offset, offset, never, arrival+trackBucket
	t.lost = false
}

// follow moves the offset to what the arrivals say.
func (t *track) follow(raw, arrival int64) {
	if off := raw - t.offset; off >= trackLost || off <= -trackLost {
		t.astray(raw, arrival)
		return
	}
	t.lost = false
	if arrival >= t.until {
		t.before, t.least, t.until = t.least, raw, arrival+trackBucket
	}
	t.least = min(t.least, raw)
	switch off := min(t.least, t.before) - t.offset; {
	case off < -trackJump || off > trackJump:
		t.offset += off
	case off > trackSlack:
		t.offset++
	case off < -trackSlack:
		t.offset--
	}
}

// astray takes a packet far from its place. When that lasts, the timestamps have lost their meaning: some time was left out of them, or they jumped.
func (t *track) astray(raw, arrival int64) {
	if !t.lost {
		t.lost, t.lostAt, t.leastLost = true, arrival, raw
	}
	t.leastLost = min(t.leastLost, raw)
	if arrival-t.lostAt >= trackSure {
		t.restart(t.leastLost, arrival)
	}
}
