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
	skipped bool   // packets were left out before the next one

	sentAt [2 * window / 64]uint64 // which of the latest numbers were sent, by number modulo 2*window

	packets, octets uint32 // for sender reports
	numbers         uint32 // from the first to the newest
}

// newOutStream begins at a random place (RFC 3550 §5.1), in the lower half of the sequence numbers: one who misses the first packets of SRTP
// must not miss a turn of them (RFC 3711 §3.3.1).
func newOutStream() outStream {
	n := random()
	return outStream{ssrc: uint32(random()), clock: 8000, seq: uint16(n) >> 1, ts: uint32(n >> 16)}
}

// window is how far behind the newest packet one may come and still be sent, in packets.
const window = 512

// next gives a source's packet its numbers in the stream. The first packet of a new source goes behind the newest one by the time that has
// passed, at least by one packet of 20 ms; it and one before which others were left out are fresh: they get a marker (RFC 3551 §4.1). ok is false when
// the packet is too late, or its number was sent already: no two packets of one number are ever sent, as SRTP would protect both
// by the same bits (RFC 3711 §9.1, RFC 7714 §8.1).
func (o *outStream) next(now time.Time, source uint64, seq uint16, ts uint32) (outSeq uint16, outTS uint32, fresh, ok bool) {
	if source != o.source {
		o.begin(now, source, seq, ts)
		return o.seq, o.ts, true, true
	}
	outSeq, outTS = seq+o.seqOff, ts+o.tsOff
	ahead := int16(outSeq - o.seq)
	switch {
	case int16(outSeq-o.floor) < 0 || ahead <= 0 && o.marked(outSeq):
		return 0, 0, false, false
	case ahead <= 0:
		o.mark(outSeq)
		return outSeq, outTS, false, true
	}
	o.advance(outSeq)
	if outTS != o.ts { // the packets of a telephone event all have the timestamp of its beginning
		o.ts, o.at = outTS, now
	}
	if low := outSeq - window; int16(low-o.floor) > 0 {
		o.floor = low
	}
	fresh, o.skipped = o.skipped, false
	return outSeq, outTS, fresh, true
}

func (o *outStream) begin(now time.Time, source uint64, seq uint16, ts uint32) {
	if o.started {
		o.ts = o.here(now, source)
		o.advance(o.seq + 1)
	} else {
		o.numbers = 1
	}
	o.mark(o.seq)
	o.started, o.at, o.skipped = true, now, false
	o.source, o.floor = source, o.seq
	o.seqOff, o.tsOff = o.seq-seq, o.ts-ts
}

// here is the present timestamp of the stream, for a packet of a source.
func (o *outStream) here(now time.Time, source uint64) uint32 {
	if source == o.source || !o.started {
		return o.ts + o.ticks(now)
	}
	return o.ts + max(o.ticks(now), o.clock/50)
}

// skip leaves a packet of a source out: what follows closes up in sequence, so that nothing seems lost, while the timestamps go on.
func (o *outStream) skip(source uint64, seq uint16) {
	if source != o.source || int16(seq+o.seqOff-o.seq) <= 0 {
		return // of no place in the stream: the next packet begins anew, or is too late itself
	}
	o.seqOff--
	o.floor, o.skipped = o.seq+1, true // what is older than the packet left out would take the place of another
}

// advance makes a number the newest.
func (o *outStream) advance(seq uint16) {
	for n := o.seq + 1; n != seq && seq-n < 2*window; n++ {
		o.sentAt[n%(2*window)/64] &^= 1 << (n % 64)
	}
	if seq-o.seq > 2*window {
		clear(o.sentAt[:])
	}
	o.numbers += uint32(seq - o.seq)
	o.seq = seq
	o.mark(seq)
}

func (o *outStream) mark(seq uint16)        { o.sentAt[seq%(2*window)/64] |= 1 << (seq % 64) }
func (o *outStream) marked(seq uint16) bool { return o.sentAt[seq%(2*window)/64]&(1<<(seq%64)) != 0 }

// pause forgets the source: whoever sends next, even the same one, begins anew behind the newest packet.
func (o *outStream) pause() { o.source = 0 }

// ticks is the time since the newest packet, in units of the stream's clock, at most an hour.
func (o *outStream) ticks(now time.Time) uint32 {
	gone := min(max(now.Sub(o.at), 0), time.Hour)
	return uint32(gone * time.Duration(o.clock) / time.Second)
}

// gaps is how many numbers had no packet: what was lost on its way to us, and is missed by who hears the stream.
func (o *outStream) gaps() uint32 { return o.numbers - min(o.packets, o.numbers) }

func (o *outStream) sent(octets int) {
	o.packets++
	o.octets += uint32(octets)
}
