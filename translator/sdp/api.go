package sdp

import "net/netip"

// TrunkPolicy holds what a trunk allows in its session descriptions.
type TrunkPolicy struct {
	// Codecs are the encoding names allowed, any case: G722, PCMU, PCMA, opus. Empty means G722, PCMA and PCMU. Their order matters only
	// for LateCodec: descriptions follow the offerer's.
	Codecs []string
	// MediaNetworks are where the trunk's media may be (RFC 3264 c= addresses outside are refused). Empty means only the
	// address that its signalling comes from; see TrunkAddr. A private, loopback or link-local address needs a network that
	// lies inside that range: 0.0.0.0/0 does not open 10.0.0.0/8.
	MediaNetworks []netip.Prefix
	// TrunkAddr is the address that the signalling came from.
	TrunkAddr netip.Addr
	// Own are the media addresses that trunks are told of us, at most one a family. An offer of another family is refused (Warning 301), and
	// so is an offer that names one of them as its own, unless it is TrunkAddr. Empty means neither is checked.
	Own []netip.Addr
	// NAT allows the relay to learn the far side's address from its packets (security rule S11). An address outside
	// the media networks is then no reason to refuse, but nothing is sent there.
	NAT bool
	// LateCodec is the one codec that is offered when an INVITE brings no offer. Empty, or not allowed: the first G.711 of Codecs,
	// else their first.
	LateCodec string
	// SRTP says whether media is secured by SDES (RFC 4568). Only for trunks that signal over TLS.
	SRTP SRTPMode
	// SAVP lets us offer RTP/SAVP where SRTP is optional, instead of RTP/AVP with keys beside it (RFC 8643). Where SRTP is required
	// RTP/SAVP is offered anyway.
	SAVP bool
	// DTLS secures media by DTLS-SRTP (RFC 5763): offers and answers have fingerprints and roles, and what comes without is refused. SRTP is
	// not looked at then. RTCP shares the RTP port where the far side allows it, and is not used where it does not.
	DTLS bool
	// AVPF lets us offer the profile with feedback (RFC 4585). Answers repeat the offer's profile.
	AVPF bool
	// RTCPMux lets RTCP share the RTP port where both sides say so (RFC 5761).
	RTCPMux bool
}

// Only gives the policy for a call that may use but the codec of another one (a consultation): an allowed codec or none at all.
func (p TrunkPolicy) Only(codec string) TrunkPolicy {
	if !allows(p.Codecs, codec) {
		codec = ""
	}
	p.Codecs = []string{codec}
	return p
}

// TrunkLocal holds the facts of our side of a trunk leg that stand in its descriptions.
type TrunkLocal struct {
	// Addr is the advertised address and the even RTP port; RTCP is on the next port.
	Addr netip.AddrPort
	// SessionID is the o= line's 63-bit random number.
	SessionID uint64
	// Secret is random, of this dialog alone. It is needed where [TrunkPolicy.SRTP] is not off.
	Secret Secret
	// Fingerprint is our certificate's, as in [AgentLocal]. It is needed with [TrunkPolicy.DTLS].
	Fingerprint string
}

// AgentLocal holds the facts of our side of an agent leg.
type AgentLocal struct {
	// Candidates are the host candidates that browsers can reach, best first. The first is the default (c= and m=).
	Candidates []netip.AddrPort
	// Ufrag and Pwd are our ICE credentials (RFC 8839 §5.4).
	Ufrag, Pwd string
	// Fingerprint is our certificate's SHA-256, as colon-separated upper-case hex pairs (RFC 8122 §5).
	Fingerprint string
	// SSRC is the one SSRC that we send with, CNAME its RTCP name.
	SSRC  uint32
	CNAME string
	// SessionID is the o= line's 63-bit random number.
	SessionID uint64
}

// AgentRemote holds what a browser's description told us, all that the relay needs of it.
type AgentRemote struct {
	Ufrag, Pwd string
	// Fingerprints are the a=fingerprint lines in use, "sha-256 AB:CD:…" form split; one of them must match. SHA-1 is not among them.
	Fingerprints []Fingerprint
	// Codec and Event are what the browser receives and sends, in its numbers. Event.PT is 0 when there is none (check Name).
	Codec, Event Codec
	// Codecs are all codecs of the description that can be used, in its order, Codec being the first.
	Codecs []Codec
}

// Fingerprints are those of one description. They are not to be changed.
type Fingerprints []Fingerprint

// Fingerprint is one a=fingerprint line (RFC 8122 §5).
type Fingerprint struct {
	Hash  string // lower case, "sha-256"
	Value []byte
}

// TrunkRemote holds what the far side's description told us.
type TrunkRemote struct {
	// RTP and RTCP are where to send. RTP is the zero AddrPort while the far side holds with a zero address, and with
	// [TrunkPolicy.NAT] when it told an address where nothing is sent: then its packets must show it (S11). RTCP is also zero when the
	// far side wants none (b=RS:0, b=RR:0).
	RTP, RTCP netip.AddrPort
	// Codec and Event are the negotiated codec and telephone-event in the trunk's numbers; before the codec is fixed those that
	// would be taken. Event.Name is empty when there is none.
	Codec, Event Codec
	// Send says whether we may send to the far side, Receive whether it sends to us.
	Send, Receive bool
	// PTime is the packet time in ms, 20 when none was given.
	PTime int
	// Key is what the far side's SRTP is read with; its Suite is SuiteNone for plain RTP. Another key than before begins the receiving
	// context anew. Ours is [TrunkLocal.Key] of the same suite, as long as the dialog lasts.
	Key Key
	// Fingerprints are those of the far side, of which one must match the certificate of its DTLS; nil without DTLS. Other ones than before ask for another
	// association (RFC 8842 §5.5).
	Fingerprints *Fingerprints
	// Mux says that RTCP comes and goes on the RTP port; RTCP is then equal to RTP.
	Mux bool
	// Older says that the description's o= version is lower than that of the one before, of the same session. It is honoured (RFC 3264 §8
	// asks for more than PBXs do) and worth a line in the log.
	Older bool
	// EventIn is the telephone-event number that the far side may use besides Event.PT, because we offered it; Name is empty when
	// there is none.
	EventIn Codec
}

// Codec is one payload type and its encoding (RFC 8866 §6.6).
type Codec struct {
	PT       uint8
	Name     string // as registered: PCMU, PCMA, G722, opus, telephone-event, CN
	Clock    int    // Hz, as in rtpmap
	Channels int    // 1 unless given
	Fmtp     string
}
