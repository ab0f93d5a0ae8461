package translator_test

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"offhook/agent/protocol"
)

// dayCaller is a caller's phone: it sends ACK and answers BYE, and gives up, or hangs up, when it is told to.
type dayCaller struct {
	d          *officeDay
	n          int
	final, to  string // the status of the INVITE, and our tag
	contact    string
	over, left bool // hung up; has sent CANCEL
}

const dayHead = "%s %s SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK-day-%d-%s\nMax-Forwards: 70\nFrom: <sip:+49302%05d@192.0.2.10>;tag=from%d\nTo: <sip:center@192.0.2.20>%s\nCall-ID: day-%d\nCSeq: %d %s\n%s\n%s"

// ring lets a new caller call, and give up in his time.
func (d *officeDay) ring(n int) {
	c := &dayCaller{d: d, n: n}
	d.callers[n] = c
	uri := "sip:" + []string{"sales", "support", "billing"}[d.rng.IntN(3)] + "@192.0.2.20"
	d.w.Trunk(fmt.Sprintf(dayHead, "INVITE", uri, n, "1", n, n, "", n, 1, "INVITE", "Contact: <sip:caller@192.0.2.10:5060>\nContent-Type: application/sdp\n", phoneSDP))
	d.in(time.Second+d.about(4*time.Minute), func() {
		if !c.talks() {
			c.hangUp()
		}
	})
}

// talks says whether an agent has been connected to the caller.
func (c *dayCaller) talks() bool { return c.d.done[fmt.Sprint("connected ", c.n)] > 0 }

// hangUp is CANCEL or BYE, whichever there is.
func (c *dayCaller) hangUp() {
	switch {
	case c.over || c.left:
	case c.final == "":
		c.left = true
		c.d.w.Trunk(fmt.Sprintf(dayHead, "CANCEL", "sip:center@192.0.2.20", c.n, "1", c.n, c.n, "", c.n, 1, "CANCEL", "", ""))
	default:
		c.over = true
		c.send("BYE", "bye", 2)
	}
}

func (c *dayCaller) send(method, branch string, cseq int) {
	uri := "sip:center@192.0.2.20"
	if c.contact != "" {
		uri = c.contact
	}
	c.d.w.Trunk(fmt.Sprintf(dayHead, method, uri, c.n, branch, c.n, c.n, ";tag="+c.to, c.n, cseq, method, "", ""))
}

var dayCallID = regexp.MustCompile(`(?m)^Call-ID: day-(\d+)`)

// toTrunk gives a message of ours to whom it is for.
func (d *officeDay) toTrunk(text string) {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	m := dayCallID.FindStringSubmatch(text)
	if m == nil {
		d.toCustomer(text)
		return
	}
	c := d.callers[number("0000"+m[1])]
	seq := cseqLine.FindStringSubmatch(text)
	switch {
	case strings.HasPrefix(text, "BYE "):
		c.over = true
		d.w.Trunk("SIP/2.0 200 OK\n" + strings.Join(headLines.FindAllString(text, -1), "\n") + "\n\n")
	case seq[2] == "INVITE" && strings.HasPrefix(text, "SIP/2.0 ") && text[8] >= '2':
		c.answered(text)
	}
}

// answered takes the final response, and sends the ACK.
func (c *dayCaller) answered(text string) {
	c.final, c.to = text[8:11], toTagOf.FindStringSubmatch(text)[1]
	c.d.done["status "+c.final]++
	if at := contactOf.FindStringSubmatch(text); at != nil {
		c.contact = at[1]
	}
	if c.final[0] != '2' {
		c.over = true
		c.send("ACK", "1", 1)
		return
	}
	c.send("ACK", "ack", 1)
	if c.left { // CANCEL came too late
		c.left = false
		c.hangUp()
	}
}

// toCustomer gives a message to a customer who is called back: most answer.
func (d *officeDay) toCustomer(text string) {
	head := strings.Join(headLines.FindAllString(text, -1), "\n") + "\n"
	switch method, _, _ := strings.Cut(text, " "); method {
	case "INVITE":
		tagged := toLine.ReplaceAllString(head, "$0;tag=customer")
		d.w.Trunk("SIP/2.0 180 Ringing\n" + tagged + "Contact: <sip:customer@192.0.2.10:5060>\n\n")
		status, more := "486 Busy Here", "\n"
		if d.chance(80) {
			status, more = "200 OK", "Contact: <sip:customer@192.0.2.10:5060>\nContent-Type: application/sdp\n\n"+phoneSDP
		}
		d.done["called back, "+status]++
		d.in(2*time.Second+d.about(3*time.Second), func() { d.w.Trunk("SIP/2.0 " + status + "\n" + tagged + more) })
	case "BYE", "CANCEL":
		d.w.Trunk("SIP/2.0 200 OK\n" + head + "\n")
	}
}

// comeToWork logs an agent in, and plans his day: breaks, lost sockets, reloads.
func (d *officeDay) comeToWork(i int) {
	id := fmt.Sprintf("a%05d", i)
	d.w.Hello(id, protocol.Available)
	for at := d.about(time.Hour); at < d.length; at += 30*time.Minute + d.about(time.Hour) {
		d.in(at, func() { d.set(id, "away", "break") })
		d.in(at+d.about(10*time.Minute), func() { d.set(id, "available", "") })
	}
	for at := d.about(3 * time.Hour); at < d.length; at += time.Minute + d.about(3*time.Hour) {
		away := []time.Duration{time.Second, 8 * time.Second, 2 * time.Minute}[d.rng.IntN(3)]
		d.in(at, func() { d.w.Lose(id); d.done["socket lost"]++ })
		d.in(at+away, func() { d.back(id) })
	}
}

// back is the agent's page after a reload, or with a network again.
func (d *officeDay) back(id string) {
	d.w.Hello(id, protocol.Available)
	if _, c, _ := d.w.Agent(id); c.Phase == protocol.PhaseConnected && d.chance(50) {
		d.ask(id, map[string]any{"type": "restart", "call": c.ID, "sdp": "$offer"})
		d.done["restart"]++
	}
}

func (d *officeDay) set(id, state, reason string) {
	d.ask(id, map[string]any{"type": "state", "state": state, "reason": reason})
}

// ask sends what the agent asks for, if he has a socket.
func (d *officeDay) ask(id string, frame map[string]any) {
	if !d.w.Attached(id) {
		return
	}
	if frame["reason"] == "" {
		delete(frame, "reason")
	}
	if err := d.w.Ask(id, frame); err != nil {
		d.t.Errorf("%v: %v", frame, err)
	}
}

// told is an agent's page: it sees what is sent to him, and does what he does then.
func (d *officeDay) told(id string, object any) {
	switch o := object.(type) {
	case protocol.Agent:
		if o.State == protocol.Away && o.Reason != "break" {
			d.done["away "+o.Reason]++
			d.in(20*time.Second+d.about(30*time.Second), func() { d.set(id, "available", "") })
		}
	case protocol.Call:
		d.showed(id, o)
	}
}

// showed: the call is new to the agent, or another phase of it.
func (d *officeDay) showed(id string, c protocol.Call) {
	key := id + c.ID + string(c.Phase)
	if was, ok := d.seen[key]; ok && was.Equal(c.OfferedAt.Time) {
		return
	}
	d.seen[key] = c.OfferedAt
	switch c.Phase {
	case protocol.PhaseOffered:
		d.offered(id, c)
	case protocol.PhaseConnected:
		d.connected(id, c)
	case protocol.PhaseWrapUp:
		d.wrapsUp(id, c)
	case protocol.PhaseEnded:
		for _, p := range []protocol.Phase{protocol.PhaseOffered, protocol.PhaseConnected, protocol.PhaseWrapUp, protocol.PhaseEnded} {
			delete(d.seen, id+c.ID+string(p))
		}
	}
}

// while does something if the agent still has the call in that phase.
func (d *officeDay) while(id, call string, phase protocol.Phase, do func()) func() {
	return func() {
		if _, c, _ := d.w.Agent(id); c.ID == call && c.Phase == phase {
			do()
		}
	}
}

// offered: mostly the page shows it, mostly he answers.
func (d *officeDay) offered(id string, c protocol.Call) {
	if sleepy := number(id)%20 == 0; d.chance(1) || sleepy && d.chance(40) {
		return // his page does not even show it
	}
	do := func(after time.Duration, frame map[string]any) {
		frame["call"] = c.ID
		d.in(after, d.while(id, c.ID, protocol.PhaseOffered, func() { d.ask(id, frame) }))
	}
	do(200*time.Millisecond, map[string]any{"type": "ringing", "sdp": "$answer"})
	switch after := time.Second + d.about(3*time.Second); {
	case d.chance(4):
		do(after, map[string]any{"type": "reject", "reason": "busy"})
	case d.chance(96):
		do(after, map[string]any{"type": "accept"})
	}
}

// connected: they talk, and one of them hangs up, or the agent passes the call on.
func (d *officeDay) connected(id string, c protocol.Call) {
	d.done["talk"]++
	caller := d.callers[number(c.From.Number)]
	if caller != nil {
		d.done[fmt.Sprint("connected ", caller.n)]++
	}
	talks := func(after time.Duration, frame map[string]any) {
		frame["call"] = c.ID
		d.in(after, d.while(id, c.ID, protocol.PhaseConnected, func() {
			d.ask(id, frame)
			to, _, _ := strings.Cut(fmt.Sprint(frame["to"]), ":")
			d.done[fmt.Sprint(frame["type"], " ", to)]++
		}))
	}
	length := time.Second + d.about(5*time.Minute)
	if d.chance(5) {
		talks(length/4, map[string]any{"type": "hold"})
		d.in(length/2, d.while(id, c.ID, protocol.PhaseHeld, func() { d.ask(id, map[string]any{"type": "resume", "call": c.ID}) }))
	}
	switch {
	case d.chance(3):
		talks(length*3/4, map[string]any{"type": "transfer", "to": "queue:billing"})
	case d.chance(3):
		talks(length*3/4, map[string]any{"type": "transfer", "to": fmt.Sprintf("agent:a%05d", d.rng.IntN(officeAgents))})
	}
	if caller == nil || caller.over || d.chance(40) {
		talks(length, map[string]any{"type": "hangup"})
	} else {
		d.in(length, caller.hangUp)
	}
	d.in(length+2*time.Minute, func() { // whoever is left hangs up in the end
		if caller != nil && !caller.over {
			caller.hangUp()
		}
		if _, now, _ := d.w.Agent(id); now.ID == c.ID && (now.Phase == protocol.PhaseConnected || now.Phase == protocol.PhaseHeld) {
			d.ask(id, map[string]any{"type": "hangup", "call": c.ID})
		}
	})
}

// wrapsUp: he notes an outcome, or lets the time run out.
func (d *officeDay) wrapsUp(id string, c protocol.Call) {
	if d.chance(85) {
		d.in(time.Second+d.about(8*time.Second), d.while(id, c.ID, protocol.PhaseWrapUp, func() {
			d.ask(id, map[string]any{"type": "wrapup", "call": c.ID, "outcome": "solved", "done": true})
		}))
	}
}
