package load

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// eventsType is the payload type of telephone-event in our offers (RFC 4733).
const eventsType = 101

// sending is which way sound goes, as the one who says so sees it (RFC 3264 §6.1).
type sending string

// The directions.
const (
	sendRecv sending = "sendrecv"
	sendOnly sending = "sendonly"
	recvOnly sending = "recvonly"
	inactive sending = "inactive"
)

// mirrored is the answer to this direction.
func (s sending) mirrored() sending {
	switch s {
	case sendOnly:
		return recvOnly
	case recvOnly:
		return sendOnly
	}
	return s
}

// described is what a description of the other end says: where to send, and what.
type described struct {
	to     netip.AddrPort
	codec  Codec
	events int // the payload type of telephone-event, 0 for none
	way    sending
}

// listens reports whether the other end wants to hear us.
func (d *described) listens() bool { return d.way == sendRecv || d.way == recvOnly }

// description writes an SDP: these codecs, telephone-event under its payload type unless that is 0, and a direction.
func description(rtp netip.AddrPort, version int, codecs []Codec, events int, way sending) []byte {
	family := "IP4"
	if rtp.Addr().Is6() {
		family = "IP6"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "v=0\r\no=- %d %d IN %s %s\r\ns=-\r\nc=IN %s %s\r\nt=0 0\r\nm=audio %d RTP/AVP",
		rtp.Port(), version, family, rtp.Addr(), family, rtp.Addr(), rtp.Port())
	for _, c := range codecs {
		fmt.Fprintf(&b, " %d", c)
	}
	if events != 0 {
		fmt.Fprintf(&b, " %d", events)
	}
	b.WriteString("\r\n")
	for _, c := range codecs {
		fmt.Fprintf(&b, "a=rtpmap:%d %v/8000\r\n", c, c)
	}
	if events != 0 {
		fmt.Fprintf(&b, "a=rtpmap:%d telephone-event/8000\r\na=fmtp:%d 0-15\r\n", events, events)
	}
	fmt.Fprintf(&b, "a=ptime:20\r\na=%s\r\n", way)
	return []byte(b.String())
}

var errNoAudio = errors.New("the description has no G.711 audio")

// readDescription reads an offer or an answer: its first G.711 format counts.
func readDescription(sdp []byte) (d described, err error) {
	d.way = sendRecv
	var addr netip.Addr
	var port uint64
	var formats []string
	for line := range strings.Lines(string(sdp)) {
		line = strings.TrimSpace(line)
		field := strings.Fields(line)
		switch {
		case strings.HasPrefix(line, "c=IN ") && len(field) == 3:
			if addr, err = netip.ParseAddr(field[2]); err != nil {
				return d, fmt.Errorf("reading a description: %w", err)
			}
		case strings.HasPrefix(line, "m=audio ") && len(field) > 3:
			if port, err = strconv.ParseUint(field[1], 10, 16); err != nil {
				return d, fmt.Errorf("reading a description: %w", err)
			}
			formats = field[3:]
		default:
			d.attribute(line)
		}
	}
	found := false
	for _, f := range formats {
		if d.codec = PCMU; f == "8" {
			d.codec = PCMA
		}
		if found = f == "0" || f == "8"; found {
			break
		}
	}
	if !addr.IsValid() || port == 0 || !found {
		return d, errNoAudio
	}
	d.to = netip.AddrPortFrom(addr, uint16(port))
	return d, nil
}

func (d *described) attribute(line string) {
	name, value, _ := strings.Cut(strings.TrimPrefix(line, "a="), ":")
	switch way := sending(name); {
	case way == sendRecv || way == sendOnly || way == recvOnly || way == inactive:
		d.way = way
	case name == "rtpmap":
		if number, codec, _ := strings.Cut(value, " "); strings.EqualFold(codec, "telephone-event/8000") {
			d.events, _ = strconv.Atoi(number)
		}
	}
}
