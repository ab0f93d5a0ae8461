package config

import (
	"slices"
	"strings"
	"time"
)

// Dial is who may be called, and by which trunk. Package dialplan says what its words mean, and judges what it holds beyond the names checked here.
type Dial struct {
	// Country is the country code of numbers that begin with National; International are what others begin with beside +.
	Country       string   `yaml:"country"`
	National      string   `yaml:"national"`
	International []string `yaml:"international"`
	// NationalLengths are the lengths of numbers of the country that are written without any prefix.
	NationalLengths []int `yaml:"national_lengths"`
	// Allow and Deny are patterns of numbers. None in Allow: nobody may call out.
	Allow []string `yaml:"allow"`
	Deny  []string `yaml:"deny"`
	// Routes say by which trunks a number goes, Domains where SIP URIs may point.
	Routes  []DialRoute  `yaml:"routes"`
	Domains []DialDomain `yaml:"domains"`
	// Callers are the numbers that calls may show.
	Callers []DialCaller `yaml:"callers"`
	// AtOnce, PerMinute and PerDay bound the calls of one agent, Longest the length of each.
	AtOnce    int           `yaml:"at_once"`
	PerMinute int           `yaml:"per_minute"`
	PerDay    int           `yaml:"per_day"`
	Longest   time.Duration `yaml:"longest"`
	// Emergency are the numbers by which help is called: whether they may be is Allow's to say, but calls of them are not counted.
	Emergency []string `yaml:"emergency"`
	// Record is "never", "agent" (when the agent asks for it) or "always".
	Record string `yaml:"record"`
}

// DialRoute is the way that numbers of a pattern go.
type DialRoute struct {
	Numbers string   `yaml:"numbers"`
	Trunks  []string `yaml:"trunks"`
	// Format is "e164", "plusless", "national" or "as-is".
	Format string `yaml:"format"`
	// Host stands in Request-URI, To and From; "" is the address that the call is sent to.
	Host string `yaml:"host"`
}

// DialDomain is a host whose SIP URIs may be called.
type DialDomain struct {
	Host   string   `yaml:"host"`
	Trunks []string `yaml:"trunks"`
}

// DialCaller is a number that calls may show.
type DialCaller struct {
	Number string `yaml:"number"`
	Name   string `yaml:"name"`
	// Queue is whose agents may show it; "" is everyone's.
	Queue string `yaml:"queue"`
}

func (r *DialRoute) setDefaults() { r.Format = "e164" }

// check holds the names in Dial to the trunks and queues that there are.
func (d *Dial) check(c *Config, f *faults) {
	for i, r := range d.Routes {
		c.checkWay(index("dial.routes", i)+".trunks", r.Trunks, f)
	}
	for i, r := range d.Domains {
		c.checkWay(index("dial.domains", i)+".trunks", r.Trunks, f)
	}
	for i, r := range d.Callers {
		if r.Queue != "" && !slices.ContainsFunc(c.Queues, func(q Queue) bool { return q.Name == r.Queue }) {
			f.add(index("dial.callers", i)+".queue", "there is no queue %q", r.Queue)
		}
	}
	f.least("dial.at_once", d.AtOnce, 1)
	f.least("dial.per_minute", d.PerMinute, 1)
	f.least("dial.per_day", d.PerDay, 1)
	f.positive("dial.longest", d.Longest)
	d.checkEmergency(f)
	if len(d.Allow) > 0 && len(d.Routes) == 0 {
		f.add("dial.allow", "there are no routes to call them by")
	}
}

// emergencies are the numbers by which help is called, anywhere.
var emergencies = []string{"000", "110", "111", "112", "113", "118", "119", "911", "999"}

// checkEmergency wants single short numbers: whatever stands there may be called as often as anyone likes.
func (d *Dial) checkEmergency(f *faults) {
	for i, n := range d.Emergency {
		here := index("dial.emergency", i)
		switch {
		case len(n) < 2 || len(n) > 6 || strings.Trim(n, "0123456789") != "":
			f.add(here, "%q is no emergency number: 2 to 6 digits", n)
		case slices.Index(d.Emergency, n) < i:
			f.add(here, "%q stands twice", n)
		}
	}
}

// checkWay holds trunks that calls are sent by to those that can be called.
func (c *Config) checkWay(at string, trunks []string, f *faults) {
	if len(trunks) == 0 {
		f.add(at, "at least one trunk is needed")
	}
	for i, name := range trunks {
		here := index(at, i)
		n := slices.IndexFunc(c.Trunks, func(t Trunk) bool { return t.Name == name })
		switch {
		case n < 0:
			f.add(here, "there is no trunk %q", name)
		case len(c.Trunks[n].Addresses) == 0:
			f.add(here, "trunk %q has no addresses that calls could be sent to", name)
		case slices.Index(trunks, name) < i:
			f.add(here, "%q stands twice", name)
		}
	}
}
