package sdp

import (
	"strconv"
	"strings"
)

// The encodings that are known by name, as registered (RFC 3551 §6, RFC 7587, RFC 4733, RFC 3389).
const (
	namePCMU  = "PCMU"
	namePCMA  = "PCMA"
	nameG722  = "G722"
	nameOpus  = "opus"
	nameEvent = "telephone-event"
	nameCN    = "CN"
)

// relayed are the codecs that can be passed through, each in its one form; G722's clock is 8000 by RFC 3551 §4.5.2. Static numbers are below 96.
var relayed = []Codec{
	{PT: 9, Name: nameG722, Clock: 8000, Channels: 1},
	{PT: 0, Name: namePCMU, Clock: 8000, Channels: 1},
	{PT: 8, Name: namePCMA, Clock: 8000, Channels: 1},
	{PT: 96, Name: nameOpus, Clock: 48000, Channels: 2},
}

// defaultCodecs is what a trunk allows when its policy names none. Opus must be asked for.
var defaultCodecs = []string{nameG722, namePCMA, namePCMU}

// static gives the encoding of a static payload type (RFC 3551 §6), as far as it matters here.
func static(pt uint8) Codec {
	switch pt {
	case 0:
		return Codec{PT: pt, Name: namePCMU, Clock: 8000, Channels: 1}
	case 8:
		return Codec{PT: pt, Name: namePCMA, Clock: 8000, Channels: 1}
	case 9:
		return Codec{PT: pt, Name: nameG722, Clock: 8000, Channels: 1}
	case 13:
		return Codec{PT: pt, Name: nameCN, Clock: 8000, Channels: 1}
	}
	return Codec{PT: pt}
}

// Relayed reports whether c is one of the codecs that offhook passes through: opus/48000/2, G722, PCMU, PCMA.
// opus/48000 without /2 is no opus (RFC 7587 §7).
func (c Codec) Relayed() bool {
	for _, r := range relayed {
		if c.same(r) {
			return true
		}
	}
	return false
}

// same compares encodings, not payload types or parameters.
func (c Codec) same(d Codec) bool {
	return c.Name == d.Name && c.Clock == d.Clock && c.Channels == d.Channels
}

func (c Codec) isEvent() bool { return c.Name == nameEvent && c.Clock > 0 && c.Channels == 1 }
func (c Codec) isCN() bool    { return c.Name == nameCN && c.Clock == 8000 && c.Channels == 1 }

// canonical gives a known encoding name in its registered case: names compare without case (RFC 4855 §3).
func canonical(name string) string {
	for _, n := range [...]string{namePCMU, namePCMA, nameG722, nameOpus, nameEvent, nameCN} {
		if strings.EqualFold(n, name) {
			return n
		}
	}
	return name
}

// rtpmaps collects the rtpmap and fmtp lines of a section; the first of a payload type counts.
type rtpmaps struct {
	maps []Codec
	fmtp []Codec // PT and Fmtp only
}

// readRTPMap reads "96 opus/48000/2".
func (m *rtpmaps) readRTPMap(v string) {
	pt, enc, ok := payloadType(v)
	if !ok || find(m.maps, pt) != nil {
		return
	}
	name, rest, ok := strings.Cut(enc, "/")
	clock, channels, many := strings.Cut(rest, "/")
	c := Codec{PT: pt, Name: canonical(strings.TrimSpace(name)), Clock: number(strings.TrimSpace(clock), 1<<30, 0), Channels: 1}
	if many {
		c.Channels = number(strings.TrimSpace(channels), 255, 0)
	}
	if ok && c.Clock > 0 && c.Channels > 0 {
		m.maps = append(m.maps, c)
	}
}

// readFmtp reads "101 0-15".
func (m *rtpmaps) readFmtp(v string) {
	if pt, params, ok := payloadType(v); ok && find(m.fmtp, pt) == nil {
		m.fmtp = append(m.fmtp, Codec{PT: pt, Fmtp: params})
	}
}

// codec gives the encoding of a payload type: an rtpmap goes before the static table.
func (m *rtpmaps) codec(pt uint8) Codec {
	c := static(pt)
	if mapped := find(m.maps, pt); mapped != nil {
		c = *mapped
	}
	if f := find(m.fmtp, pt); f != nil {
		c.Fmtp = f.Fmtp
	}
	return c
}

// payloadType splits the number off an rtpmap or fmtp value.
func payloadType(v string) (pt uint8, rest string, ok bool) {
	num, rest, _ := strings.Cut(v, " ")
	n, err := strconv.ParseUint(num, 10, 7)
	return uint8(n), strings.TrimSpace(rest), err == nil
}

func find(list []Codec, pt uint8) *Codec {
	for i := range list {
		if list[i].PT == pt {
			return &list[i]
		}
	}
	return nil
}

// usable gives those of a section's codecs that the policy allows, in the section's order, each encoding once.
func usable(all []Codec, allowed []string) []Codec {
	var out []Codec
	for _, c := range all {
		if c.Relayed() && allows(allowed, c.Name) && !contains(out, c) {
			out = append(out, c)
		}
	}
	return out
}

func allows(allowed []string, name string) bool {
	if len(allowed) == 0 {
		allowed = defaultCodecs
	}
	for _, a := range allowed {
		if strings.EqualFold(a, name) {
			return true
		}
	}
	return false
}

func contains(list []Codec, c Codec) bool { return indexOf(list, c) >= 0 }

func indexOf(list []Codec, c Codec) int {
	for i := range list {
		if list[i].same(c) {
			return i
		}
	}
	return -1
}

// events gives the telephone-event types of a section, each clock once.
func events(all []Codec) []Codec {
	var out []Codec
	for _, c := range all {
		if c.isEvent() && !contains(out, c) {
			out = append(out, c)
		}
	}
	return out
}

// eventFor chooses the event type for a codec: that of its clock (RFC 4733 §2.1), else the one at 8000 Hz. The
// zero Codec means that there is none.
func eventFor(events []Codec, c Codec) Codec {
	var fallback Codec
	for _, e := range events {
		if e.Clock == c.Clock {
			return e
		}
		if e.Clock == 8000 {
			fallback = e
		}
	}
	return fallback
}

// comfortNoise gives the CN type of a section, or the zero Codec.
func comfortNoise(all []Codec) Codec {
	for _, c := range all {
		if c.isCN() {
			return c
		}
	}
	return Codec{}
}

// relayedNames are the names of all codecs that can be passed through.
var relayedNames = []string{nameG722, namePCMU, namePCMA, nameOpus}

// relayedAs gives the codec that can be passed through of a name in any case, with a number of ours; the zero Codec for none.
func relayedAs(name string) Codec {
	for _, c := range relayed {
		if strings.EqualFold(c.Name, name) {
			return c
		}
	}
	return Codec{}
}
