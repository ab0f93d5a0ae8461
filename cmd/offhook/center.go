package main

import (
	"context"
	"errors"
	"fmt"

	"offhook/agent"
	"offhook/agent/protocol"
	"offhook/api"
	"offhook/translator"
	"offhook/translator/replay"
)

// apiCenter is what the API shows and changes of queues and agents: the exchange's, and the sockets of agents whom it logs out.
type apiCenter struct {
	*translator.Exchange
	hub *agent.Hub
}

// LogOutAgent logs the agent out, and tells his page not to come back by itself.
func (c apiCenter) LogOutAgent(ctx context.Context, id string) error {
	if err := c.Exchange.LogOutAgent(ctx, id); err != nil {
		return err
	}
	c.hub.Close(id, protocol.CloseForbidden)
	return nil
}

// ask is what the API asks about a call's transcript; nil where none are written.
func (t *tracer) ask() func(call string, on bool) error {
	if t == nil {
		return nil
	}
	return func(call string, on bool) error {
		act := t.rec.Stop
		if on {
			act = t.rec.Start
		}
		switch err := act(call); {
		case errors.Is(err, replay.ErrNoCall):
			return api.ErrNoCall
		case err != nil:
			return fmt.Errorf("%w: %w", api.ErrNoTrace, err)
		}
		return nil
	}
}
