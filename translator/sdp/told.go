package sdp

import (
	psdp "github.com/pion/sdp/v3"
)

// told is what stands in a description of ours for the trunk.
type told struct {
	codecs    []Codec // payload types of the section in use
	sections  []echo
	used      int
	direction Direction
	keys      []Key  // the lines that an answer may choose of; in an answer of ours the one chosen
	setup     string // our role in DTLS
	mux       bool
	ipv6      bool
}

// inUse describes the call as it is, with the codec in use alone, in all sections that the dialog has ever had.
func (b *Bridge) inUse(d Direction) told {
	t := told{sections: b.far.sections, used: b.far.used, direction: d, mux: b.far.mux}
	c := b.codec()
	c.Fmtp = b.fixed.fmtp
	t.codecs = append(t.codecs, c)
	if e := eventFor(b.far.events, c); e.Name != "" {
		e.Fmtp = commonEvents(e.Fmtp, b.fixed.events)
		t.codecs = append(t.codecs, e)
	}
	if b.fixed.noise && b.far.noise.Name != "" {
		t.codecs = append(t.codecs, b.far.noise)
	}
	if k := b.far.key; k.Suite != SuiteNone {
		t.keys = []Key{{Suite: k.Suite, Tag: k.Tag}}
	}
	return t
}

// tell writes a description for the trunk: every section in its order, all but one refused (RFC 3264 §6, §8).
func (b *Bridge) tell(local TrunkLocal, t told) ([]byte, error) {
	ip := local.Addr.Addr().Unmap()
	t.ipv6 = ip.Is6()
	d := describe(local.SessionID, ip)
	d.ConnectionInformation = connection(ip)
	for i, e := range t.sections {
		m := e.refused()
		if i == t.used {
			m = b.trunkAudio(local, e, t)
		}
		d.MediaDescriptions = append(d.MediaDescriptions, m)
	}
	text, err := b.out.print(d)
	if err == nil {
		b.told = t
	}
	return text, err
}

// trunkAudio builds the section in use.
func (b *Bridge) trunkAudio(local TrunkLocal, e echo, t told) *psdp.MediaDescription {
	m := audio(local.Addr.Port(), e.protos())
	for _, c := range t.codecs {
		m.codec(c)
	}
	ptime, maxPTime := b.times()
	m.times(ptime, maxPTime)
	m.add(t.direction.String(), "")
	if t.mux {
		m.add("rtcp-mux", "")
	}
	if b.policy.DTLS {
		m.add("setup", t.setup)
		m.add("fingerprint", "sha-256 "+local.Fingerprint)
	}
	for _, k := range t.keys {
		ours := local.Key(k.Suite)
		ours.Tag = k.Tag
		m.crypto(ours)
	}
	return m.d
}

// times gives the packet times that the trunk is told: the browser's wish, the smaller of both limits.
func (b *Bridge) times() (ptime, maxPTime int) {
	switch {
	case b.fixed != nil && b.far != nil:
		return b.fixed.ptime, lesser(b.fixed.maxPTime, b.far.maxPTime)
	case b.dialled != nil:
		return b.dialled.ptime, b.dialled.maxPTime
	}
	return 0, 0
}

// check holds our own facts to what can be written.
func (l *TrunkLocal) check(secured, dtls bool) error {
	switch {
	case !l.Addr.IsValid() || l.Addr.Port() == 0 || l.Addr.Addr().Zone() != "":
		return errNoAddress
	case secured && l.Secret == (Secret{}):
		return errNoSecret
	case dtls && !isHexPairs(l.Fingerprint):
		return errNoToken
	}
	return nil
}
