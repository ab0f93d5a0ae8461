package load

import (
	"net/http"
	"sync"
	"time"

	"offhook/translator/dialog"
)

// An incoming is a call of a [Callee], from INVITE to end.
type incoming struct {
	// Fixed at the start.
	callee    *Callee
	callID    string
	offer     []byte // nil: the far side answers an offer of ours
	reception Reception
	command   func(dialog.Event)

	// Whoever holds mu may use what is below: the dialog's owner, and the timer.
	mu    sync.Mutex
	phone *Phone
	timer *time.Timer
	over  bool
}

// arrive does first what the reception says.
func (i *incoming) arrive() {
	i.mu.Lock()
	defer i.mu.Unlock()
	switch after := i.reception.After; {
	case after == 0:
		i.decideLocked()
		return
	case after > 0:
		i.timer = time.AfterFunc(after, i.decide)
	}
	i.command(dialog.Ring{})
}

func (i *incoming) decide() {
	i.mu.Lock()
	defer i.mu.Unlock()
	if !i.over {
		i.decideLocked()
	}
}

// decideLocked answers or refuses.
func (i *incoming) decideLocked() {
	if status := i.reception.Refuse; status != 0 {
		i.command(dialog.Reject{Status: status, Q850: dialog.Q850FromStatus(status)})
		return
	}
	sdp, err := i.answerLocked()
	if err != nil {
		i.tell(Event{Kind: Failed, Err: err})
		i.command(dialog.Reject{Status: unacceptable})
		return
	}
	i.command(dialog.Answer{SDP: sdp})
}

// answerLocked opens the media, and gives what the 200 carries: the answer, or an offer to who made none.
func (i *incoming) answerLocked() (sdp []byte, err error) {
	i.phone, err = openPhone(i.callee.config.Addr.Addr(), i.callee.config.Pacer, i.hear(), i.digit)
	switch {
	case err != nil:
		return nil, err
	case i.offer == nil:
		return i.phone.Offer(PCMA, PCMU), nil
	}
	return i.phone.Answer(i.offer, i.speak())
}

// report takes what the dialog tells, in its owner's goroutine.
func (i *incoming) report(r dialog.Report) {
	switch r.Kind {
	case dialog.Taken:
		i.taken()
	case dialog.Confirmed:
		i.confirmed(r)
	case dialog.Reoffered:
		i.reoffered(r)
	case dialog.Digit:
		if len(r.Digit) == 1 {
			i.digit(r.Digit[0], r.Duration)
		}
	case dialog.Ended, dialog.Failed:
		i.end()
		i.tell(Event{Kind: Ended, Status: r.Status})
	}
}

func (i *incoming) taken() {
	i.tell(Event{Kind: Answered, Status: http.StatusOK})
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.reception.TalkFor > 0 {
		i.timer = time.AfterFunc(i.reception.TalkFor, func() { i.command(dialog.Hangup{Q850: 16, Text: "Normal call clearing"}) })
	}
}

// confirmed: the ACK came; with it the answer to an offer of ours.
func (i *incoming) confirmed(r dialog.Report) {
	if i.offer != nil {
		return
	}
	i.mu.Lock()
	err := i.phone.Answered(r.SDP, i.speak())
	i.mu.Unlock()
	if err != nil {
		i.tell(Event{Kind: Failed, Err: err})
		i.command(dialog.Hangup{Q850: 88, Text: "no common codec"})
	}
}

// reoffered answers an offer in mid-call, such as a hold's. Before the answer there is no sound that could be changed.
func (i *incoming) reoffered(r dialog.Report) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.phone == nil {
		i.command(dialog.AnswerReoffer{Status: unacceptable})
		return
	}
	i.command(i.phone.reanswer(r, i.speak()))
}

// end frees what the call has.
func (i *incoming) end() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.over = true
	if i.timer != nil {
		i.timer.Stop()
	}
	if i.phone != nil {
		i.phone.Close()
	}
}

func (i *incoming) speak() Source {
	if i.reception.Party == nil {
		return Silence()
	}
	return i.reception.Party.Speak
}

// hear is the phone's callback.
func (i *incoming) hear() func([]int16) {
	if i.reception.Party == nil {
		return noticing(i.tell, nil)
	}
	return noticing(i.tell, i.reception.Party.Hear)
}

// digit takes a key that the far side pressed. It is called by the phone's reader and by the dialog's owner.
func (i *incoming) digit(key byte, length time.Duration) {
	i.tell(Event{Kind: Pressed, Key: string(key), Length: length})
	if i.reception.Party != nil {
		i.reception.Party.Press(key)
	}
}

func (i *incoming) tell(e Event) {
	e.At, e.Who, e.Call = time.Now(), i.callee.config.Name, i.callID
	i.callee.config.Events(e)
}
