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
	pause := d.first
	for {
		if !untilAvailable(ctx, states, pause) {
			return nil
		}
		if err := oneCall(ctx, caller, gateway); err != nil {
			if ctx.Err() != nil {
				return nil
			}
			log.Warn("the caller could not call", "error", err)
		}
		pause = d.again
	}
}

// untilAvailable waits until the agent has been available for the pause; false when ctx is done.
func untilAvailable(ctx context.Context, states <-chan protocol.AgentState, pause time.Duration) bool {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return false
		case s := <-states:
			timer.Stop()
			if s == protocol.Available {
				timer.Reset(pause)
			}
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
