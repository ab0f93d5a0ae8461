package replay

import (
	"context"
	"fmt"
	"log/slog"
)

// Ending is how a call ended, as the log says it.
type Ending struct {
	Call  string
	Cause string // "normal by caller"
}

// endingLog reads from the log's own lines how each call ended, so that a story's outcome is what an operator would read.
type endingLog struct {
	w    *World
	call string
}

func (l endingLog) Enabled(context.Context, slog.Level) bool { return true }
func (l endingLog) WithGroup(string) slog.Handler            { return l }

func (l endingLog) WithAttrs(attrs []slog.Attr) slog.Handler {
	for _, a := range attrs {
		if a.Key == "call" {
			l.call = a.Value.String()
		}
	}
	return l
}

func (l endingLog) Handle(_ context.Context, r slog.Record) error {
	if r.Level >= slog.LevelError {
		text := r.Message
		r.Attrs(func(a slog.Attr) bool { text += " " + a.String(); return true })
		l.w.problem("log: %s", text)
	}
	if r.Message != "call ended" {
		return nil
	}
	var cause, by string
	r.Attrs(func(a slog.Attr) bool {
		switch a.Key {
		case "cause":
			cause = a.Value.String()
		case "by":
			by = a.Value.String()
		}
		return true
	})
	l.w.endings = append(l.w.endings, Ending{l.call, fmt.Sprintf("%s by %s", cause, by)})
	return nil
}
