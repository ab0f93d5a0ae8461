package main

import (
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"offhook/agent/protocol"
	"offhook/internal/config"
	"offhook/queue"
	"offhook/translator"
	"offhook/translator/dialog"
)

// servingConfig says something other than the default of every setting of a queue that the engine knows.
const servingConfig = `
listen: {http: "127.0.0.1:0", sip: ["127.0.0.1:0"]}
trunks: [{name: pbx, networks: [127.0.0.1/32], addresses: ["127.0.0.1:5060"]}]
dial: {allow: ["+49*"], routes: [{numbers: "+*", trunks: [pbx]}]}
hours:
  - {name: office, zone: Europe/Berlin, week: {mon-fri: 08:00-18:00}, holidays: [{date: 12-25}, {date: 2026-12-24, open: 08:00-12:00}]}
  - {name: night, zone: UTC, week: {mon-sun: 22:00-06:00}}
routes:
  - {called: "1*", hours: office, queue: full, class: 3, head_start: 30s, needs: ["lang=de>=2", billing], prefer: anna}
  - {called: "2*", agent: ben, queue: plain}
  - {called: "3*", agent: ben}
  - {called: "1*", queue: plain}
queues:
  - name: full
    strategy: ring-progressively
    step: 7s
    levels: [{upto: 1}, {after: 30s, upto: 3}]
    relax: [{after: 10s, skill: lang=de, by: 1}, {after: 20s}]
    ring_for: 21s
    prefer_for: 0s
    weight: 11s
    wrap_up: 0s
    wrap_up_max: 12m
    outcomes: [{name: solved}]
    outcome_required: true
    capacity: 17
    max_wait: 6m
    max_estimate: 16m
    join_empty: logged_in
    leave_empty: available
    max_wait_empty: 90s
    hours: office
    leave_closed: true
    on_full: {queue: plain, keep_age: true}
    on_max_wait: callback
    on_empty: {agent: anna}
    on_estimate: {number: "+4930123456"}
    on_closed: {message: closed, status: 480}
    exits: {"2": {message: bye.wav}, "1": callback}
    return_within: 4m
    callback_tries: 5
    callback_gap: 9m
    callback_for: 8h
    announce_every: 45s
    target: 30s
    short_abandon: 3s
  - {name: plain}
matching: {window: 30m, seed: 9, head_starts: {vip: 60s}}
staff:
  - {agent: anna, queues: [full, {queue: plain, level: 2, order: 7}], skills: {lang=de: 3, billing: 1}}
  - {agent: ben, queues: []}
  - {agent: carl, skills: {billing: 2}}
agents: {tokens: [{issuer: crm, kid: k1, algorithm: HS256, secret: {file: secret}}]}
origins: ["https://crm.example"]
`

func servingPath(t *testing.T) string {
	t.Helper()
	path := writeConfig(t, servingConfig)
	if err := os.WriteFile(filepath.Join(filepath.Dir(path), "bye.wav"), []byte(wav()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func servingSettings(t *testing.T) settings {
	t.Helper()
	c, err := config.Load(servingPath(t))
	if err != nil {
		t.Fatal(err)
	}
	set, err := plan(c, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// All that the file says of a queue reaches the engine; not one of its settings is left at zero, so that a new one is not forgotten here.
func TestEverySettingOfAQueueReachesTheEngine(t *testing.T) {
	set := servingSettings(t)
	got := set.queues.Queues[0]
	hours, message := got.Hours, got.Exits[1].Out.Message
	want := queue.QueueSettings{
		Name: "full", Strategy: queue.RingProgressively, Step: 7 * time.Second, Levels: []queue.LevelStep{{Upto: 1}, {After: 30 * time.Second, Upto: 3}},
		Relax:     []queue.RelaxStep{{After: 10 * time.Second, Skill: "lang=de", By: 1}, {After: 20 * time.Second}},
		PreferFor: -1, Weight: 11 * time.Second, RingFor: 21 * time.Second, WrapUp: -1, WrapUpMax: 12 * time.Minute, OutcomeRequired: true, Capacity: 17,
		MaxWait: 6 * time.Minute, MaxEstimate: 16 * time.Minute, JoinEmpty: queue.CountLoggedIn, LeaveEmpty: queue.CountAvailable, MaxWaitEmpty: 90 * time.Second,
		Hours: hours, LeaveClosed: true, Target: 30 * time.Second, ShortAbandon: 3 * time.Second,
		OnFull: queue.WayOut{Kind: queue.OutQueue, Queue: "plain", KeepAge: true}, OnMaxWait: queue.WayOut{Kind: queue.OutCallback},
		OnEmpty: queue.WayOut{Kind: queue.OutAgent, Agent: "anna"}, OnEstimate: queue.WayOut{Kind: queue.OutNumber, Number: "+4930123456"},
		OnClosed: queue.WayOut{Kind: queue.OutMessage, Message: "phrase:closed", Status: 480},
		Exits: []queue.Exit{
			{Key: '1', Out: queue.WayOut{Kind: queue.OutCallback}}, {Key: '2', Out: queue.WayOut{Kind: queue.OutMessage, Message: message}},
		},
		ReturnWithin: 4 * time.Minute, CallbackTries: 5, CallbackGap: 9 * time.Minute, CallbackFor: 8 * time.Hour, AnnounceEvery: 45 * time.Second,
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if !filepath.IsAbs(message) || filepath.Base(message) != "bye.wav" {
		t.Errorf("the message is %q", message)
	}
	for i := range reflect.TypeFor[queue.QueueSettings]().NumField() {
		if name := reflect.TypeFor[queue.QueueSettings]().Field(i).Name; reflect.ValueOf(got).Field(i).IsZero() && name != "RefuseEmpty" { // short for JoinEmpty
			t.Errorf("%s is not set", name)
		}
	}
	for _, row := range []struct {
		at   string
		open bool
	}{
		{"2026-11-23T07:30:00Z", true}, {"2026-11-23T06:30:00Z", false}, {"2026-11-22T10:00:00Z", false},
		{"2026-12-24T10:30:00Z", true}, {"2026-12-24T11:30:00Z", false}, {"2029-12-25T10:00:00Z", false},
	} {
		if at, _ := time.Parse(time.RFC3339, row.at); hours.OpenAt(at) != row.open {
			t.Errorf("at %s it is open: %v", row.at, !row.open)
		}
	}
	if s := set.queues; s.Window != 30*time.Minute || s.Seed != 9 || s.SkillHeadStart["vip"] != time.Minute {
		t.Errorf("matching is %+v", s)
	}
}

// A queue of which the file says only the name is the engine's default queue.
func TestDefaultsOfFileAndEngineAreAlike(t *testing.T) {
	got := servingSettings(t).queues.Queues[1]
	if want := queue.DefaultQueue("plain"); !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

// The file knows every strategy of the engine, and no other.
func TestStrategiesOfFileAndEngineAreAlike(t *testing.T) {
	parse := func(strategy string) error {
		_, err := config.Parse([]byte(agentsAndOrigins + "queues: [{name: q, strategy: " + strategy + "}]"))
		return err
	}
	for _, name := range queue.Strategies() {
		if err := parse(name); err != nil {
			t.Error(err)
		}
	}
	if err := parse("none"); err == nil || strings.Count(err.Error(), ",")+1 != len(queue.Strategies()) {
		t.Errorf("got %v, want all of %v", err, queue.Strategies())
	}
}

// Routes go by the clock on the wall, and say how their callers wait.
func TestRoutesByHoursRankCallers(t *testing.T) {
	set := servingSettings(t)
	c, terms := set.live.now.Load().c, set.live.now.Load().terms
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC) // a Monday
	route := router(c, terms, nil, func() time.Time { return now })
	to := func(number string) translator.Routing {
		return route(&dialog.Invite{Trunk: "pbx", To: dialog.Party{User: number}})
	}
	r := to("100").Terms
	if r.Queue != "full" || r.Class != 3 || r.HeadStart != 30*time.Second || r.Prefer != "anna" || !slices.Equal(r.Needs, []queue.Need{{Skill: "lang=de", Min: 2}, {Skill: "billing", Min: 1}}) {
		t.Errorf("in the morning: %+v", r)
	}
	now = now.Add(12 * time.Hour)
	if r := to("100").Terms; r.Queue != "plain" || r.Class != 0 || r.Needs != nil {
		t.Errorf("at night: %+v", r)
	}
	if r := to("200"); r.Agent != "ben" || r.Terms.Queue != "plain" || r.Status != 0 {
		t.Errorf("an agent, else a queue: %+v", r)
	}
	if r := to("300"); r.Agent != "ben" || r.Terms.Queue != "" || r.Status != 0 || r.Terms.MediaTimeout == 0 || r.Terms.ResumeFor == 0 {
		t.Errorf("an agent: %+v", r)
	}
}

// The file goes before the token, and where it is silent the token counts.
func TestStaffGoesBeforeTheToken(t *testing.T) {
	set := servingSettings(t)
	who := func(id string) protocol.Identity {
		return protocol.Identity{ID: id, Queues: map[string]int{"plain": 3, "gone": 1}, Skills: map[string]int{"vip": 1}}
	}
	for _, row := range []struct {
		agent  string
		queues []queue.Membership
		skills []queue.Skill
	}{
		{"anna", []queue.Membership{{Queue: "full", Level: 1, Order: 1}, {Queue: "plain", Level: 2, Order: 7}}, []queue.Skill{{Name: "billing", Level: 1}, {Name: "lang=de", Level: 3}}},
		{"ben", nil, []queue.Skill{{Name: "vip", Level: 1}}},
		{"carl", []queue.Membership{{Queue: "plain", Level: 3, Order: afterStaff}}, []queue.Skill{{Name: "billing", Level: 2}}},
		{"dora", []queue.Membership{{Queue: "plain", Level: 3, Order: afterStaff}}, []queue.Skill{{Name: "vip", Level: 1}}},
	} {
		if got := set.memberships(who(row.agent)); !slices.Equal(got, row.queues) {
			t.Errorf("%s serves %+v, want %+v", row.agent, got, row.queues)
		}
		if got := set.skills(who(row.agent)); !slices.Equal(got, row.skills) {
			t.Errorf("%s knows %+v, want %+v", row.agent, got, row.skills)
		}
	}
}

// Whoever the file names is known, logged in or not; a file that names nobody knows everybody.
func TestStaffIsKnown(t *testing.T) {
	set := servingSettings(t)
	if !set.known("ben") || set.known("dora") {
		t.Errorf("ben is known: %v, dora: %v", set.known("ben"), set.known("dora"))
	}
	if set := testSettings(t); !set.known("dora") {
		t.Error("without staff nobody is known")
	}
}

// check tells all of it in words.
func TestCheckTellsHowQueuesServe(t *testing.T) {
	out, err := offhook(t, "check", "-config", servingPath(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"Route 1        called 1*, caller any, trunk any, in the hours office: queue full, class 3, 30s ahead, needs lang=de>=2 and billing, first asks anna\n",
		"Route 2        called 2*, caller any, trunk any: agent ben, else queue plain\n",
		"Queue          full: ring-progressively, one more each 7s, rings 21s, wrap-up 0s, at most 17 callers, 6m0s each, none who would wait longer than 16m0s\n",
		"  levels       up to 1 from the start, up to 3 after 30s\n", "  skills       lang=de 1 less after 10s, all no more after 20s\n",
		"  empty        callers join while somebody is logged in; they wait until nobody has been available for 1m30s\n",
		"  on_full      queue plain, at the place that his wait gives\n", "  on_max_wait  called back, at his place\n", "  on_empty     agent anna\n",
		"  on_estimate  number +4930123456\n", "  on_closed    hears closed, then the end, with 480 if he was not answered\n", "  key 1        called back, at his place\n",
		"Staff          anna: full at level 1; plain at level 2; skills billing 1, lang=de 3\n", "Staff          ben: no queue\n",
		"Staff          carl: queues as the token says; skills billing 2\n",
		"Warning        queue full: exits is for callers who were answered before they came here",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	c, err := config.Load(servingPath(t))
	if err != nil {
		t.Fatal(err)
	}
	for at, want := range map[string]string{
		"2026-11-23T09:00:00Z": "office (Europe/Berlin): open now, until Mon 2026-11-23 18:00",
		"2026-11-27T19:00:00Z": "office (Europe/Berlin): closed now, until Mon 2026-11-30 08:00",
	} {
		now, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		if got := hoursText(c, "office", now); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// A way out to a number that the dial policy refuses is found before a caller is sent there.
func TestSecurityWaysOutFollowTheDialPolicy(t *testing.T) {
	for _, number := range []string{"+33123456789", "+4990012345", "not a number"} {
		text := strings.Replace(servingConfig, `{number: "+4930123456"}`, `{number: "`+number+`"}`, 1)
		_, err := offhook(t, "check", "-config", writeConfig(t, strings.Replace(text, "bye.wav", "bye", 1)))
		if err == nil || !strings.Contains(err.Error(), "queues[0].on_estimate.number: ") {
			t.Errorf("%s: %v", number, err)
		}
	}
}
