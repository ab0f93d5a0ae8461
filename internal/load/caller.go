package load

import (
	"fmt"
	"log/slog"
	"net/netip"
	"strconv"
	"sync/atomic"
	"time"

	"offhook/translator/dialog"
)

// CallerConfig says from where calls are placed.
type CallerConfig struct {
	// Name stands in the events.
	Name string
	// Addr is the address of the SIP port and of the RTP ports; Port the SIP port, 0 for any.
	Addr netip.Addr
	Port uint16
	// Pacer sends the RTP. The caller of NewCaller closes it, after the Caller.
	Pacer *Pacer
	// Events gets what happens in all calls, from any goroutine. It must return at once. May be nil.
	Events func(Event)
	// Log gets the warnings of the SIP layer. May be nil.
	Log *slog.Logger
}

// Plan is one call to be placed.
type Plan struct {
	// To is whom to call, as a SIP URI with a numeric address, to which the call is sent: sip:100@127.0.0.1:5060.
	To string
	// From is the caller's number, Display his name.
	From, Display string
	// Headers are added to the INVITE.
	Headers map[string]string
	// Codecs are offered in this order; none means PCMA, PCMU.
	Codecs []Codec
	// Speak is what the caller says from the answer on; nil is silence.
	Speak Source
	// Heard gets what the caller hears. It must return at once and keep no reference to pcm. May be nil.
	Heard func(pcm []int16)
	// TalkFor is how long after the answer the caller hangs up; 0 leaves it to the other side.
	TalkFor time.Duration
	// RingFor is how long the caller waits for an answer before he gives up; 0 is for as long as it takes.
	RingFor time.Duration
}

// Result is how a call of a [Caller] went.
type Result struct {
	// Status is the final response to the INVITE: 200 if the call was answered. 0 if none came.
	Status int
	Phrase string
	// Q850 and Text say why the call ended, as far as the far side told.
	Q850 int
	Text string
	// Invited, Rang, Answered and Ended are when it happened; zero if it did not.
	Invited, Rang, Answered, Ended time.Time
	// Err is what went wrong on this side.
	Err error
}

// A Caller is a SIP phone, or rather a switchboard: it places calls, as many at once as are asked for, over UDP from one port,
// each with RTP of its own. Its methods are safe for any goroutine.
type Caller struct {
	config CallerConfig
	line   line
	count  atomic.Uint64
}

// A line places SIP calls.
type line interface {
	// place sends an INVITE. report is called, one report after the other and from a goroutine of the line's own, until Ended or Failed
	// has been reported. command gives the dialog one of its commands, and returns at once.
	place(p placement, report func(dialog.Report)) (command func(dialog.Event), err error)
	close() error
}

// placement is what a line needs to know of a call.
type placement struct {
	to, from, display, callID string
	headers                   map[string]string
	sdp                       []byte
}

// NewCaller opens the SIP port. Close it.
func NewCaller(config CallerConfig) (*Caller, error) {
	if config.Events == nil {
		config.Events = func(Event) {}
	}
	line, err := openLine(netip.AddrPortFrom(config.Addr, config.Port), config.Log)
	if err != nil {
		return nil, fmt.Errorf("caller %s: %w", config.Name, err)
	}
	return &Caller{config: config, line: line}, nil
}

// Close hangs up what is still up, for which it takes a second at most, and frees the SIP port.
func (c *Caller) Close() error { return c.line.close() }

// Place places a call. It returns when the INVITE is on its way; [Outgoing.Wait] tells how it went.
func (c *Caller) Place(plan Plan) (*Outgoing, error) {
	if len(plan.Codecs) == 0 {
		plan.Codecs = []Codec{PCMA, PCMU}
	}
	if plan.Speak == nil {
		plan.Speak = Silence()
	}
	o := &Outgoing{
		caller: c, plan: plan, done: make(chan struct{}),
		callID: strconv.FormatInt(time.Now().UnixNano(), 36) + "-" + strconv.FormatUint(c.count.Add(1), 36),
	}
	phone, err := OpenPhone(c.config.Addr, c.config.Pacer, noticing(o.tell, plan.Heard))
	if err != nil {
		return nil, err
	}
	o.phone = phone
	if err := o.invite(); err != nil {
		phone.Close()
		return nil, fmt.Errorf("calling %s: %w", plan.To, err)
	}
	return o, nil
}
