package main

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"strconv"
	"sync"
)

// plainHandler writes log records as lines for people: time, message, attributes; the level only where it is not info.
type plainHandler struct {
	mu    *sync.Mutex // guards out
	out   io.Writer
	level slog.Level
	attrs []slog.Attr
}

func newPlainHandler(out io.Writer, level slog.Level) slog.Handler {
	return plainHandler{mu: new(sync.Mutex), out: out, level: level}
}

func (h plainHandler) Enabled(_ context.Context, l slog.Level) bool { return l >= h.level }

func (h plainHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	h.attrs = append(h.attrs[:len(h.attrs):len(h.attrs)], attrs...)
	return h
}

func (h plainHandler) WithGroup(string) slog.Handler { return h }

func (h plainHandler) Handle(_ context.Context, r slog.Record) error {
	var b bytes.Buffer
	b.WriteString(r.Time.Format("15:04:05.000 "))
	if r.Level != slog.LevelInfo {
		b.WriteString(r.Level.String() + " ")
	}
	b.WriteString(r.Message)
	write := func(a slog.Attr) bool {
		b.WriteByte(' ')
		b.WriteString(a.Key)
		b.WriteByte('=')
		b.WriteString(quoted(a.Value.Resolve().String()))
		return true
	}
	r.Attrs(write)
	for _, a := range h.attrs {
		write(a)
	}
	b.WriteByte('\n')
	h.mu.Lock()
	defer h.mu.Unlock()
	_, err := h.out.Write(b.Bytes())
	return err
}

// quoted quotes what has spaces, quotes or control characters, so that one record stays one line (security.md S21).
func quoted(s string) string {
	for _, r := range s {
		if r <= ' ' || r == '"' || r == '=' || r == 0x7f || !strconv.IsPrint(r) {
			return strconv.Quote(s)
		}
	}
	if s == "" {
		return `""`
	}
	return s
}
