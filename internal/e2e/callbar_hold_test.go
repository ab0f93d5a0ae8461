package e2e

import "offhook/internal/harness"

// hold: the customer hears music, the agent nothing, and the trunk is told nothing: sipp would not take a re-INVITE.
func (o *office) hold() {
	c := o.sipp(harness.Loopback, "uac-talks", "100")
	c.answeredBy(o.anna)
	o.anna.do("click", args{"name": "Hold"})
	o.anna.do("phase", args{"phase": "held"})
	c.hears.Music(o.soon(), o.t, "the customer on hold")
	o.anna.quiet("held")
	o.anna.do("press", args{"keys": []string{"Alt", "Shift", "KeyH"}})
	o.anna.do("phase", args{"phase": "connected"})
	c.talksTo(o.anna)
	c.ends(o.anna)
}

// remoteHold: the customer holds, then the agent too; each comes back by himself.
func (o *office) remoteHold() {
	c := o.baresip("100")
	c.answeredBy(o.anna)
	c.phone.Do("hold", "")
	o.anna.do("read", args{"text": "put you on hold"})
	o.anna.quiet("held")
	o.anna.do("click", args{"name": "Hold"})
	o.anna.do("phase", args{"phase": "held"})
	o.anna.quiet("held")
	c.phone.Do("resume", "")
	c.hears.Music(o.soon(), o.t, "the customer, back while the agent holds,")
	o.anna.quiet("held")
	o.anna.do("click", args{"name": "Resume"})
	o.anna.do("phase", args{"phase": "connected"})
	c.talksTo(o.anna)
	c.ends(o.anna)
}

// holdByReinvite: this trunk wants to be told. sipp checks both re-INVITEs, and goes on talking all the time.
func (o *office) holdByReinvite() {
	c := o.sipp(o.carrier, "uac-is-held", "100")
	c.answeredBy(o.anna)
	o.anna.do("click", args{"name": "Hold"})
	o.anna.do("phase", args{"phase": "held"})
	c.hears.Music(o.soon(), o.t, "the customer on hold")
	o.anna.quiet("held")
	o.anna.do("click", args{"name": "Resume"})
	o.anna.do("phase", args{"phase": "connected"})
	c.talksTo(o.anna)
	c.ends(o.anna)
}

// bothHoldByReinvite: over the trunk that wants to be told each holds, and each comes back by himself (translation.md §2.4, H03).
func (o *office) bothHoldByReinvite() {
	c := o.baresipAt(o.carrier, "100")
	c.answeredBy(o.anna)
	o.anna.do("click", args{"name": "Hold"})
	o.anna.do("phase", args{"phase": "held"})
	c.hears.Music(o.soon(), o.t, "the customer on hold")
	c.phone.Do("hold", "")
	c.hears.Quiet(o.soon(), o.t, "the customer, who holds too,")
	o.anna.quiet("held")
	o.anna.do("click", args{"name": "Resume"})
	o.anna.do("read", args{"text": "put you on hold"})
	o.anna.quiet("held")
	c.phone.Do("resume", "")
	o.anna.do("phase", args{"phase": "connected"})
	c.talksTo(o.anna)
	c.ends(o.anna)
}
