package relay

import (
	"net/netip"
	"testing"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/pion/srtp/v3"
)

// nowhere is a socket that takes everything.
type nowhere struct{}

func (nowhere) WriteToUDPAddrPort(b []byte, _ netip.AddrPort) (int, error) { return len(b), nil }

// wired is a session whose leg has keys without a handshake, and the browser's ends of them.
type wired struct {
	*call
	leg     *agentLeg
	from    source
	in, out *srtp.Context // of the browser
}

// wire joins a trunk and a leg. Its keys are as from a handshake with the profile.
func wire(t testing.TB, profile dtls.SRTPProtectionProfile) *wired {
	t.Helper()
	return wireTo(t, newRelay(t), profile)
}

func wireTo(t testing.TB, r *Relay, profile dtls.SRTPProtectionProfile) *wired {
	t.Helper()
	c := newCall(t, r, policy())
	if _, err := c.s.OfferAgent(1); err != nil {
		t.Fatal(err)
	}
	if err := c.s.AgentAnswer(1, []byte(wiredAnswer)); err != nil {
		t.Fatal(err)
	}
	w := &wired{call: c, leg: c.s.legs[1]}
	w.from = source{c.r.sockets[0], netip.MustParseAddrPort("127.0.0.1:9")}
	c.r.routes.bind(w.leg, w.from, time.Second)
	w.leg.pair.Store(&w.from)
	w.leg.nominated = true

	key, salt := make([]byte, 16), make([]byte, 14)
	if profile == dtls.SRTP_AEAD_AES_128_GCM {
		salt = salt[:12]
	}
	keys := srtp.SessionKeys{LocalMasterKey: key, LocalMasterSalt: salt, RemoteMasterKey: key, RemoteMasterSalt: salt}
	a := newAssociation(c.r, w.leg, nil, w.leg.toPeer)
	a.ready = true
	var err error
	if a.in, a.out, err = contexts(keys, srtp.ProtectionProfile(profile)); err != nil {
		t.Fatal(err)
	}
	if w.in, w.out, err = contexts(keys, srtp.ProtectionProfile(profile)); err != nil {
		t.Fatal(err)
	}
	c.s.mu.Lock()
	w.leg.assoc = a
	c.s.mu.Unlock()
	if err := c.s.Connect(1); err != nil {
		t.Fatal(err)
	}
	c.answer()
	return w
}

const wiredAnswer = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 8 96\r\nc=IN IP4 0.0.0.0\r\n" +
	"a=rtpmap:96 telephone-event/8000\r\na=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuvwx\r\na=mid:0\r\n" +
	"a=fingerprint:sha-256 00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F\r\n" +
	"a=setup:active\r\na=rtcp-mux\r\na=sendrecv\r\n"

// seal makes the browser's SRTP packet.
func (w *wired) seal(b []byte) []byte {
	sealed, err := w.out.EncryptRTP(nil, b, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return sealed
}

var profileNames = map[dtls.SRTPProtectionProfile]string{dtls.SRTP_AEAD_AES_128_GCM: "GCM", dtls.SRTP_AES128_CM_HMAC_SHA1_80: "CM"}
