package dialog

// What tests outside the package may look at.

// Unsettled says what of offers and answers hangs in a dialog, "" for nothing.
func (d *Dialog) Unsettled() string {
	switch {
	case d.offers != stable:
		return "an offer has no answer"
	case d.mine != nil:
		return "our own offer waits"
	case d.owed != nil:
		return "an answer is owed"
	}
	return ""
}

// Descriptions gives the newest descriptions of both sides.
func (d *Dialog) Descriptions() (ours, theirs string) { return string(d.ourSDP), string(d.theirSDP) }
