package sdp

// Numbers says what the payload types of a trunk mean, for a relay that joins two trunks. It depends on this trunk alone, so that each of
// the two may be described anew by itself.
type Numbers struct {
	// Codecs are the encodings that the far side takes, in its numbers: the codec in use first, then others of its answer, events, comfort noise.
	Codecs []Codec
	// In gives, for a payload type that the far side sends, the index in Codecs of its encoding; -1: drop the packet.
	In [128]int8
}

// Numbers gives the present numbers of the trunk, and fixes the codec if it is not yet.
func (b *Bridge) Numbers() (*Numbers, error) {
	if b.far == nil {
		return nil, errNoOffer
	}
	n := new(Numbers)
	for i := range n.In {
		n.In[i] = -1
	}
	b.fix()
	if b.otherCodec() {
		return n, nil
	}
	t := b.trunkSide()
	n.Codecs = append(n.Codecs, t.codecs...)
	for _, c := range [...]Codec{t.event, b.far.noise} {
		if c.Name != "" {
			n.Codecs = append(n.Codecs, c)
		}
	}
	t.noise = b.far.noise
	for _, c := range t.incoming() {
		if n.In[c.PT] < 0 {
			n.In[c.PT] = int8(indexOf(n.Codecs, c))
		}
	}
	return n, nil
}

// Number gives the payload type here of an encoding of the other trunk, -1 for none, and how its event packets are rescaled: the event types of the two may differ in
// clock.
func (n *Numbers) Number(c *Codec) (pt int16, scale Scale) {
	for i := range n.Codecs {
		ours := &n.Codecs[i]
		if ours.same(*c) || ours.isEvent() && c.isEvent() {
			return int16(ours.PT), scaleOf(c.Clock, ours.Clock)
		}
	}
	return -1, Scale{1, 1}
}
