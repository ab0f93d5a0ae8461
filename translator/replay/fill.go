package replay

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

var (
	callIDVar = regexp.MustCompile(`\$call_id(\d*)`)
	variable  = regexp.MustCompile(`\$(to_tag|from_tag|contact|rseq|(?:via|cseq)\d*)\b`)
)

// fill puts what we sent before, in the same dialog, into the trunk's text.
func (p *player) fill(text string) string {
	text = strings.TrimRight(text, "\n")
	text = callIDVar.ReplaceAllStringFunc(text, p.placedID)
	if variable.MatchString(text) {
		text = p.fillDialog(text)
	}
	if !strings.Contains(text, "\n\n") {
		text += "\n\n"
	}
	return text
}

// placedID is the Call-ID of a call that we placed: the newest, or the n-th. What names none stays as it is.
func (p *player) placedID(name string) string {
	var ids []string
	for _, m := range p.w.out {
		if m.Party != "trunk" || m.In || !strings.HasPrefix(m.SIP, "INVITE ") {
			continue
		}
		sip := readSIP(m.SIP)
		if id := sip.get("call-id"); sip.tag("to") == "" && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	n := len(ids)
	if digits := strings.TrimPrefix(name, "$call_id"); digits != "" {
		fmt.Sscan(digits, &n)
	}
	if n < 1 || n > len(ids) {
		return name
	}
	return ids[n-1]
}

// fillDialog reads what we said last in the dialog that the text names by its Call-ID.
func (p *player) fillDialog(text string) string {
	theirs := readSIP(text)
	id := theirs.get("call-id")
	_, method, _ := strings.Cut(theirs.get("cseq"), " ")
	vars := map[string]string{}
	var branches []string // of our requests that it may answer
	set := func(name, value string) {
		if value != "" {
			vars[name] = value
		}
	}
	for _, m := range p.w.out {
		if m.Party != "trunk" || m.In {
			continue
		}
		sip := readSIP(m.SIP)
		if id != "" && sip.get("call-id") != id {
			continue
		}
		set("contact", sip.contactURI())
		if sip.status() != 0 {
			set("to_tag", sip.tag("to"))
			set("rseq", sip.get("rseq"))
			continue
		}
		set("from_tag", sip.tag("from"))
		if answers := strings.TrimSpace(method); theirs.status() == 0 || answers == "" || sip.method() == answers {
			set("via", sip.get("via"))
			n, _ := sip.cseq()
			set("cseq", fmt.Sprint(n))
			if branch := sip.branch(); !slices.Contains(branches, branch) {
				branches = append(branches, branch)
				set(fmt.Sprint("via", len(branches)), sip.get("via"))
				set(fmt.Sprint("cseq", len(branches)), fmt.Sprint(n))
			}
		}
	}
	return variable.ReplaceAllStringFunc(text, func(name string) string { return first(vars[name[1:]], name) })
}
