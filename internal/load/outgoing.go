package load

import (
	"context"
	"fmt"
	"sync"
	"time"

	"offhook/translator/dialog"
)

// An Outgoing is a call of a [Caller], from INVITE to end. Its methods are safe for any goroutine.
type Outgoing struct {
	// Fixed at the start.
	caller *Caller
	plan   Plan
	callID string
	phone  *Phone
	done   chan struct{}

	mu      sync.Mutex
	command func(dialog.Event) // nil until the INVITE is sent
	asked   bool               // to hang up
	timer   *time.Timer
	result  Result
}

func (o *Outgoing) invite() error {
	o.result.Invited = time.Now()
	o.tell(Event{Kind: InviteSent})
	command, err := o.caller.line.place(placement{
		to: o.plan.To, from: o.plan.From, display: o.plan.Display, callID: o.callID, headers: o.plan.Headers,
		sdp: o.phone.Offer(o.plan.Codecs...),
	}, o.report)
	if err != nil {
		return err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.command = command
	if o.asked {
		command(dialog.Hangup{})
	}
	if o.timer == nil && o.plan.RingFor > 0 {
		o.timer = time.AfterFunc(o.plan.RingFor, o.Hangup)
	}
	return nil
}

// Hangup ends the call: CANCEL before the answer, BYE after it. It returns at once.
func (o *Outgoing) Hangup() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.asked {
		return
	}
	o.asked = true
	if o.command != nil {
		o.command(dialog.Hangup{})
	}
}

// CallID is the call's SIP Call-ID.
func (o *Outgoing) CallID() string { return o.callID }

// Wait waits for the call's end.
func (o *Outgoing) Wait(ctx context.Context) (Result, error) {
	select {
	case <-o.done:
		return o.result, nil
	case <-ctx.Done():
		return Result{}, fmt.Errorf("the call to %s has not ended: %w", o.plan.To, ctx.Err())
	}
}

// report takes what the line tells.
func (o *Outgoing) report(r dialog.Report) {
	switch r.Kind {
	case dialog.Progress:
		o.ringing(r)
	case dialog.Answered:
		o.answered(r)
	case dialog.Reoffered:
		o.reoffered(r)
	case dialog.Ended, dialog.Failed:
		o.ended(r)
	}
}

func (o *Outgoing) ringing(r dialog.Report) {
	if r.Status == 100 {
		return
	}
	o.mu.Lock()
	if o.result.Rang.IsZero() {
		o.result.Rang = time.Now()
	}
	o.mu.Unlock()
	o.tell(Event{Kind: Ringing, Status: r.Status})
}

func (o *Outgoing) answered(r dialog.Report) {
	err := o.phone.Answered(r.SDP, o.plan.Speak)
	o.mu.Lock()
	o.result.Answered, o.result.Status, o.result.Err = time.Now(), 200, err
	if o.timer != nil {
		o.timer.Stop()
	}
	if o.plan.TalkFor > 0 {
		o.timer = time.AfterFunc(o.plan.TalkFor, o.Hangup)
	}
	o.mu.Unlock()
	o.tell(Event{Kind: Answered, Status: 200, Err: err})
	if err != nil {
		o.Hangup()
	}
}

// reoffered answers an offer in mid-call, such as a hold's.
func (o *Outgoing) reoffered(r dialog.Report) {
	o.mu.Lock()
	command := o.command
	o.mu.Unlock()
	if command != nil {
		command(o.phone.reanswer(r, o.plan.Speak))
	}
}

func (o *Outgoing) ended(r dialog.Report) {
	o.phone.Close()
	o.mu.Lock()
	if o.timer != nil {
		o.timer.Stop()
	}
	o.result.Ended, o.result.Q850, o.result.Text = time.Now(), r.Q850, r.Text
	if o.result.Answered.IsZero() {
		o.result.Status, o.result.Phrase = r.Status, r.Phrase
	}
	e := Event{Kind: Ended, Status: o.result.Status, Err: o.result.Err}
	o.mu.Unlock()
	o.tell(e)
	close(o.done)
}

func (o *Outgoing) tell(e Event) {
	e.At, e.Who, e.Call = time.Now(), o.caller.config.Name, o.callID
	o.caller.config.Events(e)
}
