package replay

import (
	"fmt"
	"strings"
)

const fingerprint = "7B:8B:F0:65:5F:78:E2:51:3B:AC:6F:F3:3F:46:1B:35:DC:B8:5F:64:1A:24:C2:43:F0:A1:58:D0:A1:2C:19:08"

// BrowserAnswer answers our offer as a browser would: all that was offered.
func BrowserAnswer(offer string) string {
	var out []string
	for _, line := range strings.Split(strings.ReplaceAll(offer, "\r", ""), "\n") {
		switch {
		case strings.HasPrefix(line, "m=audio "):
			f := strings.Fields(line)
			f[1] = "9"
			out = append(out, strings.Join(f, " "), "c=IN IP4 0.0.0.0", "a=rtcp:9 IN IP4 0.0.0.0", "a=ice-ufrag:brow", "a=ice-pwd:browserbrowserbrowserbro", "a=ice-options:trickle",
				"a=fingerprint:sha-256 "+fingerprint, "a=setup:active", "a=mid:0", "a=sendrecv", "a=rtcp-mux")
		case strings.HasPrefix(line, "a=rtpmap:"), strings.HasPrefix(line, "a=fmtp:"):
			out = append(out, line)
		}
	}
	return "v=0\r\no=- 4611731400430051336 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\na=msid-semantic: WMS\r\n" + strings.Join(out, "\r\n") + "\r\n"
}

// BrowserOffer is a browser's own offer of G.711 and events (the protocol's restart). n makes its credentials new.
func BrowserOffer(n int) string {
	return strings.ReplaceAll(fmt.Sprintf(`v=0
o=- 4611731400430051%03d 2 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0
m=audio 9 UDP/TLS/RTP/SAVPF 111 9 0 8 126
c=IN IP4 0.0.0.0
a=rtcp:9 IN IP4 0.0.0.0
a=ice-ufrag:new%d
a=ice-pwd:restartrestartrestartrest
a=fingerprint:sha-256 %s
a=setup:actpass
a=mid:0
a=sendrecv
a=rtcp-mux
a=rtpmap:111 opus/48000/2
a=rtpmap:9 G722/8000
a=rtpmap:0 PCMU/8000
a=rtpmap:8 PCMA/8000
a=rtpmap:126 telephone-event/8000
`, n%1000, n, fingerprint), "\n", "\r\n")
}
