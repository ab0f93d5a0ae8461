package dialplan

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Plan is who may call what. It does not change and may be used by any number of goroutines. A nil Plan lets nobody call anybody outside.
type Plan struct {
	s           Settings
	allow, deny []pattern
	routes      []route
}

// route is a Route with its pattern read.
type route struct {
	Route
	pattern
}

// Fault is one thing that is wrong with settings. It is an error.
type Fault struct {
	// Setting names the field as the configuration file does: "allow[2]", "routes[0].host".
	Setting string
	Text    string
}

// Error gives setting and text.
func (f *Fault) Error() string { return f.Setting + ": " + f.Text }

// New makes a Plan, or says in its error everything that is wrong with the settings: errors of type *[Fault], joined.
func New(s Settings) (*Plan, error) {
	p := &Plan{s: s}
	p.s.Limits = s.Limits.filled()
	p.s.Callers = slices.Clone(s.Callers)
	var f faults
	p.checkNumbering(&f)
	p.readLists(&f)
	p.readRoutes(&f)
	p.readDomains(&f)
	p.readCallers(&f)
	p.s.Limits.check(&f)
	if len(f) > 0 {
		return nil, errors.Join(f...)
	}
	return p, nil
}

// faults collects what is wrong.
type faults []error

func (f *faults) add(setting, format string, args ...any) {
	*f = append(*f, &Fault{setting, fmt.Sprintf(format, args...)})
}

func at(list string, i int) string { return fmt.Sprintf("%s[%d]", list, i) }

// Limits are the limits with their defaults filled in.
func (p *Plan) Limits() Limits {
	if p == nil {
		return Limits{}.filled()
	}
	return p.s.Limits
}

// Callers are the numbers that an agent of these queues may show, the one shown by default first.
func (p *Plan) Callers(queues ...string) []Caller {
	if p == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(p.s.Callers), func(c Caller) bool { return c.Queue != "" && !slices.Contains(queues, c.Queue) })
}

func digitsOnly(s string, max int) bool { return len(s) <= max && strings.Trim(s, "0123456789") == "" }

func (p *Plan) checkNumbering(f *faults) {
	p.s.Country = strings.TrimPrefix(p.s.Country, "+")
	if c := p.s.Country; !digitsOnly(c, 3) || c != countryCode(c) || strings.HasPrefix(c, "0") {
		f.add("country", "%q is no country code such as 49", c)
	}
	if !digitsOnly(p.s.National, 4) {
		f.add("national", "%q is no prefix such as 0", p.s.National)
	}
	for i, prefix := range p.s.International {
		switch {
		case !digitsOnly(prefix, 6) || prefix == "":
			f.add(at("international", i), "%q is no prefix such as 00", prefix)
		case prefix == p.s.National:
			f.add(at("international", i), "%q is the national prefix too", prefix)
		}
	}
	for i, n := range p.s.NationalLengths {
		if n < shortestFull-1 || n > longestNumber {
			f.add(at("national_lengths", i), "%d is not from %d to %d", n, shortestFull-1, longestNumber)
		}
	}
	if p.s.Country == "" && (p.s.National != "" || len(p.s.NationalLengths) > 0) {
		f.add("country", "it is needed for national numbers")
	}
}

func (p *Plan) readLists(f *faults) {
	for _, list := range []struct {
		name string
		from []string
		into *[]pattern
	}{{"allow", p.s.Allow, &p.allow}, {"deny", p.s.Deny, &p.deny}} {
		if len(list.from) > mostEntries {
			f.add(list.name, "there are more than %d", mostEntries)
			continue
		}
		for i, s := range list.from {
			one, err := readPattern(s)
			if err != nil {
				f.add(at(list.name, i), "%v", err)
				continue
			}
			*list.into = append(*list.into, one)
		}
	}
}

func (p *Plan) readRoutes(f *faults) {
	if len(p.s.Routes) > mostEntries {
		f.add("routes", "there are more than %d", mostEntries)
		return
	}
	for i, r := range p.s.Routes {
		here := at("routes", i)
		one, err := readPattern(r.Numbers)
		if err != nil {
			f.add(here+".numbers", "%v", err)
			continue
		}
		if p.checkRoute(here, &r, one, f) {
			p.routes = append(p.routes, route{r, one})
		}
	}
}

func (p *Plan) checkRoute(here string, r *Route, one pattern, f *faults) bool {
	if r.Format == "" {
		r.Format = E164
	}
	before := len(*f)
	if r.Host != "" {
		host, ok := plainHost(r.Host)
		if !ok {
			f.add(here+".host", "%q is no host (an IPv6 address stands in brackets)", r.Host)
		}
		r.Host = host
	}
	switch {
	case len(r.Trunks) == 0 || slices.Contains(r.Trunks, ""):
		f.add(here+".trunks", "a trunk is needed")
	case !slices.Contains([]Format{E164, Plusless, National, AsIs}, r.Format):
		f.add(here+".format", "%q is none of e164, plusless, national, as-is", r.Format)
	case r.Format == National && (p.s.Country == "" || len(p.s.International) == 0):
		f.add(here+".format", "national needs country and international")
	case slices.ContainsFunc(p.routes, func(other route) bool { return other.pattern == one }):
		f.add(here+".numbers", "%q stands twice", r.Numbers)
	}
	return len(*f) == before
}

func (p *Plan) readDomains(f *faults) {
	domains := make([]Domain, 0, len(p.s.Domains))
	for i, d := range p.s.Domains {
		host, ok := plainHost(d.Host)
		switch {
		case !ok:
			f.add(at("domains", i)+".host", "%q is no host (an IPv6 address stands in brackets)", d.Host)
		case len(d.Trunks) == 0 || slices.Contains(d.Trunks, ""):
			f.add(at("domains", i)+".trunks", "a trunk is needed")
		case slices.ContainsFunc(domains, func(other Domain) bool { return other.Host == host }):
			f.add(at("domains", i)+".host", "%q stands twice", d.Host)
		default:
			domains = append(domains, Domain{host, d.Trunks})
		}
	}
	p.s.Domains = domains
}

func (p *Plan) readCallers(f *faults) {
	for i := range p.s.Callers {
		c := &p.s.Callers[i]
		n, denied := p.read(c.Number)
		switch {
		case denied != nil:
			f.add(at("callers", i)+".number", "%s", denied.Message)
		case !isText(c.Name, longestName):
			f.add(at("callers", i)+".name", "it has characters that no name has, or more than %d bytes", longestName)
		}
		c.Number = n.String()
	}
}

// isText reports whether a name may be shown and sent.
func isText(s string, most int) bool {
	return utf8.ValidString(s) && len(s) <= most && !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
}

func (l Limits) check(f *faults) {
	for _, n := range []struct {
		name        string
		value, most int
	}{{"at_once", l.AtOnce, mostEntries}, {"per_minute", l.PerMinute, mostPerMinute}, {"per_day", l.PerDay, mostPerDay}} {
		if n.value < 0 || n.value > n.most {
			f.add(n.name, "%d is not from 1 to %d", n.value, n.most)
		}
	}
	if l.Longest < 0 {
		f.add("longest", "%s is below 0", l.Longest)
	}
}
