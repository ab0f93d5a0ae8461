package relay

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/pion/dtls/v3"
	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"

	"offhook/translator/sdp"
)

// dtlsConn is what is used of a [dtls.Conn].
type dtlsConn interface {
	Read(b []byte) (int, error)
	Close() error
}

// association is one DTLS association of a browser or a trunk, and the SRTP keys that come out of it (RFC 5764). We are always its server.
type association struct {
	r       *Relay
	user    dtlsUser
	id      uint32 // differs among all associations of a relay that live at once
	prints  []sdp.Fingerprint
	cookies bool // the peer's address has not proved itself yet: a cookie must (RFC 6347 §4.2.1)
	pipe    *pipe
	ctx     context.Context // ends the handshake
	stop    context.CancelFunc

	// guarded by the session's mutex

	conn    dtlsConn // set when ready
	ready   bool
	stopped bool // by us: its end is no news
	in, out *srtp.Context
	header  rtp.Header // room for parsing
	ssrcs   [4]uint32  // sources that sent authenticated packets
	known   int
}

// dtlsUser is whose an association is.
type dtlsUser interface {
	// established puts the keys of a finished handshake into use. It is false when nobody wants them any more.
	established(a *association, conn dtlsConn) bool
	// ended is told that an association broke, or was ended by us.
	ended(a *association, err error)
}

// newAssociation begins an association with a peer, which send reaches; the caller runs it.
func newAssociation(r *Relay, user dtlsUser, prints []sdp.Fingerprint, send func(b []byte)) *association {
	a := &association{r: r, user: user, id: r.assocs.Add(1)&(1<<29-1) | 1<<29, pipe: newPipe(send), prints: prints}
	a.ctx, a.stop = context.WithCancel(context.Background())
	return a
}

// closeLocked ends an association that is not wanted any more. The peer is told by a goroutine of its own, as that may take a lock.
func (a *association) closeLocked() {
	if farewell := a.stopLocked(); farewell != nil {
		a.r.farewells.Go(farewell)
	}
}

// stopLocked ends an association, and returns what is left to tell its peer: nil for nothing.
func (a *association) stopLocked() (farewell func()) {
	a.stopped = true
	a.stop()
	conn := a.conn
	if conn == nil {
		return nil
	}
	return func() {
		defer a.r.caught("end of DTLS")
		conn.Close()
	}
}

// replayWindow is how far behind the newest an SRTP packet may be, in packets (RFC 3711 §3.3.2).
const replayWindow = 128

// profiles are the SRTP protections that we accept, best first.
var profiles = []dtls.SRTPProtectionProfile{dtls.SRTP_AEAD_AES_128_GCM, dtls.SRTP_AES128_CM_HMAC_SHA1_80}

// errClosedByPeer is told when the peer ends the association (close_notify).
var errClosedByPeer = errors.New("relay: the peer closed DTLS")

// run makes the handshake, and then waits for the end. It has a goroutine of its own.
func (a *association) run() {
	defer a.pipe.Close()
	defer a.stop()
	defer a.r.caught("DTLS")
	conn, err := a.handshake()
	if err == nil && a.user.established(a, conn) {
		err = drain(conn)
	}
	if conn != nil {
		conn.Close() // tells the peer, unless it told us or was told
	}
	a.user.ended(a, err)
}

// handshake returns the connection with the keys in place, or the reason; then the connection may be nil.
func (a *association) handshake() (*dtls.Conn, error) {
	r := a.r
	var mismatch atomic.Bool
	check := pinned(a.prints)
	conn, err := dtls.ServerWithOptions(a.pipe, a.pipe.RemoteAddr(),
		dtls.WithCertificates(r.certificate),
		dtls.WithSRTPProtectionProfiles(profiles...),
		dtls.WithExtendedMasterSecret(dtls.RequireExtendedMasterSecret),
		dtls.WithClientAuth(dtls.RequireAnyClientCert),
		dtls.WithVerifyPeerCertificate(func(raw [][]byte, chains [][]*x509.Certificate) error {
			err := check(raw, chains)
			mismatch.Store(err != nil)
			return err
		}),
		dtls.WithInsecureSkipVerifyHello(!a.cookies), // ICE proves a source
		dtls.WithMTU(1200),
	)
	if err != nil {
		return nil, fmt.Errorf("relay: DTLS: %w", err)
	}
	ctx, cancel := context.WithTimeout(a.ctx, r.config.Handshake)
	defer cancel()
	if err := conn.HandshakeContext(ctx); err != nil {
		if mismatch.Load() {
			err = errFingerprint
		}
		return conn, fmt.Errorf("relay: DTLS: %w", err)
	}
	return conn, a.keys(conn)
}

// keys exports the SRTP keys (RFC 5764 §4.2). The certificate has been checked by then.
func (a *association) keys(conn *dtls.Conn) error {
	profile, ok := conn.SelectedSRTPProtectionProfile()
	if !ok {
		return errors.New("relay: the peer offers no SRTP protection that we know")
	}
	state, ok := conn.ConnectionState()
	if !ok {
		return errors.New("relay: DTLS: no state after the handshake")
	}
	c := srtp.Config{Profile: srtp.ProtectionProfile(profile)}
	if err := c.ExtractSessionKeysFromDTLS(&state, false); err != nil {
		return fmt.Errorf("relay: SRTP keys: %w", err)
	}
	var err error
	a.in, a.out, err = contexts(c.Keys, c.Profile)
	return err
}

// contexts makes the two directions of SRTP of keys. What comes in is protected against replay (RFC 3711 §3.3.2).
func contexts(k srtp.SessionKeys, profile srtp.ProtectionProfile) (in, out *srtp.Context, err error) {
	in, err = srtp.CreateContext(k.RemoteMasterKey, k.RemoteMasterSalt, profile,
		srtp.SRTPReplayProtection(replayWindow), srtp.SRTCPReplayProtection(replayWindow))
	if err != nil {
		return nil, nil, fmt.Errorf("relay: SRTP: %w", err)
	}
	out, err = srtp.CreateContext(k.LocalMasterKey, k.LocalMasterSalt, profile)
	if err != nil {
		return nil, nil, fmt.Errorf("relay: SRTP: %w", err)
	}
	return in, out, nil
}

// drain reads until the end: there is no data in our DTLS, only alerts.
func drain(conn dtlsConn) error {
	b := make([]byte, maxDatagram)
	for {
		if _, err := conn.Read(b); err != nil {
			return errClosedByPeer
		}
	}
}

// expected reports whether an SSRC may send: one that has, or a new one while there is room. Only knows may make it known.
func (a *association) expected(ssrc uint32) bool {
	for _, s := range a.ssrcs[:a.known] {
		if s == ssrc {
			return true
		}
	}
	return a.known < len(a.ssrcs)
}

// knows remembers an SSRC whose packet was authentic.
func (a *association) knows(ssrc uint32) {
	for _, s := range a.ssrcs[:a.known] {
		if s == ssrc {
			return
		}
	}
	a.ssrcs[a.known] = ssrc
	a.known++
}
