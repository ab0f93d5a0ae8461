package relay

import "time"

// outStream is the one RTP stream that a peer gets from us, whatever feeds it: SSRC, sequence and timestamps go on when its source
// changes (player, caller, another agent, a browser that began anew). Within one source, gaps and order are kept.
type outStream struct {
	ssrc  uint32
	clock uint32    // Hz
	seq   uint16    // of the newest packet sent
	ts    uint32    // of the newest packet sent
	at    time.Time // when ts was sent first

	source  uint64 // who feeds it, 0 for nobody
	started bool
	seqOff  uint16
	tsOff   uint32
	floor   uint16 // lower numbers belong to an earlier source

	packets, octets uint32 // for sender reports
}

// newOutStream begins at a random place (RFC 3550 §5.1).
func newOutStream() outStream {
	n := random()
	return outStream{ssrc: uint32(random()), clock: 8000, seq: uint16(n), ts: uint32(n >> 16)}
}

// window is how far behind the newest packet one may come and still be sent, in packets.
const window = 512

// next gives a source's packet its numbers in the stream. The first packet of a new source goes behind the newest one by the time that has
// passed, at least by one packet of 20 ms, and fresh is true: it gets a marker (RFC 3551 §4.1). ok is false when the packet is too late.
func (o *outStream) next(now time.Time, source uint64, seq uint16, ts uint32) (outSeq uint16, outTS uint32, fresh, ok bool) {
	if source != o.source {
		o.begin(now, source, seq, ts)
		fresh = true
	}
	outSeq, outTS = seq+o.seqOff, ts+o.tsOff
	if int16(outSeq-o.floor) < 0 {
		return 0, 0, false, false
	}
	if fresh || int16(outSeq-o.seq) > 0 {
		o.seq = outSeq
		if fresh || outTS != o.ts { // the packets of a telephone event all have the timestamp of its beginning
			o.ts, o.at = outTS, now
		}
		if low := outSeq - window; int16(low-o.floor) > 0 {
			o.floor = low
		}
	}
	return outSeq, outTS, fresh, true
}

func (o *outStream) begin(now time.Time, source uint64, seq uint16, ts uint32) {
	if o.started {
		o.ts, o.seq = o.ts+max(o.ticks(now), o.clock/50), o.seq+1
	}
	o.started = true
	o.source, o.floor = source, o.seq
	o.seqOff, o.tsOff = o.seq-seq, o.ts-ts
}

// pause forgets the source: whoever sends next, even the same one, begins anew behind the newest packet.
func (o *outStream) pause() { o.source = 0 }

// ticks is the time since the newest packet, in units of the stream's clock, at most an hour.
func (o *outStream) ticks(now time.Time) uint32 {
	gone := min(max(now.Sub(o.at), 0), time.Hour)
	return uint32(gone * time.Duration(o.clock) / time.Second)
}

func (o *outStream) sent(octets int) {
	o.packets++
	o.octets += uint32(octets)
}
