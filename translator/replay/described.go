package replay

import (
	"strings"
)

// described is what a session description says of sound, as far as two of them are compared.
type described struct {
	sections  int
	refused   bool     // no audio section with a port
	profile   string   // RTP/AVP
	codecs    []string // in order, lower case, without events
	events    bool
	direction string
	zero      bool // c=0.0.0.0 (RFC 2543's hold)
	keys      bool // a=crypto
}

// describes reads a description, as tolerantly as a comparison needs.
func describes(body string) (d described) {
	session, audio, inAudio, seen := "", "", false, false
	maps := map[string]string{"0": "pcmu", "3": "gsm", "4": "g723", "8": "pcma", "9": "g722", "13": "cn", "18": "g729"}
	var formats []string
	d.refused = true
	for line := range strings.SplitSeq(strings.ReplaceAll(body, "\r", ""), "\n") {
		switch {
		case strings.HasPrefix(line, "m="):
			d.sections++
			f := strings.Fields(line[2:])
			inAudio = !seen && len(f) > 3 && f[0] == "audio" && f[1] != "0"
			if inAudio {
				seen, d.refused, d.profile, formats = true, false, f[2], f[3:]
			}
		case d.sections > 0 && !inAudio:
		case strings.HasPrefix(line, "c="):
			d.zero = strings.HasSuffix(line, " 0.0.0.0")
		case strings.HasPrefix(line, "a=crypto:"):
			d.keys = true
		case strings.HasPrefix(line, "a=rtpmap:"):
			number, codec, _ := strings.Cut(line[len("a=rtpmap:"):], " ")
			name, _, _ := strings.Cut(codec, "/")
			maps[number] = strings.ToLower(strings.TrimSpace(name))
		case line == "a=sendrecv" || line == "a=sendonly" || line == "a=recvonly" || line == "a=inactive":
			if inAudio {
				audio = line[2:]
			} else {
				session = line[2:]
			}
		}
	}
	for _, number := range formats {
		switch name := maps[number]; name {
		case "telephone-event":
			d.events = true
		case "":
			d.codecs = append(d.codecs, "format "+number)
		default:
			d.codecs = append(d.codecs, name)
		}
	}
	d.direction = first(audio, session, "sendrecv")
	return d
}

func first(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

// holds says whether the describer does not want to hear the other side (translation.md 2.4).
func (d described) holds() bool {
	return d.direction == "sendonly" || d.direction == "inactive" || d.zero
}

// codec is the one that counts: the first.
func (d described) codec() string {
	if d.refused || len(d.codecs) == 0 {
		return "no audio"
	}
	return d.codecs[0]
}
