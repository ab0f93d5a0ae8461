package dialog

import (
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
)

// DTMF in INFO, both ways (application/dtmf-relay, application/dtmf; RFC 6086 §4).

const (
	maxDigits    = 64
	defaultTone  = 160 * time.Millisecond
	shortestTone = 40 * time.Millisecond
	longestTone  = 6000 * time.Millisecond
)

func (d *Dialog) info(a arrived) {
	switch {
	case len(a.req.GetHeaders("info-package")) > 0:
		d.answerTo(a.tx, a.req, 469, phraseOf(469, ""), nil, sip.NewHeader("Recv-Info", ""))
	case len(a.req.Body()) == 0:
		d.answerTo(a.tx, a.req, 200, "OK", nil)
	case isDTMF(a.req):
		d.answerTo(a.tx, a.req, 200, "OK", nil)
		if digit, tone, ok := readDigit(a.req); ok {
			d.report(Report{Kind: Digit, Digit: digit, Duration: tone})
		}
	default:
		d.answerTo(a.tx, a.req, 415, phraseOf(415, ""), nil, sip.NewHeader("Accept", "application/dtmf-relay, application/dtmf"))
	}
}

func isDTMF(req *sip.Request) bool {
	t := mediaType(req)
	return strings.EqualFold(t, "application/dtmf-relay") || strings.EqualFold(t, "application/dtmf")
}

// readDigit reads either body; blanks and a missing last line end are forgiven.
func readDigit(req *sip.Request) (digit string, tone time.Duration, ok bool) {
	tone = defaultTone
	signal := strings.TrimSpace(string(req.Body()))
	if strings.EqualFold(mediaType(req), "application/dtmf-relay") {
		signal = ""
		for l := range strings.Lines(string(req.Body())) {
			name, value, _ := strings.Cut(l, "=")
			value = strings.TrimSpace(value)
			switch strings.ToLower(strings.TrimSpace(name)) {
			case "signal":
				signal = value
			case "duration":
				if n, err := strconv.ParseUint(value, 10, 16); err == nil {
					tone = min(max(time.Duration(n)*time.Millisecond, shortestTone), longestTone)
				}
			}
		}
	}
	digit, ok = digitOf(signal)
	return digit, tone, ok
}

// digitOf reads a signal: the sign itself, or its event number of RFC 4733 §3.2.
func digitOf(signal string) (string, bool) {
	signal = strings.ToUpper(signal)
	switch {
	case len(signal) == 1 && strings.Contains("0123456789*#ABCD", signal):
		return signal, true
	case signal == "10":
		return "*", true
	case signal == "11":
		return "#", true
	case signal >= "12" && signal <= "15" && len(signal) == 2:
		return string(rune('A' + signal[1] - '2')), true
	case signal == "16" || signal == "FLASH" || signal == "!":
		return "flash", true
	}
	return "", false
}

func (d *Dialog) wantInfo(ev Event) {
	i := ev.(Info)
	if _, ok := digitOf(i.Digit); !ok || len(d.digits) == maxDigits {
		d.report(Report{Kind: InfoFailed, Status: 491, Phrase: phraseOf(491, ""), By: Here})
		return
	}
	d.digits = append(d.digits, i)
}

// sendInfo sends the next digit when the one before has its answer.
func (d *Dialog) sendInfo() {
	up := d.state == StateConfirmed || d.state == StateEarly && d.role == uac
	if len(d.digits) == 0 || !up || d.bye != nil || d.isAsked(sip.INFO) {
		return
	}
	i := d.digits[0]
	d.digits = d.digits[1:]
	signal, _ := digitOf(i.Digit)
	if signal == "flash" {
		signal = "16"
	}
	tone := i.Duration
	if tone <= 0 {
		tone = defaultTone
	}
	tone = min(max(tone, shortestTone), longestTone)
	body := "Signal=" + signal + "\r\nDuration=" + strconv.Itoa(int(tone/time.Millisecond)) + "\r\n"
	d.ask(d.within(sip.INFO, "application/dtmf-relay", []byte(body)))
}

func (d *Dialog) isAsked(m sip.RequestMethod) bool {
	for i := range d.asked {
		if d.asked[i].req.Method == m {
			return true
		}
	}
	return false
}
