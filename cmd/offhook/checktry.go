package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"time"

	"offhook/translator/dialog"
)

// tryFor is how long trunks may take to answer: an address counts as silent after 3 s.
const tryFor = 4 * time.Second

// tryTrunks asks each address of each trunk by OPTIONS whether it is there, and tells what it found. It sends from the addresses of listen.sip but from
// ports of its own, so a server that runs is not disturbed; it does not register, which might take a running server's registration away.
func tryTrunks(ctx context.Context, sip dialog.Config, w *lines) error {
	sip.Listeners = slices.Clone(sip.Listeners)
	for i := range sip.Listeners {
		sip.Listeners[i].Addr = netip.AddrPortFrom(sip.Listeners[i].Addr.Addr(), 0)
	}
	sip.Trunks = slices.Clone(sip.Trunks)
	for i := range sip.Trunks {
		sip.Trunks[i].Qualify, sip.Trunks[i].Register = true, nil
	}
	sip.Logger = slog.New(newPlainHandler(w.out, slog.LevelError))
	e, err := dialog.New(sip)
	if err != nil {
		return fmt.Errorf("trying the trunks: %w", err)
	}
	defer e.Close()
	w.say("Asking trunks by OPTIONS, for %s", tryFor)
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(tryFor):
	}
	for _, t := range e.Trunks() {
		for _, a := range t.Addresses {
			w.say("  %-12s %s", t.Name, tried(a))
		}
	}
	return nil
}

func tried(a dialog.Target) string {
	if a.Up {
		return fmt.Sprintf("%s (%s) is there", a.Addr, a.Network)
	}
	return fmt.Sprintf("%s (%s) does not answer, cannot be reached, or refuses (503, 408)", a.Addr, a.Network)
}
