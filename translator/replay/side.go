package replay

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// Side says which end of a recorded call the trunk's is: that end's messages are played, and offhook takes the other end's place.
type Side string

// The sides. An IP address is a side too: the end with that address.
const (
	// SideAuto is the end that is not offhook where one of them says it is (in User-Agent or Server), else the caller.
	SideAuto Side = ""
	// SideCaller plays the caller: offhook is called.
	SideCaller Side = "caller"
	// SideCallee plays the callee: an agent dials.
	SideCallee Side = "callee"
)

// trunkCalls says whether the trunk is the caller.
func (r *RecordedCall) trunkCalls(side Side) (bool, error) {
	switch side {
	case SideCaller:
		return true, nil
	case SideCallee:
		return false, nil
	case SideAuto:
		return !r.isOurs(r.Caller), nil
	}
	a, err := netip.ParseAddr(string(side))
	switch {
	case err != nil:
		return false, fmt.Errorf("replay: side %q is neither caller nor callee nor an address", side)
	case a == r.Caller.Addr():
		return true, nil
	case a == r.Callee.Addr():
		return false, nil
	}
	return false, fmt.Errorf("replay: %s is no end of this call, which is between %s and %s", a, r.Caller, r.Callee)
}

// isOurs says whether the end that has this address calls itself offhook.
func (r *RecordedCall) isOurs(end netip.AddrPort) bool {
	return slices.ContainsFunc(r.Messages, func(m Captured) bool {
		sip := readSIP(m.SIP)
		name := sip.get("user-agent") + sip.get("server")
		return r.is(m.From, end) && strings.Contains(strings.ToLower(name), "offhook")
	})
}

// ErrNoCalls: nothing in a capture begins a call.
var ErrNoCalls = errors.New("replay: the capture holds no call: it has no INVITE that begins one, and no OPTIONS outside calls")

// Pick chooses what of a capture to play. which is "" for every call, a Call-ID, or the beginning of one, or the number that "offhook replay -list" shows. Of a call that went
// through proxies the hop next to offhook's place is taken: the last one where the trunk calls, the first one where it is called, or the one with offhook at its end.
func Pick(calls []*RecordedCall, which string, side Side) ([]*RecordedCall, error) {
	if len(calls) == 0 {
		return nil, ErrNoCalls
	}
	var out []*RecordedCall
	for i, r := range calls {
		switch {
		case which == fmt.Sprint(i+1):
			return []*RecordedCall{r}, nil
		case which != "" && !strings.HasPrefix(r.CallID, which):
			continue
		}
		next, err := r.isNextToUs(side)
		if err != nil {
			return nil, err
		}
		if next {
			out = append(out, r)
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("replay: none of %d calls is %q", len(calls), which)
	}
	return out, nil
}

// isNextToUs says whether this is the hop of its call that offhook's place is at.
func (r *RecordedCall) isNextToUs(side Side) (bool, error) {
	if _, err := netip.ParseAddr(string(side)); err == nil {
		_, err := r.trunkCalls(side)
		return err == nil, nil
	}
	calls, err := r.trunkCalls(side)
	if r.Hops == 1 || err != nil {
		return true, err
	}
	if calls {
		return r.Hop == r.Hops, nil
	}
	return r.Hop == 1, nil
}
