package main

import (
	"errors"
	"fmt"

	"offhook/api"
	"offhook/translator/replay"
)

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
