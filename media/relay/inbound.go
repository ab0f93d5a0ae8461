package relay

import "time"

// inStream keeps what a receiver report says about one peer's stream (RFC 3550 §6.4.1, A.3, A.8).
type inStream struct {
	clock    uint32 // Hz
	started  bool
	ssrc     uint32
	baseSeq  uint16
	maxSeq   uint16
	cycles   uint32 // wraps of the sequence number, times 65536
	received uint32

	began   time.Time // what transit counts from; zero before the first packet that was timed
	ts      uint32    // of the newest packet that was timed
	transit uint32    // its delay, from an unknown zero
	jitter  uint32    // times 16

	turns uint32 // how often numbers or timestamps began anew under one SSRC

	expectedBefore, receivedBefore uint32

	senderReport   uint32 // middle 32 bits of the last one's NTP time, 0 for none
	senderReportAt time.Time

	candidate     uint32 // an SSRC that wants to follow, maybe the same one with other numbers
	candidateNext uint16

	past     tally  // of the streams before
	jitters  uint64 // sum of the jitter at each packet
	reported reports
}

// tally is what came and what should have.
type tally struct{ received, expected, jitters uint64 }

// The steps of sequence numbers that a network makes by loss and by disorder, in packets; greater ones are the sender's (RFC 3550 A.1).
const (
	maxDropout  = 3000
	maxMisorder = 100
)

// admit says whether a packet belongs to the peer's stream. A new SSRC, or the old one that counts from somewhere else, is taken when two packets of it
// came in a row (RFC 3550 A.1), so that one stray packet does not turn a stream over.
func (i *inStream) admit(p rtpPacket) bool {
	switch {
	case i.started && i.ssrc == p.ssrc && p.seq-i.maxSeq+maxMisorder < maxDropout+maxMisorder:
		return true
	case i.started && (i.candidate != p.ssrc || i.candidateNext != p.seq):
		i.candidate, i.candidateNext = p.ssrc, p.seq+1
		return false
	}
	i.restart()
	i.started, i.ssrc, i.baseSeq, i.maxSeq = true, p.ssrc, p.seq, p.seq
	return true
}

// restart forgets the stream; what is known of the leg as a whole stays.
func (i *inStream) restart() {
	*i = inStream{clock: i.clock, turns: i.turns + 1, past: i.tally(), reported: i.reported}
}

// tally is what came in all streams together.
func (i *inStream) tally() tally {
	t := i.past
	if i.received > 0 {
		t.received += uint64(i.received)
		t.expected += max(uint64(i.received), uint64(i.cycles)+uint64(i.maxSeq)-uint64(i.baseSeq)+1)
		t.jitters += i.jitters
	}
	return t
}

// note counts an admitted packet.
func (i *inStream) note(p rtpPacket) {
	i.received++
	if ahead := int16(p.seq - i.maxSeq); ahead > 0 {
		if p.seq < i.maxSeq {
			i.cycles += 1 << 16
		}
		i.maxSeq = p.seq
	}
	i.jitters += uint64(i.jitter >> 4)
}

// jumpTime is from where on a step between timestamps and arrivals is none of the network: the sender's clock stood still, or began anew.
const jumpTime = time.Second

// measure takes the jitter from the delay of an admitted packet (RFC 3550 A.8). Telephone events are not measured: all packets of one have the timestamp of its
// beginning.
func (i *inStream) measure(now time.Time, p rtpPacket) {
	switch {
	case i.began.IsZero():
		i.began, i.ts, i.transit = now, p.ts, -p.ts
		return
	case p.ts == i.ts:
		return
	}
	transit := uint32(now.Sub(i.began).Microseconds()*int64(i.clock)/1e6) - p.ts
	d := int32(transit - i.transit)
	i.ts, i.transit = p.ts, transit
	if d = max(d, -d); d < 0 || units(uint64(d), i.clock) >= jumpTime {
		i.turns++
		return
	}
	i.jitter += uint32(d) - (i.jitter+8)>>4
}

// lost is the loss since the beginning and, in 256ths, since the last call.
func (i *inStream) lost() (total uint32, fraction uint8) {
	expected := i.cycles + uint32(i.maxSeq) - uint32(i.baseSeq) + 1
	total = uint32(min(max(int64(expected)-int64(i.received), 0), 0x7fffff))
	recent := int64(expected - i.expectedBefore)
	missed := recent - int64(i.received-i.receivedBefore)
	i.expectedBefore, i.receivedBefore = expected, i.received
	if recent > 0 && missed > 0 {
		fraction = uint8(min(missed<<8/recent, 255))
	}
	return total, fraction
}
