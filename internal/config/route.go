package config

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Route says where calls of a kind go. It holds for a call that fits all of Called, Trunk, Caller and Hours.
type Route struct {
	Called Pattern `yaml:"called"`
	// Trunk is a trunk's name, "" for any.
	Trunk  string  `yaml:"trunk"`
	Caller Pattern `yaml:"caller"`
	// Hours names opening hours: the route holds while they are open; "" is always.
	Hours string `yaml:"hours"`
	// Agent is the one agent that the call is for, "" for none. Queue is where it goes, with an Agent: if he cannot take it. Refuse is the SIP status
	// (400-699) that it gets instead; Number is a number that Dial allows, which it is put through to; Message is a phrase or a WAV file (see [IsFile]) that the caller hears
	// before the end, and Status the SIP status (400-699) of the end, 0 for 480: he is not answered.
	Agent   string `yaml:"agent"`
	Queue   string `yaml:"queue"`
	Refuse  int    `yaml:"refuse"`
	Number  string `yaml:"number"`
	Message string `yaml:"message"`
	Status  int    `yaml:"status"`
	// Class and HeadStart rank the caller in the queue, Needs are what his agent must know, Prefer is the agent who is asked first.
	Class     int           `yaml:"class"`
	HeadStart time.Duration `yaml:"head_start"`
	Needs     []Need        `yaml:"needs"`
	Prefer    string        `yaml:"prefer"`
}

// Pattern is one number, the beginning of numbers with a * at its end, or "any", which "" is too. Numbers are compared as they
// stand in the SIP URI's user part.
type Pattern string

// Any is the pattern that every number fits, a withheld one included.
const Any Pattern = "any"

// Match reports whether number fits the pattern.
func (p Pattern) Match(number string) bool {
	if p == "" || p == Any {
		return true
	}
	if prefix, ok := strings.CutSuffix(string(p), "*"); ok {
		return strings.HasPrefix(number, prefix)
	}
	return number == string(p)
}

// UnmarshalText takes a pattern that can match something.
func (p *Pattern) UnmarshalText(text []byte) error {
	s := string(text)
	switch {
	case s == "*":
		return fmt.Errorf("%q is written any", s)
	case strings.Contains(strings.TrimSuffix(s, "*"), "*"):
		return fmt.Errorf("%q has a * that is not at its end", s)
	case strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }):
		return fmt.Errorf("%q has characters that no number has", s)
	}
	*p = Pattern(s)
	return nil
}

// Match finds the first route that a call fits; false means that there is none, and the number is not known (404). open says whether the hours of
// a name are open.
func Match(routes []Route, trunk, called, caller string, open func(hours string) bool) (Route, bool) {
	for _, r := range routes {
		if (r.Trunk == "" || r.Trunk == trunk) && r.Called.Match(called) && r.Caller.Match(caller) && (r.Hours == "" || open(r.Hours)) {
			return r, true
		}
	}
	return Route{}, false
}

// Way is the way that the route sends calls without a queue; the zero WayOut if it has one, an agent or a refusal.
func (r *Route) Way() WayOut { return WayOut{Number: r.Number, Message: r.Message, Status: r.Status} }

// goals are how many of the places are set that a route can lead to.
func (r *Route) goals() (n int) {
	for _, set := range [...]bool{r.Queue != "" || r.Agent != "", r.Refuse != 0, r.Number != "", r.Message != ""} {
		if set {
			n++
		}
	}
	return n
}

func (c *Config) checkRoute(at string, r *Route, f *faults) {
	if way := r.Way(); r.goals() == 1 {
		c.checkWayOut(at, &way, "", f)
	}
	switch {
	case r.goals() != 1:
		f.add(at, "a route leads to queue, agent or both, or to number, or to message, or it has refuse: to one of them")
	case r.Refuse != 0 && (r.Refuse < 400 || r.Refuse > 699):
		f.add(at+".refuse", "%d is no SIP status from 400 to 699", r.Refuse)
	case r.Queue != "" && !c.hasQueue(r.Queue):
		f.add(at+".queue", "there is no queue %q", r.Queue)
	case r.Queue == "" && (r.Class != 0 || r.HeadStart != 0 || len(r.Needs) > 0 || r.Prefer != ""):
		f.add(at, "class, head_start, needs and prefer go with queue: they say how a caller waits")
	}
	if r.Trunk != "" && !slices.ContainsFunc(c.Trunks, func(t Trunk) bool { return t.Name == r.Trunk }) {
		f.add(at+".trunk", "there is no trunk %q", r.Trunk)
	}
	c.hoursKnown(at+".hours", r.Hours, f)
	c.checkOpus(at, r, f)
}

// checkOpus keeps trunks with opus from queues that answer before an agent does, and from messages: nothing here encodes it, so the caller would hear silence, and
// perhaps pay for it. Queues that he may be sent on to count too.
func (c *Config) checkOpus(at string, r *Route, f *faults) {
	if n := c.opusOn(r); n >= 0 && r.Message != "" {
		f.add(index("trunks", n)+".codecs", "%s tells its callers %q, which cannot be played in opus", at, r.Message)
		return
	}
	for _, q := range c.reach(r.Queue) {
		if q.Answer == "ring" {
			continue
		}
		if n := c.opusOn(r); n >= 0 {
			f.add(index("trunks", n)+".codecs", "%s brings its calls to queue %q, which answers %s: its sound cannot be played in opus",
				at, q.Name, map[string]string{"at_once": "at once", "early": "early"}[q.Answer])
			return
		}
	}
}

// opusOn is the first trunk with opus whose calls a route may take, -1 for none.
func (c *Config) opusOn(r *Route) int {
	return slices.IndexFunc(c.Trunks, func(t Trunk) bool { return (r.Trunk == "" || r.Trunk == t.Name) && slices.Contains(t.Codecs, "opus") })
}

// reach lists a queue and all that its ways out lead to, and theirs.
func (c *Config) reach(name string) (list []*Queue) {
	i := slices.IndexFunc(c.Queues, func(q Queue) bool { return q.Name == name })
	if i < 0 {
		return nil
	}
	list = []*Queue{&c.Queues[i]}
	for n := 0; n < len(list); n++ {
		for _, w := range list[n].Ways() {
			i := slices.IndexFunc(c.Queues, func(q Queue) bool { return q.Name == w.Queue && w.Queue != "" })
			if i >= 0 && !slices.Contains(list, &c.Queues[i]) {
				list = append(list, &c.Queues[i])
			}
		}
	}
	return list
}
