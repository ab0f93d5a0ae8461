package media

import (
	"time"

	"offhook/translator/sdp"
)

// LegID names one agent leg of a session. A session has one trunk leg, which needs no name, and one agent leg for
// each agent that its call was offered to and not yet dropped from. LegIDs are chosen by the caller of
// [Session.OfferAgent] and never used twice in a session.
type LegID uint32

// Engine makes sessions. An Engine is safe for use by many goroutines.
type Engine interface {
	// NewSession reserves what one call needs: an RTP port pair for the trunk leg. p.Notify gets the session's events.
	// It returns [ErrFull] when no port is free.
	NewSession(p Params) (Session, error)
	// Close ends every session and the engine's sockets, and returns when its goroutines are gone.
	Close() error
}

// Params says what a new session is for.
type Params struct {
	// Call is the call's ID, for logs only.
	Call string
	// Trunk holds the media rules of the trunk that the call came by.
	Trunk sdp.TrunkPolicy
	// Notify is called with each event of the session, from the engine's goroutines. It must return at once and
	// must not call back into the session.
	Notify func(Event)
}

// Session is the media of one call: one trunk leg and the agent legs that come and go. SDP goes in and SDP comes out;
// ports, ICE, DTLS, payload types and SSRCs are the engine's own. Every method returns at once and waits for no
// network. A Session belongs to its call: one goroutine at a time. After Close every method does nothing.
//
// Who hears whom: Connect joins an agent leg with the trunk, Talk two agent legs, Join the trunks of two sessions. The trunk is joined with one at a
// time, and so is each leg: a new joint ends the one before. Each party gets one RTP stream for the life of its leg, whoever feeds it.
//
// Errors about a description are of type *[sdp.Error].
type Session interface {
	// TrunkOffer takes the far side's offer (RFC 3264). The answer is made by TrunkAnswer, later. It sends no packet.
	TrunkOffer(offer []byte) error
	// TrunkAnswer makes our answer to the last TrunkOffer. Its codec is the first of the connected agent leg's answer; before
	// there is one, the first usable codec of the offer. From then on the codec is fixed for the life of the session.
	// Calling it again gives the same text.
	TrunkAnswer() ([]byte, error)
	// TrunkLate begins a call whose INVITE has no offer: browsers are offered one codec, OfferTrunk makes the offer of the 2xx, and TrunkAccept
	// takes the answer of the ACK. Until then nothing is sent to the trunk.
	TrunkLate() error
	// Dial begins an outbound call: it adds an agent leg of the browser's own offer. What the trunk is offered comes by OfferTrunk, what
	// the browser is answered by DialAnswer. An error carries bad_sdp or no_common_codec, and the session stays as it was. A session has one
	// beginning: TrunkOffer, TrunkLate, or one of Dial, DialLike and DialTrunk.
	//
	// Without an OfferTrunk it is a call from one agent to another: OfferAgent then offers the others what the first browser offered, as far as
	// Params.Trunk allows; DialAnswer needs the AgentAnswer of one of them; Talk joins the two.
	Dial(leg LegID, offer []byte) error
	// DialLike is Dial with the codec alone that another session of this engine uses now, for a consultation: what is joined later is not
	// transcoded. It fails with no_common_codec when browser or trunk lack that codec. like is only asked, and may belong to another goroutine.
	DialLike(leg LegID, offer []byte, like Session) error
	// DialTrunk begins an outbound call without a browser, for a transfer: OfferTrunk then offers only the codec that like uses now, and events. It fails with
	// no_common_codec when the trunk may not use that codec. like is only asked, and may belong to another goroutine.
	DialTrunk(like Session) error
	// DialAnswer returns the answer to the offer of a leg that came by Dial, once the trunk has described itself (TrunkEarly,
	// TrunkAccept). ICE and DTLS then run; sound, early media too, passes once Connect is called. Calling it again gives the same text, until
	// AgentOffer has given the leg another description.
	DialAnswer(leg LegID) ([]byte, error)
	// Route sends an outbound call that nobody has answered by another trunk: its old dialog is over, after TrunkRollback. The ports stay,
	// keys and o= are new, the browser's offer is used again by the next OfferTrunk. It fails with no_common_codec when that trunk
	// may use none of its codecs, or, where the browser was told one already (TrunkLate), not that one.
	Route(trunk sdp.TrunkPolicy) error
	// OfferTrunk makes an offer for the trunk: of an INVITE after Dial, of a 2xx after TrunkLate, and later of a re-INVITE, of an UPDATE, or
	// of the 2xx to a re-INVITE without offer. change says what for. What it asks for counts from now on, until TrunkRollback takes it
	// back. It concerns descriptions only: who holds the far side calls Disconnect and Play too, and Connect to resume. An offer that
	// is open gives [sdp.ErrOpen].
	OfferTrunk(change sdp.Change) ([]byte, error)
	// TrunkEarly takes the description of an 18x to our INVITE: tag is its To tag, reliable says that it came with 100rel (RFC 3262). The
	// newest fork is heard. [sdp.ErrOtherCodec] means that this fork is not, as it lacks the codec that the browser was given by another.
	TrunkEarly(tag string, answer []byte, reliable bool) error
	// TrunkAccept takes the answer to the last OfferTrunk: the 2xx of an INVITE, re-INVITE or UPDATE with its To tag, or (tag "") the ACK or PRACK
	// after a late offer. answer is nil when there is none, and counts only if the same tag gave none in an 18x (RFC 3261 §13.2.1).
	// From now on the trunk's silence is watched.
	//
	// An error means that there is no usable answer: the call ends, or the change is taken back by TrunkRollback. Only after
	// [sdp.ErrOtherCodec] the fork has won all the same, and is silent until an OfferTrunk with [sdp.Narrow] was accepted.
	TrunkAccept(tag string, answer []byte) error
	// TrunkRollback takes back the open offer of either side: refused, cancelled, or never answered. What was agreed before holds again,
	// keys and addresses too. With no offer open it does nothing.
	TrunkRollback()
	// HeldBy says who holds, by what the two sides of the trunk's dialog told each other, an open offer counted in. A hold that the trunk
	// is not told of (music of ours) is not among it.
	HeldBy() sdp.Holder
	// OfferAgent adds an agent leg and returns the offer for its browser: the trunk's codecs, the one in use alone once it is fixed; without a
	// trunk those of the browser that dialled.
	OfferAgent(leg LegID) ([]byte, error)
	// AgentAnswer gives the browser's answer to the leg's offer. ICE and DTLS then run, but no sound passes until Connect.
	// A second answer to the same leg (the page was reloaded while it rang) replaces the first, with new ICE and DTLS.
	AgentAnswer(leg LegID, answer []byte) error
	// AgentOffer takes a browser's offer for a leg that already exists (the protocol's restart) and returns our answer. ICE and
	// DTLS begin anew as far as the offer asks; the trunk leg keeps its ports, SSRC, sequence and timestamps. If the leg
	// was connected it is connected again as soon as DTLS is up.
	AgentOffer(leg LegID, offer []byte) (answer []byte, err error)
	// Adopt moves an agent leg from another session of this engine to this one, under a new ID; Connect or Talk then joins it. Its browser notices
	// nothing: ICE, DTLS, SSRC, sequence and timestamps go on. Events of the leg come to this session's Notify from now on, and the other session
	// knows the leg no more: its Close does not touch it. What was told of the leg is not told again, save that it is failed or silent at this moment.
	// A session that has not begun begins with what the leg's browser speaks.
	//
	// It fails with no_common_codec when the browser sends another codec than this session's; then the leg stays where it was. Both sessions
	// belong to the caller at this moment.
	Adopt(leg LegID, from Session, old LegID) error
	// Connect joins this leg with the trunk, both ways, and stops what Play and PlayTo play to the two in the same step. A joint with another session ends.
	Connect(leg LegID) error
	// Talk joins two agent legs of this session, both ways, and stops what PlayTo plays to them. The dialling one has its DialAnswer by then. It
	// fails with no_common_codec when their browsers send different codecs. It ends by Disconnect, Connect, Drop or Talk of either.
	Talk(a, b LegID) error
	// Disconnect stops sound between the leg and the trunk, or the leg that it talks with, both ways; the leg lives on.
	Disconnect(leg LegID)
	// Join joins the trunk of this session with that of another one of this engine, both ways: a transfer to a number, after which no agent is part of the
	// call. It stops what Play plays to either, and ends what Connect joined on either side. Digits pass as events and are told too
	// ([TrunkDigit]). It ends by Part, Connect, Join or Close of either session; then both trunks hear nothing until they are joined anew. While one
	// plays a sound its trunk hears that instead.
	//
	// It fails with no_common_codec when the two use different codecs, which [Session.DialTrunk] and [Session.DialLike] rule out. The
	// sessions may belong to different goroutines, and each may change its trunk's description by itself while they are joined.
	Join(other Session) error
	// Part ends Join, from either side. With no joint it does nothing.
	Part()
	// Drop ends an agent leg: ICE and DTLS are closed (close_notify is sent).
	Drop(leg LegID)
	// Play sends sounds to the trunk, one after another without a gap, until Connect, Join, another Play, or the end of the last one. They are heard only
	// once there is a TrunkAnswer; that of a 183 is enough. No sounds, or [SoundNone] alone, stop what is played. Once the step that ends the sounds has
	// returned, no packet of them leaves.
	//
	// A sound that cannot be played is named in the error, and what is heard goes on as it was: of more than [MaxSounds] the error is [ErrSounds]. A
	// file that turns out to be unusable only later is left out; the built-in music takes the place of one that was to go round.
	Play(sounds ...Sound) error
	// PlayTo sends sounds to an agent leg until Connect, Talk, another PlayTo, or the end of the last one: ringback, or music while it is held. They are
	// heard once the leg is up. All else is as with Play.
	PlayTo(leg LegID, sounds ...Sound) error
	// SendDigits sends keys to the far side: 0-9, A-D, * and # as RFC 4733 events of 160 ms each with 60 ms of silence behind it, a comma as a
	// pause of 500 ms. They wait behind those of earlier calls, and while the far side holds. While a key is sent the trunk
	// hears nothing of the agent or of Play. [DigitsSent] tells the end. It returns [ErrDigits] for anything else, or when more than 32 keys and
	// pauses would wait, and [ErrNoDigits] when the two sides of the trunk's dialog have not agreed on telephone events; then nothing is sent.
	SendDigits(digits string) error
	// Record begins to write the call to a new WAV file: two channels of 16 bits, left what the trunk says, right what it hears of an agent, or of the trunk that
	// Join joined it with; without a trunk, left and right are the two of Talk. Sounds of Play, keys, and what a muted or unconnected agent says are not in it.
	// The channels are aligned by the packets' timestamps and arrivals; what is lost or late is silence. The file plays 8000 samples a second, 16000 of G.722.
	//
	// The file is written while the call runs and is a whole WAV file every second. Folders that lack are made; a file that is there is never written over. Nothing
	// of the call waits for the disk. [RecordEnded] tells the end, once for each Record that returned nil, also when the file cannot be made or the disk is full;
	// the call goes on. Close ends the recording too and tells nothing; the file is whole when the engine's Close has returned.
	//
	// It returns [ErrRecording] while another recording runs, and [ErrRecordCodec] when the call speaks opus.
	Record(path string) error
	// RecordPause leaves out what is said from now on, for d at most; then the recording goes on by itself, and [RecordResumed] tells so. What was left
	// out is silence, so that times in the file are those of the call. 0 ends a pause at once. It returns [ErrNotRecording] while nothing is recorded.
	RecordPause(d time.Duration) error
	// RecordStop ends the recording, if there is one.
	RecordStop()
	// Stats says how sound came over until now, on each leg and in each direction. It may be asked after Close too.
	Stats() Stats
	// Close frees the ports and ends all legs.
	Close()
}

// Event is something that happened to a session's media.
type Event struct {
	Kind EventKind
	// Leg is the agent leg concerned, 0 for the trunk leg.
	Leg LegID
	// At is when it happened.
	At time.Time
	// Tag is that of the last sound of a [PlayEnded] event.
	Tag uint64
	// Digit is the key of a [TrunkDigit] event.
	Digit byte
	// Err says why, for [AgentFailed] and [RecordEnded].
	Err error
}

// EventKind says what happened.
type EventKind uint8

// The kinds of events. Each Agent event is sent at most once for each AgentAnswer or AgentOffer of its leg,
// save AgentSilent and AgentBack, which take turns.
const (
	// AgentUp: ICE has chosen a pair and the DTLS handshake is complete, fingerprint checked.
	AgentUp EventKind = iota + 1
	// AgentHeard: the first authenticated SRTP packet of the browser came in.
	AgentHeard
	// AgentSilent: no authenticated packet (SRTP, SRTCP) and no valid STUN check for 5 s after AgentUp.
	AgentSilent
	// AgentBack: authenticated packets come again after AgentSilent.
	AgentBack
	// AgentFailed: the leg cannot be used: wrong fingerprint, handshake failed, the browser closed DTLS.
	AgentFailed
	// TrunkHeard: the first valid RTP packet of the trunk came in.
	TrunkHeard
	// TrunkSilent: neither RTP nor RTCP from the trunk for the trunk's silence limit.
	TrunkSilent
	// TrunkDigit: the far side pressed a key (RFC 4733), reported once, at its end.
	TrunkDigit
	// PlayEnded: the sounds of one Play or PlayTo have come to their end, to the trunk or to Leg. It is told once for all of them, and never of what
	// begins again from its start, or was ended by a step.
	PlayEnded
	// DigitsSent: all keys of one SendDigits are sent, its pauses over. Each call that returned nil has one, in the order of the calls,
	// unless the session is closed before.
	DigitsSent
	// RecordResumed: a pause of the recording is over by itself.
	RecordResumed
	// RecordEnded: the recording is over and its file is closed. Err is nil after RecordStop, else why: the disk is full, the file cannot be made.
	RecordEnded
)
