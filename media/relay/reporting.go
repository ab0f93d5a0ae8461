package relay

import (
	"math/rand/v2"
	"time"

	"github.com/pion/rtcp"
)

// reporting is when one leg gets our next report, and what the ones before told it.
type reporting struct {
	at       time.Time // when the next is due, zero before there was a time for the first
	sent     [2]uint32 // packets of ours, as of the last report and the one before it
	received uint32    // packets of theirs, as of the last report
}

// due reports whether the time for a report has come, and sets the next. Reports come after half to one and a half of the time between them, and the first
// twice as soon, so that those of many calls do not come together (RFC 3550 §6.2, §6.3.1).
func (r *reporting) due(now time.Time, every time.Duration) bool {
	if now.Before(r.at) {
		return false
	}
	first := r.at.IsZero()
	wait := every/2 + rand.N(every)
	if first {
		wait /= 2
	}
	r.at = now.Add(wait)
	return !first
}

// compose writes a report about both directions of one leg, our CNAME, and what more is to be told: a sender report when we have sent since the report before the
// last, else a receiver report; with a block about their stream when something of it came since the last (RFC 3550 §6.1, §6.4).
func (r *reporting) compose(now time.Time, out *outStream, in *inStream, cname string, more ...rtcp.Packet) []byte {
	var blocks []rtcp.ReceptionReport
	if in.started && in.received != r.received {
		blocks = append(blocks, in.block(now))
	}
	var report rtcp.Packet = &rtcp.ReceiverReport{SSRC: out.ssrc, Reports: blocks}
	if out.packets != r.sent[1] {
		report = &rtcp.SenderReport{SSRC: out.ssrc, NTPTime: ntp(now), RTPTime: out.ts + out.ticks(now),
			PacketCount: out.packets, OctetCount: out.octets, Reports: blocks}
	}
	r.sent, r.received = [2]uint32{out.packets, r.sent[0]}, in.received
	name := &rtcp.SourceDescription{Chunks: []rtcp.SourceDescriptionChunk{{Source: out.ssrc,
		Items: []rtcp.SourceDescriptionItem{{Type: rtcp.SDESCNAME, Text: cname}}}}}
	b, err := rtcp.Marshal(append([]rtcp.Packet{report, name}, more...))
	if err != nil {
		return nil
	}
	return b
}
