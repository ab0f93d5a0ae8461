package translator

import "slices"

// State is where a call is in its life.
type State uint8

// The states. WrapUp and Ended come after the far side is gone; nothing follows Ended.
const (
	Arrived    State = iota // INVITE admitted, nothing sent but 100
	Queued                  // waiting, nobody asked
	Offered                 // one agent is asked
	Accepting               // that agent pressed answer; the queue has not yet said that the offer is still his
	Connecting              // the offer is his; media comes up, the final response goes out
	Leaving                 // the caller leaves his queue another way, or is for one agent
	Dialing                 // an agent dialled, or a customer is called back; the far side has not answered, or is not heard yet
	Connected               // sound both ways, or held
	Moving                  // the far side is being transferred, or becomes another one
	Bridged                 // two far sides talk; no agent
	WrapUp                  // the far side is gone; the agent's after-call work
	Ended                   // over
	numStates
)

var stateNames = [numStates]string{"Arrived", "Queued", "Offered", "Accepting", "Connecting", "Leaving", "Dialing", "Connected", "Moving", "Bridged", "WrapUp", "Ended"}

// String is the state's name as in docs/states.md.
func (s State) String() string {
	if s < numStates {
		return stateNames[s]
	}
	return "?"
}

// kind says what sort of event it is: the column of the table.
type kind uint8

const (
	kStart kind = iota
	kSessionOpened
	kPlaced
	kOffer
	kLegOffered
	kShow
	kAccept
	kLegAnswered
	kAccepted
	kReject
	kHangup
	kMute
	kRestart
	kLegRestarted
	kWrapupRequest
	kWithdrawn
	kWon
	kLeave
	kWrapUpUntil
	kWrapUpOver
	kLegUp
	kLegHeard
	kLegSilent
	kLegBack
	kLegFailed
	kReady
	kTrunkAnswer
	kTaken
	kRefused
	kJoined
	kConfirmed
	kCancelled
	kDialogEnded
	kReoffered
	kReofferAnswered
	kAnswerRead
	kTrunkSilent
	kAgentDetached
	kAgentAttached
	kMediaTimeout
	kWaitLimit
	kAgentLost
	kRequeue
	kDraining
	kEnd
	kPlacedOut
	kProgress
	kEarly
	kPicked
	kPickedUp
	kNextEnded
	kNextTaken
	kNextRefused
	kJoinedEnded
	kHold
	kResume
	kDTMF
	kTransfer
	kGated
	kOfferMade
	kReofferTaken
	kReofferRefused
	kReofferCrossed
	kReofferDue
	kChanged
	kDigitsTaken
	kDigitsSent
	kDigitDue
	kInfoFailed
	kReferred
	kReferProgress
	kReferDone
	kIdentified
	kReplacing
	kNotAdopted
	kAttend
	kAskLeg
	kGaveLeg
	kLegGiven
	kLegKept
	kLegNamed
	kTooLong
	kRecord
	kTape
	kTapeResumed
	kTapeEnded
	kNotPlayed
	kAsked
	kFaceAnswered
	kGone
	kLegWanted
	kToQueue
	kToAgent
	kParked
	kUnparked
	kDirectLate
	kQueueAgain
	kMoving
	kMoveBack
	kJoinFar
	kPassedOn
	kAskedStill
	kPlayed
	kKey
	kAnnounce
	kComfort
	kMoved
	kKept
	kLeaves
	kSaid
	kWanted
	kDials
	kKeptAs
	kTakenOver
	numKinds
)

var kindNames = [numKinds]string{
	kStart: "admitted", kSessionOpened: "media opened", kPlaced: "queue: joined", kOffer: "queue: offer", kLegOffered: "media: agent's offer made", kShow: "agent: ringing",
	kAccept: "agent: accept", kAccepted: "accept is good", kLegAnswered: "media: agent's answer taken", kReject: "agent: reject", kHangup: "agent: hangup", kMute: "agent: mute", kRestart: "agent: restart",
	kLegRestarted: "media: restart answered", kWrapupRequest: "agent: wrapup", kWithdrawn: "queue: withdraw", kWon: "queue: won", kLeave: "queue: leave",
	kWrapUpUntil: "queue: wrap-up", kWrapUpOver: "queue: wrap-up over", kLegUp: "media: agent's DTLS up", kLegHeard: "media: agent heard",
	kLegSilent: "media: agent silent", kLegBack: "media: agent back", kLegFailed: "media: agent failed", kReady: "agent's media ready", kTrunkAnswer: "media: trunk's answer made",
	kTaken: "200 taken", kRefused: "200 refused", kJoined: "both sides up", kConfirmed: "ACK", kCancelled: "CANCEL", kDialogEnded: "dialog ended",
	kReoffered: "re-INVITE", kReofferAnswered: "media: re-INVITE answered", kAnswerRead: "media: ACK's answer read", kTrunkSilent: "media: trunk silent", kAgentDetached: "agent's socket lost", kAgentAttached: "agent's socket back",
	kMediaTimeout: "media_timeout", kWaitLimit: "wait limit", kAgentLost: "resume_for over", kRequeue: "caller keeps waiting", kDraining: "draining", kEnd: "end asked",
	kPlacedOut: "INVITE sent", kProgress: "18x", kEarly: "media: early sound", kPicked: "2xx", kPickedUp: "media: far answer taken", kNextEnded: "second leg: ended", kNextTaken: "second leg: 200 taken",
	kNextRefused: "second leg: 200 refused", kJoinedEnded: "joined leg: ended", kHold: "agent: hold", kResume: "agent: resume", kDTMF: "agent: dtmf", kTransfer: "agent: transfer", kGated: "dial policy's word",
	kOfferMade: "media: our offer made", kReofferTaken: "our offer answered", kReofferRefused: "our offer refused", kReofferCrossed: "our offer crossed theirs", kReofferDue: "our offer is due again", kChanged: "media: its answer taken", kDigitsTaken: "media: digits taken", kDigitsSent: "media: digits sent",
	kDigitDue: "next digit", kInfoFailed: "INFO refused", kReferred: "REFER", kReferProgress: "NOTIFY of our REFER", kReferDone: "our REFER is over", kIdentified: "far side renamed", kReplacing: "INVITE with Replaces", kNotAdopted: "media: leg not moved",
	kAttend: "agent: transfer to consultation", kAskLeg: "other call: asks for the far side", kGaveLeg: "far side given", kLegGiven: "other call: gives its far side", kLegKept: "other call: keeps it", kLegNamed: "other call: names it",
	kTooLong: "longest time over", kRecord: "agent: record", kTape: "media: recording begun", kTapeResumed: "media: recording goes on", kTapeEnded: "media: recording ended", kToQueue: "agent: transfer to a queue", kToAgent: "agent: transfer to an agent", kParked: "a colleague is asked", kUnparked: "the colleague does not take it", kDirectLate: "direct offer's time over", kQueueAgain: "waits in a queue again", kMoving: "move begins", kMoveBack: "move is over", kJoinFar: "far sides joined", kPassedOn: "far side passed on", kAskedStill: "others are asked still",
	kPlayed: "media: sound played", kKey: "caller: key", kAnnounce: "queue: announce", kComfort: "comfort is due", kMoved: "queue: moved", kKept: "queue: callback kept", kLeaves: "another way", kSaid: "last words are due",
	kWanted: "the agent is asked for", kDials: "customer is dialled", kKeptAs: "queue: callback changed", kTakenOver: "callback of before",
	kNotPlayed: "media: recording's notice not played",
	kAsked:     "an agent is called", kFaceAnswered: "media: answer for the agent who dialled", kGone: "the agent who waits is gone", kLegWanted: "other call: wants the far side",
}

func (k kind) String() string {
	if k < numKinds {
		return kindNames[k]
	}
	return "?"
}

// row is one transition. Where to is `same`, the action decides by raising another event, or nothing changes.
type row struct {
	from []State
	on   kind
	to   State
	do   func(*Call, Event)
	rule string
}

const same = numStates

// rows is the table, made by init because its actions look it up in turn. A pair of state and event without a row is listed in ignored with its reason.
var rows []row

func init() {
	rows = buildRows()
	table = index(rows)
}

func buildRows() []row {
	waiting := []State{Queued, Offered, Accepting}
	live := []State{Queued, Offered, Accepting, Connecting, Leaving, Dialing, Connected, Moving, Bridged}
	asked := []State{Offered, Accepting, Connecting}
	talk := []State{Connected, Moving}
	with := []State{Offered, Accepting, Connecting, Dialing, Connected, Moving}
	every := []State{Arrived, Queued, Offered, Accepting, Connecting, Leaving, Dialing, Connected, Moving, Bridged, WrapUp, Ended}
	return []row{
		{[]State{Arrived}, kStart, same, (*Call).start, "RFC 3261 §13.3.1; translation.md 1.2 INVITE"},
		{[]State{Arrived}, kSessionOpened, Queued, (*Call).enqueue, "queue.md: caller arrives"},
		{[]State{Arrived}, kTakenOver, Queued, (*Call).waitsOn, "queue.md: a caller keeps his place through the change to a callback"},
		{[]State{Arrived}, kEnd, Ended, (*Call).endWhole, "translation.md 1.4"},

		{[]State{Queued}, kPlaced, same, (*Call).greet, "queue.md answer: ring or at_once; translation.md 1.4 queue full"},
		{[]State{Queued}, kOffer, Offered, (*Call).offerTo, "queue.md Decisions: offer"},
		{asked, kOffer, same, (*Call).offerAlso, "queue.md Strategies: ring-all, ring-progressively"},
		{asked, kAskedStill, Offered, nil, "queue.md: one atomic winner"},
		{asked, kLegOffered, same, (*Call).present, "agent-protocol.md: the server makes the offer of a call that it offers"},
		{[]State{Offered}, kShow, same, (*Call).shown, "agent-protocol.md ringing: due within confirm_within"},
		{[]State{Accepting, Connecting}, kShow, same, (*Call).ok, "agent-protocol.md ringing: late, no harm"},
		{[]State{Offered}, kAccept, same, (*Call).accept, "agent-protocol.md accept: sdp unless ringing carried it"},
		{[]State{Offered}, kAccepted, Accepting, (*Call).accepted, "agent-protocol.md: an offer has one winner"},
		{[]State{Offered}, kLegAnswered, same, (*Call).legAnswered, "RFC 3264 §6; agent-protocol.md bad_sdp"},
		{[]State{Accepting}, kWon, Connecting, (*Call).won, "agent-protocol.md: accept is one atomic step"},
		{[]State{Offered}, kReject, same, (*Call).reject, "agent-protocol.md reject: the caller keeps the place"},
		{[]State{Offered}, kHangup, same, (*Call).reject, "agent-protocol.md hangup: a call still offered goes on to the next agent"},
		{[]State{Accepting}, kHangup, same, (*Call).hangupLater, "agent-protocol.md hangup: in whatever phase"},
		{asked, kWithdrawn, Queued, (*Call).withdraw, "queue.md Outcomes of an offer"},

		{[]State{Connecting}, kReady, same, (*Call).answerTrunk, "agent-protocol.md: the 200 goes out when the agent's DTLS is up"},
		{[]State{Connecting}, kTrunkAnswer, same, (*Call).sendAnswer, "RFC 3261 §13.3.1.4"},
		{[]State{Connecting}, kTaken, same, (*Call).taken, "agent-protocol.md: ok when the final answer was taken by the transaction"},
		{[]State{Connecting}, kRefused, same, (*Call).refused, "RFC 3261 §9.2; libraries.md trap 24"},
		{[]State{Connecting}, kJoined, Connected, (*Call).joined, "agent-protocol.md connected"},
		{[]State{Connecting}, kMediaTimeout, same, (*Call).mediaTimeout, "queue.md: accepted, media fails"},
		{[]State{Connecting}, kLegFailed, same, (*Call).mediaTimeout, "queue.md: accepted, media fails"},
		{[]State{Connecting}, kHangup, same, (*Call).hangup, "agent-protocol.md hangup"},

		{[]State{Queued}, kTrunkAnswer, same, (*Call).sendAnswer, "queue.md answer: at_once"},
		{waiting, kTaken, same, (*Call).takenWaiting, "queue.md answer: at_once; RFC 3261 §13.3.1.4"},
		{waiting, kRefused, same, (*Call).refused, "RFC 3261 §9.2"},

		{[]State{Queued, Offered, Accepting, Connecting}, kPlayed, same, (*Call).played, "queue.md What the caller hears"},
		{[]State{Queued, Offered, Accepting}, kAnnounce, same, (*Call).announce, "queue.md What the caller hears: position and estimate"},
		{[]State{Queued, Offered, Accepting}, kComfort, same, (*Call).comfort, "queue.md What the caller hears: comfort messages"},
		{[]State{Queued, Offered, Accepting}, kKey, same, (*Call).pressed, "queue.md Ways out: an exit key (RFC 4733)"},
		{[]State{Queued}, kMoved, same, (*Call).moved, "queue.md Ways out: another queue"},
		{[]State{Ended}, kKept, same, (*Call).keptTooLate, "queue.md Ways out: callback; the call is over"},
		{[]State{Queued}, kKept, same, (*Call).kept, "queue.md Ways out: callback"},
		{[]State{Queued}, kKeptAs, same, (*Call).promiseChanged, "queue.md Ways out: callback, tries and gaps"},
		{[]State{Queued, Offered}, kGated, same, (*Call).backGated, "security.md S13: a callback"},
		{[]State{Offered}, kSessionOpened, same, (*Call).backOpened, "queue.md Ways out: callback"},
		{[]State{Connecting}, kDials, Dialing, nil, "queue.md Ways out: when an agent takes it the customer is dialled"},
		{[]State{Dialing}, kWithdrawn, Queued, (*Call).withdraw, "queue.md Ways out: callback, tries and gaps"},
		{[]State{Dialing}, kLeave, same, (*Call).leave, "queue.md: every caller leaves once"},

		{[]State{Queued}, kLeaves, Leaving, nil, "queue.md Ways out"},
		{[]State{Leaving}, kWanted, same, (*Call).wanted, "queue.md: a direct call"},
		{[]State{Leaving}, kParked, Offered, nil, "queue.md: a direct call"},
		{[]State{Leaving}, kQueueAgain, Queued, nil, "queue.md: a direct call goes where its route says"},
		{[]State{Leaving}, kPlayed, same, (*Call).saidAll, "queue.md Ways out: a message"},
		{[]State{Leaving}, kSaid, same, (*Call).saidAll, "queue.md Ways out: a message"},
		{[]State{Leaving}, kTrunkAnswer, same, (*Call).leaveAnswer, "RFC 3261 §13.3.1.1"},
		{[]State{Leaving}, kGated, same, (*Call).wayGated, "queue.md Ways out: a number by a trunk"},
		{[]State{Leaving}, kSessionOpened, same, (*Call).wayOpened, "translation.md 1.1: a new INVITE from us"},
		{[]State{Leaving}, kPlacedOut, same, (*Call).placed, "RFC 3261 §13.2.1"},
		{[]State{Leaving}, kProgress, same, (*Call).wayProgress, "translation.md 1.2: 180-182, 183"},
		{[]State{Leaving}, kPicked, same, (*Call).secondPicked, "RFC 3261 §13.2.2.4"},
		{[]State{Leaving}, kPickedUp, same, (*Call).wayUp, "RFC 3264 §7"},
		{[]State{Leaving}, kNextEnded, same, (*Call).wayFailed, "translation.md 1.3"},
		{[]State{Leaving}, kTaken, same, (*Call).wayTaken, "RFC 3261 §13.3.1.4"},
		{[]State{Leaving}, kRefused, same, (*Call).refused, "RFC 3261 §9.2"},
		{[]State{Leaving}, kJoinFar, Bridged, nil, "queue.md Ways out: a number by a trunk"},
		{[]State{Leaving}, kCancelled, Ended, (*Call).wayGone, "RFC 3261 §9.2"},
		{[]State{Leaving}, kDialogEnded, Ended, (*Call).wayGone, "RFC 3261 §15.1.2"},
		{[]State{Leaving}, kWaitLimit, same, (*Call).waitLimit, "security.md 5: INVITE without final answer 330 s"},
		{[]State{Leaving}, kTrunkSilent, same, nil, "a waiting caller may be silent"},
		{[]State{Leaving}, kEnd, Ended, (*Call).endWay, "translation.md 1.4"},
		{without(every, Leaving), kWanted, same, (*Call).unwanted, "the agent is free again"},

		{[]State{Dialing}, kStart, same, (*Call).dial, "agent-protocol.md dial"},
		{[]State{Dialing}, kSessionOpened, same, (*Call).dialOpened, "agent-protocol.md dial: bad_sdp, no INVITE"},
		{[]State{Dialing, Moving}, kPlacedOut, same, (*Call).placed, "RFC 3261 §13.2.1; translation.md 1.3"},
		{[]State{Dialing}, kProgress, same, (*Call).progress, "translation.md 1.2: 180-182, 183"},
		{[]State{Dialing}, kEarly, same, (*Call).early, "translation.md 2.7: early media"},
		{[]State{Dialing}, kPicked, same, (*Call).picked, "RFC 3261 §13.2.2.4"},
		{[]State{Dialing}, kPickedUp, same, (*Call).pickedUp, "RFC 3264 §7; translation.md 1.2: unusable SDP: ACK then BYE"},
		{[]State{Dialing}, kLegUp, same, (*Call).legUp, "RFC 5763 §5"},
		{[]State{Dialing}, kLegHeard, same, (*Call).dialHeard, "agent-protocol.md connected: first authenticated SRTP packet"},
		{[]State{Dialing}, kJoined, Connected, (*Call).dialJoined, "agent-protocol.md connected"},
		{[]State{Dialing}, kMediaTimeout, same, (*Call).dialSilent, "queue.md Outcomes: the sound fails"},
		{[]State{Dialing}, kNextEnded, same, (*Call).dialFailed, "translation.md 1.3"},
		{[]State{Dialing}, kHangup, same, (*Call).dialHangup, "RFC 3261 §9.1; translation.md 1.1 hangup"},
		{[]State{Dialing}, kDialogEnded, Ended, (*Call).dialGone, "RFC 3261 §15.1.2"},
		{[]State{Dialing}, kEnd, Ended, (*Call).endDial, "translation.md 1.1 hangup"},

		{talk, kHangup, same, (*Call).hangup, "RFC 3261 §15.1.1; translation.md 1.1 hangup"},
		{[]State{Connected}, kHold, same, (*Call).holdRequest, "translation.md 1.1 hold"},
		{[]State{Connected}, kResume, same, (*Call).resumeRequest, "translation.md 1.1 resume"},
		{live, kOfferMade, same, (*Call).offerMade, "RFC 3264 §8"},
		{live, kReofferTaken, same, (*Call).reofferTaken, "RFC 3261 §14.1"},
		{live, kChanged, same, (*Call).changed, "RFC 3264 §8.4; translation.md 2.4"},
		{live, kReofferRefused, same, (*Call).reofferRefused, "RFC 3261 §14.1; translation.md 1.3"},
		{live, kReofferCrossed, same, (*Call).reofferCrossed, "RFC 3261 §14.1: glare"},
		{live, kReofferDue, same, (*Call).reofferDue, "RFC 3261 §14.1: glare"},
		{[]State{Connected, Dialing}, kDTMF, same, (*Call).dtmf, "translation.md 1.1 dtmf"},
		{[]State{Connected, Dialing, Moving}, kDigitsTaken, same, (*Call).digitsTaken, "RFC 4733; translation.md 1.1 dtmf"},
		{[]State{Connected, Dialing, Moving}, kDigitDue, same, (*Call).digitDue, "RFC 6086; translation.md 1.1 dtmf"},
		{[]State{Connected, Dialing, Moving}, kInfoFailed, same, (*Call).infoFailed, "RFC 6086 §4.2.2"},

		{[]State{Connected}, kTransfer, same, (*Call).transfer, "translation.md 1.1 transfer"},
		{[]State{Dialing, Connected, Moving}, kGated, same, (*Call).gated, "security.md S13"},
		{[]State{Connected}, kMoving, Moving, nil, "agent-protocol.md transferring"},
		{[]State{Moving}, kMoveBack, Connected, nil, "agent-protocol.md transferring: done, refused or failed and returned"},
		{talk, kJoinFar, Bridged, nil, "translation.md 1.1 transfer: the relay joins the legs"},
		{talk, kPassedOn, WrapUp, nil, "translation.md 1.1 transfer: both calls end as transferred"},
		{[]State{Moving}, kSessionOpened, same, (*Call).secondOpened, "translation.md 1.1 transfer: a new INVITE from us"},
		{[]State{Moving}, kProgress, same, (*Call).secondProgress, "RFC 3515 §2.4.4"},
		{[]State{Moving}, kPicked, same, (*Call).secondPicked, "RFC 3261 §13.2.2.4"},
		{[]State{Moving}, kPickedUp, same, (*Call).secondUp, "translation.md 1.1 transfer; RFC 3515 §2.4.5"},
		{[]State{Moving}, kNextEnded, same, (*Call).secondFailed, "translation.md 1.3; RFC 3515 §2.4.5"},
		{[]State{Moving}, kTransfer, same, (*Call).moveRequest, "agent-protocol.md transfer: cancel takes it back"},
		{[]State{Moving}, kReferProgress, same, (*Call).referProgress, "RFC 3515 §2.4.4"},
		{[]State{Moving}, kReferDone, same, (*Call).referDone, "RFC 3515 §2.4.5; translation.md 1.5 REFER"},
		{[]State{Connected}, kReferred, same, (*Call).referred, "RFC 3515 §2.4.2; translation.md 1.2 REFER"},
		{without(every, Connected), kReferred, same, (*Call).noReferral, "RFC 3515 §2.4.2: nobody here who could talk to someone else"},
		{talk, kNotAdopted, same, (*Call).notAdopted, "design.md §5: nothing is transcoded"},
		{[]State{Connected}, kReplacing, same, (*Call).replacing, "RFC 3891 §3"},
		{[]State{WrapUp, Ended}, kReplacing, same, (*Call).noReplacing, "RFC 3891 §3: a dialog that is over is declined"},
		{without(every, Connected, WrapUp, Ended), kReplacing, same, (*Call).refuseReplacing, "RFC 3891 §3"},
		{[]State{Connected}, kSessionOpened, same, (*Call).replacerOpened, "RFC 3891 §3"},
		{[]State{Connected}, kTrunkAnswer, same, (*Call).replacerAnswer, "RFC 3264 §6"},
		{[]State{Connected}, kNextTaken, same, (*Call).replaced, "RFC 3891 §3: the old dialog gets BYE"},
		{[]State{Connected}, kNextRefused, same, nil, "RFC 3261 §9.2: its end follows"},
		{[]State{Connected}, kNextEnded, same, (*Call).replacerGone, "RFC 3261 §9.2"},
		{every, kToQueue, same, (*Call).toQueue, "agent-protocol.md transfer; queue.md: the arrival time is kept"},
		{every, kToAgent, same, (*Call).toAgent, "agent-protocol.md transfer: agent:ID"},
		{[]State{Connected}, kParked, Offered, nil, "agent-protocol.md transfer: it rings at the colleague"},
		{asked, kUnparked, Connected, nil, "agent-protocol.md transferring: failed and returned"},
		{[]State{Offered}, kDirectLate, same, (*Call).directLate, "agent-protocol.md ringing; queue.md ring_for"},
		{[]State{Offered, Accepting}, kAgentLost, same, (*Call).directGone, "agent-protocol.md bye; the queue withdraws its own offers"},
		{asked, kQueueAgain, Queued, nil, "queue.md: the head of the queue"},
		{[]State{Connected}, kQueueAgain, Queued, nil, "agent-protocol.md transfer; queue.md Callers"},
		{talk, kRecord, same, (*Call).recordRequest, "agent-protocol.md record"},
		{every, kTape, same, (*Call).tapeBegun, "agent-protocol.md recording"},
		{every, kTapeResumed, same, (*Call).tapeResumed, "agent-protocol.md record: it resumes by itself"},
		{every, kTapeEnded, same, (*Call).tapeEnded, "security.md F19: a full disk ends the recording and not the call"},
		{talk, kPlayed, same, (*Call).noticeOver, "agent-protocol.md recording: it begins when its notice was heard"},
		{every, kNotPlayed, same, (*Call).noticeFailed, "agent-protocol.md recording: who was told nothing is not recorded"},
		{[]State{Queued}, kAsked, Offered, nil, "agent-protocol.md dial: agent:ID"},
		{[]State{Offered, Accepting, Connecting}, kFaceAnswered, same, (*Call).faceAnswered, "agent-protocol.md dial: the answer to its offer"},
		{[]State{Queued, Offered, Accepting, Connecting, Leaving}, kGone, Ended, (*Call).gone, "agent-protocol.md hangup: in whatever phase"},
		{[]State{Connected}, kLegWanted, same, (*Call).legWanted, "translation.md 1.1 transfer + consult: the colleague's call goes on with the far side"},
		{without(every, Connected), kLegWanted, same, (*Call).cannotGive, "translation.md 1.1: both connected or held"},
		{[]State{Connected}, kAttend, same, (*Call).attend, "agent-protocol.md transfer: consult"},
		{without(every, Connected), kAttend, same, (*Call).cannotAttend, "agent-protocol.md transfer: both connected or held"},
		{[]State{Connected}, kAskLeg, same, (*Call).askedLeg, "translation.md 1.1 transfer + consult"},
		{without(every, Connected), kAskLeg, same, (*Call).keepLeg, "translation.md 1.1: both connected or held"},
		{[]State{Connected}, kGaveLeg, same, (*Call).gaveLeg, "translation.md 1.1 transfer + consult"},
		{every, kLegGiven, same, (*Call).legGiven, "translation.md 1.1: legs joined at the relay"},
		{[]State{Connected}, kLegKept, same, (*Call).legKept, "translation.md 1.1: both connected or held"},
		{[]State{Connected}, kLegNamed, same, (*Call).legNamed, "RFC 3515, RFC 3891; translation.md 1.1"},
		{without(live, Bridged), kIdentified, same, (*Call).identified, "RFC 4916"},
		{[]State{Connected, Moving, Bridged}, kTooLong, same, (*Call).tooLong, "security.md S13: 4 h at most"},

		{[]State{Bridged}, kDialogEnded, Ended, (*Call).bridgeOver, "RFC 3261 §15.1.2"},
		{[]State{Bridged}, kJoinedEnded, Ended, (*Call).bridgeOver, "RFC 3261 §15.1.2"},
		{[]State{Bridged}, kEnd, Ended, (*Call).endBridged, "RFC 3261 §15.1.1"},

		{[]State{Connecting, Dialing, Connected, Moving}, kMute, same, (*Call).mute, "agent-protocol.md mute"},
		{[]State{Connecting, Dialing, Connected, Moving}, kRestart, same, (*Call).restart, "agent-protocol.md restart"},
		{[]State{Connecting, Dialing, Connected, Moving}, kLegRestarted, same, (*Call).restarted, "agent-protocol.md restart: its ok carries the answer"},
		{asked, kLegUp, same, (*Call).legUp, "RFC 5763 §5"},
		{asked, kLegHeard, same, (*Call).legHeard, "agent-protocol.md connected: first authenticated SRTP packet"},
		{talk, kLegUp, same, (*Call).legBack, "agent-protocol.md: losing the connection"},
		{talk, kLegHeard, same, (*Call).legBack, "agent-protocol.md: losing the connection"},
		{[]State{Offered, Accepting}, kLegFailed, same, (*Call).legDown, "a reloaded page answers the offer again"},
		{with, kLegSilent, same, (*Call).legSilent, "agent-protocol.md: losing the connection"},
		{with, kLegBack, same, (*Call).legBack, "agent-protocol.md: losing the connection"},
		{[]State{Dialing, Connected, Moving}, kLegFailed, same, (*Call).legSilent, "agent-protocol.md: losing the connection"},
		{with, kAgentDetached, same, (*Call).detached, "agent-protocol.md: the socket is not the call"},
		{with, kAgentAttached, same, (*Call).attached, "agent-protocol.md: hello resumes"},
		{[]State{Dialing, Connected, Moving}, kAgentLost, same, (*Call).agentLost, "agent-protocol.md on_agent_lost; security.md F3"},
		{[]State{Connecting}, kAgentLost, same, (*Call).mediaTimeout, "agent-protocol.md bye: whoever logs out while sound comes up has no call; the next agent"},
		{[]State{Connected}, kRequeue, Queued, (*Call).requeue, "agent-protocol.md on_agent_lost: requeue"},
		{live, kReoffered, same, (*Call).reoffered, "RFC 3261 §14.2; translation.md 2.7"},
		{live, kReofferAnswered, same, (*Call).reofferAnswered, "RFC 3264 §8"},
		{live, kConfirmed, same, (*Call).confirmed, "RFC 3261 §13.3.1.4, RFC 3264 §4: the ACK answers an offer of ours"},
		{live, kAnswerRead, same, (*Call).answerRead, "translation.md 2.7: no or unusable SDP in the ACK: BYE"},
		{[]State{Connecting, Dialing, Connected, Moving, Bridged}, kTrunkSilent, same, (*Call).trunkSilent, "translation.md 1.2: no RTP and no RTCP; security.md F15"},
		{waiting, kTrunkSilent, same, nil, "a waiting caller may be silent"},

		{[]State{Arrived, Queued, Offered, Accepting, Connecting}, kCancelled, Ended, (*Call).cancelled, "RFC 3261 §9.2"},
		{[]State{Arrived, Queued, Offered, Accepting, Connecting}, kDialogEnded, Ended, (*Call).abandoned, "RFC 3261 §15.1.2; queue.md: caller gone"},
		{talk, kDialogEnded, WrapUp, (*Call).farSideEnded, "RFC 3261 §15.1.2"},
		{[]State{Queued, Offered, Accepting, Connecting}, kLeave, same, (*Call).leave, "queue.md: every caller leaves once"},
		{[]State{Queued, Offered, Accepting, Connecting}, kWaitLimit, same, (*Call).waitLimit, "security.md 5: INVITE without final answer 330 s"},
		{[]State{Queued, Offered, Accepting, Connecting}, kEnd, Ended, (*Call).endWhole, "translation.md 1.4"},
		{talk, kEnd, WrapUp, (*Call).endConnected, "translation.md 1.1 hangup; RFC 3326"},

		{[]State{WrapUp}, kWrapUpUntil, same, (*Call).wrapUpUntil, "queue.md Wrap-up"},
		{[]State{WrapUp}, kWrapUpOver, Ended, (*Call).wrapUpOver, "queue.md Wrap-up"},
		{[]State{WrapUp, Ended, Connecting, Dialing, Connected, Moving}, kWrapupRequest, same, (*Call).wrapupRequest, "agent-protocol.md wrapup"},
		{[]State{WrapUp}, kEnd, same, (*Call).cutWrapUp, "design.md §3 Shutdown: refuse, drain, end, close"},
		{append(live[:len(live):len(live)], Arrived, WrapUp, Ended), kDraining, same, (*Call).hurry, "design.md §3 Shutdown; agent-protocol.md draining"},
		{[]State{WrapUp}, kHangup, same, (*Call).ok, "agent-protocol.md hangup: it is over already"},
		{[]State{WrapUp, Ended}, kDialogEnded, same, nil, "our BYE was answered"},
		{[]State{WrapUp, Ended}, kCancelled, same, nil, "our final response crossed the CANCEL"},
	}
}

// ignored lists the pairs that have no row on purpose. Agent requests are not here: one without a row is answered wrong_phase or call_gone.
var ignored = []struct {
	from   []State
	on     []kind
	reason string
}{
	{[]State{Ended, WrapUp}, []kind{kPlacedOut, kProgress, kEarly, kPicked, kPickedUp, kNextEnded, kNextTaken, kNextRefused, kJoinedEnded, kGated, kOfferMade, kReofferTaken, kReofferRefused, kReofferCrossed, kReofferDue,
		kChanged, kDigitsTaken, kDigitsSent, kDigitDue, kInfoFailed, kReferProgress, kReferDone, kIdentified, kNotAdopted, kGaveLeg, kLegKept, kLegNamed, kTooLong, kParked, kUnparked, kDirectLate, kQueueAgain, kMoving, kMoveBack, kJoinFar, kPassedOn}, "it was on its way when the call ended"},
	{[]State{Arrived, Accepting, Connecting}, []kind{kGated}, "the number of a callback is asked before"},
	{[]State{Arrived, Queued, Offered, Accepting, Connecting}, []kind{kPlacedOut, kProgress, kEarly, kPicked, kPickedUp, kNextEnded, kNextTaken, kNextRefused, kJoinedEnded,
		kDigitsTaken, kDigitsSent, kDigitDue, kInfoFailed, kReferProgress, kReferDone, kNotAdopted, kGaveLeg, kLegKept, kLegNamed, kTooLong, kMoving, kMoveBack, kJoinFar,
		kPassedOn}, "only in a conversation, or of one that is over: the caller waits again"},
	{[]State{Arrived, Offered, Accepting, Connecting, Dialing, Connected, Moving, Bridged, Leaving, WrapUp, Ended}, []kind{kAsked}, "an agent is called once, before anything else"},
	{[]State{Arrived, Queued, Dialing, Connected, Moving, Bridged, Leaving, WrapUp, Ended}, []kind{kFaceAnswered}, "nobody is asked who could have answered"},
	{[]State{Arrived, Dialing, Connected, Moving, Bridged, WrapUp, Ended}, []kind{kGone}, "nobody waits"},
	{[]State{Arrived, Queued}, []kind{kParked, kUnparked, kDirectLate, kQueueAgain}, "nobody has the call who could pass it on"},
	{[]State{Offered, Accepting, Connecting}, []kind{kParked}, "it is passed on already"},
	{[]State{Accepting, Connecting, Connected}, []kind{kDirectLate}, "the offer was taken in time"},
	{[]State{Connected}, []kind{kUnparked}, "the colleague has it"},
	{[]State{Arrived}, []kind{kIdentified, kOfferMade, kReofferTaken, kReofferRefused, kReofferCrossed, kReofferDue, kChanged}, "nothing is known of him yet that could change"},
	{[]State{Dialing}, []kind{kPlaced, kOffer, kLegOffered, kLegAnswered, kAccepted, kWon, kWrapUpUntil, kWrapUpOver, kReady, kTrunkAnswer, kTaken, kRefused, kCancelled, kWaitLimit,
		kRequeue, kNextTaken, kNextRefused, kJoinedEnded, kReferProgress, kReferDone, kNotAdopted, kGaveLeg, kLegKept, kLegNamed, kTooLong, kParked, kUnparked, kDirectLate, kQueueAgain, kMoving, kMoveBack, kJoinFar, kPassedOn, kDigitsSent}, "no queue gave this call, and its far side is not there yet"},
	{[]State{Connected}, []kind{kPlacedOut, kProgress, kEarly, kPicked, kPickedUp, kJoinedEnded, kReferProgress, kReferDone, kMoveBack, kDigitsSent}, "of a transfer that is over"},
	{[]State{Moving}, []kind{kPlaced, kOffer, kLegOffered, kLegAnswered, kAccepted, kWithdrawn, kWon, kWrapUpUntil, kWrapUpOver, kReady, kTrunkAnswer, kTaken, kRefused, kJoined, kCancelled, kMediaTimeout,
		kWaitLimit, kLeave, kStart, kRequeue, kEarly, kNextTaken, kNextRefused, kJoinedEnded, kDigitsSent, kGaveLeg, kLegKept, kLegNamed,
		kParked, kUnparked, kDirectLate, kQueueAgain, kMoving}, "not while the far side is transferred"},
	{[]State{Bridged}, []kind{kStart, kSessionOpened, kPlaced, kOffer, kLegOffered, kLegAnswered, kLegRestarted, kAccepted, kWithdrawn, kWon, kLeave, kWrapUpUntil, kWrapUpOver, kLegUp, kLegHeard, kLegSilent,
		kLegBack, kLegFailed, kReady, kTrunkAnswer, kTaken, kRefused, kJoined, kCancelled, kAgentDetached, kAgentAttached, kMediaTimeout, kWaitLimit, kAgentLost, kRequeue, kPlacedOut, kProgress, kEarly,
		kPicked, kPickedUp, kNextEnded, kNextTaken, kNextRefused, kGated, kDigitsTaken, kDigitsSent, kDigitDue, kInfoFailed, kReferProgress, kReferDone,
		kIdentified, kNotAdopted, kGaveLeg, kLegKept, kLegNamed, kParked, kUnparked, kDirectLate, kQueueAgain, kMoving, kMoveBack, kJoinFar, kPassedOn}, "no agent has a part in it"},
	{[]State{Ended}, []kind{kSessionOpened, kPlaced, kOffer, kLegOffered, kLegAnswered, kLegRestarted, kWithdrawn, kWon, kLeave, kWrapUpUntil, kWrapUpOver, kLegUp, kLegHeard,
		kLegSilent, kLegBack, kLegFailed, kReady, kTrunkAnswer, kTaken, kRefused, kJoined, kConfirmed, kReoffered, kReofferAnswered, kAnswerRead, kTrunkSilent,
		kAgentDetached, kAgentAttached, kMediaTimeout, kWaitLimit, kAgentLost, kRequeue, kAccepted, kEnd, kStart}, "it was on its way when the call ended"},
	{[]State{WrapUp}, []kind{kPlaced, kLegUp, kLegHeard, kLegSilent, kLegBack, kLegFailed, kLegOffered, kLegAnswered, kLegRestarted, kTrunkSilent, kTrunkAnswer, kTaken, kRefused, kConfirmed, kReoffered,
		kReofferAnswered, kAnswerRead, kMediaTimeout, kWaitLimit, kAgentLost, kRequeue, kAccepted, kAgentDetached, kAgentAttached, kWithdrawn, kWon, kLeave, kOffer, kReady, kJoined, kStart, kSessionOpened}, "media and dialog are closed"},
	{[]State{Arrived}, []kind{kPlaced, kOffer, kLegOffered, kLegAnswered, kLegRestarted, kWithdrawn, kWon, kLeave, kWrapUpUntil, kWrapUpOver, kLegUp, kLegHeard, kLegSilent, kLegBack,
		kLegFailed, kReady, kTrunkAnswer, kTaken, kRefused, kJoined, kConfirmed, kReoffered, kReofferAnswered, kAnswerRead, kTrunkSilent, kAgentDetached, kAgentAttached, kMediaTimeout, kWaitLimit, kAgentLost, kRequeue, kAccepted}, "not before the caller is queued"},
	{[]State{Queued}, []kind{kLegOffered, kLegAnswered, kLegRestarted, kWithdrawn, kWon, kLegUp, kLegHeard, kLegSilent, kLegBack, kLegFailed, kReady, kAgentDetached, kAgentAttached,
		kMediaTimeout, kAgentLost, kRequeue, kAccepted, kWrapUpUntil, kWrapUpOver, kJoined, kStart, kSessionOpened}, "of an offer that is over"},
	{[]State{Offered, Accepting, Connecting}, []kind{kPlaced, kWrapUpUntil, kWrapUpOver, kRequeue, kStart}, "he waits in his queue already"},
	{[]State{Accepting, Connecting}, []kind{kSessionOpened}, "there is one"},
	{[]State{Offered, Accepting}, []kind{kLegRestarted, kReady, kTrunkAnswer, kJoined, kMediaTimeout}, "only after the offer is won"},
	{[]State{Accepting, Connecting}, []kind{kLegAnswered, kAccepted}, "the answer was taken before"},
	{[]State{Arrived, Queued, Leaving, Dialing, Connected, Moving, Bridged, WrapUp, Ended}, []kind{kAskedStill}, "nobody is asked"},
	{[]State{Connected, Moving}, []kind{kKey, kAnnounce, kComfort, kMoved, kLeaves, kSaid}, "nobody waits"},
	{[]State{Arrived, Dialing, Bridged, WrapUp, Ended}, []kind{kPlayed, kKey, kAnnounce, kComfort, kMoved, kLeaves, kSaid}, "nobody waits"},
	{[]State{Arrived, Dialing, Connected, Moving, Bridged, WrapUp}, []kind{kKept}, "nobody waits"},
	{[]State{Arrived, Offered, Accepting, Connecting, Leaving, Dialing, Connected, Moving, Bridged, WrapUp, Ended}, []kind{kKeptAs}, "the queue takes its offers back first; or nobody waits"},
	{[]State{Queued, Offered, Accepting, Connecting, Leaving, Dialing, Connected, Moving, Bridged, WrapUp, Ended}, []kind{kTakenOver}, "it is the first that happens"},
	{[]State{Leaving}, []kind{kKey, kAnnounce, kComfort, kMoved, kKept, kLeaves, kStart, kPlaced, kOffer, kWithdrawn, kWon, kLeave, kWrapUpUntil, kWrapUpOver, kRequeue}, "he has left the queue"},
	{[]State{Leaving}, []kind{kLegOffered, kLegAnswered, kLegRestarted, kAccepted, kLegUp, kLegHeard, kLegSilent, kLegBack, kLegFailed, kReady, kJoined, kAgentDetached, kAgentAttached, kMediaTimeout, kAgentLost, kDigitsTaken,
		kDigitsSent, kDigitDue, kInfoFailed, kReferProgress, kReferDone, kNotAdopted, kGaveLeg, kLegKept, kLegNamed, kUnparked, kDirectLate, kMoving, kMoveBack, kPassedOn, kNextTaken, kNextRefused, kJoinedEnded,
		kEarly, kTooLong}, "no agent has him"},
	{[]State{Offered, Accepting, Connecting}, []kind{kMoved, kKept, kLeaves, kSaid}, "the queue takes its offers back first"},
	{[]State{Connecting}, []kind{kKey, kAnnounce, kComfort}, "an agent has him"},
	{[]State{Queued}, []kind{kSaid}, "he is told nothing before the end"},
	{[]State{Arrived, Queued, Offered, Accepting, Leaving, Dialing, Connected, Moving, Bridged, WrapUp, Ended}, []kind{kDials}, "no callback was taken"},
	{[]State{Offered, Connecting}, []kind{kWon}, "the offer was won or withdrawn before"},
	{[]State{Connected}, []kind{kPlaced, kOffer, kLegOffered, kLegAnswered, kAccepted, kWithdrawn, kWon, kWrapUpUntil, kWrapUpOver, kReady, kTaken, kRefused, kJoined, kCancelled, kMediaTimeout,
		kWaitLimit, kLeave, kStart}, "the caller left the queue as answered"},
}

// table finds the row of a state and an event.
var table [numStates][numKinds]*row

// without gives the states but some.
func without(all []State, but ...State) (rest []State) {
	for _, s := range all {
		if !slices.Contains(but, s) {
			rest = append(rest, s)
		}
	}
	return rest
}

func index(rows []row) (t [numStates][numKinds]*row) {
	for i := range rows {
		for _, from := range rows[i].from {
			if t[from][rows[i].on] != nil {
				panic("translator: two rows for " + from.String() + " × " + rows[i].on.String())
			}
			t[from][rows[i].on] = &rows[i]
		}
	}
	return t
}

// requests are the kinds that are agents' requests: without a row they get an error reply.
var requests = [numKinds]bool{kRecord: true, kHold: true, kResume: true, kDTMF: true, kTransfer: true, kShow: true, kAccept: true, kReject: true, kHangup: true, kMute: true, kRestart: true, kWrapupRequest: true}

// Row is one line of the table as docs/states.md prints it.
type Row struct{ From, Event, To, Rule string }

// Rows gives the call's table, for documentation and tests.
func Rows() []Row {
	var out []Row
	for _, r := range rows {
		for _, from := range r.from {
			to := "–"
			if r.to != same {
				to = r.to.String()
			}
			out = append(out, Row{from.String(), r.on.String(), to, r.rule})
		}
	}
	return out
}
