package e2e

import (
	"offhook/agent/protocol"
	"offhook/internal/harness"
)

// findsNumber opens the list of whom to give the call to, and writes a number.
func (p *page) findsNumber(number string) {
	p.t.Helper()
	p.do("click", args{"name": "Transfer"})
	p.do("click", args{"name": "Number"})
	p.do("type", args{"name": "Number", "text": number})
}

// consultation: the agent asks a colleague, goes back and forth, and joins customer and colleague. In Chromium she reloads the page in between.
func (o *office) consultation() {
	c := o.sipp(harness.Loopback, "uac-talks", "100")
	c.answeredBy(o.anna)
	o.anna.findsNumber(deskNumber)
	o.anna.do("click", args{"name": "Consult"})
	o.anna.do("phases", args{"phases": []string{"connected", "held"}})
	o.withColleague(c)
	if o.anna.name == "chromium" { // Firefox may want a press then; it reloads in takesCalls
		o.anna.do("reload", nil)
		o.anna.do("phases", args{"phases": []string{"connected", "held"}})
		o.anna.do("playing", nil)
		o.withColleague(c)
	}

	o.anna.do("click", args{"name": "Swap"})
	c.talksTo(o.anna)
	o.anna.quiet("held")
	o.deskHears.Music(o.soon(), o.t, "the colleague on hold")
	o.anna.do("press", args{"keys": []string{"Alt", "Shift", "KeyX"}})
	o.withColleague(c)

	o.anna.do("click", args{"name": "Complete transfer"})
	o.anna.do("phase", args{"phase": ""})
	o.atDesk(c)
	c.passedOn("attended", "done", "")
}

// withColleague: agent and colleague hear each other, the customer hears music.
func (o *office) withColleague(c *customer) {
	o.t.Helper()
	o.anna.hears(harness.ColleagueTone)
	o.deskHears.Hears(o.soon(), o.t, "the colleague", harness.AgentTone)
	c.hears.Music(o.soon(), o.t, "the customer meanwhile")
	o.anna.quiet("held")
}

// atDesk: customer and colleague hear each other, until the colleague hangs up.
func (o *office) atDesk(c *customer) {
	o.t.Helper()
	c.hears.Hears(o.soon(), o.t, "the customer", harness.ColleagueTone)
	o.deskHears.Hears(o.soon(), o.t, "the colleague", harness.CallerTone)
	o.desk.Do("hangup", "")
	c.gone()
}

// blindToNumber: the colleague takes the call without a word between him and the agent.
func (o *office) blindToNumber() {
	c := o.baresip("100")
	c.answeredBy(o.anna)
	o.anna.findsNumber(deskNumber)
	o.anna.do("click", args{"name": "Blind transfer to"})
	o.anna.do("phase", args{"phase": ""})
	o.atDesk(c)
	c.passedOn("blind", "done", "")
}

// finds opens the list of whom to give the call to, and looks for somebody.
func (p *page) finds(tab, who string) {
	p.t.Helper()
	p.do("click", args{"name": "Transfer"})
	p.do("click", args{"name": tab})
	p.do("type", args{"name": "Search", "text": who})
}

// gives gives the call to somebody of the list at once.
func (p *page) gives(tab, who string) {
	p.t.Helper()
	p.finds(tab, who)
	p.do("click", args{"name": "Blind transfer to"})
}

// blindToAgent: it rings at another callbar; music until he answers.
func (o *office) blindToAgent() {
	c := o.sipp(harness.Loopback, "uac-talks", "100")
	c.answeredBy(o.anna)
	o.anna.gives("People", "bert")
	o.bert.do("phase", args{"phase": "offered"})
	o.anna.do("read", args{"text": "Ringing at Agent bert"})
	c.hears.Music(o.soon(), o.t, "the customer, while it rings,")
	c.answeredBy(o.bert)
	o.anna.do("phase", args{"phase": ""})
	c.ends(o.bert)
	c.passedOn("blind", "done", "")
}

// blindToQueue: the agent is free at once, and the next of the other queue takes the call.
func (o *office) blindToQueue() {
	c := o.sipp(harness.Loopback, "uac-talks", "100")
	c.answeredBy(o.anna)
	o.anna.gives("Queues", "billing")
	o.anna.do("phase", args{"phase": ""})
	o.anna.do("agent", args{"state": "available"})
	o.bert.do("phase", args{"phase": "offered"})
	c.hears.Music(o.soon(), o.t, "the customer in the other queue")
	c.answeredBy(o.bert)
	c.ends(o.bert)
	c.passedOn("blind", "done", "")
}

// takenBack: it rings at the number, and the agent takes the call back.
func (o *office) takenBack() {
	run := harness.Sipp{Scenario: scenarios + "uas-ring.xml", From: o.ringer, Options: []string{"-m", "1"}}.Start(o.ctx, o.t)
	c := o.sipp(harness.Loopback, "uac-talks", "100")
	c.answeredBy(o.anna)
	o.anna.findsNumber(ringerNumber)
	o.anna.do("click", args{"name": "Blind transfer to"})
	o.anna.do("read", args{"text": "Ringing at"})
	c.hears.Music(o.soon(), o.t, "the customer, while it rings,")
	o.anna.do("click", args{"name": "Take back"})
	run.Wait()
	o.anna.do("phase", args{"phase": "connected"})
	c.talksTo(o.anna)
	c.ends(o.anna)
	c.passedOn("blind", "cancelled", protocol.CauseCancelled)
}

// refused: the number is busy; customer and agent are together again, and the callbar says why.
func (o *office) refused() {
	run := harness.Sipp{Scenario: scenarios + "uas-busy.xml", From: o.ringer, Options: []string{"-m", "1"}}.Start(o.ctx, o.t)
	c := o.sipp(harness.Loopback, "uac-talks", "100")
	c.answeredBy(o.anna)
	o.anna.findsNumber(ringerNumber)
	o.anna.do("click", args{"name": "Blind transfer to"})
	o.anna.do("read", args{"text": "is busy"})
	run.Wait()
	c.talksTo(o.anna)
	c.ends(o.anna)
	c.passedOn("blind", "failed", protocol.CauseBusyHere)
}

// declinedByAgent: the colleague at the callbar declines; the call is the first agent's again.
func (o *office) declinedByAgent() {
	c := o.sipp(harness.Loopback, "uac-talks", "100")
	c.answeredBy(o.anna)
	o.anna.gives("People", "bert")
	o.bert.do("phase", args{"phase": "offered"})
	o.bert.do("decline", nil)
	o.anna.do("read", args{"text": "Agent bert did not take the call"})
	c.talksTo(o.anna)
	c.ends(o.anna)
	c.passedOn("blind", "failed", protocol.CauseRejected)
}

// unanswered: it rings at the colleague's callbar until the time is over; the call is the first agent's again.
func (o *office) unanswered() {
	c := o.sipp(harness.Loopback, "uac-talks", "500")
	c.answeredBy(o.bert)
	o.bert.gives("People", "anna")
	o.anna.do("phase", args{"phase": "offered"})
	c.hears.Music(o.soon(), o.t, "the customer, while it rings,")
	o.bert.do("read", args{"text": "Agent anna did not"})
	o.anna.do("phase", args{"phase": ""})
	c.talksTo(o.bert)
	c.ends(o.bert)
	c.passedOn("blind", "failed", protocol.CauseMissed)
}
