package dialog

// offerState is where offer and answer stand in a dialog (RFC 3264, RFC 6337; the names are those of RFC 8829 §3.2).
type offerState uint8

const (
	stable offerState = iota
	haveLocalOffer
	haveRemoteOffer
	offerStates
)

func (s offerState) String() string {
	return [...]string{"stable", "have-local-offer", "have-remote-offer"}[s]
}

// described is what happened to the descriptions.
type described uint8

const (
	weOffer described = iota
	theyOffer
	weAnswer
	theyAnswer
	offerDropped // refused, cancelled, or its transaction is over
	descriptions
)

func (e described) String() string {
	return [...]string{"our offer goes out", "their offer comes", "our answer goes out", "their answer comes", "the offer is refused"}[e]
}

// offerRules is the machine of offers: one is open at a time, whoever made it. What is not listed may not happen and changes nothing.
var offerRules = []struct {
	from offerState
	on   described
	to   offerState
	cite string
}{
	{stable, weOffer, haveLocalOffer, "RFC 3264 §4; RFC 6337 §2.2, patterns 1 to 6"},
	{stable, theyOffer, haveRemoteOffer, "RFC 3264 §4; RFC 6337 §2.2, patterns 1 to 6"},
	{haveLocalOffer, theyAnswer, stable, "RFC 3264 §6"},
	{haveRemoteOffer, weAnswer, stable, "RFC 3264 §6"},
	{haveLocalOffer, offerDropped, stable, "RFC 3261 §14.1, RFC 6337 §3.2: back to what was agreed before"},
	{haveRemoteOffer, offerDropped, stable, "RFC 3261 §14.2, RFC 6337 §3.2: back to what was agreed before"},
}

// describe moves the state of offers; false says that this may not happen now.
func (d *Dialog) describe(e described) bool {
	for _, r := range offerRules {
		if r.from == d.offers && r.on == e {
			d.offers = r.to
			return true
		}
	}
	return false
}

// heard notes a description of theirs and says whether it is the same as the one before.
func (d *Dialog) heard(sdp []byte) (same bool) {
	if len(sdp) == 0 {
		return false
	}
	same = string(sdp) == string(d.theirSDP)
	d.theirSDP = sdp
	return same
}

// owed is an offer that came in a response: the answer goes into its ACK or PRACK (RFC 3261 §13.2.2.4, RFC 3262 §5).
type owed struct {
	o     outcome
	prack bool
	re    bool // of a re-INVITE
}

// payOwed answers the offer of a response.
func (d *Dialog) payOwed(a AnswerReoffer) {
	w := d.owed
	d.owed = nil
	refused := a.Status >= 300
	if refused {
		d.describe(offerDropped)
		a.SDP = nil
	} else if d.describe(weAnswer) {
		d.ourSDP = a.SDP
	}
	switch {
	case w.prack:
		d.sendPRACK(w.o, a.SDP)
		if refused {
			d.raise(onHangup, Hangup{Q850: 88})
		}
		return
	case w.re:
		d.reacknowledge(w.o, a.SDP)
	default:
		d.acknowledge(w.o, a.SDP)
	}
	if refused {
		d.raise(onHangup, Hangup{Q850: 88})
	}
}
