package main

import (
	"time"

	"offhook/agent/protocol"
	"offhook/internal/metrics"
	"offhook/queue"
	"offhook/translator"
)

// callSizes are the histograms of calls that are over, each with the call's ID as exemplar. They are fed from call records, so that what
// Prometheus shows and what is on record agree.
type callSizes struct {
	wait, ring, talk, hold, wrapUp   *metrics.Sizes
	legs                             *metrics.Sizes
	loss, jitter, roundTrip, meanMOS *metrics.Sizes
}

func newCallSizes(r *metrics.Registry) callSizes {
	var times []float64
	for _, bound := range queue.HistogramBounds {
		times = append(times, bound.Seconds())
	}
	return callSizes{
		wait:   r.Sizes("offhook_wait_seconds", "How long customers waited until an agent talked to them (answered) or they were gone (unanswered), by the queue that they were in last.", times, "queue", "outcome"),
		ring:   r.Sizes("offhook_ring_seconds", "How long a call rang at an agent, or, dialled by one, until it was answered or over. Calls that agents dial have no queue.", times, "queue", "outcome"),
		talk:   r.Sizes("offhook_talk_seconds", "How long an agent had a conversation, hold included.", times, "queue"),
		hold:   r.Sizes("offhook_hold_seconds", "How long an agent held a conversation, if he did.", times, "queue"),
		wrapUp: r.Sizes("offhook_wrap_up_seconds", "How long an agent's after-call work took, if there was any.", times, "queue"),
		legs: r.Sizes("offhook_trunk_leg_seconds", "How long dialogs with a trunk lasted, by the class of the final response to their INVITE: 2xx to 6xx, or none.",
			times, "trunk", "direction", "status"),
		loss: r.Sizes("offhook_media_loss_ratio", "Packets lost of a call's sound, 0 to 1, by leg; in: of what came here, out: as the other end reports.",
			[]float64{0, 0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25}, "leg", "direction"),
		jitter: r.Sizes("offhook_media_jitter_seconds", "Jitter of a call's sound, by leg and direction.",
			[]float64{0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1}, "leg", "direction"),
		roundTrip: r.Sizes("offhook_media_round_trip_seconds", "Round trip to the other end of a leg, where it tells (RTCP).",
			[]float64{0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1}, "leg"),
		meanMOS: r.Sizes("offhook_media_mos", "Estimated quality of a call's sound from 1 to 4.5, by leg and direction.",
			[]float64{1.5, 2, 2.5, 3, 3.3, 3.6, 3.8, 4, 4.2, 4.4}, "leg", "direction"),
	}
}

// ended measures a call that is over.
func (c *callSizes) ended(r translator.CallRecord) {
	if r.Queue != "" && r.Direction != protocol.Outbound {
		c.wait.Observe(seconds(r.WaitMS), r.ID, r.Queue, outcome(r.Connected))
	}
	for _, p := range r.Agents {
		c.part(&r, &p)
	}
	for _, l := range r.Legs {
		c.legs.Observe(l.Ended.Sub(l.Began.Time).Seconds(), r.ID, l.Trunk, string(l.Direction), statusClass(l.Status))
		c.quality(r.ID, "trunk", l.Quality)
	}
}

func (c *callSizes) part(r *translator.CallRecord, p *translator.PartRecord) {
	rang := p.Left
	if !p.Connected.IsZero() {
		rang = p.Connected
	}
	if !rang.IsZero() {
		c.ring.Observe(max(0, rang.Sub(p.Began.Time).Seconds()), r.ID, r.Queue, outcome(p.Connected))
	}
	if !p.Connected.IsZero() {
		c.talk.Observe(seconds(p.TalkMS), r.ID, r.Queue)
	}
	if p.Holds > 0 {
		c.hold.Observe(seconds(p.HoldMS), r.ID, r.Queue)
	}
	if p.WrapUpMS > 0 {
		c.wrapUp.Observe(seconds(p.WrapUpMS), r.ID, r.Queue)
	}
	c.quality(r.ID, "agent", p.Quality)
}

// quality measures a leg's sound, if there was any.
func (c *callSizes) quality(call, leg string, q *translator.QualityRecord) {
	if q == nil {
		return
	}
	if q.RTTMS > 0 {
		c.roundTrip.Observe(q.RTTMS/1000, call, leg)
	}
	for direction, s := range map[string]translator.StreamRecord{"in": q.In, "out": q.Out} {
		if s.Packets == 0 {
			continue
		}
		c.loss.Observe(s.LossPct/100, call, leg, direction)
		c.jitter.Observe(s.JitterMS/1000, call, leg, direction)
		if s.MOS > 0 {
			c.meanMOS.Observe(s.MOS, call, leg, direction)
		}
	}
}

func seconds(ms int64) float64 { return (time.Duration(ms) * time.Millisecond).Seconds() }

func outcome(connected protocol.Time) string {
	if connected.IsZero() {
		return "unanswered"
	}
	return "answered"
}

// statusClass is a SIP status's class, as 4xx.
func statusClass(status int) string {
	if status < 100 || status > 699 {
		return "none"
	}
	return string(rune('0'+status/100)) + "xx"
}
