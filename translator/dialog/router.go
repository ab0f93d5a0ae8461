package dialog

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
)

// verdict is what the router decided about a request.
type verdict struct {
	kind   verdictKind
	status int
	phrase string
	extra  []sip.Header
	entry  *entry // for toDialog; for newCall the dialog that it replaces, if any
}

type verdictKind uint8

const (
	drop     verdictKind = iota // no answer: an ACK that belongs to nothing
	answerIt                    // an immediate response
	toDialog                    // an event for a dialog
	newCall                     // a new INVITE that passed
)

// dialogID names a dialog (RFC 3261 §12), seen from us.
type dialogID struct{ callID, local, remote string }

// router judges requests from known trunks in the order of translation.md §1.6, from check 4 on; the screen has done the
// others. It holds the tables that the checks need, each bounded.
type router struct {
	us       *local
	secret   []byte
	dialogs  map[dialogID]*entry
	max      int
	merged   merges
	past     past
	draining func() bool
	admit    func() bool
}

func refusal(status int, phrase string, extra ...sip.Header) verdict {
	return verdict{kind: answerIt, status: status, phrase: phraseOf(status, phrase), extra: extra}
}

// route judges one request that came from trunk.
func (r *router) route(req *sip.Request, trunk *Trunk, now time.Time) verdict {
	in := r.lookup(req, trunk)
	outside := in == nil && r.isOutside(req)
	switch req.Method {
	case sip.ACK:
		if in == nil {
			return verdict{kind: drop}
		}
		return verdict{kind: toDialog, entry: in}
	case sip.CANCEL:
		return refusal(481, "")
	}
	for _, check := range checks {
		if v, bad := check(req); bad {
			return v
		}
	}
	if outside && req.Method == sip.INVITE && r.merged.seen(mergeKey(req), req.Via().Params.GetOr("branch", ""), now) {
		return refusal(482, "")
	}
	if v, bad := checkRequire(req); bad {
		return v
	}
	switch {
	case in != nil:
		if v, bad := checkBody(req); bad && req.Method == sip.INVITE {
			return v
		}
		return verdict{kind: toDialog, entry: in}
	case !outside:
		return refusal(481, "")
	case req.Method == sip.OPTIONS:
		return r.options()
	case req.Method != sip.INVITE:
		return refusal(481, "")
	}
	return r.invite(req, trunk)
}

func (r *router) options() verdict {
	if r.draining() {
		return refusal(503, "", r.retryAfter())
	}
	return refusal(200, "", r.us.capabilities()...)
}

func (r *router) retryAfter() sip.Header {
	return sip.NewHeader("Retry-After", strconv.Itoa(1+r.us.random(10)))
}

// congestion is the Q.850 cause of a new call that is refused because we end or have too much to do (RFC 6432, translation.md §1.4).
const congestion = 42

// invite judges an INVITE outside any dialog.
func (r *router) invite(req *sip.Request, trunk *Trunk) verdict {
	for _, check := range inviteChecks {
		if v, bad := check(req); bad {
			return v
		}
	}
	replaced, v, bad := r.replaces(req, trunk)
	if bad {
		return v
	}
	if r.draining() || !r.admit() || len(r.dialogs) >= r.max {
		return refusal(503, "", r.retryAfter(), reasonHeader(congestion, ""))
	}
	return verdict{kind: newCall, entry: replaced}
}

// isOutside says whether the To tag is the one that the screen put there, that is, the sender gave none.
func (r *router) isOutside(req *sip.Request) bool {
	from, to, cseq, via := req.From(), req.To(), req.CSeq(), req.Via()
	if from == nil || to == nil || cseq == nil || via == nil || req.CallID() == nil {
		return false
	}
	return to.Params.GetOr("tag", "") == deriveTag(r.secret, req.CallID().Value(), from.Params.GetOr("tag", ""),
		via.Params.GetOr("branch", ""), strconv.FormatUint(uint64(cseq.SeqNo), 10))
}

// lookup finds the dialog that a request of this trunk belongs to.
func (r *router) lookup(req *sip.Request, trunk *Trunk) *entry {
	from, to, id := req.From(), req.To(), req.CallID()
	if from == nil || to == nil || id == nil {
		return nil
	}
	e := r.dialogs[dialogID{id.Value(), to.Params.GetOr("tag", ""), from.Params.GetOr("tag", "")}]
	if e == nil || e.trunk != trunk {
		return nil
	}
	return e
}

// replaces finds the dialog that an INVITE is to take over (RFC 3891 §3); nil without a refusal if it names none.
func (r *router) replaces(req *sip.Request, trunk *Trunk) (*entry, verdict, bool) {
	hs := req.GetHeaders("replaces")
	switch {
	case len(hs) == 0:
		return nil, verdict{}, false
	case len(hs) > 1 || len(listValues(hs[0].Value(), 2)) > 1:
		return nil, refusal(400, "More Than One Replaces"), true
	}
	want, ok := parseReplaces(hs[0].Value())
	id := dialogID{want.CallID, want.ToTag, want.FromTag}
	e := r.dialogs[id]
	switch {
	case !ok: // without its tags it names no dialog
		return nil, refusal(481, ""), true
	case e == nil && r.past.holds(id):
		return nil, refusal(603, ""), true
	case e == nil || e.trunk != trunk:
		return nil, refusal(481, ""), true
	}
	switch s := State(e.d.stage.Load()); {
	case s == StateClosing || s == StateTerminated:
		return nil, refusal(603, ""), true
	case s != StateConfirmed && e.d.role == uas: // an early dialog that the far side began
		return nil, refusal(481, ""), true
	case s == StateConfirmed && want.EarlyOnly:
		return nil, refusal(486, ""), true
	case !trunk.AcceptReplaces:
		return nil, refusal(501, ""), true
	}
	return e, verdict{}, false
}

// past remembers the dialogs that ended last: an INVITE that would replace one is declined, not unknown.
type past struct {
	ids   map[dialogID]bool
	queue []dialogID // oldest first
}

const maxPast = 512

func (p *past) holds(id dialogID) bool { return p.ids[id] }

func (p *past) add(id dialogID) {
	if p.ids[id] || id.remote == "" {
		return
	}
	if p.ids == nil {
		p.ids = map[dialogID]bool{}
	}
	if len(p.queue) == maxPast {
		delete(p.ids, p.queue[0])
		p.queue = append(p.queue[:0], p.queue[1:]...)
	}
	p.ids[id] = true
	p.queue = append(p.queue, id)
}

// checks are those that every request but ACK and CANCEL meets, in order.
var checks = []func(*sip.Request) (verdict, bool){checkForm, checkMethod, checkScheme, checkHops}

// inviteChecks are those of an INVITE outside a dialog.
var inviteChecks = []func(*sip.Request) (verdict, bool){checkContact, checkBody, checkAccept, checkSession}

// checkForm catches what sipgo's parser could not read although the screen could.
func checkForm(req *sip.Request) (verdict, bool) {
	for _, h := range [...]struct {
		there bool
		name  string
	}{{req.From() != nil, "From"}, {req.To() != nil, "To"}, {req.CallID() != nil, "Call-ID"}, {req.CSeq() != nil, "CSeq"}, {req.Via() != nil, "Via"}} {
		if !h.there {
			return refusal(400, "Bad "+h.name), true
		}
	}
	return verdict{}, false
}

func checkMethod(req *sip.Request) (verdict, bool) {
	switch req.Method {
	case sip.INVITE, sip.BYE, sip.OPTIONS, sip.PRACK, sip.UPDATE, sip.INFO, sip.REFER, sip.NOTIFY:
		return verdict{}, false
	}
	return refusal(405, "", sip.NewHeader("Allow", allowed)), true
}

func checkScheme(req *sip.Request) (verdict, bool) {
	switch req.Recipient.Scheme {
	case "sip", "sips", "tel":
		return verdict{}, false
	}
	return refusal(416, ""), true
}

func checkHops(req *sip.Request) (verdict, bool) {
	mf := req.MaxForwards()
	return refusal(483, ""), mf != nil && mf.Val() == 0 && req.Method != sip.OPTIONS
}

func checkRequire(req *sip.Request) (verdict, bool) {
	var unknown []string
	for _, tag := range valuesOf(req.GetHeaders("require")) {
		if !slices.ContainsFunc(extensions, func(e string) bool { return strings.EqualFold(e, tag) }) && isToken(tag) {
			unknown = append(unknown, tag)
		}
	}
	return refusal(420, "", sip.NewHeader("Unsupported", strings.Join(unknown, ", "))), len(unknown) > 0
}

func checkContact(req *sip.Request) (verdict, bool) {
	hs := req.GetHeaders("contact")
	if len(hs) == 0 {
		return refusal(400, "Missing Contact"), true
	}
	_, ok := contactOf(hs)
	return refusal(400, "Bad Contact"), !ok
}

// checkBody takes application/sdp, a multipart body that holds it and nothing else that must be understood, and no body (RFC 5621).
func checkBody(req *sip.Request) (verdict, bool) {
	if len(req.Body()) == 0 {
		return verdict{}, false
	}
	if e := firstValue(req, "content-encoding"); e != "" && !strings.EqualFold(e, "identity") {
		return refusal(415, "", sip.NewHeader("Accept-Encoding", "identity")), true
	}
	unsupported := refusal(415, "", sip.NewHeader("Accept", "application/sdp"))
	if strings.EqualFold(mediaType(req), "application/sdp") {
		return verdict{}, false
	}
	found := false
	for _, p := range parts(req) {
		switch {
		case p.encoded && !p.optional:
			return unsupported, true
		case p.kind == "application/sdp" && !p.encoded:
			found = true
		case !p.optional:
			return unsupported, true
		}
	}
	return unsupported, !found
}

func checkAccept(req *sip.Request) (verdict, bool) {
	accept := valuesOf(req.GetHeaders("accept"))
	if len(accept) == 0 {
		return verdict{}, false
	}
	for _, a := range accept {
		t, _, _ := strings.Cut(a, ";")
		switch strings.ToLower(strings.TrimSpace(t)) {
		case "application/sdp", "application/*", "*/*":
			return verdict{}, false
		}
	}
	return refusal(406, ""), true
}

// merges remembers INVITEs for as long as a copy may come by another way (RFC 3261 §8.2.2.2).
type merges struct {
	branch map[string]string
	queue  []merge // oldest first
}

type merge struct {
	key string
	at  time.Time
}

const (
	maxMerges = 4096
	mergeTime = timerB
)

func mergeKey(req *sip.Request) string {
	return req.CallID().Value() + " " + req.From().Params.GetOr("tag", "") + " " + strconv.FormatUint(uint64(req.CSeq().SeqNo), 10)
}

// seen says whether the same INVITE came before with another branch, and remembers it.
func (m *merges) seen(key, branch string, now time.Time) bool {
	for len(m.queue) > 0 && (len(m.queue) >= maxMerges || now.Sub(m.queue[0].at) > mergeTime) {
		delete(m.branch, m.queue[0].key)
		m.queue = m.queue[1:]
	}
	if b, ok := m.branch[key]; ok {
		return b != branch
	}
	if m.branch == nil {
		m.branch = map[string]string{}
	}
	m.branch[key] = branch
	m.queue = append(m.queue, merge{key, now})
	return false
}
