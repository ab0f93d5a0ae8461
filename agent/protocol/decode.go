package protocol

import (
	"bytes"
	"fmt"
	"unicode/utf8"
)

// DecodeError says what is wrong with a frame: either Code is set, and the socket gets an error reply, or Close is, and it is closed.
type DecodeError struct {
	ID      int64  // of the request, 0 where it could not be read
	Code    Code   // bad_request or unknown_type; "" when the socket has to be closed
	Field   string // the field that is wrong, "" where it is none
	Message string
	Close   int // CloseProtocol when the frame is not the protocol at all, else 0
}

// Error is the message.
func (e *DecodeError) Error() string { return e.Message }

// Reply is the error reply for e; it has a meaning only where Close is 0.
func (e *DecodeError) Reply() Reply {
	return Reply{Type: "error", ID: e.ID, Code: e.Code, Message: e.Message, Retry: e.Code.Info().Retry}
}

// Decode reads one frame of a client. It keeps no part of frame. What it returns has passed every check that needs no knowledge of agents and
// calls: the required fields are there, of their type, within the limits, without control characters where they would be a line of SIP.
//
// Not a JSON object, bad UTF-8, deeper than MaxDepth or larger than MaxFrame: the frame is not the protocol and Close is CloseProtocol.
// Anything else is an error reply. Keys are matched exactly: one that stands twice, or in another case, is bad_request; an unknown one is ignored.
func Decode(frame []byte) (Request, *DecodeError) {
	if len(frame) > MaxFrame {
		return nil, notProtocol("the frame is larger than 64 KiB")
	}
	if !utf8.Valid(frame) {
		return nil, notProtocol("the frame is not UTF-8")
	}
	list, err := (&scanner{in: frame}).members(MaxMembers)
	switch {
	case err == errMany:
		return nil, &DecodeError{Code: BadRequest, Message: "the frame has more than 64 members"}
	case err == errSurrogate:
		return nil, &DecodeError{Code: BadRequest, Message: "a key is not text"}
	case err != nil:
		return nil, notProtocol("the frame is " + err.Error())
	}
	f := fields{list: list}
	req := f.request()
	if f.err != nil {
		f.err.ID = f.head.ID
		return nil, f.err
	}
	return req, nil
}

func notProtocol(message string) *DecodeError {
	return &DecodeError{Message: message, Close: CloseProtocol}
}

// fields is a frame's members while a request is made of them. The first fault stays in err, and from then on every accessor returns a zero value.
type fields struct {
	list []member
	head Head
	err  *DecodeError
}

// request makes the request of the frame's type.
func (f *fields) request() Request {
	f.duplicates()
	f.head.Kind = f.line("type", required)
	f.head.ID = f.id()
	if f.err != nil {
		return nil
	}
	if req := f.session(); req != nil {
		return req
	}
	if req := f.call(); req != nil {
		return req
	}
	if req := f.start(); req != nil {
		return req
	}
	f.err = &DecodeError{Code: UnknownType, Field: "type", Message: UnknownType.Info().Text}
	return nil
}

// session reads the requests about the session itself.
func (f *fields) session() Request {
	switch f.head.Kind {
	case "hello":
		return Hello{f.head, f.token(), f.line("client", required), f.line("session", optional), f.wish(optional)}
	case "token":
		return Token{f.head, f.token()}
	case "state":
		return State{f.head, f.wish(required), f.line("reason", optional)}
	case "beat":
		return Beat{f.head}
	case "bye":
		return Bye{f.head}
	case "quality":
		return Quality{f.head, f.line("call", required), f.float("rtt_ms", required, 0, 1e6), f.float("jitter_ms", required, 0, 1e6),
			f.float("loss_pct", required, 0, 100), f.float("mos", optional, 1, 5)}
	}
	return nil
}

// call reads the requests about one call.
func (f *fields) call() Request {
	switch f.head.Kind {
	case "ringing":
		return Ringing{f.head, f.line("call", required), f.sdp(optional)}
	case "accept":
		return Accept{f.head, f.line("call", required), f.sdp(optional)}
	case "reject":
		return Reject{f.head, f.line("call", required), f.line("reason", optional)}
	case "hangup":
		return Hangup{f.head, f.line("call", required)}
	case "mute":
		return Mute{f.head, f.line("call", required), f.flag("muted", required)}
	case "restart":
		return Restart{f.head, f.line("call", required), f.sdp(required)}
	case "wrapup":
		return Wrapup{f.head, f.line("call", required), f.line("outcome", optional), f.text("notes", optional, MaxNotes),
			f.pairs("fields"), f.seconds("extend_s", MaxExtendS), f.flag("done", optional)}
	case "hold":
		return Hold{f.head, f.line("call", required)}
	case "resume":
		return Resume{f.head, f.line("call", required)}
	case "dtmf":
		return DTMF{f.head, f.line("call", required), f.digits()}
	case "transfer":
		return f.transfer()
	case "record":
		return Record{f.head, f.line("call", required), f.flag("on", required), f.seconds("pause_s", MaxPauseS)}
	}
	return nil
}

// start reads the requests that start something or look around.
func (f *fields) start() Request {
	switch f.head.Kind {
	case "dial":
		return Dial{f.head, f.line("to", required), f.sdp(required), f.line("from", optional), f.pairs("data"), f.line("consult_of", optional)}
	case "directory":
		return Directory{f.head, f.line("query", may), f.oneOf("kind", optional, "agent", "queue")}
	case "merge":
		return Merge{f.head, f.line("call", required), f.line("with", required)}
	case "watch":
		w := Watch{f.head, f.line("call", optional), f.line("agent", optional),
			f.oneOf("mode", required, "listen", "whisper", "barge", "off"), f.sdp(optional)}
		if (w.Call == "") == (w.Agent == "") {
			f.fail("call", "one of call and agent is needed")
		}
		return w
	}
	return nil
}

func (f *fields) transfer() Request {
	t := Transfer{f.head, f.line("call", required), f.line("to", optional), f.line("consult", optional), f.flag("cancel", optional)}
	if n := count(t.To != "", t.Consult != "", t.Cancel); n != 1 {
		f.fail("to", "exactly one of to, consult and cancel is needed")
	}
	return t
}

func count(conditions ...bool) (n int) {
	for _, c := range conditions {
		if c {
			n++
		}
	}
	return n
}

// duplicates refuses a key that stands twice, known or not: two readers of one frame must not see different things in it.
func (f *fields) duplicates() {
	for i := range f.list {
		for j := range i {
			if bytes.Equal(f.list[i].key, f.list[j].key) {
				f.fail(quotable(f.list[i].key), "stands twice")
				return
			}
		}
	}
}

// fail keeps the first fault.
func (f *fields) fail(field, what string) {
	if f.err == nil {
		f.err = &DecodeError{Code: BadRequest, Field: field, Message: fmt.Sprintf("%s: %s", field, what)}
	}
}

// quotable is a stranger's key as it may stand in a message.
func quotable(key []byte) string {
	if len(key) > MaxKey || !plain(key) {
		return "a key"
	}
	return string(key)
}
