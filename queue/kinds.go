package queue

func (CallerArrived) event()   {}
func (CallerLeft) event()      {}
func (AgentLoggedIn) event()   {}
func (AgentAssigned) event()   {}
func (AgentLoggedOut) event()  {}
func (AgentStateSet) event()   {}
func (AgentBeat) event()       {}
func (AgentDetached) event()   {}
func (OfferShown) event()      {}
func (OfferAccepted) event()   {}
func (OfferRejected) event()   {}
func (OfferFailed) event()     {}
func (CallConnected) event()   {}
func (CallEnded) event()       {}
func (OutcomeSet) event()      {}
func (WrapUpDone) event()      {}
func (WrapUpExtended) event()  {}
func (AgentSeized) event()     {}
func (AgentFreed) event()      {}
func (SettingsChanged) event() {}
func (Tick) event()            {}

func (Offer) decision()         {}
func (Withdraw) decision()      {}
func (Won) decision()           {}
func (Leave) decision()         {}
func (Position) decision()      {}
func (AgentChanged) decision()  {}
func (WrapUpStarted) decision() {}
func (WrapUpEnded) decision()   {}
func (QueueChanged) decision()  {}
