package api

import (
	"errors"
	"net/http"

	"github.com/gofiber/fiber/v2"
)

// What a Config.Trace may say.
var (
	// ErrNoCall: no such call is in progress.
	ErrNoCall = errors.New("no such call is in progress")
	// ErrNoTrace: no transcript can be written now.
	ErrNoTrace = errors.New("no transcript can be written")
)

// operations are what is done with the server itself.
type operations struct {
	reload func() error
	trace  func(call string, on bool) error
}

// reloadSettings is POST /reload. What is wrong with the settings is told to whoever may write: he may see them.
func (o operations) reloadSettings(c *fiber.Ctx) error {
	if f := noQuery(c); f != nil {
		return f
	}
	if o.reload == nil {
		return problem(http.StatusConflict, "conflict", "this server was started without a file that could be read again")
	}
	if err := o.reload(); err != nil {
		return problem(http.StatusUnprocessableEntity, "bad_settings", "%s", err)
	}
	return c.SendStatus(http.StatusNoContent)
}

// tracedShown says whether a call's transcript is written when it ends.
type tracedShown struct {
	On bool `json:"on"`
}

// traceCall is POST /calls/:id/trace.
func (o operations) traceCall(c *fiber.Ctx) error {
	var on bool
	call, f := pathName(c, "id")
	body, g := readObject(c.Body(), "")
	if err := first(noQuery(c), f, g); err != nil {
		return err
	}
	if err := first(body.take("on", true, &on, "true or false"), body.rest()); err != nil {
		return err
	}
	if o.trace == nil {
		return problem(http.StatusConflict, "conflict", "traces are off: the configuration names no folder for them")
	}
	switch err := o.trace(call, on); {
	case errors.Is(err, ErrNoCall):
		return problem(http.StatusNotFound, "not_found", "%s", ErrNoCall)
	case errors.Is(err, ErrNoTrace):
		return problem(http.StatusConflict, "conflict", "%s", err)
	case err != nil:
		return err
	}
	return c.JSON(tracedShown{on})
}
