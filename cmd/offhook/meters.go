package main

import (
	"strings"

	"offhook/agent/protocol"
	"offhook/internal/metrics"
	"offhook/media/relay"
	"offhook/queue"
	"offhook/translator"
	"offhook/translator/dialog"
)

// meters joins what the parts count with the names that operators see.
type meters struct {
	reg    *metrics.Registry
	states *agentStates
	sizes  callSizes
}

func newMeters() *meters {
	m := &meters{reg: metrics.New(), states: &agentStates{now: map[string]protocol.AgentState{}}}
	m.sizes = newCallSizes(m.reg)
	for _, why := range []queue.RepairReason{
		queue.RepairCallerGone, queue.RepairCallerLost, queue.RepairOfferGone, queue.RepairAgentGone, queue.RepairAttached, queue.RepairSeized,
		queue.RepairNotSeized, queue.RepairWithoutOwner,
	} {
		m.reg.Repairs(string(why))
	}
	return m
}

// watch shows the figures that the parts keep by themselves. All parts must have been made.
func (m *meters) watch(s *server) {
	m.gauges(s)
	m.people(&bookkeeper[translator.Books]{fetch: inspected(s.exchange.Inspect)})
	m.queues((&bookkeeper[[]queueBook]{fetch: queueBooks(s.exchange)}).read)
	m.trunkSide(s)
	m.trunks(s.sip.Trunks)
	m.mediaSide(s)
	m.faults(s)
}

// hub counts what happens on agents' sockets. The names end in _total for the hub's own documentation; here they are label values.
func (m *meters) hub(name, reason string) {
	if strings.HasPrefix(name, "agent_panics") {
		m.reg.Fault("panic: hub " + reason)
		return
	}
	m.reg.Agent(strings.TrimPrefix(name, "agent_"), reason)
}

// exchange counts how calls, offers and transfers end, what is turned away, and what the queue's books had wrong. What is none of it must never happen.
func (m *meters) exchange(what, label string) {
	switch what {
	case "call":
		cause, by, _ := strings.Cut(label, "/")
		m.reg.Call(cause, by)
	case "offer":
		m.reg.Offer(label)
	case "transfer":
		m.reg.Transfer(label)
	case "recording":
		m.reg.RecordingFailed()
	case "trunk_full":
		m.reg.Rejected(what)
	case "repair":
		m.reg.Repair(label)
	default:
		m.reg.Fault(what + ": " + label)
	}
}

func (m *meters) gauges(s *server) {
	m.reg.Gauge("offhook_calls_in_progress", "Calls that have an owner now.", func() float64 { return float64(s.exchange.Calls()) })
	m.reg.Gauge("offhook_agent_sockets", "Agents' sockets that are open now.", func() float64 { return float64(s.hub.Figures().Sockets) })
	m.reg.Gauge("offhook_media_sessions", "Media sessions that are open now.", func() float64 { return float64(s.relay.Stats().Sessions) })
	m.reg.Gauge("offhook_sip_transactions", "SIP requests without a final response now.", func() float64 { return float64(s.sip.Stats().Transactions) })
}

// people are callers and agents: how many there are now, and what they are doing.
func (m *meters) people(b *bookkeeper[translator.Books]) {
	m.reg.Gauge("offhook_callers_waiting", "Callers in a queue now, those included whom an agent is offered.", func() float64 { return float64(b.read().Callers) })
	m.reg.Gauge("offhook_offers_open", "Calls that ring at an agent now.", func() float64 { return float64(b.read().Offered) })
	for _, state := range []protocol.AgentState{protocol.Available, protocol.Away, protocol.Offered, protocol.OnCall, protocol.WrapUp} {
		m.reg.GaugeOf("offhook_agents", "Agents who are logged in now, by state.", "state", string(state), func() float64 { return float64(m.states.in(state)) })
	}
	m.reg.Faults("queue", func() float64 { return float64(b.read().Faults) })
}

// faults are the panics that parts count by themselves; hub and exchange report theirs as they come.
func (m *meters) faults(s *server) {
	m.reg.Faults("panic: media", func() float64 { return float64(s.relay.Stats().Panics) })
	m.reg.Faults("panic: dialog", func() float64 { return float64(s.sip.Stats().Panics) })
}

func (m *meters) trunkSide(s *server) {
	for what, read := range map[string]func(dialog.Stats) uint64{
		"requests": func(d dialog.Stats) uint64 { return d.Requests }, "calls": func(d dialog.Stats) uint64 { return d.Calls },
		"strangers": func(d dialog.Stats) uint64 { return d.Strangers }, "malformed": func(d dialog.Stats) uint64 { return d.Malformed },
		"overloaded": func(d dialog.Stats) uint64 { return d.Overloaded }, "refused": func(d dialog.Stats) uint64 { return d.Refused },
		"rated": func(d dialog.Stats) uint64 { return d.Rated }, "surplus": func(d dialog.Stats) uint64 { return d.Surplus },
		"insecure": func(d dialog.Stats) uint64 { return d.Insecure }, "restarts": func(d dialog.Stats) uint64 { return d.Restarts },
	} {
		m.reg.Total("offhook_sip_total", "SIP messages from the trunks' side, by what became of them.", "what", what,
			func() float64 { return float64(read(s.sip.Stats())) })
	}
}

func (m *meters) mediaSide(s *server) {
	for direction, read := range map[string]func(relay.Stats) uint64{
		"to_trunk": func(r relay.Stats) uint64 { return r.ToTrunk }, "to_agent": func(r relay.Stats) uint64 { return r.ToAgent },
		"played": func(r relay.Stats) uint64 { return r.Played }, "reports": func(r relay.Stats) uint64 { return r.Reports },
		"digits": func(r relay.Stats) uint64 { return r.Digits },
	} {
		m.reg.Total("offhook_media_packets_total", "Media packets sent, by direction.", "direction", direction,
			func() float64 { return float64(read(s.relay.Stats())) })
	}
	m.reg.Total("offhook_recording_packets_total", "Media packets for recordings that were not kept, because the disk was too slow.", "what", "lost",
		func() float64 { return float64(s.relay.Stats().Unrecorded) })
	for reason := range s.relay.Stats().Dropped {
		m.reg.Total("offhook_media_dropped_total", "Media packets dropped, by reason.", "reason", reason,
			func() float64 { return float64(s.relay.Stats().Dropped[reason]) })
	}
}
