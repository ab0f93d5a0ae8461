package dialog

// TrunkRows lists the rules by which a trunk's addresses and its registration are judged, for documentation: Role is address or registration.
func TrunkRows() []Row {
	var out []Row
	for _, r := range healthRows {
		for _, from := range r.from {
			for _, on := range r.on {
				out = append(out, Row{"address", healthNames[from], healthEventNames[on], healthNames[r.to], "", r.rule})
			}
		}
	}
	for _, r := range regRows {
		for _, from := range r.from {
			action := regActions[r.on]
			if r.do == nil {
				action = ""
			}
			out = append(out, Row{"registration", regStateNames[from], regEventNames[r.on], regStateNames[r.to], action, r.rule})
		}
	}
	return out
}

var (
	healthNames      = [healthStates]string{"up", "down", "down, 1 good", "down, 2 good"}
	healthEventNames = [healthEvents]string{"good answer", "408", "3 s of silence", "503, ICMP or no connection"}
	regStateNames    = [regStates]string{"idle", "trying", "registered", "renewing", "waiting", "leaving", "gone"}
	regEventNames    = [regEvents]string{"due", "2xx", "423", "challenge", "failure", "shutdown"}
	regActions       = [regEvents]string{"REGISTER", "plan the next one", "REGISTER, longer", "REGISTER with credentials", "wait", "REGISTER, Expires 0"}
)
