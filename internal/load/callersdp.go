package load

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// offerSDP is what a phone offers: G.711 in its order of preference, and telephone-event (RFC 3264, RFC 4733).
func offerSDP(rtp netip.AddrPort, codecs []Codec) []byte {
	family := "IP4"
	if rtp.Addr().Is6() {
		family = "IP6"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "v=0\r\no=- %d 1 IN %s %s\r\ns=-\r\nc=IN %s %s\r\nt=0 0\r\nm=audio %d RTP/AVP",
		rtp.Port(), family, rtp.Addr(), family, rtp.Addr(), rtp.Port())
	for _, c := range codecs {
		fmt.Fprintf(&b, " %d", c)
	}
	b.WriteString(" 101\r\n")
	for _, c := range codecs {
		fmt.Fprintf(&b, "a=rtpmap:%d %v/8000\r\n", c, c)
	}
	b.WriteString("a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\na=sendrecv\r\n")
	return []byte(b.String())
}

var errNoAudio = errors.New("the answer has no G.711 audio")

// readAnswer finds in an answer where to send, and what.
func readAnswer(sdp []byte) (to netip.AddrPort, codec Codec, err error) {
	var addr netip.Addr
	var port uint64
	for line := range strings.Lines(string(sdp)) {
		field := strings.Fields(line)
		switch {
		case strings.HasPrefix(line, "c=IN ") && len(field) == 3:
			if addr, err = netip.ParseAddr(field[2]); err != nil {
				return to, 0, fmt.Errorf("reading the answer: %w", err)
			}
		case strings.HasPrefix(line, "m=audio ") && len(field) > 3:
			if port, err = strconv.ParseUint(field[1], 10, 16); err != nil {
				return to, 0, fmt.Errorf("reading the answer: %w", err)
			}
			if field[3] != "0" && field[3] != "8" {
				return to, 0, errNoAudio
			}
			codec = PCMU
			if field[3] == "8" {
				codec = PCMA
			}
		}
	}
	if !addr.IsValid() || port == 0 {
		return to, 0, errNoAudio
	}
	return netip.AddrPortFrom(addr, uint16(port)), codec, nil
}
