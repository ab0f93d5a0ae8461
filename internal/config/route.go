package config

import (
	"fmt"
	"strings"
)

// Route says where calls of a kind go. It holds for a call that fits all of Called, Trunk and Caller.
type Route struct {
	Called Pattern `yaml:"called"`
	// Trunk is a trunk's name, "" for any.
	Trunk  string  `yaml:"trunk"`
	Caller Pattern `yaml:"caller"`
	// Queue is where the call goes, or Refuse the SIP status (400-699) that it gets.
	Queue  string `yaml:"queue"`
	Refuse int    `yaml:"refuse"`
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

// Match finds the first route that a call fits; false means that there is none, and the number is not known (404).
func Match(routes []Route, trunk, called, caller string) (Route, bool) {
	for _, r := range routes {
		if (r.Trunk == "" || r.Trunk == trunk) && r.Called.Match(called) && r.Caller.Match(caller) {
			return r, true
		}
	}
	return Route{}, false
}
