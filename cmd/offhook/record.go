package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"offhook/agent"
	"offhook/media"
	"offhook/queue"
	"offhook/translator"
	"offhook/translator/dialog"
	"offhook/translator/replay"
	"offhook/translator/sdp"
)

// traceSettings say which live calls are written as transcripts, and where. The zero value records nothing and costs nothing.
type traceSettings struct {
	// dir is where the transcripts go; "" for off.
	dir string
	// match are the rules by which calls are written without being asked for.
	match []replay.TraceRule
	// plain writes what the calls said as it was, unmasked.
	plain bool
	// files is how many may lie in dir, 0 for 1,000.
	files int
}

// tracer records live calls. A nil one stands for recording that is off: it changes nothing.
type tracer struct{ rec *replay.Recorder }

// newTracer starts the recording that the settings ask for; nil if they ask for none.
func newTracer(set *settings) (*tracer, error) {
	t := set.traces
	if t.dir == "" {
		return nil, nil
	}
	if err := makeFolder(t.dir); err != nil {
		return nil, fmt.Errorf("traces: %w", err)
	}
	rec, err := replay.NewRecorder(replay.RecorderConfig{Dir: t.dir, Match: t.match, Plain: t.plain, Files: t.files, Settings: traceTerms(set), Terms: set.queueTerms, Dial: set.dialTerms, Log: set.log})
	if err != nil {
		return nil, err
	}
	return &tracer{rec}, nil
}

// backend puts the recorder between the hub and the exchange.
func (t *tracer) backend(next agent.Backend) agent.Backend {
	if t == nil {
		return next
	}
	return t.rec.Backend(next)
}

// agents puts it between the exchange and the hub.
func (t *tracer) agents(next translator.Agents) translator.Agents {
	if t == nil {
		return next
	}
	return t.rec.Agents(next)
}

// media puts it between the relay and the exchange.
func (t *tracer) media(next media.Engine) media.Engine {
	if t == nil {
		return next
	}
	return t.rec.Media(next)
}

// route lets it see what a route decides.
func (t *tracer) route(next func(*dialog.Invite) translator.Routing) func(*dialog.Invite) translator.Routing {
	if t == nil {
		return next
	}
	return t.rec.Route(next)
}

// tap is what the SIP endpoint tells of its messages; nil where nobody listens.
func (t *tracer) tap() func(dialog.Tapped) {
	if t == nil {
		return nil
	}
	return t.rec.Tap
}

// sent is what the exchange tells of queues' decisions; nil where nobody listens.
func (t *tracer) sent() func(string, queue.Decision, bool) {
	if t == nil {
		return nil
	}
	return t.rec.Sent
}

// finish takes the record of a call that is over, and hands it on.
func (t *tracer) finish(next func(translator.CallRecord)) func(translator.CallRecord) {
	if t == nil {
		return next
	}
	return func(rec translator.CallRecord) {
		t.rec.Finish(rec)
		if next != nil {
			next(rec)
		}
	}
}

func (t *tracer) close() {
	if t != nil {
		t.rec.Close()
	}
}

// ServeHTTP is POST /api/v1/calls/{id}/trace with {"on": true} or {"on": false}: whether the call's transcript is written when it ends.
func (t *tracer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if t == nil {
		http.Error(w, "traces are off: the configuration names no folder for them", http.StatusConflict)
		return
	}
	// A page of another origin cannot send this type without asking first (CORS), and it is not answered.
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/json" {
		http.Error(w, "the body is application/json", http.StatusUnsupportedMediaType)
		return
	}
	ask := struct {
		On *bool `json:"on"`
	}{}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<10)).Decode(&ask); err != nil || ask.On == nil {
		http.Error(w, `the body is {"on": true} or {"on": false}`, http.StatusBadRequest)
		return
	}
	act := t.rec.Stop
	if *ask.On {
		act = t.rec.Start
	}
	switch err := act(r.PathValue("id")); {
	case errors.Is(err, replay.ErrNoCall):
		http.Error(w, "no such call is in progress", http.StatusNotFound)
	case err != nil:
		http.Error(w, err.Error(), http.StatusConflict)
	default:
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, "{\"on\":%t}\n", *ask.On)
	}
}

// traceTerms are the settings of queues and trunks for the headers of transcripts.
func traceTerms(set *settings) func(trunk, queue string) [][2]string {
	return func(trunk, queue string) (header [][2]string) {
		add := func(key, value string) {
			if value != "" {
				header = append(header, [2]string{key, value})
			}
		}
		on := func(key string, is bool) {
			if is {
				add(key, "on")
			}
		}
		for _, q := range set.queues.Queues {
			if q.Name == queue {
				add("queue", q.Name)
				add("ring_for", duration(q.RingFor))
				add("wrap_up", duration(q.WrapUp))
				add("callback_gap", duration(q.CallbackGap))
				if q.CallbackTries > 0 {
					add("callback_tries", strconv.Itoa(q.CallbackTries))
				}
			}
		}
		if trunk == "" {
			return header
		}
		for _, t := range set.sip.Trunks {
			if t.Name == trunk {
				on("accept_refer", t.AcceptRefer)
				on("accept_replaces", t.AcceptReplaces)
				on("reliable", t.Reliable)
				add("realm", t.Credentials.Realm)
				add("redirects", strings.Join(t.Redirects, " "))
			}
		}
		if set.rules != nil {
			r := set.rules(trunk)
			add("hold", string(r.Hold))
			add("digits", string(r.Digits))
			on("refer", r.Refer)
		}
		if set.policyTo != nil {
			p := set.policyTo(dialog.Target{Trunk: trunk})
			add("codecs", strings.Join(p.Codecs, " "))
			add("late_codec", p.LateCodec)
			add("srtp", map[sdp.SRTPMode]string{sdp.SRTPOptional: "optional", sdp.SRTPRequired: "required"}[p.SRTP])
		}
		return header
	}
}

func duration(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return d.String()
}
