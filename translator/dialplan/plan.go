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

// New makes a Plan, or says in its error everything that is wrong with the settings.
func New(s Settings) (*Plan, error) {
	p := &Plan{s: s}
	p.s.Limits = s.Limits.filled()
	p.s.Callers = slices.Clone(s.Callers)
	if err := errors.Join(p.checkNumbering(), p.readLists(), p.readRoutes(), p.readDomains(), p.readCallers(), p.s.Limits.check()); err != nil {
		return nil, err
	}
	return p, nil
}

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

func (p *Plan) checkNumbering() error {
	var errs []error
	p.s.Country = strings.TrimPrefix(p.s.Country, "+")
	if c := p.s.Country; !digitsOnly(c, 3) || c != countryCode(c) || strings.HasPrefix(c, "0") {
		errs = append(errs, fmt.Errorf("country: %q is no country code such as 49", c))
	}
	if !digitsOnly(p.s.National, 4) {
		errs = append(errs, fmt.Errorf("national: %q is no prefix such as 0", p.s.National))
	}
	for _, prefix := range p.s.International {
		if !digitsOnly(prefix, 6) || prefix == "" {
			errs = append(errs, fmt.Errorf("international: %q is no prefix such as 00", prefix))
		}
		if prefix == p.s.National {
			errs = append(errs, fmt.Errorf("international: %q is the national prefix too", prefix))
		}
	}
	for _, n := range p.s.NationalLengths {
		if n < shortestFull-1 || n > longestNumber {
			errs = append(errs, fmt.Errorf("national_lengths: %d is not from %d to %d", n, shortestFull-1, longestNumber))
		}
	}
	if p.s.Country == "" && (p.s.National != "" || len(p.s.NationalLengths) > 0) {
		errs = append(errs, errors.New("country: it is needed for national numbers"))
	}
	return errors.Join(errs...)
}

func (p *Plan) readLists() error {
	var errs []error
	for _, list := range []struct {
		name string
		from []string
		into *[]pattern
	}{{"allow", p.s.Allow, &p.allow}, {"deny", p.s.Deny, &p.deny}} {
		if len(list.from) > mostEntries {
			errs = append(errs, fmt.Errorf("%s: more than %d entries", list.name, mostEntries))
			continue
		}
		for _, s := range list.from {
			one, err := readPattern(s)
			if err != nil {
				errs = append(errs, fmt.Errorf("%s: %w", list.name, err))
				continue
			}
			*list.into = append(*list.into, one)
		}
	}
	return errors.Join(errs...)
}

func (p *Plan) readRoutes() error {
	var errs []error
	if len(p.s.Routes) > mostEntries {
		return fmt.Errorf("routes: more than %d", mostEntries)
	}
	for _, r := range p.s.Routes {
		one, err := readPattern(r.Pattern)
		if err == nil {
			err = p.checkRoute(&r, one)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("routes: %w", err))
			continue
		}
		p.routes = append(p.routes, route{r, one})
	}
	return errors.Join(errs...)
}

func (p *Plan) checkRoute(r *Route, one pattern) error {
	if r.Format == "" {
		r.Format = E164
	}
	if r.Host != "" {
		host, ok := plainHost(r.Host)
		if !ok {
			return fmt.Errorf("%q: host %q is no host", r.Pattern, r.Host)
		}
		r.Host = host
	}
	switch {
	case len(r.Trunks) == 0 || slices.Contains(r.Trunks, ""):
		return fmt.Errorf("%q: a trunk is needed", r.Pattern)
	case !slices.Contains([]Format{E164, Plusless, National, AsIs}, r.Format):
		return fmt.Errorf("%q: format %q is none of e164, plusless, national, as-is", r.Pattern, r.Format)
	case r.Format == National && (p.s.Country == "" || len(p.s.International) == 0):
		return fmt.Errorf("%q: format national needs country and international", r.Pattern)
	case slices.ContainsFunc(p.routes, func(other route) bool { return other.pattern == one }):
		return fmt.Errorf("%q stands twice", r.Pattern)
	}
	return nil
}

func (p *Plan) readDomains() error {
	var errs []error
	domains := make([]Domain, 0, len(p.s.Domains))
	for _, d := range p.s.Domains {
		host, ok := plainHost(d.Host)
		switch {
		case !ok:
			errs = append(errs, fmt.Errorf("domains: %q is no host (an IPv6 address stands in brackets)", d.Host))
		case len(d.Trunks) == 0 || slices.Contains(d.Trunks, ""):
			errs = append(errs, fmt.Errorf("domains: %q: a trunk is needed", d.Host))
		case slices.ContainsFunc(domains, func(other Domain) bool { return other.Host == host }):
			errs = append(errs, fmt.Errorf("domains: %q stands twice", d.Host))
		default:
			domains = append(domains, Domain{host, d.Trunks})
		}
	}
	p.s.Domains = domains
	return errors.Join(errs...)
}

func (p *Plan) readCallers() error {
	var errs []error
	for i := range p.s.Callers {
		c := &p.s.Callers[i]
		n, denied := p.read(c.Number)
		switch {
		case denied != nil:
			errs = append(errs, fmt.Errorf("callers: %q: %s", c.Number, denied.Message))
		case !isText(c.Name, longestName):
			errs = append(errs, fmt.Errorf("callers: %q: the name has characters that no name has, or more than %d bytes", c.Number, longestName))
		}
		c.Number = n.String()
	}
	return errors.Join(errs...)
}

// isText reports whether a name may be shown and sent.
func isText(s string, most int) bool {
	return utf8.ValidString(s) && len(s) <= most && !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
}

func (l Limits) check() error {
	switch {
	case l.AtOnce < 0 || l.AtOnce > mostEntries:
		return fmt.Errorf("at_once: %d is not from 1 to %d", l.AtOnce, mostEntries)
	case l.PerMinute < 0 || l.PerMinute > mostPerMinute:
		return fmt.Errorf("per_minute: %d is not from 1 to %d", l.PerMinute, mostPerMinute)
	case l.PerDay < 0 || l.PerDay > mostPerDay:
		return fmt.Errorf("per_day: %d is not from 1 to %d", l.PerDay, mostPerDay)
	case l.Longest < 0:
		return fmt.Errorf("longest: %s is below 0", l.Longest)
	}
	return nil
}
