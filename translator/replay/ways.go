package replay

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"offhook/media"
	"offhook/queue"
)

// A queue decides by all who wait in it and by all agents, of whom a record of one call knows nothing. What it decided of the caller therefore stands in
// the record, and comes in like what the trunk sends.

// queueParty is the party of what a queue decides, in transcripts and among messages.
const queueParty = "queue"

// way is a decision of a queue that a caller goes another way. As text it is "WHY KIND WHERE": "full queue overflow", "key callback", "limit number +4930",
// "empty agent anna", "closed message 480" (the status where the caller has no answer yet, 0 for the one that the reason suggests), "limit end".
type way struct {
	why queue.LeaveReason
	out queue.WayOut
}

// endWord is the kind of a way that is the end.
const endWord = "end"

// wayReasons and wayKinds are the words that there are.
var (
	wayReasons = []queue.LeaveReason{
		queue.LeaveLimit, queue.LeaveFull, queue.LeaveEmpty, queue.LeaveOverflow, queue.LeaveGone, queue.LeaveClosed, queue.LeaveEstimate, queue.LeaveKey, queue.LeaveCallbackFailed,
	}
	wayKinds = []string{endWord, "queue", "agent", "number", "message", "callback"}
)

func parseWay(text string) (w way, err error) {
	why, rest, _ := strings.Cut(strings.TrimSpace(text), " ")
	kind, where, _ := strings.Cut(strings.TrimSpace(rest), " ")
	where = strings.TrimSpace(where)
	w.why = queue.LeaveReason(why)
	switch {
	case !slices.Contains(wayReasons, w.why):
		return w, fmt.Errorf("%q is no reason for which a queue sends a caller on; want one of %v", why, wayReasons)
	case !slices.Contains(wayKinds, kind):
		return w, fmt.Errorf("%q is no way out; want one of %v", kind, wayKinds)
	case where == "" && (kind == "queue" || kind == "agent" || kind == "number"):
		return w, fmt.Errorf("%s: where to is missing", kind)
	}
	if kind == endWord {
		return w, nil
	}
	w.out = queue.WayOut{Kind: queue.WayOutKind(kind)}
	switch w.out.Kind {
	case queue.OutQueue:
		w.out.Queue = where
	case queue.OutAgent:
		w.out.Agent = queue.AgentID(where)
	case queue.OutNumber:
		w.out.Number = where
	case queue.OutMessage:
		w.out.Message = "message"
		if where != "" {
			w.out.Status, err = strconv.Atoi(where)
		}
	}
	return w, err
}

func (w way) String() string {
	kind, where := string(w.out.Kind), ""
	switch w.out.Kind {
	case queue.OutEnd:
		kind = endWord
	case queue.OutQueue:
		where = w.out.Queue
	case queue.OutAgent:
		where = string(w.out.Agent)
	case queue.OutNumber:
		where = w.out.Number
	case queue.OutMessage:
		where = strconv.Itoa(w.out.Status)
	}
	return strings.TrimSpace(fmt.Sprintf("%s %s %s", w.why, kind, where))
}

// wayOf is the way that a decision means.
func wayOf(d queue.Decision) (w way, ok bool) {
	switch d := d.(type) {
	case queue.Moved:
		return way{d.Why, queue.WayOut{Kind: queue.OutQueue, Queue: d.To}}, true
	case queue.CallbackKept:
		return way{queue.LeaveKey, queue.WayOut{Kind: queue.OutCallback}}, true
	case queue.Leave:
		if d.Reason == queue.LeaveOverflow {
			return way{cmp.Or(d.Why, d.Reason), d.Out}, true
		}
		return way{why: d.Reason}, true
	}
	return w, false
}

// leave is the way as a queue's decision.
func (w way) leave() *queue.Leave {
	if w.out.Kind == queue.OutEnd {
		return &queue.Leave{Reason: w.why}
	}
	return &queue.Leave{Reason: queue.LeaveOverflow, Why: w.why, Out: w.out}
}

// mask masks where the way leads.
func (w way) mask(k *masker) way {
	if w.out.Kind == queue.OutAgent {
		w.out.Agent = queue.AgentID(k.agent(string(w.out.Agent)))
	}
	w.out.Number = k.user(w.out.Number)
	return w
}

// maskWay masks a way as text; what is none stays.
func (k *masker) maskWay(text string) string {
	w, err := parseWay(text)
	if err != nil {
		return text
	}
	return w.mask(k).String()
}

// send lets the queue send the newest call's caller another way.
func (w *World) send(to way) {
	w.note(queueParty, to.String())
	if n := len(w.Media.sessions); n > 0 {
		w.X.SendCaller(w.Media.sessions[n-1].p.Call, to.why, to.out)
	}
	w.settle()
}

// waySetup reads from a header what a record of one call says of the center around it: the way that its route sends it, further queues and who
// serves which ("NAME/key").
func (t *Transcript) waySetup(s *Setup) error {
	if text := t.Header["way"]; text != "" {
		w, err := parseWay(text)
		if err != nil {
			return fmt.Errorf("way: %w", err)
		}
		s.Way = w.leave()
	}
	further := map[string]map[string]string{}
	for key, value := range t.Header {
		i := strings.LastIndexByte(key, '/')
		if i < 0 {
			continue
		}
		name := key[:i]
		if key[i+1:] == "queues" {
			if s.Serve == nil {
				s.Serve = map[string][]string{}
			}
			s.Serve[name] = splitNames(value)
			continue
		}
		if further[name] == nil {
			further[name] = map[string]string{"queue": name}
		}
		further[name][key[i+1:]] = value
	}
	for _, name := range slices.Sorted(maps.Keys(further)) {
		part := Transcript{Name: t.Name, Header: further[name]}
		q, err := part.setup()
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		s.More = append(s.More, MoreQueue{q.Queue, q.Terms})
	}
	return nil
}

// splitNames reads names with " | " between them: queues' names may have blanks. "-" is none.
func splitNames(list string) (names []string) {
	if list == noQueue {
		return []string{}
	}
	for name := range strings.SplitSeq(list, "|") {
		names = append(names, strings.TrimSpace(name))
	}
	return names
}

// silentVoice says every phrase as one sound: in virtual time nobody hears which.
type silentVoice struct{}

func (silentVoice) Place(int) []media.Sound          { return nil }
func (silentVoice) Wait(time.Duration) []media.Sound { return nil }
func (silentVoice) Phrase(name string) []media.Sound { return []media.Sound{{Name: name}} }
