package relay

import (
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"

	"offhook/translator/sdp"
)

// trunkSRTP protects a trunk leg whose keys came by its descriptions (SDES, RFC 4568), or by DTLS. The zero trunkSRTP is plain RTP. Once a
// dialog has keys, or is to have them by DTLS, nothing plain is sent or taken, whatever goes wrong with them.
type trunkSRTP struct {
	dtls    *trunkDTLS // nil without
	suite   sdp.Suite
	out     [sdp.GCM256 + 1]*srtp.Context // by suite: a suite that comes back goes on counting (RFC 3711 §9.1: no index twice)
	in      *inbound                      // of the far side's present key, nil when it is of no use
	before  *inbound                      // of the key before, until something came under the present one
	header  rtp.Header                    // room for parsing
	attempt []byte                        // room for a copy, while there are two keys
}

// inbound is the receiving context of one key.
type inbound struct {
	key     sdp.Key
	context *srtp.Context
	ssrcs   []uint32 // sources that sent authenticated packets
}

// maxTrunkSources bounds the sources of one key: a PBX changes them as it joins the call with one leg and another.
const maxTrunkSources = 64

// protections are the profiles of SDES suites (RFC 4568 §6.2, RFC 7714 §14.2).
var protections = [...]srtp.ProtectionProfile{
	sdp.AESCM80: srtp.ProtectionProfileAes128CmHmacSha1_80,
	sdp.AESCM32: srtp.ProtectionProfileAes128CmHmacSha1_32,
	sdp.GCM128:  srtp.ProtectionProfileAeadAes128Gcm,
	sdp.GCM256:  srtp.ProtectionProfileAeadAes256Gcm,
}

// on reports whether the dialog has keys, or is to have them.
func (t *trunkSRTP) on() bool { return t.dtls != nil || t.suite != sdp.SuiteNone }

// usable reports whether something can be sent now.
func (t *trunkSRTP) usable() bool { return t.dtls == nil || t.dtls.ready() != nil }

// sender is the context that we send with, nil for none.
func (t *trunkSRTP) sender() *srtp.Context {
	if t.dtls == nil {
		return t.out[t.suite]
	}
	if a := t.dtls.ready(); a != nil {
		return a.out
	}
	return nil
}

// agree takes what the two sides told last. A new key of the far side begins its context anew, the old one stays of use until a packet came under the
// new one: an offer may be taken back, and its sender goes on with the old key until it has our answer.
func (t *trunkSRTP) agree(local sdp.TrunkLocal, theirs sdp.Key) {
	t.suite = theirs.Suite
	if t.suite == sdp.SuiteNone {
		return
	}
	if t.out[t.suite] == nil {
		t.out[t.suite], _ = newContext(local.Key(t.suite))
	}
	theirs.Tag = 0 // names a line, not a key
	switch {
	case t.in != nil && t.in.key == theirs:
	case t.before != nil && t.before.key == theirs:
		t.in, t.before = t.before, t.in
	default:
		t.in, t.before = newInbound(theirs), t.in
	}
}

func newInbound(key sdp.Key) *inbound {
	c, err := newContext(key, srtp.SRTPReplayProtection(replayWindow), srtp.SRTCPReplayProtection(replayWindow))
	if err != nil {
		return nil
	}
	return &inbound{key: key, context: c, ssrcs: make([]uint32, 0, 4)}
}

// newContext makes one direction of SRTP of a key.
func newContext(key sdp.Key, options ...srtp.ContextOption) (*srtp.Context, error) {
	profile := protections[key.Suite]
	length, err := profile.KeyLen()
	if err != nil {
		return nil, fmt.Errorf("relay: SDES: %w", err)
	}
	master := key.Octets()
	c, err := srtp.CreateContext(master[:length], master[length:], profile, options...)
	if err != nil {
		return nil, fmt.Errorf("relay: SDES: %w", err)
	}
	return c, nil
}

// seal protects an RTP packet of ours, in place: what lies behind it has room for the tag. It is false when the packet must not be sent.
func (t *trunkSRTP) seal(b []byte) ([]byte, bool) {
	if !t.on() {
		return b, true
	}
	out := t.sender()
	if out == nil {
		return nil, false
	}
	sealed, err := out.EncryptRTP(b, b, &t.header)
	return sealed, err == nil
}

// sealReport protects an RTCP packet of ours, into room.
func (t *trunkSRTP) sealReport(room, b []byte) ([]byte, bool) {
	if !t.on() {
		return b, true
	}
	out := t.sender()
	if out == nil {
		return nil, false
	}
	sealed, err := out.EncryptRTCP(room[:0], b, nil)
	return sealed, err == nil
}

// open reads an SRTP packet of the far side in place (RFC 3711 §3.3).
func (t *trunkSRTP) open(b []byte) (plain []byte, why Drop, ok bool) {
	p, ok := parseHeader(b)
	if !ok {
		return nil, DropUnknown, false
	}
	return t.tried(b, p.ssrc, func(c *srtp.Context, b []byte) ([]byte, error) { return c.DecryptRTP(b, b, &t.header) })
}

// openReport reads an SRTCP packet of the far side in place.
func (t *trunkSRTP) openReport(b []byte) (plain []byte, ok bool) {
	if !t.on() {
		return b, true
	}
	plain, _, ok = t.tried(b, binary.BigEndian.Uint32(b[4:]), func(c *srtp.Context, b []byte) ([]byte, error) { return c.DecryptRTCP(b, b, nil) })
	return plain, ok
}

// tried opens a packet under the key in use, and else under the one before: of a copy, as a wrong key may destroy what it was tried on.
func (t *trunkSRTP) tried(b []byte, ssrc uint32, open func(*srtp.Context, []byte) ([]byte, error)) (plain []byte, why Drop, ok bool) {
	if t.dtls != nil {
		return t.dtls.inbound().open(b, ssrc, open)
	}
	if t.before != nil {
		t.attempt = append(t.attempt[:0], b...)
	}
	plain, why, ok = t.in.open(b, ssrc, open)
	switch {
	case ok:
		t.before, t.attempt = nil, nil
		return plain, 0, true
	case t.before == nil:
		return nil, why, false
	}
	copy(b, t.attempt)
	return t.before.open(b, ssrc, open)
}

// open reads a packet of a source under one key. Nothing of a packet that fails is kept.
func (i *inbound) open(b []byte, ssrc uint32, open func(*srtp.Context, []byte) ([]byte, error)) (plain []byte, why Drop, ok bool) {
	if i == nil {
		return nil, DropSRTP, false
	}
	known := slices.Contains(i.ssrcs, ssrc)
	if !known && len(i.ssrcs) == maxTrunkSources {
		return nil, DropSources, false
	}
	plain, err := open(i.context, b)
	if err != nil {
		return nil, DropSRTP, false
	}
	if !known {
		i.ssrcs = append(i.ssrcs, ssrc)
	}
	return plain, 0, true
}
