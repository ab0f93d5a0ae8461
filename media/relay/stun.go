package relay

import (
	"bytes"
	"encoding/binary"

	"github.com/pion/stun/v3"
)

// responder is the whole of our ICE: the answering side of a lite agent (RFC 8445 §2.5, §7.3; RFC 8489). It belongs to one socket's reader.
// It sends only to sources whose check had valid integrity.
type responder struct {
	in, out stun.Message
}

// credentials are what the checks of one leg are measured by. They are replaced as a whole.
type credentials struct {
	key    stun.MessageIntegrity // of our password
	remote string                // the browser's fragment, "" until its answer came
}

// check is a binding request that was found good.
type check struct {
	leg      *agentLeg
	remote   string // fragment of the sender
	nominate bool   // USE-CANDIDATE
}

// read judges a datagram. ok is false when it is no request of a browser that knows the leg's password, and then it must change nothing.
func (r *responder) read(b []byte, routes *routes) (c check, ok bool) {
	if !plausible(b) {
		return c, false
	}
	r.in.Raw = append(r.in.Raw[:0], b...)
	if r.in.Decode() != nil || r.in.Type != stun.BindingRequest {
		return c, false
	}
	if stun.Fingerprint.Check(&r.in) != nil {
		return c, false
	}
	name, err := r.in.Get(stun.AttrUsername)
	if err != nil {
		return c, false
	}
	ours, theirs, found := bytes.Cut(name, []byte{':'})
	if !found {
		return c, false
	}
	leg := routes.ufrag(ours)
	if leg == nil {
		return c, false
	}
	cred := leg.cred.Load()
	if cred.remote != "" && cred.remote != string(theirs) {
		return c, false // of a page that was reloaded
	}
	if cred.key.Check(&r.in) != nil {
		return c, false
	}
	return check{leg: leg, remote: string(theirs), nominate: r.in.Contains(stun.AttrUseCandidate)}, true
}

// plausible tells whole STUN messages from others (RFC 8489 §6.3).
func plausible(b []byte) bool {
	return len(b) >= 20 && len(b) <= 1280 && len(b)%4 == 0 &&
		int(binary.BigEndian.Uint16(b[2:])) == len(b)-20 &&
		binary.BigEndian.Uint32(b[4:]) == 0x2112A442
}

// answer builds the response to the request that read found good, from one source. The bytes are valid until the next call. usable is false
// when the response is an error and the check must not count.
func (r *responder) answer(c check, from source) (b []byte, usable bool) {
	cred := c.leg.cred.Load()
	var setters []stun.Setter
	switch unknown := r.unknown(); {
	case len(unknown) > 0:
		setters = []stun.Setter{stun.BindingError, stun.CodeUnknownAttribute, unknown}
	case r.in.Contains(stun.AttrICEControlled):
		// We are lite and always controlled: the other side has to change its role (RFC 8445 §7.3.1.1).
		setters = []stun.Setter{stun.BindingError, stun.CodeRoleConflict}
	default:
		usable = true
		setters = []stun.Setter{stun.BindingSuccess,
			&stun.XORMappedAddress{IP: from.addr.Addr().AsSlice(), Port: int(from.addr.Port())}}
	}
	r.out.TransactionID = r.in.TransactionID
	setters = append([]stun.Setter{transaction(r.in.TransactionID)}, append(setters, cred.key, stun.Fingerprint)...)
	if r.out.Build(setters...) != nil {
		return nil, false
	}
	return r.out.Raw, usable
}

// transaction repeats a request's transaction ID.
type transaction [stun.TransactionIDSize]byte

func (t transaction) AddTo(m *stun.Message) error {
	m.TransactionID = t
	m.WriteTransactionID()
	return nil
}

// unknown returns the attributes that must be understood and are not (RFC 8489 §6.3.1).
func (r *responder) unknown() (list stun.UnknownAttributes) {
	for _, a := range r.in.Attributes {
		if a.Type >= 0x8000 {
			continue
		}
		switch a.Type {
		case stun.AttrUsername, stun.AttrMessageIntegrity, stun.AttrMessageIntegritySHA256, stun.AttrPriority, stun.AttrUseCandidate:
		default:
			list = append(list, a.Type)
		}
	}
	return list
}
