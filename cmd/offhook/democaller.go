package main

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"time"

	"offhook/internal/load"
)

// callNowAndThen is the demo's customers: a SIP phone over UDP with RTP, from which one after the other rings whenever an agent has been
// available for a while, greets, and repeats what there is to hear.
func callNowAndThen(ctx context.Context, d demoFlags, gateway netip.AddrPort, agents *presence, pacer *load.Pacer, log *slog.Logger) error {
	phone, err := load.NewCaller(load.CallerConfig{Name: "customers", Addr: gateway.Addr(), Pacer: pacer})
	if err != nil {
		return err
	}
	defer func() { _ = phone.Close() }()
	pause := d.first
	for turn := 0; agents.lasts(ctx, pause); turn++ {
		who := demoCustomers[turn%len(demoCustomers)]
		if err := oneCall(ctx, phone, gateway, who); err != nil && ctx.Err() == nil {
			log.Warn("a customer could not call; the next will try", "customer", who.name, "error", err)
		}
		pause = d.again
	}
	return nil
}

// longestTalk is how long a customer talks who does not hang up.
const longestTalk = 30 * time.Minute

// oneCall places a call and waits for its end.
func oneCall(ctx context.Context, phone *load.Caller, gateway netip.AddrPort, who customer) error {
	echo := load.NewEcho(voice(who.pitch), 400)
	talks := who.talks
	if talks == 0 {
		talks = longestTalk
	}
	call, err := phone.Place(load.Plan{
		To: "sip:" + who.calls + "@" + gateway.String(), From: who.number, Display: who.name, Headers: who.headers,
		Speak: echo.Speak, Heard: echo.Hear, RingFor: who.patience, TalkFor: talks,
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
