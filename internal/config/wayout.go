package config

import (
	"fmt"
	"slices"
	"strings"
)

// WayOut is where a caller goes whom a queue does not keep, or who asks to go. At most one of Queue, Agent, Number, Message and Callback is set; none
// means the end of the call.
type WayOut struct {
	// Queue is another queue. With KeepAge his wait counts there too, else he stands at its end.
	Queue   string `yaml:"queue"`
	KeepAge bool   `yaml:"keep_age"`
	// Agent is one agent, by the token's sub.
	Agent string `yaml:"agent"`
	// Number is a number that Dial allows.
	Number string `yaml:"number"`
	// Message is a phrase or a WAV file (see [IsFile]) that he hears before the end; Status is the SIP status (400-699) of the end, if he was not
	// answered before, 0 for the one that the reason suggests.
	Message string `yaml:"message"`
	Status  int    `yaml:"status"`
	// Callback keeps his place while he hangs up, and calls him back.
	Callback bool `yaml:"callback"`
}

// setWord takes "callback", the way out that needs nothing more.
func (w *WayOut) setWord(word string) error {
	if word != "callback" {
		return fmt.Errorf("%q is no way out such as callback, {queue: NAME}, {agent: ID}, {number: \"+493012345\"} or {message: closed}", word)
	}
	*w = WayOut{Callback: true}
	return nil
}

// IsSet reports whether it leads anywhere.
func (w WayOut) IsSet() bool { return w != WayOut{} }

// Key is a key of a telephone: 0-9, *, # or A-D.
type Key byte

const keys = "0123456789*#ABCD"

// UnmarshalText takes one key.
func (k *Key) UnmarshalText(text []byte) error {
	if len(text) != 1 || !strings.Contains(keys, string(text)) {
		return fmt.Errorf("%q is no key of a telephone: 0-9, *, # or A-D", text)
	}
	*k = Key(text[0])
	return nil
}

// String is the key as it is printed on telephones.
func (k Key) String() string { return string(rune(k)) }

// IsFile reports whether a spoken text is a WAV file and not one of the product's phrases: by its ending.
func IsFile(text string) bool { return strings.HasSuffix(strings.ToLower(text), ".wav") }

// Way is one of a queue's ways out, with the name of its setting.
type Way struct {
	Setting string // such as on_full, or exits.1
	*WayOut
}

// Ways lists the ways out that a queue has: those of its limits in a fixed order, then those of keys by key.
func (q *Queue) Ways() (list []Way) {
	for _, w := range q.limitWays() {
		if w.IsSet() {
			list = append(list, w)
		}
	}
	for _, k := range []byte(keys) {
		if out, ok := q.Exits[Key(k)]; ok {
			list = append(list, Way{"exits." + string(k), &out})
		}
	}
	return list
}

func (q *Queue) limitWays() []Way {
	return []Way{
		{"on_full", &q.OnFull}, {"on_max_wait", &q.OnMaxWait}, {"on_empty", &q.OnEmpty}, {"on_estimate", &q.OnEstimate}, {"on_closed", &q.OnClosed},
	}
}

func (c *Config) checkWays(at string, q *Queue, f *faults) {
	for _, unused := range []struct {
		setting string
		is      bool
		why     string
	}{
		{"on_max_wait", q.OnMaxWait.IsSet() && q.MaxWait == 0 && !f.unknownOf(at, "max_wait"), "there is no max_wait"},
		{"on_empty", q.OnEmpty.IsSet() && q.JoinEmpty == "off" && !q.RefuseEmpty && q.LeaveEmpty == "off" && !f.unknownOf(at, "join_empty", "refuse_empty", "leave_empty"), "join_empty and leave_empty are off"},
		{"on_estimate", q.OnEstimate.IsSet() && q.MaxEstimate == 0 && !f.unknownOf(at, "max_estimate"), "there is no max_estimate"},
		{"on_closed", q.OnClosed.IsSet() && q.Hours == "" && !f.unknownOf(at, "hours"), "there are no hours, so the queue never closes"},
	} {
		if unused.is {
			f.add(at+"."+unused.setting, "%s: nothing leads there", unused.why)
		}
	}
	for _, w := range q.Ways() {
		c.checkWayOut(at+"."+w.Setting, w.WayOut, q.Name, f)
	}
	for k, out := range q.Exits {
		if !out.IsSet() {
			f.add(at+".exits."+k.String(), "it leads nowhere")
		}
	}
}

func (c *Config) checkWayOut(at string, w *WayOut, from string, f *faults) {
	var to []string
	for _, way := range []struct {
		name string
		set  bool
	}{{"queue", w.Queue != ""}, {"agent", w.Agent != ""}, {"number", w.Number != ""}, {"message", w.Message != ""}, {"callback", w.Callback}} {
		if way.set {
			to = append(to, way.name)
		}
	}
	switch {
	case len(to) > 1:
		f.add(at, "%s exclude each other: a caller goes one way", strings.Join(to, " and "))
	case w.Queue == from && from != "":
		f.add(at+".queue", "it leads back to the queue itself")
	case w.Queue != "" && !c.hasQueue(w.Queue):
		f.add(at+".queue", "there is no queue %q", w.Queue)
	case (w.Number != "" || w.Callback) && len(c.Dial.Allow) == 0:
		f.add(at, "nobody may be called: dial.allow is empty")
	}
	if w.KeepAge && w.Queue == "" {
		f.add(at+".keep_age", "it goes with queue")
	}
	switch {
	case w.Status != 0 && (w.Status < 400 || w.Status > 699):
		f.add(at+".status", "%d is no SIP status from 400 to 699", w.Status)
	case w.Status != 0 && w.Message == "":
		f.add(at+".status", "it goes with message")
	}
}

// checkCircles finds queues that send callers on to each other for one and the same reason, so that a caller would be sent round.
func (c *Config) checkCircles(f *faults) {
	for n, way := range (&Queue{}).limitWays() {
		known := map[string]bool{}
		for i := range c.Queues {
			if circle := c.circle(n, c.Queues[i].Name); circle != nil && !known[slices.Min(circle)] {
				known[slices.Min(circle)] = true
				f.add(index("queues", i)+"."+way.Setting, "these ways lead in a circle: %s", strings.Join(append(circle, circle[0]), ", "))
			}
		}
	}
}

// circle follows the n-th way of limits from a queue: the queues on its way, if it comes back to the first.
func (c *Config) circle(n int, from string) (names []string) {
	for name := from; !slices.Contains(names, name); {
		i := slices.IndexFunc(c.Queues, func(q Queue) bool { return q.Name == name })
		if i < 0 {
			return nil
		}
		names = append(names, name)
		next := c.Queues[i].limitWays()[n].Queue
		if next == from && next != name {
			return names
		}
		name = next
	}
	return nil
}
