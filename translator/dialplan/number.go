package dialplan

import (
	"slices"
	"strings"
)

// number is a number that was read.
type number struct {
	digits string // without +; a short one may have * and #
	full   bool   // E.164
	asked  string // as asked for, without separators
}

// String is the plain form: +493012345, 112.
func (n number) String() string {
	if n.full {
		return "+" + n.digits
	}
	return n.digits
}

// separators are what people put between digits: RFC 3966 §5.1.1's visual separators, blanks and slashes.
const separators = " -.()/"

// read reads a number as people write it.
func (p *Plan) read(text string) (number, *Denied) {
	text, denied := p.withoutZero(text)
	if denied != nil {
		return number{}, denied
	}
	s := strings.Map(func(r rune) rune {
		if strings.ContainsRune(separators, r) {
			return -1
		}
		return r
	}, text)
	plus := strings.HasPrefix(s, "+")
	if strings.ContainsFunc(strings.TrimPrefix(s, "+"), func(r rune) bool { return !strings.ContainsRune("0123456789*#", r) }) {
		return number{}, bad("only digits, a + in front and blanks, dashes, dots, slashes and brackets between make a number")
	}
	if strings.Trim(s, "+*#") == "" {
		return number{}, bad("it has no digits")
	}
	n := number{asked: s}
	n.digits, n.full = p.classify(s)
	switch {
	case plus && strings.ContainsAny(s, "*#"):
		return n, bad("* and # are not for full numbers")
	case len(n.digits) > longestNumber:
		return n, bad("it has more than %d digits", longestNumber)
	case n.full && (n.digits == "" || n.digits[0] == '0'):
		return n, bad("no country code begins with 0")
	case n.full && n.digits == countryCode(n.digits):
		return n, bad("that is a country code alone")
	}
	return n, p.ambiguous(n)
}

// classify gives the digits of a number without separators, and whether it is full.
func (p *Plan) classify(s string) (digits string, full bool) {
	if rest, ok := strings.CutPrefix(s, "+"); ok {
		return rest, true
	}
	if strings.ContainsAny(s, "*#") {
		return s, false
	}
	longest := ""
	for _, prefix := range p.s.International {
		if strings.HasPrefix(s, prefix) && len(prefix) > len(longest) {
			longest = prefix
		}
	}
	national := p.s.National
	switch {
	case longest != "":
		return s[len(longest):], true
	case p.s.Country == "":
		return s, false
	case national != "" && strings.HasPrefix(s, national) && len(s) > len(national):
		return p.s.Country + s[len(national):], true
	case slices.Contains(p.s.NationalLengths, len(s)):
		return p.s.Country + s, true
	}
	return s, false
}

// withoutZero takes the "(0)" out of +49 (0)30 12345, where it reminds of the national prefix. Behind another country's code it may be a digit
// that is dialled (Italy) or one that is not, so it has to be left out by whoever knows.
func (p *Plan) withoutZero(text string) (string, *Denied) {
	before, after, found := strings.Cut(text, "(0)")
	if !found {
		return text, nil
	}
	digits, full := p.classify(strings.NewReplacer(" ", "", "-", "", ".", "", "/", "", "(", "", ")", "").Replace(before))
	switch {
	case !full:
		return text, nil
	case digits == p.s.Country && p.s.National == "0":
		return before + after, nil
	}
	return text, bad(`write the number without "(0)"`)
}

// ambiguous refuses a number of the country that would be another number if it were dialled nationally: +49 0043… as 00043….
func (p *Plan) ambiguous(n number) *Denied {
	if !n.full || p.s.Country == "" || !strings.HasPrefix(n.digits, p.s.Country) {
		return nil
	}
	if digits, full := p.classify(p.s.National + n.digits[len(p.s.Country):]); p.s.National != "" && (!full || digits != n.digits) {
		return bad("behind +%s no %s is dialled", p.s.Country, p.s.National)
	}
	return nil
}

// readings are the numbers that a carrier may take n for: itself, and what is left without a 0 or the national prefix behind the country code.
// Some countries dial that 0 and others do not, and carriers are kind to those who get it wrong.
func (p *Plan) readings(n number) []number {
	all := []number{n}
	for n.full {
		code := countryCode(n.digits)
		rest, found := p.withoutPrefix(code, n.digits[len(code):])
		if !found {
			break
		}
		n.digits = code + rest
		all = append(all, n)
	}
	return all
}

// withoutPrefix takes off what may be a national prefix. That of country code 1 is 1, and no number behind it begins so.
func (p *Plan) withoutPrefix(code, rest string) (string, bool) {
	prefixes := []string{"0"}
	switch {
	case code == "1":
		prefixes = append(prefixes, "1")
	case code == p.s.Country && p.s.National != "":
		prefixes = append(prefixes, p.s.National)
	}
	for _, prefix := range prefixes {
		if short, found := strings.CutPrefix(rest, prefix); found {
			return short, true
		}
	}
	return rest, false
}

// twoDigits are the country codes of two digits; those of one are 1 and 7, and all others have three (ITU-T E.164, list of assigned country codes).
const twoDigits = " 20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 81 82 84 86 90 91 92 93 94 95 98 "

// countryCode gives the country code that the digits of a full number begin with.
func countryCode(digits string) string {
	switch {
	case digits == "" || digits[0] == '1' || digits[0] == '7':
		return digits[:min(1, len(digits))]
	case len(digits) >= 2 && strings.Contains(twoDigits, " "+digits[:2]+" "):
		return digits[:2]
	}
	return digits[:min(3, len(digits))]
}

// written writes a number as a trunk wants it, and reads it back: what the trunk is told has to be what was allowed. (Without it, a number whose
// national form begins like an international one would be checked as one and dialled as another.)
func (p *Plan) written(n number, f Format) (string, *Denied) {
	s := n.digits
	switch {
	case f == AsIs:
		s = n.asked
	case !n.full || f == Plusless:
		return s, nil
	case f == National && strings.HasPrefix(n.digits, p.s.Country):
		s = p.s.National + n.digits[len(p.s.Country):]
	case f == National:
		s = p.s.International[0] + n.digits
	default:
		return "+" + s, nil
	}
	if digits, full := p.classify(s); digits != n.digits || full != n.full {
		return "", bad("%s cannot be written for this trunk", n)
	}
	return s, nil
}
