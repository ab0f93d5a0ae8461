package sdp

import (
	"strconv"
	"strings"
)

// opusParams are the parameters that are passed on, with their largest value (RFC 7587 §6.1, §7).
var opusParams = []struct {
	name  string
	limit int
}{
	{"maxplaybackrate", 48000}, {"stereo", 1}, {"useinbandfec", 1}, {"minptime", 120}, {"maxaveragebitrate", 510000}, {"usedtx", 1},
}

// fmtpFor builds the fmtp value that is written for a codec whose owner said c.Fmtp, "" for none. Nothing of c.Fmtp is
// copied: it is read as numbers and written again.
func fmtpFor(c Codec) string {
	switch c.Name {
	case nameOpus:
		return opusFmtp(c.Fmtp)
	case nameEvent:
		return eventFmtp(c.Fmtp)
	}
	return ""
}

// opusFmtp reads "minptime=10;useinbandfec=1".
func opusFmtp(fmtp string) string {
	var out []byte
	for _, p := range opusParams {
		v := parameter(fmtp, p.name)
		if n := number(v, p.limit, -1); n >= 0 {
			if len(out) > 0 {
				out = append(out, ';')
			}
			out = append(out, p.name...)
			out = append(out, '=')
			out = strconv.AppendInt(out, int64(n), 10)
		}
	}
	return string(out)
}

// parameter finds the value of a name=value parameter.
func parameter(fmtp, name string) string {
	for p := range strings.SplitSeq(fmtp, ";") {
		if k, v, ok := strings.Cut(strings.TrimSpace(p), "="); ok && strings.EqualFold(strings.TrimSpace(k), name) {
			return strings.TrimSpace(v)
		}
	}
	return ""
}

// eventFmtp is the part of an event list ("0-15,66") that we have: the sixteen keys (RFC 4733 §2.4.1, §3.2). No list, or one that
// cannot be read, means all of them (RFC 4733 §2.4.1); "" means that none is left.
func eventFmtp(fmtp string) string { return writeKeys(keysOf(fmtp)) }

// commonEvents is the part of two event lists that both sides have.
func commonEvents(a, b string) string { return writeKeys(keysOf(a) & keysOf(b)) }

func keysOf(fmtp string) uint16 {
	if keys, ok := eventKeys(fmtp); ok {
		return keys
	}
	return 1<<16 - 1
}

// writeKeys writes a set of keys as an event list.
func writeKeys(keys uint16) string {
	var out []byte
	for k := 0; k < 16; k++ {
		if keys&(1<<k) == 0 {
			continue
		}
		end := k
		for end < 15 && keys&(1<<(end+1)) != 0 {
			end++
		}
		if len(out) > 0 {
			out = append(out, ',')
		}
		out = strconv.AppendInt(out, int64(k), 10)
		if end > k {
			out = append(out, '-')
			out = strconv.AppendInt(out, int64(end), 10)
		}
		k = end
	}
	return string(out)
}

// eventKeys reads an event list into a set of the keys 0-15.
func eventKeys(fmtp string) (keys uint16, ok bool) {
	for part := range strings.SplitSeq(strings.TrimPrefix(fmtp, "events="), ",") {
		from, to, ranged := strings.Cut(strings.TrimSpace(part), "-")
		if !ranged {
			to = from
		}
		lo, hi := number(from, 255, -1), number(to, 255, -1)
		if lo < 0 || hi < lo {
			return 0, false
		}
		for k := lo; k <= min(hi, 15); k++ {
			keys |= 1 << k
		}
	}
	return keys, true
}
