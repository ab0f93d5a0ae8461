package sdp

import (
	"strings"

	psdp "github.com/pion/sdp/v3"
)

// echo is what a refused section repeats of the offer (RFC 3264 §6): tokens, checked, and no more than 256 bytes of formats,
// whose list has no meaning in a refusal.
type echo struct {
	media, proto, mid string
	formats           []string
}

const maxEcho = 256

// echoes gives what each section of s would repeat when refused.
func echoes(s *Session) []echo {
	out := make([]echo, len(s.Sections))
	for i := range s.Sections {
		out[i] = echoOf(&s.Sections[i])
	}
	return out
}

func echoOf(s *Section) echo {
	e := echo{media: "audio", proto: "RTP/AVP"}
	if isToken(s.Media) && isProto(s.Proto) {
		e.media, e.proto = strings.Clone(s.Media), strings.Clone(s.Proto)
	}
	if isToken(s.MID) {
		e.mid = strings.Clone(s.MID)
	}
	size := 0
	for _, f := range s.Formats {
		if size += len(f) + 1; !isToken(f) || size > maxEcho {
			break
		}
		e.formats = append(e.formats, strings.Clone(f))
	}
	if len(e.formats) == 0 {
		e.formats = []string{"0"}
	}
	return e
}

// refused builds the section that refuses an offered one: port 0 and, for a browser, its mid.
func (e echo) refused() *psdp.MediaDescription {
	return &psdp.MediaDescription{MediaName: psdp.MediaName{Media: e.media, Protos: e.protos(), Formats: e.formats}}
}

// protos gives the transport in the parts that pion/sdp joins.
func (e echo) protos() []string { return strings.Split(e.proto, "/") }
