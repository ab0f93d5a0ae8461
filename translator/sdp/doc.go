// Package sdp turns the session descriptions of a trunk into those of a browser and back, as values: no clock, no
// network, no goroutine, no logging.
//
// Nothing is forwarded. A description that comes in is scanned tolerantly ([Parse]), because PBXs, phones and browsers write
// what strict parsers refuse, and reduced to typed facts. What goes out is built anew from those facts and from our own
// addresses, and printed by pion/sdp. So no line, name or address of one side ever reaches the other.
//
// # One call
//
// A [Bridge] holds the offer/answer state of one call (RFC 3264): the trunk's dialog on one side and, one after the
// other or at once, the browsers of the agents that the call is offered to. An inbound call goes like this:
//
//	b := sdp.NewBridge(policy)
//	err := b.TrunkOffer(invite)               // 400 or 488 by err.(*sdp.Error)
//	leg, offer, err := b.OfferAgent(agent)    // to the browser, while it rings
//	remote, err := leg.Answer(answer)         // its ICE and DTLS facts
//	ok, err := b.TrunkAnswer(trunk)           // one codec: the first of the browser's answer
//	pts, err := b.Connect(leg)                // how the relay renumbers packets
//
// TrunkAnswer fixes the codec for the life of the call. Every later browser is offered that codec alone, so a change of agent
// never reaches the trunk, and a re-INVITE of the trunk never reaches a browser.
//
// # A call that an agent places
//
//	leg, err := b.Dial(offer)                 // the browser's; bad_sdp, no_common_codec: the trunk hears nothing
//	invite, err := b.OfferTrunk(trunk, sdp.Keep)
//	err = b.TrunkEarly(tag, sdp183, false)    // each 18x with a description, by To tag
//	err = b.TrunkAccept(tag, sdp200)          // the first 2xx
//	remote, answer, err := leg.AnswerDial(agent) // once, at the first of the two
//	pts, err := b.Connect(leg)
//
// The first description of a dialog is its answer, and the first of all fixes the codec. A fork that wins with another one is met with
// [ErrOtherCodec], and a re-INVITE of [Narrow]. An INVITE without offer begins with TrunkLate instead; its 2xx is OfferTrunk's, its ACK's
// answer is given to TrunkAccept.
//
// # Calls that meet
//
// Nothing is transcoded, so what may be joined later must speak the same: [Bridge.Speech] says what a call speaks, [Bridge.DialLike] and
// [Bridge.DialTrunk] hold a new call to it. [Bridge.Adopt] brings a browser of another call, [Bridge.Talk] joins two browsers of one, without
// a trunk, and [Bridge.Numbers] is what a relay needs to join two trunks.
//
// # Within a call
//
// One table (negotiation.go) holds who may offer when: MayTrunkOffer says how an INVITE or UPDATE with an offer is met now, TrunkRollback
// takes back an offer that was refused, by whichever side. OfferTrunk writes our offers, [Hold] and [Resume] among them, and HeldBy says
// who holds. A trunk's secured media is chosen by [TrunkPolicy.SRTP] (SDES, RFC 4568) or [TrunkPolicy.DTLS] (RFC 5763); keys are values for the
// relay that no way to print shows.
//
// # What is checked
//
// An address that a description tells us is used only inside the trunk's media networks ([TrunkPolicy]); names are never
// looked up. A description is at most 32 KiB, 512 lines, 64 sections and 128 formats a section. Errors are of type
// *[Error] and carry the SIP status and Warning code (RFC 3261 §20.43) as well as the agent protocol's code.
package sdp
