package replay

import (
	"fmt"
	"slices"
	"strings"

	"offhook/translator"
	"offhook/translator/dialog"
	"offhook/translator/sdp"
)

// trunkSetup reads the settings of the trunk from a header, under the names that the configuration has for them.
func trunkSetup(header map[string]string, s *Setup) error {
	on := map[string]bool{}
	for _, key := range [...]string{"refer", "accept_refer", "accept_replaces", "reliable"} {
		switch header[key] {
		case "", "off":
		case "on":
			on[key] = true
		default:
			return fmt.Errorf("%s is on or off, not %q", key, header[key])
		}
	}
	s.Rules = translator.TrunkRules{Hold: translator.HoldMode(header["hold"]), Digits: translator.DigitsMode(header["digits"]), Refer: on["refer"]}
	s.Trunk = func(t *dialog.Trunk) {
		t.AcceptRefer, t.AcceptReplaces, t.Reliable = on["accept_refer"], on["accept_replaces"], on["reliable"]
		t.Redirects = strings.Fields(header["redirects"])
		if realm := header["realm"]; realm != "" {
			t.Credentials = dialog.Credentials{Realm: realm, User: "replay", Password: "replay"}
		}
	}
	s.Policy = func(p *sdp.TrunkPolicy) {
		p.Codecs, p.LateCodec = strings.Fields(header["codecs"]), header["late_codec"]
		p.SRTP = map[string]sdp.SRTPMode{"optional": sdp.SRTPOptional, "required": sdp.SRTPRequired}[header["srtp"]]
		p.SAVP = header["srtp_profile"] == "savp"
	}
	return nil
}

// alone stands behind an agent's name where no queue gets the call if he does not take it.
const alone = " alone"

// routeTo is a route to an agent: "jonas", or "jonas alone" without a queue behind him.
func routeTo(agent string, s *Setup) func(*dialog.Invite) translator.Routing {
	name, nobodyElse := strings.CutSuffix(agent, alone)
	terms := s.Terms.WithDefaults()
	terms.Queue, terms.OutcomeRequired = first(s.Queue.Name, "billing"), s.Queue.OutcomeRequired
	if nobodyElse {
		terms.Queue = ""
	}
	return func(*dialog.Invite) translator.Routing { return translator.Routing{Terms: terms, Agent: name} }
}

// setup is the world that the settings describe.
func (f *follower) setup() (Setup, error) {
	t := Transcript{Header: map[string]string{}}
	for _, s := range f.settings {
		t.Header[s[0]] = s[1]
	}
	return t.setup()
}

// settle reads from the record what offhook has to be set to so that it can do what the recorded end did.
func (f *follower) settle(refuse int) {
	set := func(key, value string) {
		if !slices.ContainsFunc(f.settings, func(s [2]string) bool { return s[0] == key }) {
			f.settings = append(f.settings, [2]string{key, value})
		}
	}
	set("media", "at_once")
	if refuse != 0 {
		set("refuse", fmt.Sprint(refuse))
		f.note("the route refuses with %d, as the recorded end did", refuse)
	}
	if f.trunkCalls && f.answersUnrung() {
		set("answer", "at_once")
	}
	for _, m := range f.record {
		if m.theirs {
			f.settleTheirs(m, set)
		} else {
			f.settleOurs(m, set)
		}
	}
}

// answersUnrung says whether the recorded end answered without a word before.
func (f *follower) answersUnrung() bool {
	for _, m := range f.record {
		_, method := m.sip.cseq()
		if status := m.sip.status(); !m.theirs && method == "INVITE" && status > 100 && status < 300 {
			return status >= 200
		}
	}
	return false
}

// settleOurs reads what the recorded end in our place did.
func (f *follower) settleOurs(m recorded, set func(key, value string)) {
	_, method := m.sip.cseq()
	inDialog := m.sip.tag("to") != ""
	switch status := m.sip.status(); {
	case status == 202 && method == "REFER":
		set("accept_refer", "on")
	case status > 100 && status < 200 && m.sip.get("rseq") != "":
		set("reliable", "on")
	case status == 200 && method == "INVITE" && m.sip.hasSDP():
		f.settleCodec(m, set)
	case m.sip.method() == "INVITE" && !inDialog && strings.Contains(describes(m.sip.body).profile, "SAVP"):
		set("srtp_profile", "savp")
	case m.sip.method() == "INVITE" && inDialog && m.sip.hasSDP() && describes(m.sip.body).holds():
		set("hold", string(translator.HoldSendonly))
	case m.sip.method() == "INFO" && infoDigit(m.sip.body) != "":
		set("digits", string(translator.DigitsInfo))
	case m.sip.method() == "REFER":
		set("refer", "on")
	}
}

// settleCodec reads the codec that the recorded end chose: the one that it offered where it was offered none; or another than the first that offhook would take, as the
// browsers or the trunk's settings of that day had it.
func (f *follower) settleCodec(answer recorded, set func(key, value string)) {
	codec := describes(answer.sip.body).codec()
	offer := f.offerOf(answer)
	if offer == nil || !knownCodec(codec) {
		return
	}
	if !offer.hasSDP() {
		set("late_codec", codec)
		return
	}
	offered := describes(offer.body).codecs
	usual := func(c string) bool { return c != "opus" && knownCodec(c) }
	if i := slices.IndexFunc(offered, usual); i >= 0 && offered[i] != codec && usual(codec) && slices.Contains(offered, codec) {
		set("codecs", codec)
	}
}

// offerOf is the INVITE of theirs that a 200 of ours answered, nil if the record does not have it.
func (f *follower) offerOf(answer recorded) *sipText {
	n, _ := answer.sip.cseq()
	for _, m := range f.record {
		if k, _ := m.sip.cseq(); m.theirs && m.sip.method() == "INVITE" && k == n {
			return m.sip
		}
	}
	return nil
}

// settleTheirs reads what the trunk demands or has.
func (f *follower) settleTheirs(m recorded, set func(key, value string)) {
	_, method := m.sip.cseq()
	if status := m.sip.status(); method == "INVITE" && (status == 401 || status == 407) {
		for _, header := range [...]string{"www-authenticate", "proxy-authenticate"} {
			if realm := realmParam.FindStringSubmatch(m.sip.get(header)); realm != nil {
				set("realm", f.fit.addresses(realm[1]))
			}
		}
	}
	if status := m.sip.status(); method == "INVITE" && status >= 300 && status < 400 && f.triesAgain(m) {
		set("redirects", hostPort(f.fit.addresses(m.sip.contactURI())).Addr().String())
	}
	if method != "INVITE" || !m.sip.hasSDP() {
		return
	}
	d := describes(m.sip.body)
	if strings.Contains(d.profile, "SAVP") && d.keys {
		set("srtp", "optional")
	}
	if slices.Contains(d.codecs, "opus") && !slices.ContainsFunc(d.codecs, func(c string) bool { return c != "opus" && knownCodec(c) }) {
		set("codecs", "opus G722 PCMA PCMU")
	}
}

// triesAgain says whether the recorded end sent another INVITE after a response to one.
func (f *follower) triesAgain(after recorded) bool {
	n, _ := after.sip.cseq()
	return slices.ContainsFunc(f.record, func(m recorded) bool {
		k, _ := m.sip.cseq()
		return !m.theirs && m.sip.method() == "INVITE" && k > n
	})
}

// knownCodec says whether offhook passes a codec through.
func knownCodec(name string) bool {
	return slices.Contains([]string{"opus", "g722", "pcma", "pcmu"}, name)
}
