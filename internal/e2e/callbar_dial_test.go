package e2e

import "offhook/internal/harness"

// calls lets the agent call a number by the callbar's field.
func (p *page) calls(number string) {
	p.t.Helper()
	p.do("type", args{"name": "Name or number", "text": number})
	p.do("press", args{"keys": []string{"Enter"}})
}

// dialling: the agent calls the colleague, holds and comes back; then somebody who refuses, of which the callbar tells.
func (o *office) dialling() {
	ended := o.desk.Log.Count("session closed")
	o.anna.calls(deskNumber)
	o.anna.do("phase", args{"phase": "connected"})
	o.anna.hears(harness.ColleagueTone)
	o.deskHears.Hears(o.soon(), o.t, "the colleague", harness.AgentTone)
	o.anna.do("click", args{"name": "Hold"})
	o.deskHears.Music(o.soon(), o.t, "the colleague on hold")
	o.anna.quiet("held")
	o.anna.do("click", args{"name": "Resume"})
	o.anna.do("phase", args{"phase": "connected"})
	o.anna.hears(harness.ColleagueTone)
	o.deskHears.Hears(o.soon(), o.t, "the colleague after the hold", harness.AgentTone)
	o.anna.do("end", nil)
	o.desk.SaysTimes(o.soon(), "session closed", ended+1)

	run := harness.Sipp{Scenario: scenarios + "uas-rings-busy.xml", From: o.ringer, Options: []string{"-m", "1"}}.Start(o.ctx, o.t)
	o.anna.do("watch", nil)
	o.anna.calls(ringerNumber)
	o.anna.do("seen", args{"phase": "ringing"})
	o.anna.do("read", args{"text": "is busy"})
	run.Wait()
}
