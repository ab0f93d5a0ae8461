package load

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/pion/ice/v4"
	"github.com/pion/interceptor"
	"github.com/pion/webrtc/v4"
)

// A peer is a browser's end of one call's media: a PeerConnection with one microphone and one loudspeaker.
type peer struct {
	pc    *webrtc.PeerConnection
	leave func()

	mu        sync.Mutex
	closed    bool
	listeners sync.WaitGroup
}

// peerParams are what a peer speaks, and whom it tells what. The callbacks come from goroutines of the peer's own.
type peerParams struct {
	pacer  *Pacer
	source Source
	heard  func(pcm []int16)
	up     func()
}

func newPeer(p peerParams) (*peer, error) {
	api, err := newAPI()
	if err != nil {
		return nil, err
	}
	pc, err := api.NewPeerConnection(webrtc.Configuration{BundlePolicy: webrtc.BundlePolicyMaxBundle})
	if err != nil {
		return nil, fmt.Errorf("making a PeerConnection: %w", err)
	}
	microphone := &microphone{source: p.source}
	if _, err := pc.AddTrack(microphone); err != nil {
		return nil, errors.Join(fmt.Errorf("adding the microphone: %w", err), pc.Close())
	}
	b := &peer{pc: pc, leave: p.pacer.Add(microphone.tick)}
	pc.OnConnectionStateChange(func(s webrtc.PeerConnectionState) {
		if s == webrtc.PeerConnectionStateConnected {
			p.up()
		}
	})
	pc.OnTrack(func(t *webrtc.TrackRemote, _ *webrtc.RTPReceiver) { b.listen(t, p.heard) })
	return b, nil
}

// newAPI makes an API with G.711 and telephone-event alone. Its interceptor registry is empty: the default ones measure and
// resend at a cost, which would be counted as the gateway's when both run on one machine. Streams that no SDP line names
// are taken, as browsers take them.
func newAPI() (*webrtc.API, error) {
	codecs := &webrtc.MediaEngine{}
	for _, c := range []webrtc.RTPCodecParameters{
		{RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypePCMA, ClockRate: Rate}, PayloadType: webrtc.PayloadType(PCMA)},
		{RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypePCMU, ClockRate: Rate}, PayloadType: webrtc.PayloadType(PCMU)},
		{RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: "audio/telephone-event", ClockRate: Rate, SDPFmtpLine: "0-15"}, PayloadType: 101},
	} {
		if err := codecs.RegisterCodec(c, webrtc.RTPCodecTypeAudio); err != nil {
			return nil, fmt.Errorf("registering a codec: %w", err)
		}
	}
	var settings webrtc.SettingEngine
	if err := settings.SetAnsweringDTLSRole(webrtc.DTLSRoleClient); err != nil { // as browsers do; pion would answer a lite offerer with passive
		panic(err) // the role is a constant
	}
	settings.SetHandleUndeclaredSSRCWithoutAnswer(true)
	settings.SetIncludeLoopbackCandidate(true)
	settings.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4})
	settings.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	if err := settings.SetAnsweringDTLSRole(webrtc.DTLSRoleClient); err != nil { // as browsers do; pion would be passive towards ICE-lite
		return nil, fmt.Errorf("choosing the DTLS role: %w", err)
	}
	return webrtc.NewAPI(webrtc.WithMediaEngine(codecs), webrtc.WithSettingEngine(settings),
		webrtc.WithInterceptorRegistry(&interceptor.Registry{})), nil
}

// answer takes an offer and gives the answer, without candidates: an ICE-lite gateway needs none.
func (b *peer) answer(offer string) (string, error) {
	if err := b.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: offer}); err != nil {
		return "", fmt.Errorf("taking the offer: %w", err)
	}
	answer, err := b.pc.CreateAnswer(nil)
	if err != nil {
		return "", fmt.Errorf("making the answer: %w", err)
	}
	if err := b.pc.SetLocalDescription(answer); err != nil {
		return "", fmt.Errorf("setting the answer: %w", err)
	}
	return answer.SDP, nil
}

// offer makes an offer of our own, for a restart.
func (b *peer) offer() (string, error) {
	offer, err := b.pc.CreateOffer(nil)
	if err != nil {
		return "", fmt.Errorf("making the offer: %w", err)
	}
	if err := b.pc.SetLocalDescription(offer); err != nil {
		return "", fmt.Errorf("setting the offer: %w", err)
	}
	return offer.SDP, nil
}

// answered takes the answer to our offer.
func (b *peer) answered(answer string) error {
	if err := b.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer}); err != nil {
		return fmt.Errorf("taking the answer: %w", err)
	}
	return nil
}

// close ends the media, and returns when nothing more is heard.
func (b *peer) close() {
	b.leave()
	b.mu.Lock()
	b.closed = true
	b.mu.Unlock()
	_ = b.pc.Close() // its errors concern sockets that are gone in any case
	b.listeners.Wait()
}

func (b *peer) listen(t *webrtc.TrackRemote, heard func([]int16)) {
	b.mu.Lock()
	if b.closed {
		b.mu.Unlock()
		return
	}
	b.listeners.Add(1)
	b.mu.Unlock()
	defer b.listeners.Done()
	h := hearer{heard: heard}
	packet := make([]byte, 1500)
	for {
		n, _, err := t.Read(packet)
		if err != nil {
			return
		}
		h.take(packet[:n])
	}
}

// A microphone is a webrtc.TrackLocal that speaks whichever G.711 codec was agreed on.
type microphone struct {
	source Source
	bound  atomic.Pointer[boundMicrophone]
}

type boundMicrophone struct {
	stream stream
	out    webrtc.TrackLocalWriter
}

var errNoG711 = errors.New("neither PCMA nor PCMU was agreed on")

// Bind is called when the codec is known.
func (m *microphone) Bind(c webrtc.TrackLocalContext) (webrtc.RTPCodecParameters, error) {
	for _, p := range c.CodecParameters() {
		if p.MimeType == webrtc.MimeTypePCMA || p.MimeType == webrtc.MimeTypePCMU {
			m.bound.Store(&boundMicrophone{
				stream: stream{codec: Codec(p.PayloadType), source: m.source, ssrc: uint32(c.SSRC())},
				out:    c.WriteStream(),
			})
			return p, nil
		}
	}
	return webrtc.RTPCodecParameters{}, errNoG711
}

// Unbind is called when the connection ends.
func (m *microphone) Unbind(webrtc.TrackLocalContext) error {
	m.bound.Store(nil)
	return nil
}

// ID, RID, StreamID and Kind are what webrtc.TrackLocal asks for.
func (m *microphone) ID() string                { return "microphone" }
func (m *microphone) RID() string               { return "" }
func (m *microphone) StreamID() string          { return "agent" }
func (m *microphone) Kind() webrtc.RTPCodecType { return webrtc.RTPCodecTypeAudio }

// tick sends a packet. Before DTLS is up it goes nowhere.
func (m *microphone) tick() {
	if b := m.bound.Load(); b != nil {
		_, _ = b.out.Write(b.stream.next())
	}
}
