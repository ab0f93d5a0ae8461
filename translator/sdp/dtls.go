package sdp

import "slices"

// DTLS on a trunk (RFC 5763, RFC 5764), where [TrunkPolicy.DTLS] asks for it: as with browsers, but without ICE and BUNDLE. We are always the DTLS server, so our offers
// leave the roles open, our answers are passive, and who wants to be the server too is refused.

// The roles of a=setup that we write.
const (
	setupOffer  = "actpass"
	setupAnswer = "passive"
)

// dtlsProfile is the transport that we offer.
func (p *TrunkPolicy) dtlsProfile() string {
	if p.AVPF {
		return "UDP/TLS/RTP/SAVPF"
	}
	return "UDP/TLS/RTP/SAVP"
}

// judgeDTLS says whether a section can be secured by DTLS, its sender having one of the roles; none means active.
func (s *Section) judgeDTLS(roles ...string) *Error {
	switch {
	case !strong(s.Fingerprints):
		return unacceptable(warnMisc, "no a=fingerprint that can be used")
	case s.Setup != "" && !slices.Contains(roles, s.Setup):
		return unacceptable(warnMisc, "a=setup leaves no role for a DTLS server")
	}
	return nil
}

// sdes is what the trunk has by way of keys told in descriptions: nothing, where DTLS makes them.
func (p *TrunkPolicy) sdes() SRTPMode {
	if p.DTLS {
		return SRTPOff
	}
	return p.SRTP
}

// muxes reports whether RTCP may share the RTP port. A DTLS association is one for both then; there is no second one for an RTCP port.
func (p *TrunkPolicy) muxes() bool { return p.RTCPMux || p.DTLS }
