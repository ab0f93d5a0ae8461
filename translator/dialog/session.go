package dialog

import (
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
)

// Session timers (RFC 4028).

const (
	defaultSession = 1800 * time.Second
	leastSession   = 90 * time.Second // Min-SE
	mostSession    = 86400 * time.Second
)

// session is the timer of a dialog that is up.
type session struct {
	interval time.Duration // 0: none
	ours     bool          // we refresh
	refresh  time.Time     // ours: half the interval
	end      time.Time     // then BYE
	failed   int           // refreshes in a row
	asked    time.Duration // what our requests ask for
	min      time.Duration // Min-SE that a 422 told us
}

// sessionExpires reads Session-Expires: 0 if there is none; refresher is "uac", "uas" or "".
func sessionExpires(m headed) (interval time.Duration, refresher string) {
	v, params, _ := strings.Cut(firstValue(m, "session-expires"), ";")
	ps, _ := parseParams(params)
	refresher, _ = findParam(ps, "refresher")
	return seconds(v), strings.ToLower(refresher)
}

func minSE(m headed) time.Duration {
	v, _, _ := strings.Cut(firstValue(m, "min-se"), ";")
	return seconds(v)
}

// seconds reads a delta-seconds, capped at a day.
func seconds(v string) time.Duration {
	n, err := strconv.ParseUint(strings.TrimSpace(v), 10, 32)
	if err != nil {
		return 0
	}
	return min(time.Duration(n)*time.Second, mostSession)
}

func secondsHeader(name string, d time.Duration, params string) sip.Header {
	return sip.NewHeader(name, strconv.Itoa(int(d/time.Second))+params)
}

// usualSession is the interval that the trunk is to have.
func (d *Dialog) usualSession() time.Duration {
	if d.trunk == nil || d.trunk.Session <= 0 {
		return defaultSession
	}
	return min(max(d.trunk.Session, leastSession), mostSession)
}

// tooSmall refuses an interval below ours, if the sender can be told so (RFC 4028 §8).
func (d *Dialog) tooSmall(req *sip.Request) (verdict, bool) { return checkSession(req) }

func checkSession(req *sip.Request) (verdict, bool) {
	se, _ := sessionExpires(req)
	if se == 0 || se >= leastSession || !hasOption(req, "supported", "timer") {
		return verdict{}, false
	}
	return refusal(422, "", secondsHeader("Min-SE", leastSession, "")), true
}

// askSession are the headers of an INVITE of ours.
func (d *Dialog) askSession() []sip.Header {
	if d.session.asked == 0 {
		d.session.asked = d.usualSession()
	}
	out := []sip.Header{secondsHeader("Session-Expires", d.session.asked, "")}
	if d.session.min > 0 {
		out = append(out, secondsHeader("Min-SE", d.session.min, ""))
	}
	return out
}

// askRefresh are the headers of a re-INVITE or UPDATE of ours: none without a timer.
func (d *Dialog) askRefresh() []sip.Header {
	if d.session.interval == 0 {
		return nil
	}
	refresher := ";refresher=uas" // of this request: the other side
	if d.session.ours {
		refresher = ";refresher=uac"
	}
	out := []sip.Header{secondsHeader("Session-Expires", max(d.session.interval, d.session.min), refresher)}
	if d.session.min > 0 {
		out = append(out, secondsHeader("Min-SE", d.session.min, ""))
	}
	return out
}

// acceptSession starts the timer that a 2xx to our request grants; none if it grants none (RFC 4028 §7.2).
func (d *Dialog) acceptSession(res *sip.Response) {
	se, refresher := sessionExpires(res)
	d.runSession(se, refresher != "uas")
}

// agreeSession are the headers of our 2xx to a request that can set the timer, and starts it (RFC 4028 §9).
func (d *Dialog) agreeSession(req *sip.Request) []sip.Header {
	able := hasOption(req, "supported", "timer")
	se, refresher := sessionExpires(req)
	switch {
	case se == 0 && !able:
		d.runSession(0, false)
		return nil
	case se == 0:
		se, refresher = max(d.usualSession(), minSE(req)), "uas"
	case !able:
		refresher = "uas"
	case refresher != "uas":
		refresher = "uac"
	}
	d.runSession(se, refresher == "uas")
	out := []sip.Header{secondsHeader("Session-Expires", se, ";refresher="+refresher)}
	if refresher == "uac" {
		out = append(out, sip.NewHeader("Require", "timer"))
	}
	return out
}

// runSession starts the timer anew: we refresh at half the interval; whoever hears nothing ends the call a third of it, at most 32 s, before its end
// (RFC 4028 §10).
func (d *Dialog) runSession(interval time.Duration, ours bool) {
	s := session{interval: interval, ours: ours, asked: d.session.asked, min: d.session.min}
	if interval > 0 {
		s.end = d.now.Add(interval - min(32*time.Second, interval/3))
		if ours {
			s.refresh = d.now.Add(interval / 2)
		}
	}
	d.session = s
}

// refreshSession sends the refresh; something else of ours that is open does it as well.
func (d *Dialog) refreshSession(Event) {
	if d.mine != nil {
		d.session.refresh = d.now.Add(refreshAgain)
		return
	}
	d.session.refresh = time.Time{}
	d.mine = &reoffer{sdp: d.ourSDP, refresh: true}
}

// refreshFailed tries once more, then lets the session run out (translation.md §1.5).
func (d *Dialog) refreshFailed() {
	if d.session.failed++; d.session.failed < 2 {
		d.session.refresh = d.now.Add(refreshAgain)
	}
}

func (d *Dialog) sessionExpired(Event) {
	d.end = Report{Kind: Ended, Status: 408, Phrase: "Session Expired", Q850: 102, By: Nobody}
	d.sendBYE(Hangup{Q850: 102, Text: "session expired"})
}
