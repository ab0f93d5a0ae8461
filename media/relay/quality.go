package relay

import (
	"cmp"
	"encoding/binary"
	"slices"
	"time"

	"github.com/pion/rtcp"

	"offhook/media"
)

// reports are what the other side told of our stream.
type reports struct {
	count   uint64
	jitters uint64 // sum, in units of our stream's clock
	missed  uint32 // by its newest report: since it began to count
	gaps    uint32 // of our stream, as of then
	gapsAt  uint32 // of our stream, as of when it began to count
	before  uint64 // lost, before it began to count anew

	rounds uint64        // round trips measured
	round  time.Duration // their sum
}

// reportBlock is the size of a reception report block, in octets (RFC 3550 §6.4.1).
const reportBlock = 24

// fewer is by how many packets a receiver may take back what it missed: late ones came after all.
const fewer = 16

// maxRound is the longest round trip that is believed.
const maxRound = 10 * time.Second

// firstBlock is where the reception report blocks of a packet begin, 0 for a packet that has none.
func firstBlock(kind byte) int {
	switch rtcp.PacketType(kind) {
	case rtcp.TypeSenderReport:
		return 28
	case rtcp.TypeReceiverReport:
		return 8
	}
	return 0
}

// blocks takes what report blocks say of our stream.
func (i *inStream) blocks(now time.Time, b []byte, count int, ours *outStream) {
	for ; count > 0 && len(b) >= reportBlock; count-- {
		if binary.BigEndian.Uint32(b) == ours.ssrc {
			i.reported.take(now, b, ours.gaps())
		}
		b = b[reportBlock:]
	}
}

// take adds one report block about a stream that has so many gaps.
func (r *reports) take(now time.Time, b []byte, gaps uint32) {
	missed := binary.BigEndian.Uint32(b[4:]) & 0xffffff
	if missed >= 1<<23 {
		missed = 0 // negative: more came than was sent, doubled on the way
	}
	if missed+fewer < r.missed { // another receiver in the place of the first, whose count is done
		r.before, r.gapsAt = r.lost(), r.gaps
	}
	r.missed, r.gaps = missed, gaps
	r.count++
	r.jitters += uint64(binary.BigEndian.Uint32(b[12:]))
	sent, held := binary.BigEndian.Uint32(b[16:]), binary.BigEndian.Uint32(b[20:])
	if sent == 0 {
		return
	}
	if round := time.Duration(int32(uint32(ntp(now)>>16)-sent-held)) * time.Second >> 16; round >= 0 && round <= maxRound {
		r.rounds++
		r.round += round
	}
}

// lost is what was lost between us and the other side. What never came to us it misses too, and that is no loss of this leg.
func (r *reports) lost() uint64 {
	return r.before + uint64(max(int64(r.missed)-int64(r.gaps-r.gapsAt), 0))
}

// roundTrip is the mean of the round trips, 0 for unknown.
func (r *reports) roundTrip() time.Duration {
	if r.rounds == 0 {
		return 0
	}
	return r.round / time.Duration(r.rounds)
}

// units is a time in units of a clock.
func units(n uint64, clock uint32) time.Duration {
	return time.Duration(n) * time.Second / time.Duration(max(clock, 1))
}

// legStats sums one leg up.
func legStats(id media.LegID, codec string, in *inStream, out *outStream) media.LegStats {
	s := media.LegStats{Leg: id, Codec: codec, RTT: in.reported.roundTrip()}
	if t := in.tally(); t.received > 0 {
		s.In = media.Quality{Packets: t.received, Lost: t.expected - t.received, Jitter: units(t.jitters/t.received, in.clock)}
		s.In.MOS = media.MOS(s.In.Loss(), s.In.Jitter, s.RTT)
	}
	s.Out.Packets = uint64(out.packets)
	if r := &in.reported; r.count > 0 {
		s.Out.Lost = min(r.lost(), s.Out.Packets)
		s.Out.Packets -= s.Out.Lost
		s.Out.Jitter = units(r.jitters/r.count, out.clock)
		s.Out.MOS = media.MOS(s.Out.Loss(), s.Out.Jitter, s.RTT)
	}
	return s
}

// maxRemembered is how many legs that are gone are remembered.
const maxRemembered = 32

// rememberLocked keeps what is known of a leg that goes, if it was heard.
func (s *Session) rememberLocked(leg *agentLeg) {
	if !leg.toldHeard || len(s.heardOf) >= maxRemembered {
		return
	}
	s.heardOf = append(s.heardOf, leg.statsLocked())
}

func (l *agentLeg) statsLocked() media.LegStats {
	return legStats(l.id, l.remote.Codec.Name, &l.fromAgent, &l.toAgent)
}

// Stats implements [media.Session].
func (s *Session) Stats() media.Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := media.Stats{Trunk: legStats(0, s.remote.Codec.Name, &s.fromTrunk, &s.toTrunk), Agents: slices.Clone(s.heardOf)}
	for _, leg := range s.legs {
		all.Agents = append(all.Agents, leg.statsLocked())
	}
	slices.SortFunc(all.Agents, func(a, b media.LegStats) int { return cmp.Compare(a.Leg, b.Leg) })
	return all
}
