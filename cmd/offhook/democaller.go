package main

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"time"

	"offhook/agent/protocol"
	"offhook/internal/load"
	"offhook/media/prompts"
)

// callNowAndThen is the demo's customer: a SIP phone over UDP with RTP, who rings whenever the agent has been available for a while,
// greets, and repeats what she hears.
func callNowAndThen(ctx context.Context, d demoFlags, gateway netip.AddrPort, states <-chan protocol.AgentState, log *slog.Logger) error {
	pacer := load.NewPacer()
	defer pacer.Close()
	caller, err := load.NewCaller(load.CallerConfig{Name: "Mara Lindqvist", Addr: gateway.Addr(), Pacer: pacer})
	if err != nil {
		return err
	}
	defer func() { _ = caller.Close() }()
	agent := availability{states: states}
	pause := d.first
	for agent.lasts(ctx, pause) {
		if err := oneCall(ctx, caller, gateway); err != nil && ctx.Err() == nil {
			log.Warn("the caller could not call, and will try again", "error", err)
		}
		pause = d.again
	}
	return nil
}

// availability is what the caller knows of the agent.
type availability struct {
	states <-chan protocol.AgentState
	now    protocol.AgentState // the last state that came
}

// lasts waits until the agent has been available for the pause; false when ctx is done. An agent who stayed available, because a call
// never reached him, needs no new state to be called again.
func (a *availability) lasts(ctx context.Context, pause time.Duration) bool {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	for {
		if a.now != protocol.Available {
			timer.Stop()
		}
		select {
		case <-ctx.Done():
			return false
		case a.now = <-a.states:
			timer.Reset(pause)
		case <-timer.C:
			return true
		}
	}
}

// oneCall places a call and waits for its end. The agent's states that come meanwhile wait in the channel.
func oneCall(ctx context.Context, caller *load.Caller, gateway netip.AddrPort) error {
	echo := load.NewEcho(prompts.Greeting(), 400)
	call, err := caller.Place(load.Plan{
		To: "sip:" + demoNumber + "@" + gateway.String(), From: "+493023125142", Display: "Mara Lindqvist",
		Speak: echo.Speak, Heard: echo.Hear, RingFor: 5 * time.Minute, TalkFor: 30 * time.Minute,
	})
	if err != nil {
		return err
	}
	result, err := call.Wait(ctx)
	if errors.Is(err, context.Canceled) {
		call.Hangup()
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_, err = call.Wait(end)
		return err
	}
	if err != nil {
		return err
	}
	return result.Err
}
