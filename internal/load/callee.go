package load

import (
	"fmt"
	"log/slog"
	"net/netip"
	"time"

	"offhook/translator/dialog"
)

// mostCalls is how many dialogs a [Callee] has at once; more get 503.
const mostCalls = 200

// CalleeConfig says where calls are taken, and how.
type CalleeConfig struct {
	// Name stands in the events.
	Name string
	// Addr is the address of the SIP port and of the RTP ports; its port may be 0 for any.
	Addr netip.AddrPort
	// From are the networks that may call; none is this machine alone: loopback if Addr is there, else Addr itself.
	From []netip.Prefix
	// Pacer sends the RTP. The caller of NewCallee closes it, after the Callee.
	Pacer *Pacer
	// Receive says what becomes of a call; nil answers each at once, in silence. It must return at once.
	Receive func(Arrival) Reception
	// Events gets what happens in all calls, from any goroutine. It must return at once. May be nil.
	Events func(Event)
	// Log gets the warnings of the SIP layer. May be nil.
	Log *slog.Logger
}

// Arrival is a call that came to a [Callee].
type Arrival struct {
	// To is the number that was called, From the caller's and Display the caller's name.
	To, From, Display string
}

// Reception is how a [Callee] treats a call.
type Reception struct {
	// After is how long it rings before anything else; negative rings until the caller gives up. 0 does not ring at all.
	After time.Duration
	// Refuse is the status that it is then refused with, 0 answers it.
	Refuse int
	// Party is who speaks from the answer on; nil is silence.
	Party Party
	// TalkFor is how long after the answer the callee hangs up; 0 leaves it to the caller.
	TalkFor time.Duration
}

// A Party is one end of a conversation: it speaks, it hears, and it notices keys. Speak is a [Source]; all must return at once, keep no
// reference to pcm, and may be called from several goroutines.
type Party interface {
	Speak(frame []int16)
	Hear(pcm []int16)
	Press(key byte)
}

// A Callee is a SIP phone, or rather a switchboard, that is called: over UDP on one port, as many calls at once as come, each with RTP of its
// own. Its methods are safe for any goroutine.
type Callee struct {
	config CalleeConfig
	line   *sipLine
}

// NewCallee opens the SIP port, and takes calls from then on. Close it.
func NewCallee(config CalleeConfig) (*Callee, error) {
	if config.Events == nil {
		config.Events = func(Event) {}
	}
	if config.Receive == nil {
		config.Receive = func(Arrival) Reception { return Reception{} }
	}
	if config.From == nil {
		config.From = onThisMachine(config.Addr.Addr())
	}
	c := &Callee{config: config, line: &sipLine{closing: make(chan struct{})}}
	err := c.line.open(dialog.Config{
		Listen: config.Addr, Logger: config.Log, Handler: c, MaxDialogs: mostCalls,
		Trunks: []dialog.Trunk{{Name: "gateway", Networks: config.From, Trusted: true}},
	})
	if err != nil {
		return nil, fmt.Errorf("callee %s: %w", config.Name, err)
	}
	return c, nil
}

// onThisMachine are the addresses that this machine calls an address of its own from.
func onThisMachine(here netip.Addr) []netip.Prefix {
	if here.IsLoopback() && here.Is4() {
		return around(here)
	}
	return []netip.Prefix{netip.PrefixFrom(here, here.BitLen())}
}

// Addr is where it takes calls.
func (c *Callee) Addr() netip.AddrPort { return c.line.endpoint.Addr() }

// Close hangs up what is still up, for which it takes a second at most, and frees the SIP port.
func (c *Callee) Close() error { return c.line.close() }

// Admit is part of dialog.Handler.
func (c *Callee) Admit() bool { return true }

// Invite is part of dialog.Handler.
func (c *Callee) Invite(in *dialog.Invite) func(dialog.Event) {
	i := &incoming{callee: c, callID: in.CallID, offer: in.SDP, reception: c.config.Receive(arrival(in))}
	call := newSIPCall(c.line, i.report)
	call.tx, call.dialog, i.command = in.Tx, in.Dialog, call.command
	i.tell(Event{Kind: Invited})
	i.arrive()
	if !c.line.own(call) {
		i.end()
	}
	return call.happened
}

func arrival(in *dialog.Invite) Arrival {
	a := Arrival{To: in.To.User, From: in.From.User, Display: in.From.Display}
	if in.Asserted != nil {
		a.From, a.Display = in.Asserted.User, in.Asserted.Display
	}
	return a
}
