package dialog

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
)

// Outgoing is a call to be placed.
type Outgoing struct {
	// To is where the INVITE is sent: a numeric address of a trunk. Names are not looked up.
	To netip.AddrPort
	// Network is the transport; "" means that of the trunk's address To, else UDP.
	Network Network
	// Target is the Request-URI and the To header's URI, as "sip:100@192.0.2.1".
	Target string
	// From is who calls: Display may be empty; User and Host make the URI, Host empty means our own.
	From Party
	// SDP is the offer; nil lets the far side offer.
	SDP []byte
	// Headers are added to the INVITE. Names must be tokens, values free of control characters; none that a dialog makes itself.
	Headers map[string]string
	// Patience is how long the trunk may be silent: without any response by then the call has Failed, with 408 and By Nobody, and what comes
	// later is cancelled or ended. 0 leaves it at 64·T1. Use 3 s where there is another target.
	Patience time.Duration
	// CallID is the Call-ID; empty means a fresh one.
	CallID string
	// MaxForwards is the header's value; 0 means 70. A leg placed for an incoming call has that call's less one.
	MaxForwards int
	// RingFor is how long the INVITE may go without a final response; 0 means 330 s. The command Limit changes it.
	RingFor time.Duration
	// Replaces is the dialog of the far side that this call takes the place of; nil for none (RFC 3891).
	Replaces *Replacement

	tag string // From tag and CSeq of a call that is tried again
	seq uint32
}

// place makes a UAC's dialog and performs its first step. sink gets the events for the dialog and must not block.
func (c *core) place(tx Tx, us *local, call Outgoing, sink func(Event), now time.Time) (*Dialog, error) {
	p, err := c.placing(us, call)
	if err != nil {
		return nil, err
	}
	d := newUAC(us, p)
	c.mu.Lock()
	if len(c.router.dialogs) >= c.router.max {
		c.mu.Unlock()
		return nil, ErrBusy
	}
	e := c.enter(d)
	e.patience = call.Patience
	c.mu.Unlock()
	e.open(sink)
	for _, ef := range d.Step(begin{}, now) {
		if err := tx.Perform(ef); err != nil {
			c.forget(d)
			return nil, fmt.Errorf("dialog: placing a call: %w", err)
		}
	}
	return d, nil
}

// placing checks every string that will stand in the INVITE.
func (c *core) placing(us *local, call Outgoing) (placing, error) {
	p := placing{trunk: c.trunkOf(call.To.Addr()), to: call.To, target: call.Target, sdp: call.SDP, callID: call.CallID}
	if p.trunk == nil || call.To.Port() == 0 {
		return p, fmt.Errorf("%w: %s is no trunk's address", ErrConfig, call.To)
	}
	if !isTarget(call.Target) {
		return p, fmt.Errorf("%w: target", ErrText)
	}
	from, err := us.fromHeader(call.From)
	if err != nil {
		return p, err
	}
	p.from = from
	if p.callID == "" {
		p.callID = c.us.ids.token() + c.us.ids.token()
	}
	if !isToken(p.callID) || len(p.callID) > maxField {
		return p, fmt.Errorf("%w: Call-ID", ErrText)
	}
	for _, name := range slices.Sorted(maps.Keys(call.Headers)) {
		value := call.Headers[name]
		v, err := clean(value, 4*maxField)
		if err != nil || name == "" || !isToken(name) || ownHeader(name) {
			return p, fmt.Errorf("%w: header %q", ErrText, name)
		}
		p.headers = append(p.headers, sip.NewHeader(name, v))
	}
	if call.Replaces != nil && !call.Replaces.usable() {
		return p, fmt.Errorf("%w: Replaces", ErrText)
	}
	p.replaces, p.limit, p.seq, p.hops = call.Replaces, call.RingFor, call.seq, min(max(call.MaxForwards, 0), 255)
	if p.localTag = call.tag; p.localTag == "" {
		p.localTag = c.us.ids.token()
	}
	return p, nil
}

func (l *local) fromHeader(from Party) (string, error) {
	host := from.Host
	if host == "" {
		host = l.host
		if strings.Contains(host, ":") {
			host = "[" + host + "]"
		}
	}
	if !isUser(from.User) || !isHost(host) {
		return "", fmt.Errorf("%w: From", ErrText)
	}
	uri := "<sip:" + host + ">"
	if from.User != "" {
		uri = "<sip:" + from.User + "@" + host + ">"
	}
	if from.Display == "" {
		return uri, nil
	}
	display, err := clean(from.Display, 2*maxField)
	if err != nil {
		return "", fmt.Errorf("%w: display name", ErrText)
	}
	return quote(display) + " " + uri, nil
}

// isUser says whether s may be the user part of a URI of ours (RFC 3261 §25.1), empty for none. What is legal there but read in more than one way, as
// parameters or a password are, may not.
func isUser(s string) bool {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.IndexByte("-_.!~*'()&=+$/", c) >= 0:
		case c == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]):
			i += 2
		default:
			return false
		}
	}
	return len(s) <= maxField
}

// isTarget says whether uri may be a Request-URI of ours: a SIP URI with one user part at most, without headers, and short. A number may have
// parameters in the user part, as RFC 3966 has them.
func isTarget(uri string) bool {
	scheme, rest, ok := strings.Cut(uri, ":")
	if !ok || scheme != "sip" && scheme != "sips" || len(uri) > 2*maxField {
		return false
	}
	if user, after, found := strings.Cut(rest, "@"); found {
		if user == "" || !isUser(strings.Map(withoutMarks, user)) {
			return false
		}
		rest = after
	}
	host, params, _ := strings.Cut(rest, ";")
	for p := range strings.SplitSeq(params, ";") {
		if name, value, _ := strings.Cut(p, "="); !isToken(name) || !isToken(value) || strings.Contains(p, "@") {
			return false
		}
	}
	return isHost(host) && usableURI(uri)
}

// withoutMarks drops what may stand between the parts of a user.
func withoutMarks(r rune) rune {
	if r == ';' || r == ',' {
		return -1
	}
	return r
}

// isHost says whether s is a name or an address, perhaps with a port.
func isHost(s string) bool {
	for _, c := range []byte(s) {
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte(".-:[]", c) >= 0) {
			return false
		}
	}
	return s != "" && len(s) <= maxField
}

func isHex(c byte) bool { return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f' }

// ownHeader says whether the dialog layer makes the header itself.
func ownHeader(name string) bool {
	switch canonical(name) {
	case "Via", "From", "To", "Call-ID", "CSeq", "Contact", "Max-Forwards", "Route", "Record-Route", "Content-Length", "Content-Type",
		"Content-Encoding", "Require", "Supported", "Replaces":
		return true
	}
	switch strings.ToLower(name) {
	case "allow", "proxy-require", "authorization", "proxy-authorization":
		return true
	}
	return false
}

// outcome gives a response, or the lack of one, to the dialog that waits for it; a 2xx that nobody waits for is ended.
func (c *core) outcome(tx Tx, d *Dialog, o outcome) {
	if d == nil || d.link == nil {
		return
	}
	if strays := d.link.stray(o); strays != nil {
		for _, e := range strays {
			if err := tx.Perform(e); err != nil {
				c.unsent(err, "of", "late 2xx")
			}
		}
		return
	}
	if o.err == nil && o.method == sip.INVITE && o.res.StatusCode > 100 && o.res.StatusCode < 300 {
		c.learn(d, responseTag(o.res), o.res.StatusCode >= 200)
	}
	c.post(d.link, o)
}

// cancelStray makes the CANCEL for an INVITE that was given up and rings all the same. Used when the dialog is over.
func (d *Dialog) cancelStray() []Effect {
	twin := &Dialog{role: uac, us: d.us, trunk: d.trunk, invite: d.invite, inviteTo: d.inviteTo, bye: &Hangup{}}
	twin.cancelNow(nil)
	for i, e := range twin.out { // its outcome is nobody's business
		if t, ok := e.(transact); ok {
			t.d = nil
			twin.out[i] = t
		}
	}
	return twin.out
}
