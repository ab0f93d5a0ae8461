package dialog

import (
	"net/netip"

	"github.com/emiago/sipgo/sip"
)

// The events that transaction layers and the router make. Outside this package they are opaque.
type (
	// begin starts a dialog: an INVITE came, or one is to be placed.
	begin struct{}
	// arrived is an in-dialog request that needs an answer through tx.
	arrived struct {
		req  *sip.Request
		tx   serverTx
		from netip.AddrPort
	}
	// acked is an ACK to a 2xx.
	acked struct {
		req  *sip.Request
		from netip.AddrPort
	}
	// cancelled says that the transaction layer answered a CANCEL with 200 and the INVITE with 487.
	cancelled struct{ req *sip.Request }
	// outcome is a response to a request of ours, or err if none will come (timers B and F, transport).
	outcome struct {
		method sip.RequestMethod
		seq    uint32
		res    *sip.Response
		from   netip.AddrPort
		err    error
		silent bool // err came of the caller's patience, before the transaction gave up
	}
)

func (begin) dialogEvent()         {}
func (arrived) dialogEvent()       {}
func (acked) dialogEvent()         {}
func (cancelled) dialogEvent()     {}
func (outcome) dialogEvent()       {}
func (Ring) dialogEvent()          {}
func (Answer) dialogEvent()        {}
func (Reject) dialogEvent()        {}
func (Hangup) dialogEvent()        {}
func (AnswerReoffer) dialogEvent() {}
func (Sent) dialogEvent()          {}
func (Limit) dialogEvent()         {}
func (Reoffer) dialogEvent()       {}
func (Info) dialogEvent()          {}
func (Refer) dialogEvent()         {}
func (AcceptRefer) dialogEvent()   {}
func (ReferNews) dialogEvent()     {}
func (Tick) dialogEvent()          {}

// The effects that a Tx performs.
type (
	// respond sends a response in a server transaction. If answer is set it is the first 200 to an INVITE, whose result is asked for.
	respond struct {
		tx     serverTx
		res    *sip.Response
		answer bool
	}
	// transact starts a client transaction; its responses come back as outcome.
	transact struct {
		d   *Dialog
		req *sip.Request
		to  netip.AddrPort
	}
	// bare sends a request outside any transaction: the ACK to a 2xx.
	bare struct {
		req *sip.Request
		to  netip.AddrPort
	}
	// release says that the dialog is over and may be forgotten.
	release struct{ d *Dialog }
)

func (respond) dialogEffect()  {}
func (transact) dialogEffect() {}
func (bare) dialogEffect()     {}
func (release) dialogEffect()  {}
func (Report) dialogEffect()   {}

// NeedsResult says whether the outcome of performing e is to be given back to its dialog as [Sent].
func NeedsResult(e Effect) bool {
	switch e := e.(type) {
	case respond:
		return e.answer
	case transact:
		return true
	}
	return false
}

// serverTx is a server transaction as the layers above see it: the handle of one request that waits for responses.
type serverTx interface {
	// respond sends a response; an error says that the transaction did not take it.
	respond(res *sip.Response) error
	// abandon frees a transaction that gets no response (ACK, drop).
	abandon()
}
