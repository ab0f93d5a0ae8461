package sdp

// PayloadMap says how the relay renumbers the packets of two joined legs. It is a value, to be copied into the relay's
// per-packet state; the relay looks up one number a packet.
type PayloadMap struct {
	// ToTrunk gives, for a payload type that the browser sends, the one that the trunk gets; ToAgent the other way. -1: drop the packet.
	ToTrunk, ToAgent [128]int16
	// TrunkEvent and AgentEvent are the telephone-event numbers of the two sides, -1 for none.
	TrunkEvent, AgentEvent int16
	// EventToTrunk and EventToAgent rescale the durations and timestamps of telephone-event packets where the two sides count
	// them with different clocks (RFC 4733 §2.1).
	EventToTrunk, EventToAgent Scale
}

// Scale multiplies by a fraction. Its zero value is not valid; Scale{1, 1} changes nothing.
type Scale struct{ Mul, Div uint32 }

// Apply scales a duration in timestamp units.
func (s Scale) Apply(v uint32) uint32 { return uint32(uint64(v) * uint64(s.Mul) / uint64(s.Div)) }

// scaleOf gives the factor between two clocks.
func scaleOf(from, to int) Scale {
	switch {
	case from == to || from == 0 || to == 0:
		return Scale{1, 1}
	case from%to == 0:
		return Scale{1, uint32(from / to)}
	case to%from == 0:
		return Scale{uint32(to / from), 1}
	}
	return Scale{uint32(to), uint32(from)}
}

// trunkSide is what the trunk receives and sends. codecs, event and noise are in its numbers, the codec in use first; Name is empty for
// what is not there. heard are the numbers of our offer, with which it may send.
type trunkSide struct {
	codecs       []Codec
	event, noise Codec
	heard        []Codec
}

// payloads joins the two sides. heard lists what the browser may send, in order of trust: a number that two sides
// gave to different encodings means the first. get is what it receives.
func payloads(t trunkSide, heard, get []Codec) PayloadMap {
	m := PayloadMap{TrunkEvent: -1, AgentEvent: -1, EventToTrunk: Scale{1, 1}, EventToAgent: Scale{1, 1}}
	for i := range m.ToTrunk {
		m.ToTrunk[i], m.ToAgent[i] = -1, -1
	}
	if len(t.codecs) == 0 {
		return m
	}
	event := eventFor(events(get), t.codecs[0])
	if t.event.Name == "" || event.Name == "" {
		event, t.event = Codec{}, Codec{}
	} else {
		m.TrunkEvent, m.AgentEvent = int16(t.event.PT), int16(event.PT)
		m.EventToTrunk, m.EventToAgent = scaleOf(event.Clock, t.event.Clock), scaleOf(t.event.Clock, event.Clock)
	}
	for _, c := range t.incoming() {
		if m.ToAgent[c.PT] >= 0 {
			continue
		}
		switch i := indexOf(get, c); {
		case c.isEvent():
			m.ToAgent[c.PT] = m.AgentEvent
		case i >= 0:
			m.ToAgent[c.PT] = int16(get[i].PT)
		}
	}
	for _, c := range heard {
		if m.ToTrunk[c.PT] >= 0 {
			continue
		}
		switch i := indexOf(t.codecs, c); {
		case i >= 0:
			m.ToTrunk[c.PT] = int16(t.codecs[i].PT)
		case c.same(event):
			m.ToTrunk[c.PT] = m.TrunkEvent
		case c.isCN() && t.noise.Name != "":
			m.ToTrunk[c.PT] = int16(t.noise.PT)
		}
	}
	return m
}

// incoming lists what the trunk may send and is passed on: with the numbers of our offer, then with its own (RFC 3264 §6.1).
func (t *trunkSide) incoming() []Codec {
	var out []Codec
	own := append([]Codec{}, t.codecs...)
	for _, c := range [...]Codec{t.event, t.noise} {
		if c.Name != "" {
			own = append(own, c)
		}
	}
	for _, c := range t.heard {
		if contains(own, c) {
			out = append(out, c)
		}
	}
	return append(out, own...)
}
