package replay

import (
	"strings"
	"time"
)

// deed is something that an agent or a route must do so that offhook does what the recorded end did.
type deed struct {
	at    time.Duration // in the record
	frame map[string]any
}

// derive reads from what the recorded end did in offhook's place what the agent does. refuse is the status with which a route refuses the call, 0 for none.
func (f *follower) derive() (deeds []deed, refuse int) {
	if f.trunkCalls {
		return f.deriveCalled()
	}
	return f.deriveCalling(), 0
}

// soonestRing is how long a page takes to show a call and to answer its description.
const soonestRing = 100 * time.Millisecond

// deriveCalled: the agent's page confirms the call; he accepts where the recorded end sent 200, and ends it where that sent BYE. A refusal that somebody decided is a
// route's.
func (f *follower) deriveCalled() (deeds []deed, refuse int) {
	begun, accepted := time.Duration(-1), false
	for _, m := range f.record {
		n, method := m.sip.cseq()
		switch status := m.sip.status(); {
		case m.theirs && m.sip.method() == "INVITE" && !accepted && !f.skip[n] && !f.tooBrief[n]:
			begun = m.at
		case m.theirs || begun < 0:
		case status >= 200 && status < 300 && method == "INVITE" && !accepted:
			accepted = true
			deeds = append(deeds, deed{begun + min(soonestRing, (m.at-begun)/2), map[string]any{"type": "ringing", "call": "$call", "sdp": "$answer"}},
				deed{m.at, map[string]any{"type": "accept", "call": "$call"}})
		case status >= 300 && method == "INVITE" && !accepted && decided(status):
			refuse = status
		case status == 0 && accepted:
			deeds = append(deeds, f.deriveInCall(m)...)
		}
	}
	if !accepted && refuse == 0 && begun >= 0 {
		deeds = append(deeds, deed{begun + soonestRing, map[string]any{"type": "ringing", "call": "$call", "sdp": "$answer"}})
	}
	return deeds, refuse
}

// decided says whether a refusal is somebody's decision. The others come from what the request itself says (translation.md 1.6), or from the caller: offhook finds them by itself.
func decided(status int) bool {
	switch status {
	case 400, 405, 406, 408, 413, 414, 415, 416, 420, 421, 422, 423, 481, 482, 483, 484, 485, 487, 488, 491, 493, 500, 501, 504, 505, 513, 606:
		return false
	}
	return true
}

// deriveCalling: the agent dials where the recorded end sent its first INVITE, and ends the call where that sent CANCEL or BYE.
func (f *follower) deriveCalling() (deeds []deed) {
	dialled := false
	for _, m := range f.record {
		if m.theirs || m.sip.status() != 0 {
			continue
		}
		switch {
		case m.sip.method() == "INVITE" && !dialled:
			dialled = true
			deeds = append(deeds, deed{m.at, map[string]any{"type": "dial", "to": userOf(m.sip.uri()), "sdp": "$offer"}})
		case m.sip.method() == "CANCEL":
			deeds = append(deeds, deed{m.at, map[string]any{"type": "hangup", "call": "$call"}})
		case dialled:
			deeds = append(deeds, f.deriveInCall(m)...)
		}
	}
	return deeds
}

// deriveInCall is what the agent does for a request that the recorded end sent in the dialog. What a dialog sends by itself (ACK, PRACK, session refreshes) needs no deed.
func (f *follower) deriveInCall(m recorded) []deed {
	ask := func(kind string, more ...string) []deed {
		frame := map[string]any{"type": kind, "call": "$call"}
		for i := 0; i+1 < len(more); i += 2 {
			frame[more[i]] = more[i+1]
		}
		return []deed{{m.at, frame}}
	}
	switch m.sip.method() {
	case "BYE":
		if f.attended {
			return nil // offhook ends the call that it asked to be passed on
		}
		return ask("hangup")
	case "REFER":
		if asked := f.consultation(m.sip.get("refer-to")); asked != nil {
			return f.deriveAttended(m, asked)
		}
		return ask("transfer", "to", userOf(bareURI(m.sip.get("refer-to"))))
	case "INFO":
		if d := infoDigit(m.sip.body); d != "" {
			return ask("dtmf", "digits", d)
		}
	case "INVITE", "UPDATE":
		if !m.sip.hasSDP() || m.sip.tag("to") == "" {
			return nil
		}
		switch holds := describes(m.sip.body).holds(); {
		case holds && !f.holding:
			f.holding = true
			return ask("hold")
		case !holds && f.holding:
			f.holding = false
			return ask("resume")
		}
	}
	return nil
}

// consultation is the call of the capture whose place the target of a Refer-To shall take (RFC 3891), if our end placed it; nil for none.
func (f *follower) consultation(referTo string) *RecordedCall {
	_, headers, _ := strings.Cut(referTo, "?")
	for _, o := range f.others {
		if o.CallID != f.call.CallID && strings.Contains(unescape(headers), o.CallID) && o.Method == "INVITE" && o.Caller.Addr() == f.fit.us.Addr() && len(o.Messages) > 0 {
			return o
		}
	}
	return nil
}

// deriveAttended: the agent dials where the recorded end placed its second call, and connects the two where it sent REFER. Of the second call no more is played than that whoever is
// asked answers soon, and leaves when his place is taken.
func (f *follower) deriveAttended(refer recorded, asked *RecordedCall) []deed {
	f.attended = true
	when := func(m Captured) time.Duration { return m.At.Sub(f.record[0].At) + lead }
	invite := asked.Messages[0]
	at := when(invite)
	for _, m := range asked.Messages {
		if readSIP(m.SIP).method() == "BYE" && !asked.is(m.From, asked.Caller) {
			f.plan(max(when(m), refer.at), f.leaveElsewhere)
		}
	}
	return []deed{
		{min(max(at, lead), refer.at), map[string]any{"type": "dial", "to": userOf(readSIP(invite.SIP).uri()), "sdp": "$offer", "consult_of": "$call1"}},
		{refer.at, map[string]any{"type": "transfer", "call": "$call1", "consult": "$call2"}},
	}
}

// infoDigit is the key of an INFO (application/dtmf-relay or application/dtmf).
func infoDigit(body string) string {
	for line := range strings.SplitSeq(body, "\n") {
		name, value, ok := strings.Cut(line, "=")
		if ok && strings.EqualFold(strings.TrimSpace(name), "signal") {
			return strings.TrimSpace(value)
		}
	}
	if body = strings.TrimSpace(body); len(body) == 1 {
		return body
	}
	return ""
}
