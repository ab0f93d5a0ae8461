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

var (
	errURI        = errors.New("not a SIP URI with a numeric address")
	errLineClosed = errors.New("the line is closed")
)

// A sipLine is the live line: dialogs over one UDP port.
type sipLine struct {
	endpoint *dialog.Endpoint // of a line that places calls
	closing  chan struct{}
	calls    sync.WaitGroup

	mu     sync.Mutex // guards closed, and the adding of calls
	closed bool
}

// openLine opens the SIP port. It takes no calls, and speaks with whomever its calls are placed to; on loopback, with nobody outside.
func openLine(here netip.AddrPort, log *slog.Logger) (*sipLine, error) {
	l := &sipLine{closing: make(chan struct{})}
	return l, l.open(dialog.Config{Listen: here, Logger: log, Trunks: []dialog.Trunk{{Name: "gateway", Networks: around(here.Addr())}}})
}

// around are the networks that a line at this address speaks with.
func around(here netip.Addr) []netip.Prefix {
	network := netip.PrefixFrom(here, 0)
	if here.IsLoopback() && here.Is4() {
		network = netip.PrefixFrom(here, 8)
	}
	return []netip.Prefix{network.Masked()}
}

func (l *sipLine) open(config dialog.Config) (err error) {
	config.UserAgent = "offhook-load"
	l.endpoint, err = dialog.New(config)
	return err
}

func (l *sipLine) place(p placement, report func(dialog.Report)) (func(dialog.Event), error) {
	gateway, err := hostOf(p.to)
	if err != nil {
		return nil, err
	}
	c := newSIPCall(l, report)
	c.tx = l.endpoint
	c.dialog, err = l.endpoint.Place(context.Background(), dialog.Outgoing{
		To: gateway, Target: p.to, CallID: p.callID, SDP: p.sdp,
		From: dialog.Party{User: p.from, Display: p.display}, Headers: p.headers,
	}, c.happened)
	if err != nil {
		return nil, err
	}
	if !l.own(c) {
		return nil, errLineClosed
	}
	return c.command, nil
}

// own gives a call its goroutine. False: the line is closing.
func (l *sipLine) own(c *sipCall) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return false
	}
	l.calls.Go(c.run)
	return true
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
	l.mu.Lock()
	if !l.closed {
		l.closed = true
		close(l.closing)
	}
	l.mu.Unlock()
	l.calls.Wait()
	return l.endpoint.Close()
}

// A sipCall owns one dialog. What is below the channels belongs to its goroutine.
type sipCall struct {
	line     *sipLine
	events   chan dialog.Event // what the far side did
	commands chan dialog.Event // what this side wants

	tx     dialog.Tx
	dialog *dialog.Dialog
	report func(dialog.Report)
	over   bool
}

func newSIPCall(l *sipLine, report func(dialog.Report)) *sipCall {
	return &sipCall{line: l, report: report, events: make(chan dialog.Event, inbox), commands: make(chan dialog.Event, inbox)}
}

// happened takes an event from the network, from any goroutine.
func (c *sipCall) happened(ev dialog.Event) {
	select {
	case c.events <- ev:
	default:
	}
}

// command takes what is to be done, from any goroutine; a report's receiver may call it too. It returns at once. A call has a handful of
// commands in its life, so that there is room for all.
func (c *sipCall) command(ev dialog.Event) {
	select {
	case c.commands <- ev:
	default:
	}
}

func (c *sipCall) run() {
	closing, cut := c.line.closing, (<-chan time.Time)(nil)
	for !c.over {
		tick, stop := c.deadline()
		select {
		case ev := <-c.commands:
			c.step(ev)
		case ev := <-c.events:
			c.step(ev)
		case <-tick:
			c.step(dialog.Tick{})
		case <-closing:
			closing, cut = nil, time.After(partWithin)
			c.step(dialog.Hangup{})
		case <-cut:
			c.take(dialog.Report{Kind: dialog.Ended, Text: "this side went away"})
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
		err := c.tx.Perform(effect)
		if dialog.NeedsResult(effect) {
			effects = append(effects, c.dialog.Step(dialog.Sent{Effect: effect, Err: err}, time.Now())...)
		}
	}
}

func (c *sipCall) take(r dialog.Report) {
	c.report(r)
	c.over = c.over || r.Kind == dialog.Ended || r.Kind == dialog.Failed
}
