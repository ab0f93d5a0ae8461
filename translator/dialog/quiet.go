package dialog

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"
)

// quiet lets sipgo's warnings through without what strangers wrote: attributes that hold whole messages go, strings are cut at 512 bytes, and
// there is at most one line a second.
type quiet struct {
	base slog.Handler
	gate *gate
}

type gate struct {
	mu   sync.Mutex
	last time.Time
}

func newQuiet(l *slog.Logger) *slog.Logger {
	return slog.New(&quiet{l.Handler(), &gate{}})
}

// Enabled lets warnings and errors pass.
func (q *quiet) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= slog.LevelWarn && q.base.Enabled(ctx, l)
}

// Handle writes one record, cut and rated. How sipgo counts the users of a connection is nobody's affair but its own.
func (q *quiet) Handle(ctx context.Context, r slog.Record) error {
	if strings.Contains(r.Message, "ref went negative") {
		return nil
	}
	q.gate.mu.Lock()
	soon := r.Time.Sub(q.gate.last) < time.Second
	if !soon {
		q.gate.last = r.Time
	}
	q.gate.mu.Unlock()
	if soon {
		return nil
	}
	out := slog.NewRecord(r.Time, slog.LevelWarn, "sip: "+cutBytes(r.Message, 128), 0)
	r.Attrs(func(a slog.Attr) bool {
		switch a.Key {
		case "data", "msg", "req", "res", "tx", "callid":
		default:
			if a.Value.Kind() == slog.KindString {
				a.Value = slog.StringValue(cutBytes(a.Value.String(), 512))
			}
			out.AddAttrs(a)
		}
		return true
	})
	return q.base.Handle(ctx, out)
}

// WithAttrs adds attributes.
func (q *quiet) WithAttrs(as []slog.Attr) slog.Handler { return &quiet{q.base.WithAttrs(as), q.gate} }

// WithGroup adds a group.
func (q *quiet) WithGroup(name string) slog.Handler { return &quiet{q.base.WithGroup(name), q.gate} }

// maxUDP is what may leave in one datagram. sipgo refuses more than its UDPMTUSize less 200, for responses too.
const maxUDP = maxDatagram + 200

var prepared sync.Once

// prepareSipgo sets the settings that sipgo keeps for the whole process, before its first use.
func prepareSipgo(l *slog.Logger) {
	prepared.Do(func() {
		sip.UDPMTUSize = maxUDP
		sip.SetDefaultLogger(newQuiet(l))
	})
}
