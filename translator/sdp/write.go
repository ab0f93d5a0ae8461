package sdp

import (
	"bytes"
	"net/netip"
	"strconv"

	psdp "github.com/pion/sdp/v3"
)

// printed keeps the version of one side's descriptions: it rises by one exactly when the text changes (RFC 3264 §8).
type printed struct {
	version uint64
	text    []byte
}

// print writes d with the right version. Printing the same facts again gives the same text.
func (p *printed) print(d *psdp.SessionDescription) ([]byte, error) {
	d.Origin.SessionVersion = max(p.version, 1)
	text, err := d.Marshal()
	if err != nil {
		return nil, err
	}
	if p.version > 0 && !bytes.Equal(text, p.text) {
		d.Origin.SessionVersion++
		if text, err = d.Marshal(); err != nil {
			return nil, err
		}
	}
	p.version, p.text = d.Origin.SessionVersion, text
	return bytes.Clone(text), nil
}

// unchanged reports whether the text written last is settled, the one that was agreed.
func (p *printed) unchanged(settled []byte) bool {
	return settled != nil && bytes.Equal(p.text, settled)
}

// again gives the text written last.
func (p *printed) again() []byte { return bytes.Clone(p.text) }

// describe begins a description of ours: v=, o=, s=, t= (RFC 8866 §5).
func describe(session uint64, ip netip.Addr) *psdp.SessionDescription {
	return &psdp.SessionDescription{
		Origin: psdp.Origin{
			Username: "-", SessionID: session & (1<<63 - 1),
			NetworkType: "IN", AddressType: addressType(ip), UnicastAddress: ip.String(),
		},
		SessionName:      "-",
		TimeDescriptions: []psdp.TimeDescription{{}},
	}
}

func addressType(ip netip.Addr) string {
	if ip.Is6() {
		return "IP6"
	}
	return "IP4"
}

func connection(ip netip.Addr) *psdp.ConnectionInformation {
	return &psdp.ConnectionInformation{NetworkType: "IN", AddressType: addressType(ip), Address: &psdp.Address{Address: ip.String()}}
}

// media collects one section of ours.
type media struct{ d *psdp.MediaDescription }

// audio begins an m=audio section. proto is one of the fixed transports that were checked.
func audio(port uint16, protos []string) media {
	return media{&psdp.MediaDescription{
		MediaName:  psdp.MediaName{Media: "audio", Port: psdp.RangedPort{Value: int(port)}, Protos: protos},
		Attributes: make([]psdp.Attribute, 0, 24),
	}}
}

// add writes an attribute; value may be empty.
func (m media) add(key, value string) {
	m.d.Attributes = append(m.d.Attributes, psdp.Attribute{Key: key, Value: value})
}

// codec writes a payload type: format, rtpmap and fmtp.
func (m media) codec(c Codec) {
	pt := strconv.Itoa(int(c.PT))
	m.d.MediaName.Formats = append(m.d.MediaName.Formats, pt)
	enc := pt + " " + c.Name + "/" + strconv.Itoa(c.Clock)
	if c.Channels > 1 {
		enc += "/" + strconv.Itoa(c.Channels)
	}
	m.add("rtpmap", enc)
	if f := fmtpFor(c); f != "" {
		m.add("fmtp", pt+" "+f)
	}
}

// times writes ptime where it is one that a relay can pass on, and maxptime.
func (m media) times(ptime, maxPTime int) {
	if ptime >= 10 && ptime <= 60 {
		m.add("ptime", strconv.Itoa(ptime))
	}
	if maxPTime > 0 {
		m.add("maxptime", strconv.Itoa(maxPTime))
	}
}
