package media

import (
	"math"
	"time"
)

// Stats is what is known of the quality of a session's media.
type Stats struct {
	// Trunk is the trunk leg. Its Codec is empty as long as there is none.
	Trunk LegStats
	// Agents are the agent legs, those that were dropped or moved after they were heard among them, in the order of their IDs.
	Agents []LegStats
}

// LegStats is the quality of one leg since its beginning, in both directions.
type LegStats struct {
	// Leg is the agent leg's ID, 0 for the trunk.
	Leg LegID
	// Codec is the encoding name of the codec in use.
	Codec string
	// In is the sound that came to us, as we measured it. Out is the sound that we sent, as the other side's reports tell (RFC 3550 §6.4). What was lost on its way
	// to us is no loss of Out; its jitter is part of that of Out, as nothing is held back here.
	In, Out Quality
	// RTT is the round trip time between us and the other side, the mean of what its reports gave; 0 when there were none.
	RTT time.Duration
}

// Quality is how sound came over in one direction.
type Quality struct {
	// Packets is how many arrived, and Lost how many did not. Of Out, without reports all count as arrived.
	Packets, Lost uint64
	// Jitter is the mean interarrival jitter (RFC 3550 §6.4.1), 0 for Out without reports.
	Jitter time.Duration
	// MOS is an estimate of the mean opinion score by [MOS], 0 when there is nothing to estimate it by: no packets, or for Out no reports.
	MOS float64
}

// Loss is the part of the packets that was lost, 0 to 1.
func (q Quality) Loss() float64 {
	if q.Lost == 0 {
		return 0
	}
	return float64(q.Lost) / float64(q.Packets+q.Lost)
}

// MOS estimates the mean opinion score of a listener, 1 (bad) to 4.4 (as good as a telephone can be), by the E-model (ITU-T G.107) with its default values, of which three
// things are known here: loss is the part of the packets that was lost, 0 to 1, jitter and rtt are times.
//
// The delay from mouth to ear is taken as half the round trip, twice the jitter (a jitter buffer's length), and 40 ms for packets and devices. Its impairment is
// approximated as 0.024 d, and 0.11 more for each ms above 177.3 (Cole and Rosenbluth, 2001). Loss impairs as it does G.711 with concealment at random loss (G.113
// Appendix I: Ie 0, Bpl 25.1), for all codecs: G.722 sounds better than the narrow-band scale can say.
func MOS(loss float64, jitter, rtt time.Duration) float64 {
	delay := float64(rtt/2+2*jitter)/float64(time.Millisecond) + 40
	percent := 100 * min(max(loss, 0), 1)
	r := 93.2 - 0.024*delay - 0.11*max(delay-177.3, 0) - 95*percent/(percent+25.1)
	switch {
	case r <= 6.5: // below, the formula rises again
		return 1
	case r >= 100:
		return 4.5
	}
	return math.Max(1, 1+0.035*r+7e-6*r*(r-60)*(100-r))
}
