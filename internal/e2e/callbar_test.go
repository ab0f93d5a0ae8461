package e2e

import (
	"os"
	"testing"

	"offhook/internal/harness"
)

// An agent's day at the callbar, with the program as it is installed and people at real phones around it. Everybody says a tone of his own, and
// in each moment it is measured what each of them hears.
func TestCallbarInTheOffice(t *testing.T) {
	t.Parallel()
	harness.Need(t, "chromium")
	anna, bert := startBrowser(t, "chromium", harness.AgentTone), startBrowser(t, "chromium", harness.SecondTone)
	anna.started()
	bert.started()
	o := newOffice(t, anna, bert)
	o.part("hold", (*office).hold)
	o.part("remote hold", (*office).remoteHold)
	o.part("hold by re-INVITE", (*office).holdByReinvite)
	o.part("both hold by re-INVITE", (*office).bothHoldByReinvite)
	o.part("dialling", (*office).dialling)
	o.part("keypad", (*office).keypad)
	o.part("keypad by INFO", (*office).keypadByInfo)
	o.part("keys of the customer", (*office).keysOfTheCustomer)
	o.part("consultation", (*office).consultation)
	o.part("blind to a number", (*office).blindToNumber)
	o.part("blind to an agent", (*office).blindToAgent)
	o.part("blind to a queue", (*office).blindToQueue)
	o.part("taken back", (*office).takenBack)
	o.part("refused", (*office).refused)
	o.part("declined by the agent", (*office).declinedByAgent)
	o.part("unanswered by the agent", (*office).unanswered)
	o.part("inside call", (*office).insideCall)
	o.part("inside call declined", (*office).insideDeclined)
	o.part("inside call to a queue", (*office).insideQueue)
	o.part("inside consultation", (*office).insideConsultation)
	o.part("recording", (*office).recording)
	o.part("another microphone", (*office).otherDevice)
	o.part("wrap-up", (*office).wrapUp)
	o.part("declined and missed", (*office).declinedAndMissed)
	o.part("killed in wrap-up", (*office).killedInWrapUp)
}

// firefoxDay is what another browser might do otherwise: keys, and two calls at once. The long run has all that needs no second agent, save calling
// out: Firefox without a loudspeaker starts no ringer, and the callbar says so where its field would be.
func (o *office) firefoxDay() {
	o.part("keypad", (*office).keypad)
	o.part("consultation", (*office).consultation)
	if os.Getenv("OFFHOOK_LONG") == "" {
		return
	}
	o.part("hold", (*office).hold)
	o.part("remote hold", (*office).remoteHold)
	o.part("both hold by re-INVITE", (*office).bothHoldByReinvite)
	o.part("keypad by INFO", (*office).keypadByInfo)
	o.part("blind to a number", (*office).blindToNumber)
	o.part("taken back", (*office).takenBack)
	o.part("refused", (*office).refused)
	o.part("recording", (*office).recording)
	o.part("wrap-up", (*office).wrapUp)
}
