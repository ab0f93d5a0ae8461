package load

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"sync"
	"time"

	"offhook/translator/dialog"
)

const (
	// inbox is how many events may wait for one call; more are lost, as datagrams may be.
	inbox = 64
	// partWithin is how long a closing line waits for its calls to end in good order.
	partWithin = time.Second
)

var errURI = errors.New("not a SIP URI with a numeric address")

// A sipLine is the live line: dialogs as UAC over one UDP port.
type sipLine struct {
	endpoint *dialog.Endpoint
	closing  chan struct{}
	once     sync.Once
	calls    sync.WaitGroup
}

// openLine opens the SIP port. It takes no calls, and speaks with whomever its calls are placed to; on loopback, with nobody outside.
func openLine(here netip.AddrPort, log *slog.Logger) (*sipLine, error) {
	network := netip.PrefixFrom(here.Addr(), 0)
	if here.Addr().IsLoopback() && here.Addr().Is4() {
		network = netip.PrefixFrom(here.Addr(), 8)
	}
	endpoint, err := dialog.New(dialog.Config{
		Listen: here, Logger: log, UserAgent: "offhook-load",
		Trunks: []dialog.Trunk{{Name: "gateway", Networks: []netip.Prefix{network.Masked()}}},
	})
	if err != nil {
		return nil, err
	}
	return &sipLine{endpoint: endpoint, closing: make(chan struct{})}, nil
}

func (l *sipLine) place(p placement, report func(dialog.Report)) (func(), error) {
	gateway, err := hostOf(p.to)
	if err != nil {
		return nil, err
	}
	events, hangup := make(chan dialog.Event, inbox), make(chan struct{})
	d, err := l.endpoint.Place(context.Background(), dialog.Outgoing{
		To: gateway, Target: p.to, CallID: p.callID, SDP: p.sdp,
		From: dialog.Party{User: p.from, Display: p.display}, Headers: p.headers,
	}, func(ev dialog.Event) {
		select {
		case events <- ev:
		default:
		}
	})
	if err != nil {
		return nil, err
	}
	c := &sipCall{line: l, dialog: d, report: report}
	l.calls.Go(func() { c.run(events, hangup) })
	return sync.OnceFunc(func() { close(hangup) }), nil
}

// hostOf is the address in a SIP URI.
func hostOf(uri string) (netip.AddrPort, error) {
	host, found := strings.CutPrefix(uri, "sip:")
	if _, after, user := strings.Cut(host, "@"); user {
		host = after
	}
	host, _, _ = strings.Cut(host, ";")
	if addr, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil && found {
		return netip.AddrPortFrom(addr, 5060), nil
	}
	if addr, err := netip.ParseAddrPort(host); err == nil && found {
		return addr, nil
	}
	return netip.AddrPort{}, fmt.Errorf("%w: %q", errURI, uri)
}

// close hangs up every call, and frees the port.
func (l *sipLine) close() error {
	l.once.Do(func() { close(l.closing) })
	l.calls.Wait()
	return l.endpoint.Close()
}

// A sipCall owns one dialog. All of it belongs to its goroutine.
type sipCall struct {
	line   *sipLine
	dialog *dialog.Dialog
	report func(dialog.Report)
	over   bool
}

func (c *sipCall) run(events <-chan dialog.Event, hangup <-chan struct{}) {
	closing, cut := c.line.closing, (<-chan time.Time)(nil)
	for !c.over {
		tick, stop := c.deadline()
		select {
		case ev := <-events:
			c.step(ev)
		case <-tick:
			c.step(dialog.Tick{})
		case <-hangup:
			hangup = nil
			c.step(dialog.Hangup{})
		case <-closing:
			closing, cut = nil, time.After(partWithin)
			c.step(dialog.Hangup{})
		case <-cut:
			c.take(dialog.Report{Kind: dialog.Ended, Text: "the caller went away"})
		}
		stop()
	}
}

// deadline is when the dialog's next tick is due.
func (c *sipCall) deadline() (<-chan time.Time, func() bool) {
	at, due := c.dialog.Deadline()
	if !due {
		return nil, func() bool { return true }
	}
	timer := time.NewTimer(time.Until(at))
	return timer.C, timer.Stop
}

// step gives the dialog an event, and does what it decides.
func (c *sipCall) step(ev dialog.Event) {
	effects := c.dialog.Step(ev, time.Now())
	for len(effects) > 0 {
		effect := effects[0]
		effects = effects[1:]
		if r, ok := effect.(dialog.Report); ok {
			c.take(r)
			continue
		}
		err := c.line.endpoint.Perform(effect)
		if dialog.NeedsResult(effect) {
			effects = append(effects, c.dialog.Step(dialog.Sent{Effect: effect, Err: err}, time.Now())...)
		}
	}
}

func (c *sipCall) take(r dialog.Report) {
	c.report(r)
	c.over = c.over || r.Kind == dialog.Ended || r.Kind == dialog.Failed
}
