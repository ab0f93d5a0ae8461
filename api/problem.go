package api

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"

	"github.com/gofiber/fiber/v2"
)

// fault is what a client of the API is told of what went wrong: a status, and a body of JSON with a code for programs, a message for people, and the parameter or the
// member of the request's body that it is about, if it is about one.
type fault struct {
	status  int
	Code    string `json:"code"`
	Message string `json:"message"`
	Field   string `json:"field,omitempty"`
}

// Error is the message.
func (f *fault) Error() string { return f.Message }

func problem(status int, code, format string, args ...any) *fault {
	return &fault{status: status, Code: code, Message: fmt.Sprintf(format, args...)}
}

// wrongField refuses a request because of one parameter or member.
func wrongField(name, what string) *fault {
	return &fault{http.StatusBadRequest, "bad_request", name + ": " + what, name}
}

// faults turns errors of the API's handlers into answers. What went wrong inside is for the log, without what was asked for: that may be a number.
func faults(log *slog.Logger) fiber.Handler {
	return func(c *fiber.Ctx) error {
		c.Set(fiber.HeaderCacheControl, "no-store")
		err := guarded(c)
		if err == nil {
			return nil
		}
		f := faultOf(err)
		if f.status == http.StatusInternalServerError {
			log.Error("api request failed", "method", c.Method(), "route", c.Route().Path, "error", err)
		}
		return c.Status(f.status).JSON(f)
	}
}

func faultOf(err error) *fault {
	var f *fault
	var e *fiber.Error
	switch {
	case errors.As(err, &f):
		return f
	case !errors.As(err, &e):
		return problem(http.StatusInternalServerError, "failed", "the server failed")
	case e.Code == http.StatusNotFound:
		return problem(e.Code, "not_found", "there is nothing here")
	case e.Code == http.StatusMethodNotAllowed:
		return problem(e.Code, "bad_method", "this path knows other methods")
	}
	return problem(e.Code, "bad_request", "%s", http.StatusText(e.Code))
}

// guarded is c.Next, with a panic as an error: it costs this request.
func guarded(c *fiber.Ctx) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return c.Next()
}
