package translator

import (
	"log/slog"
	"time"

	"offhook/agent/protocol"
	"offhook/queue"
)

// restart: the page has new media for the call (network change, reload, another tab).
func (c *Call) restart(ev Event) {
	req := ev.(evRequest)
	c.do(doRestartLeg{c.offer.home, c.offer.leg, req.ref, req.req.(protocol.Restart).SDP})
}

func (c *Call) restarted(ev Event) { c.restartedOf(&c.offer, ev.(evLegRestarted)) }

func (c *Call) restartedOf(o *offer, e evLegRestarted) {
	if e.err != nil {
		c.refuse(e.ref, sdpCode(e.err), e.err.Error())
		return
	}
	o.up, o.heard, o.silent = false, false, c.now // until its DTLS is up
	c.do(doReply{e.ref, protocol.Reply{Type: "ok", ID: e.ref.ID, SDP: &protocol.Description{Type: "answer", SDP: string(e.sdp), For: e.ref.ID}}})
	c.log(slog.LevelInfo, "media restarted", slog.String("agent", o.agent))
}

// detached: the agent's socket is lost. The call goes on as long as his media does.
func (c *Call) detached(Event) { c.offer.detached = c.now }

func (c *Call) attached(Event) { c.offer.detached = time.Time{} }

// legSilent: nothing authenticated comes from the agent's browser.
func (c *Call) legSilent(Event) {
	if c.offer.silent.IsZero() {
		c.offer.silent = c.now
	}
}

func (c *Call) legBack(Event) { c.offer.silent = time.Time{} }

// agentLost: socket and media were both gone for resume_for.
func (c *Call) agentLost(Event) {
	if c.back.on && c.state == Dialing && c.far == nil {
		c.do(doAgentLost{c.offer.agent})
		c.notReached(ending{code: protocol.CauseAgentLost, by: protocol.BySystem}, queue.FaultAgent)
		return
	}
	if c.terms.OnAgentLost == "end" || c.terms.Queue == "" || c.state != Connected {
		c.do(doAgentLost{c.offer.agent})
		c.raise(evEnd{ending{code: protocol.CauseAgentLost, by: protocol.BySystem, q850: 41, text: "agent lost"}})
		return
	}
	c.raise(evPlain{kRequeue})
}

// requeue: the caller goes back to the head of the queue, by his old arrival time, and hears its sound.
func (c *Call) requeue(Event) {
	lost := c.offer
	c.hold.local, c.hold.later, c.digits = false, nil, digits{}
	c.refuse(c.move.ref, protocol.CallGone, "you have left the call")
	c.move = moving{} // what the other call of an attended transfer says now comes too late
	c.log(slog.LevelWarn, "agent lost, caller waits again", slog.String("agent", lost.agent))
	c.endPart(ending{code: protocol.CauseAgentLost, by: protocol.BySystem})
	c.do(doAgentLost{lost.agent})
	if lost.fromQueue() {
		c.do(doQueue{queue.CallEnded{Offer: lost.id}})
		c.do(doQueue{queue.WrapUpDone{Agent: queue.AgentID(lost.agent)}}) // he may be back this instant, and has nothing to wrap up
	}
	c.partOver()
	c.do(doCount{"offer", "agent_lost"})
	c.dropLeg()
	c.talking = time.Time{}
	c.joinQueue(c.arrivedAt)
}

// trunkSilent: neither RTP nor RTCP from the far side. One that has no answer yet sends none.
func (c *Call) trunkSilent(ev Event) {
	f := c.farLegOf(ev.(evMedia).n)
	if f == nil || !f.answered || f != c.far && f != c.next {
		return
	}
	c.raise(evEnd{ending{code: protocol.CauseMediaLost, by: protocol.ByTrunk, status: 480, q850: 102, text: "no media"}})
}
