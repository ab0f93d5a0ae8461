package queue

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"
)

// A timeline is a little story: what happens when, and what the engine decides. Lines that begin with a time are steps;
// the lines after it are the decisions of that step, all of them and in order. (Places, figures and what is kept of callbacks are compared only in steps that name one.)
// Between two steps the clock stops at each deadline, and a decision made there must be told as a step of that time:
//
//	queue billing ring_for=10s
//	0s   login anna billing available
//	     agent anna available
//	5s   arrive c1 billing
//	     offer c1 anna
//	     agent anna offered
//	6s   shown anna
//	15s
//	     withdraw c1 anna missed
//	     agent anna away(missed)
//
// Events about an offer name its agent: they mean the last one given to him, also if it is over. The lease is one hour unless set.
type timeline struct {
	t      *testing.T
	e      *Engine
	start  time.Time
	last   map[string]OfferID
	recent []string // decisions of the present step
}

var monday = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

type rule struct{ name, story string }

func runRules(t *testing.T, rules []rule) {
	for _, r := range rules {
		t.Run(r.name, func(t *testing.T) { tell(t, r.story) })
	}
}

type step struct {
	at   time.Duration
	verb []string
	want []string
	text string
}

func tell(t *testing.T, story string) {
	t.Helper()
	settings, steps := readStory(t, story)
	e, err := New(settings)
	if err != nil {
		t.Fatal(err)
	}
	tl := &timeline{t: t, e: e, start: monday, last: map[string]OfferID{}}
	for _, s := range steps {
		tl.catchUp(s)
		tl.apply(tl.event(s.verb), s.at)
		tl.compare(s)
	}
	if n := e.Faults(); n != 0 {
		t.Errorf("engine counts %d impossible inputs", n)
	}
}

func readStory(t *testing.T, story string) (Settings, []step) {
	t.Helper()
	settings := Settings{Lease: time.Hour}
	var steps []step
	for line := range strings.Lines(story) {
		fields := strings.Fields(line)
		if len(fields) == 0 || strings.HasPrefix(fields[0], "#") {
			continue
		}
		at, err := time.ParseDuration(fields[0])
		switch {
		case err == nil:
			steps = append(steps, step{at: at, verb: fields[1:], text: strings.TrimSpace(line)})
		case len(steps) > 0:
			s := &steps[len(steps)-1]
			s.want = append(s.want, strings.Join(fields, " "))
		case fields[0] == "queue":
			settings.Queues = append(settings.Queues, readQueue(t, fields[1:]))
		case fields[0] == "set":
			readSettings(t, &settings, fields[1:])
		default:
			t.Fatalf("story: %q", line)
		}
	}
	return settings, steps
}

func readQueue(t *testing.T, fields []string) QueueSettings {
	q := QueueSettings{Name: fields[0], WrapUp: -1}
	for _, f := range fields[1:] {
		key, value, _ := strings.Cut(f, "=")
		switch key {
		case "ring_for":
			q.RingFor = duration(t, value)
		case "wrap_up":
			q.WrapUp = duration(t, value)
		case "wrap_up_max":
			q.WrapUpMax = duration(t, value)
		case "outcome_required":
			q.OutcomeRequired = true
		case "capacity":
			q.Capacity = number(t, value)
		case "max_wait":
			q.MaxWait = duration(t, value)
		case "refuse_empty":
			q.RefuseEmpty = true
		case "short_abandon":
			q.ShortAbandon = duration(t, value)
		case "join_empty":
			q.JoinEmpty = EmptyRule(value)
		case "leave_empty":
			q.LeaveEmpty = EmptyRule(value)
		case "max_wait_empty":
			q.MaxWaitEmpty = duration(t, value)
		case "max_estimate":
			q.MaxEstimate = duration(t, value)
		case "hours":
			q.Hours = readHours(t, value)
		case "leave_closed":
			q.LeaveClosed = true
		case "on_full":
			q.OnFull = readWayOut(value)
		case "on_max_wait":
			q.OnMaxWait = readWayOut(value)
		case "on_empty":
			q.OnEmpty = readWayOut(value)
		case "on_estimate":
			q.OnEstimate = readWayOut(value)
		case "on_closed":
			q.OnClosed = readWayOut(value)
		case "exit": // 1>queue:sales
			key, out, _ := strings.Cut(value, ">")
			q.Exits = append(q.Exits, Exit{key[0], readWayOut(out)})
		case "return_within":
			q.ReturnWithin = duration(t, value)
		case "callback_tries":
			q.CallbackTries = number(t, value)
		case "callback_gap":
			q.CallbackGap = duration(t, value)
		case "callback_for":
			q.CallbackFor = duration(t, value)
		case "announce_every":
			q.AnnounceEvery = duration(t, value)
		case "strategy":
			q.Strategy = value
		case "step":
			q.Step = duration(t, value)
		case "weight":
			q.Weight = duration(t, value)
		case "prefer_for":
			q.PreferFor = duration(t, value)
		case "levels": // 1@0s,3@30s
			for _, step := range strings.Split(value, ",") {
				upto, after, _ := strings.Cut(step, "@")
				q.Levels = append(q.Levels, LevelStep{duration(t, after), number(t, upto)})
			}
		case "relax": // lang-1@10s,lang@20s,*@30s
			for _, step := range strings.Split(value, ",") {
				what, after, _ := strings.Cut(step, "@")
				skill, by, _ := strings.Cut(what, "-")
				r := RelaxStep{After: duration(t, after), Skill: strings.TrimSuffix(skill, "*")}
				if by != "" {
					r.By = number(t, by)
				}
				q.Relax = append(q.Relax, r)
			}
		case "target":
			q.Target = duration(t, value)
		default:
			t.Fatalf("story: queue has no %q", key)
		}
	}
	return q
}

// readWayOut reads "queue:sales+age", "agent:anna", "number:+4930", "message:closed", "callback".
func readWayOut(s string) WayOut {
	kind, where, _ := strings.Cut(s, ":")
	out := WayOut{Kind: WayOutKind(kind)}
	switch out.Kind {
	case OutQueue:
		out.Queue, out.KeepAge = strings.TrimSuffix(where, "+age"), strings.HasSuffix(where, "+age")
	case OutAgent:
		out.Agent = AgentID(where)
	case OutNumber:
		out.Number = where
	case OutMessage:
		out.Message = where
	}
	return out
}

// readHours reads "9h-17h": every day, UTC.
func readHours(t *testing.T, s string) *Hours {
	from, to, _ := strings.Cut(s, "-")
	h := &Hours{}
	for day := time.Sunday; day <= time.Saturday; day++ {
		h.Week = append(h.Week, Span{day, duration(t, from), duration(t, to)})
	}
	return h
}

func readSettings(t *testing.T, s *Settings, fields []string) {
	for _, f := range fields {
		key, value, _ := strings.Cut(f, "=")
		switch key {
		case "lease":
			s.Lease = duration(t, value)
		case "confirm_within":
			s.ConfirmWithin = duration(t, value)
		case "max_misses":
			s.MaxMisses = number(t, value)
		case "max_rejects":
			s.MaxRejects = number(t, value)
		case "reject_delay":
			s.RejectDelay = duration(t, value)
		case "window":
			s.Window = duration(t, value)
		case "seed":
			s.Seed = uint64(number(t, value))
		case "skill_head":
			skill, d, _ := strings.Cut(value, ":")
			s.SkillHeadStart = map[string]time.Duration{skill: duration(t, d)}
		default:
			t.Fatalf("story: settings have no %q", key)
		}
	}
}

func duration(t *testing.T, s string) time.Duration {
	d, err := time.ParseDuration(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func number(t *testing.T, s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// catchUp lets time pass to the step, stopping at deadlines. What is decided on the way is an error: it has no line.
func (tl *timeline) catchUp(s step) {
	for {
		at, ok := tl.e.NextDeadline()
		if !ok || !at.Before(tl.start.Add(s.at)) {
			return
		}
		tl.recent = tl.recent[:0]
		tl.apply(Tick{}, at.Sub(tl.start))
		if got := visible(tl.recent, nil); len(got) > 0 {
			tl.t.Fatalf("before %q, at %v, came without a line:\n\t%s", s.text, at.Sub(tl.start), strings.Join(got, "\n\t"))
		}
	}
}

func (tl *timeline) compare(s step) {
	got := visible(tl.recent, s.want)
	tl.recent = tl.recent[:0]
	if strings.Join(got, "\n") != strings.Join(s.want, "\n") {
		tl.t.Fatalf("%s\ngot:\n\t%s\nwant:\n\t%s", s.text, strings.Join(got, "\n\t"), strings.Join(s.want, "\n\t"))
	}
}

// visible leaves out places and figures that are not asked for.
func visible(lines, want []string) []string {
	asked := map[string]bool{}
	for _, w := range want {
		asked[strings.Fields(w)[0]] = true
	}
	var out []string
	for _, l := range lines {
		kind := strings.Fields(l)[0]
		if (kind == "position" || kind == "figures" || kind == "kept") && !asked[kind] {
			continue
		}
		out = append(out, l)
	}
	return out
}

func (tl *timeline) apply(ev Event, at time.Duration) {
	for _, d := range tl.e.Apply(ev, tl.start.Add(at)) {
		if o, ok := d.(Offer); ok {
			tl.last[string(o.Agent)] = o.Offer
		}
		tl.recent = append(tl.recent, tl.line(d))
	}
}

// event reads the words of a step.
func (tl *timeline) event(words []string) Event {
	if len(words) == 0 {
		return Tick{}
	}
	verb, words := words[0], append(words[1:], "", "", "", "")
	agent, offer := AgentID(words[0]), tl.last[words[0]]
	switch verb {
	case "arrive":
		return tl.arrival(words)
	case "leave":
		return CallerLeft{CallerID(words[0]), LeaveReason(words[1])}
	case "login":
		state, reason := stateOf(words[2])
		return AgentLoggedIn{Agent: agent, Queues: memberships(tl.t, words[1]), Skills: readSkills(tl.t, words[3]), State: state, Reason: reason}
	case "move":
		return CallerMoved{CallerID(words[0]), words[1], words[2] == "age"}
	case "send":
		return CallerSent{CallerID(words[0]), LeaveReason(words[1]), readWayOut(words[2])}
	case "key":
		return KeyPressed{CallerID(words[0]), words[1][0]}
	case "callback":
		return CallbackAsked{CallerID(words[0])}
	case "hold":
		return CallHeld{offer, words[1] == "on"}
	case "direct":
		return DirectAsked{CallerID(words[0]), AgentID(words[1])}
	case "pause":
		return QueuePaused{words[0], words[1] == "on"}
	case "assign":
		return AgentAssigned{agent, memberships(tl.t, words[1]), readSkills(tl.t, words[2])}
	case "logout":
		return AgentLoggedOut{agent}
	case "state":
		state, reason := stateOf(words[1])
		return AgentStateSet{agent, state, reason}
	case "beat":
		return AgentBeat{agent}
	case "detach":
		return AgentDetached{agent}
	case "seize":
		return AgentSeized{agent}
	case "free":
		return AgentFreed{agent}
	case "shown":
		return OfferShown{offer}
	case "accept":
		return OfferAccepted{offer}
	case "reject":
		return OfferRejected{offer, words[1]}
	case "fail":
		return OfferFailed{offer, map[string]Fault{"none": FaultNone, "agent": FaultAgent, "unshown": FaultUnshown, "customer": FaultCustomer}[words[1]]}
	case "connected":
		return CallConnected{offer}
	case "ended":
		return CallEnded{offer}
	case "outcome":
		return OutcomeSet{agent, words[1]}
	case "done":
		return WrapUpDone{agent, words[1]}
	case "extend":
		return WrapUpExtended{agent, duration(tl.t, words[1])}
	case "reload":
		return SettingsChanged{tl.settings(words)}
	}
	tl.t.Fatalf("story: no verb %q", verb)
	return nil
}

func (tl *timeline) arrival(words []string) Event {
	ev := CallerArrived{Caller: CallerID(words[0]), Queue: words[1]}
	for _, w := range words[2:] {
		switch key, value, _ := strings.Cut(w, "="); key {
		case "class":
			ev.Class = number(tl.t, value)
		case "head":
			ev.HeadStart = duration(tl.t, value)
		case "since":
			ev.Since = tl.start.Add(duration(tl.t, value))
		case "number":
			ev.Number = value
		case "kept": // arrived,from,joined,tries,next
			w := strings.Split(value, ",")
			at := func(i int) time.Time { return tl.start.Add(duration(tl.t, w[i])) }
			ev.Kept = Kept{Arrived: at(0), From: at(1), Joined: at(2), Tries: number(tl.t, w[3]), Next: at(4)}
		case "prefer":
			ev.Prefer = AgentID(value)
		case "needs": // lang>3,billing
			for _, n := range strings.Split(value, ",") {
				skill, least, _ := strings.Cut(n, ">")
				need := Need{Skill: skill}
				if least != "" {
					need.Min = number(tl.t, least)
				}
				ev.Needs = append(ev.Needs, need)
			}
		case "not":
			for _, a := range strings.Split(value, ",") {
				ev.Exclude = append(ev.Exclude, AgentID(a))
			}
		}
	}
	return ev
}

// settings reads "reload billing ring_for=5s | sales".
func (tl *timeline) settings(words []string) Settings {
	s := Settings{Lease: time.Hour}
	for _, q := range strings.Split(strings.TrimSpace(strings.Join(words, " ")), "|") {
		if f := strings.Fields(q); len(f) > 0 {
			s.Queues = append(s.Queues, readQueue(tl.t, f))
		}
	}
	return s
}

// memberships reads "billing,sales:2#7": level 2, seventh in order.
func memberships(t *testing.T, s string) []Membership {
	var ms []Membership
	for _, part := range strings.Split(s, ",") {
		part, order, ordered := strings.Cut(part, "#")
		name, level, ok := strings.Cut(part, ":")
		m := Membership{Queue: name}
		if ok {
			m.Level = number(t, level)
		}
		if ordered {
			m.Order = number(t, order)
		}
		ms = append(ms, m)
	}
	return ms
}

// readSkills reads "lang:3,billing:1".
func readSkills(t *testing.T, s string) (skills []Skill) {
	for _, part := range strings.Split(s, ",") {
		if name, level, ok := strings.Cut(part, ":"); ok {
			skills = append(skills, Skill{name, number(t, level)})
		}
	}
	return skills
}

// stateOf reads "away(lunch)".
func stateOf(s string) (State, string) {
	state, reason, _ := strings.Cut(strings.TrimSuffix(s, ")"), "(")
	return State(state), reason
}

func (tl *timeline) line(d Decision) string {
	since := func(t time.Time) time.Duration { return t.Sub(tl.start) }
	switch d := d.(type) {
	case Offer:
		return strings.TrimSuffix(fmt.Sprintf("offer %s %s %s", d.Caller, d.Agent, map[bool]string{true: "callback"}[d.Callback]), " ")
	case Moved:
		return fmt.Sprintf("moved %s %s %s %s", d.Caller, d.From, d.To, d.Why)
	case CallbackKept:
		return fmt.Sprintf("callback %s", d.Caller)
	case CallbackChanged:
		line := fmt.Sprintf("kept %s %s from=%v joined=%v tries=%d", d.Caller, d.Queue, since(d.Kept.From), since(d.Kept.Joined), d.Kept.Tries)
		if !d.Kept.Next.IsZero() {
			line += fmt.Sprintf(" next=%v", since(d.Kept.Next))
		}
		return line
	case Announce:
		if !d.Estimate.Known {
			return fmt.Sprintf("say %s %d", d.Caller, d.Position)
		}
		return fmt.Sprintf("say %s %d in %v", d.Caller, d.Position, d.Estimate.Wait)
	case Direct:
		return fmt.Sprintf("direct %s %s %v", d.Call, d.Agent, d.Free)
	case Withdraw:
		return fmt.Sprintf("withdraw %s %s %s", d.Caller, d.Agent, d.Reason)
	case Won:
		return fmt.Sprintf("won %s %s", d.Caller, d.Agent)
	case Leave:
		if d.Out != (WayOut{}) {
			return fmt.Sprintf("leave %s %s(%s) to %s %s after %v", d.Caller, d.Reason, d.Why, d.Out.Kind, cmp.Or(string(d.Out.Agent), d.Out.Number, d.Out.Message), d.Waited)
		}
		return fmt.Sprintf("leave %s %s after %v", d.Caller, d.Reason, d.Waited)
	case Position:
		return fmt.Sprintf("position %s %d", d.Caller, d.Position)
	case AgentChanged:
		line := fmt.Sprintf("agent %s %v", d.Agent, wish{d.State, d.Reason})
		if d.Next != StateNone {
			line += fmt.Sprintf(" next %v", wish{d.Next, d.NextReason})
		}
		return line
	case WrapUpStarted:
		return fmt.Sprintf("wrapup %s %s until %v", d.Caller, d.Agent, since(d.Until))
	case WrapUpEnded:
		return fmt.Sprintf("wrapped %s %s", d.Caller, d.Agent)
	case QueueChanged:
		f := d.Figures
		oldest := "-"
		if !f.Oldest.IsZero() {
			oldest = since(f.Oldest).String()
		}
		callbacks := ""
		if f.Callbacks > 0 {
			callbacks = fmt.Sprintf(" callbacks=%d", f.Callbacks)
		}
		return fmt.Sprintf("figures %s waiting=%d%s oldest=%s available=%d on_call=%d level=%.2f",
			f.Queue, f.Waiting, callbacks, oldest, f.Available, f.OnCall, f.ServiceLevel)
	}
	return fmt.Sprintf("%#v", d)
}
