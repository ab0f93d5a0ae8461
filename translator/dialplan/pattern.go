package dialplan

import (
	"fmt"
	"strings"
)

// pattern is one entry of a list of numbers.
type pattern struct {
	digits string // without + and the * at the end
	full   bool   // it began with +
	begins bool   // it ended with *
}

// readPattern reads an entry of Allow, Deny or of a route.
func readPattern(s string) (pattern, error) {
	digits, begins := strings.CutSuffix(s, "*")
	digits, full := strings.CutPrefix(digits, "+")
	allowed := "0123456789*#"
	if full {
		allowed = allowed[:10]
	}
	switch {
	case strings.Trim(digits, allowed) != "" || digits == "" && !full:
		return pattern{}, fmt.Errorf("%q is no number, nor the beginning of one with a * behind it", s)
	case digits == "" && !begins:
		return pattern{}, fmt.Errorf("%q is written +*", s)
	case full && !begins && len(digits) < 3:
		return pattern{}, fmt.Errorf("%q is too short for a number: write %s* for all that begin so", s, s)
	case full && strings.HasPrefix(digits, "0"), len(digits) > longestNumber:
		return pattern{}, fmt.Errorf("%q fits no number", s)
	}
	return pattern{digits, full, begins}, nil
}

// means reports whether the pattern's words are about a number.
func (p pattern) means(n number) bool {
	return p.full == n.full && (n.digits == p.digits || p.begins && strings.HasPrefix(n.digits, p.digits))
}

// fits reports whether the pattern lets a number pass. A full number that is too short for one has to be named whole: "+49*" does not let
// +49110 pass.
func (p pattern) fits(n number) bool {
	return p.means(n) && (n.digits == p.digits || !n.full || len(n.digits) >= shortestFull)
}

// weight orders patterns that fit the same number: the more exact one is heavier.
func (p pattern) weight() int {
	w := 2 * len(p.digits)
	if !p.begins {
		w++
	}
	return w
}

// covers reports whether an agent's rights name a target: a number in its plain form, or a SIP URI.
func covers(rights []string, target string, n *number) bool {
	for _, right := range rights {
		if right == "*" || right == target {
			return true
		}
		prefix, begins := strings.CutSuffix(right, "*")
		if !begins || !strings.HasPrefix(target, prefix) {
			continue
		}
		if n == nil || !n.full || len(n.digits) >= shortestFull {
			return true
		}
	}
	return false
}
