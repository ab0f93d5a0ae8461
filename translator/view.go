package translator

import (
	"maps"
	"strings"

	"offhook/agent/protocol"
	"offhook/translator/dialog"
)

// show sends the agent of the part in use the call as it is now, whole.
func (c *Call) show() { c.showPart(&c.offer) }

func (c *Call) showPart(o *offer) {
	c.rev++
	o.view.Rev = c.rev
	c.do(doView{o.agent, o.view})
}

// recent adds the agent's part to his list of recent calls.
func (c *Call) recent(o *offer) {
	v := &o.view
	r := protocol.Recent{ID: c.id, Direction: v.Direction, From: v.From, To: v.To, Queue: v.Queue, OfferedAt: v.OfferedAt, EndedAt: v.EndedAt, Cause: v.Cause}
	if !v.AnsweredAt.IsZero() {
		r.TalkMS = v.EndedAt.Sub(v.AnsweredAt.Time).Milliseconds()
	} else if v.Cause != nil {
		r.Missed = v.Cause.Code == protocol.CauseMissed
	}
	c.do(doRecent{o.agent, r})
}

// parties reads who calls whom from the INVITE, and what came along.
func parties(in *dialog.Invite) (from, to protocol.Party, data map[string]string) {
	who := in.From
	if in.Asserted != nil {
		who = *in.Asserted
	}
	from = protocol.Party{Number: number(who.User), Name: displayName(who), URI: who.URI, Verified: in.Asserted != nil}
	to = protocol.Party{Number: number(in.To.User), URI: in.To.URI}
	if len(in.Headers) > 0 || in.UserToUser != "" {
		data = maps.Clone(in.Headers)
		if data == nil {
			data = map[string]string{}
		}
		if in.UserToUser != "" {
			data["user-to-user"] = in.UserToUser
		}
	}
	return from, to, data
}

// displayName is the caller's name; one that only repeats the number is none.
func displayName(p dialog.Party) string {
	if p.Display == p.User {
		return ""
	}
	return p.Display
}

// number is the user part where it is a telephone number (RFC 3966 visual separators removed), else the user part as it is.
func number(user string) string {
	digits := strings.NewReplacer("-", "", ".", "", "(", "", ")", "", " ", "").Replace(user)
	if digits == "" || strings.Trim(digits[1:], "0123456789") != "" || !strings.Contains("+0123456789", digits[:1]) {
		return user
	}
	return digits
}
