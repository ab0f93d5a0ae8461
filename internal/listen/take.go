package listen

// maxTake is how much sound a Take holds, in samples: ten minutes.
const maxTake = 10 * 60 * rate

// Take is the sound of one RTP stream of 8 kHz, put together by timestamps: what did not come is silence, what came twice or out of order is where it
// belongs. The zero Take is empty.
type Take struct {
	pcm   []int16
	begun bool
	first uint32
}

// Add puts a packet's samples where its timestamp says. What lies before the first packet, or ten minutes behind it, is left out.
func (s *Take) Add(timestamp uint32, pcm []int16) {
	if !s.begun {
		s.begun, s.first = true, timestamp
	}
	at := int(int32(timestamp - s.first))
	if at < 0 || at+len(pcm) > maxTake {
		return
	}
	if missing := at + len(pcm) - len(s.pcm); missing > 0 {
		s.pcm = append(s.pcm, make([]int16, missing)...)
	}
	copy(s.pcm[at:], pcm)
}

// PCM returns what was heard until now. The slice is the Take's own.
func (s *Take) PCM() []int16 { return s.pcm }
