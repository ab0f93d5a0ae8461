package e2e

import "offhook/internal/harness"

// together fails the test unless the two agents hear each other.
func (o *office) together() {
	o.t.Helper()
	o.anna.hears(harness.SecondTone)
	o.bert.hears(harness.AgentTone)
}

// music fails the test unless the call that the far side holds sounds of neither agent nor of the customer.
func (p *page) music() {
	p.t.Helper()
	p.do("music", args{"phase": "held", "not": []int{harness.AgentTone, harness.SecondTone, harness.CallerTone}})
}

// comesTo: a call of Anna's rings at Bert's callbar by her name, and he takes it.
func (o *office) comesTo(bert *page) {
	o.t.Helper()
	o.anna.do("phase", args{"phase": "ringing"})
	bert.do("phase", args{"phase": "offered"})
	bert.do("read", args{"text": "Agent anna"})
	bert.do("answer", nil)
	o.anna.do("phase", args{"phase": "connected"})
	o.together()
}

// insideCall: an agent calls the other one. Mute and hold are as with a customer, whoever asks for them.
func (o *office) insideCall() {
	o.anna.calls("agent:bert")
	o.comesTo(o.bert)
	for _, who := range []struct{ asks, other *page }{{o.anna, o.bert}, {o.bert, o.anna}} {
		who.asks.do("press", args{"keys": []string{"Alt", "Shift", "KeyM"}})
		who.other.quiet("connected")
		who.asks.do("press", args{"keys": []string{"Alt", "Shift", "KeyM"}})
		who.asks.do("click", args{"name": "Hold"})
		who.other.do("read", args{"text": "put you on hold"})
		who.other.music()
		who.asks.quiet("held")
		who.asks.do("click", args{"name": "Resume"})
		who.other.do("phase", args{"phase": "connected"})
		o.together()
	}
	o.anna.do("end", nil)
	o.bert.do("phase", args{"phase": ""})
}

// insideDeclined: the other one declines, of which the callbar tells; called again he takes it, and hangs up.
func (o *office) insideDeclined() {
	o.anna.calls("agent:bert")
	o.bert.do("phase", args{"phase": "offered"})
	o.bert.do("decline", nil)
	o.anna.do("read", args{"text": "Agent bert declined"})
	o.anna.do("click", args{"name": "Call again"})
	o.comesTo(o.bert)
	o.bert.do("end", nil)
	o.anna.do("phase", args{"phase": ""})
}

// insideQueue: an agent calls a queue, of which the other one is.
func (o *office) insideQueue() {
	o.anna.calls("queue:billing")
	o.comesTo(o.bert)
	o.bert.do("end", nil)
	o.anna.do("phase", args{"phase": ""})
}

// insideConsultation: the agent asks the other one about a customer, goes back and forth, and joins them.
func (o *office) insideConsultation() {
	c := o.sipp(harness.Loopback, "uac-talks", "100")
	c.answeredBy(o.anna)
	o.anna.finds("People", "bert")
	o.anna.do("click", args{"name": "Consult"})
	o.bert.do("phase", args{"phase": "offered"})
	c.hears.Music(o.soon(), o.t, "the customer, while it rings at the colleague,")
	o.bert.do("answer", nil)
	o.anna.do("phases", args{"phases": []string{"connected", "held"}})
	o.together()
	c.hears.Music(o.soon(), o.t, "the customer meanwhile")
	o.anna.quiet("held")

	o.anna.do("click", args{"name": "Swap"})
	c.talksTo(o.anna)
	o.bert.music()
	o.anna.quiet("held")
	o.anna.do("press", args{"keys": []string{"Alt", "Shift", "KeyX"}})
	o.together()
	c.hears.Music(o.soon(), o.t, "the customer, put back,")

	o.anna.do("click", args{"name": "Complete transfer"})
	o.anna.do("phase", args{"phase": ""})
	o.anna.do("agent", args{"state": "available"})
	c.talksTo(o.bert)
	o.bert.do("read", args{"text": "+49 30 111"}) // whom he talks to now
	c.ends(o.bert)
	c.passedOn("attended", "done", "")
}
