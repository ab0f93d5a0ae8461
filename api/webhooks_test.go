package api

import (
	"bytes"
	"context"
	"crypto/hmac"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

const hookSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

// posted is one attempt as it arrived.
type posted struct {
	at       time.Time
	id       string
	body     hookBody
	finished time.Time
}

// fakeReceiver is an address in memory.
type fakeReceiver struct {
	answer func(p posted) (int, error) // nil: 200 at once

	mu      sync.Mutex
	got     []posted
	running map[string]int // by call
	most    int            // requests at once
	overlap []string       // calls that had two at once
	wrong   []string
}

func (f *fakeReceiver) RoundTrip(r *http.Request) (*http.Response, error) {
	text, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	p := posted{at: time.Now(), id: r.Header.Get("Webhook-Id")}
	if err := json.Unmarshal(text, &p.body); err != nil {
		return nil, err
	}
	key, _ := hookKey([]byte(hookSecret))
	f.mu.Lock()
	if want := sign(key, p.id, r.Header.Get("Webhook-Timestamp"), text); !hmac.Equal([]byte(want), []byte(r.Header.Get("Webhook-Signature"))) {
		f.wrong = append(f.wrong, "the signature of "+p.id)
	}
	if p.id != p.body.ID || r.Header.Get("Webhook-Timestamp") != fmt.Sprint(p.at.Unix()) || r.Header.Get("Content-Type") != "application/json" || r.Method != http.MethodPost {
		f.wrong = append(f.wrong, fmt.Sprint(r.Method, r.Header))
	}
	if f.running == nil {
		f.running = map[string]int{}
	}
	f.running[p.body.Call]++
	if f.running[p.body.Call] > 1 {
		f.overlap = append(f.overlap, p.body.Call)
	}
	now := 0
	for _, n := range f.running {
		now += n
	}
	f.most = max(f.most, now)
	f.mu.Unlock()

	status := http.StatusOK
	if f.answer != nil {
		status, err = f.answer(p)
	}
	if r.Context().Err() != nil {
		status, err = 0, r.Context().Err()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.running[p.body.Call]--
	p.finished = time.Now()
	f.got = append(f.got, p)
	if err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("thanks"))}, nil
}

// hooks are webhooks to addresses in memory, and what is counted of each.
type hooks struct {
	*Webhooks
	log bytes.Buffer

	mu      sync.Mutex
	counted map[string]int
}

func newHooks(t *testing.T, list ...Webhook) *hooks {
	t.Helper()
	h := &hooks{counted: map[string]int{}}
	for i := range list {
		list[i].Secret = []byte(hookSecret)
		list[i].URL = "https://crm.example/hook?key=canary"
		if list[i].Name == "" {
			list[i].Name = fmt.Sprint("hook", i)
		}
	}
	w, err := NewWebhooks(list, slog.New(slog.NewTextHandler(&h.log, nil)), func(name string, what HookOutcome) {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.counted[name+" "+string(what)]++
	})
	if err != nil {
		t.Fatal(err)
	}
	h.Webhooks = w
	return h
}

func (h *hooks) count(what string) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.counted[what]
}

// end stops them at once.
func (h *hooks) end() {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	h.Close(ctx)
}

// Whatever fails and however long it takes, an address takes the events of one call in their order, never two at once; calls go side by side, as many as may; of each event
// one attempt is taken.
func TestWebhooksKeepTheOrderOfACall(t *testing.T) {
	const calls, events = 40, 25
	synctest.Test(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(1, 2))
		var mu sync.Mutex
		taken := map[string][]string{}
		r := &fakeReceiver{answer: func(p posted) (int, error) {
			mu.Lock()
			wait, luck := time.Duration(rng.IntN(300))*time.Millisecond, rng.IntN(10)
			mu.Unlock()
			time.Sleep(wait)
			switch luck {
			case 0:
				return 503, nil
			case 1:
				return 0, errors.New("connection reset")
			}
			mu.Lock()
			defer mu.Unlock()
			taken[p.body.Call] = append(taken[p.body.Call], fmt.Sprint(p.body.Data))
			return 204, nil
		}}
		h := newHooks(t, Webhook{Transport: r, AtOnce: 5})
		for n := range events {
			for c := range calls {
				h.Happened(Event{Type: CallHeld, At: time.Now(), Call: fmt.Sprint("call", c), Agent: "jonas", Body: n})
			}
		}
		for h.Waiting(0) > 0 {
			time.Sleep(time.Second)
		}
		h.end()
		var want []string
		for n := range events {
			want = append(want, fmt.Sprint(n))
		}
		for c := range calls {
			if got := taken[fmt.Sprint("call", c)]; !slices.Equal(got, want) {
				t.Errorf("call %d: %v", c, got)
			}
		}
		if len(r.overlap) > 0 || r.most != 5 || len(r.wrong) > 0 {
			t.Errorf("two at once of %v, %d at once, wrong: %v", r.overlap, r.most, r.wrong)
		}
		if h.count("hook0 delivered") != calls*events || h.count("hook0 retried") == 0 || h.count("hook0 expired") != 0 {
			t.Errorf("counted %v", h.counted)
		}
	})
}

// An attempt that failed is made again under the same ID, after pauses that grow, as often as it takes; another call's event does not wait for it.
func TestWebhooksAreTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		statuses := []int{500, 429, 503, 408, 302, 200}
		n := 0
		r := &fakeReceiver{answer: func(p posted) (int, error) {
			if p.body.Call != "A" || p.body.Type != CallArrived {
				return 200, nil
			}
			n++
			if statuses[n-1] == 302 {
				return 0, errors.New("no route to host")
			}
			return statuses[n-1], nil
		}}
		h := newHooks(t, Webhook{Transport: r})
		h.Happened(Event{Type: CallArrived, Call: "A"})
		h.Happened(Event{Type: CallEnded, Call: "A"})
		h.Happened(Event{Type: CallArrived, Call: "B"})
		time.Sleep(5 * time.Minute)
		h.end()
		var at []time.Time
		for _, p := range r.got {
			if p.body.Call == "A" && p.body.Type == CallArrived {
				at = append(at, p.at)
				if p.id != r.got[0].id && p.id != r.got[1].id {
					t.Errorf("another ID: %s", p.id)
				}
			}
			if p.body.Call == "B" && p.at != r.got[0].at {
				t.Errorf("B waited until %v", p.at)
			}
		}
		if len(at) != len(statuses) {
			t.Fatalf("%d attempts: %v", len(at), at)
		}
		for i := 1; i < len(at); i++ {
			most := time.Second << (i - 1)
			if d := at[i].Sub(at[i-1]); d < most/2 || d > most {
				t.Errorf("attempt %d came after %v, want %v to %v", i+1, d, most/2, most)
			}
		}
		if last := r.got[len(r.got)-1]; last.body.Type != CallEnded || len(r.wrong) > 0 {
			t.Errorf("last came %+v; wrong: %v", last, r.wrong)
		}
	})
}

// One row an answer: whether the event is taken, tried again, or dropped at once.
func TestWebhookAnswers(t *testing.T) {
	for _, row := range []struct {
		answer answer
		want   HookOutcome
	}{
		{answer{status: 200}, HookDelivered}, {answer{status: 204}, HookDelivered}, {answer{status: 299}, HookDelivered},
		{answer{status: 301}, HookRefused}, {answer{status: 307}, HookRefused}, {answer{status: 400}, HookRefused}, {answer{status: 401}, HookRefused},
		{answer{status: 404}, HookRefused}, {answer{status: 410}, HookRefused}, {answer{status: 413}, HookRefused},
		{answer{status: 408}, HookRetried}, {answer{status: 409}, HookRetried}, {answer{status: 425}, HookRetried}, {answer{status: 429}, HookRetried},
		{answer{status: 500}, HookRetried}, {answer{status: 503}, HookRetried}, {answer{err: errors.New("reset")}, HookRetried},
	} {
		if got := row.answer.verdict(); got != row.want {
			t.Errorf("%v: %s, want %s", row.answer, got, row.want)
		}
	}
	for header, want := range map[string]time.Duration{"": 0, "7": 7 * time.Second, " 30 ": 30 * time.Second, "86400": retryAtMost, "99999999999999999999": 0, "-1": 0, "Wed, 21 Oct 2026 07:28:00 GMT": 0} {
		if got := retryAfter(header); got != want {
			t.Errorf("Retry-After %q: %v, want %v", header, got, want)
		}
	}
}

// A dead address costs nobody anything: telling takes no time, the other address has its events at once, and what is given up is counted; the log has a line a minute,
// without the address.
func TestFaultWebhookIsDead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dead := &fakeReceiver{answer: func(posted) (int, error) {
			time.Sleep(time.Hour)
			return 0, nil
		}}
		lives := &fakeReceiver{}
		h := newHooks(t, Webhook{Name: "dead", Transport: timingOut{dead}, GiveUp: 2 * time.Minute, AtOnce: 2}, Webhook{Name: "lives", Transport: lives})
		began := time.Now()
		for i := range 20 {
			h.Happened(Event{Type: AgentState, Agent: fmt.Sprint("agent", i%4)})
		}
		if d := time.Since(began); d != 0 {
			t.Errorf("telling took %v", d)
		}
		synctest.Wait()
		if len(lives.got) != 20 {
			t.Errorf("the other has %d", len(lives.got))
		}
		time.Sleep(30 * time.Minute)
		if h.Waiting(0) != 0 || h.count("dead expired") != 20 || h.count("dead delivered") != 0 {
			t.Errorf("%d wait, counted %v", h.Waiting(0), h.counted)
		}
		h.end()
		if lines := strings.Count(h.log.String(), "\n"); lines == 0 || lines > 30 || strings.Contains(h.log.String(), "canary") || !strings.Contains(h.log.String(), "webhook=dead") {
			t.Errorf("%d lines:\n%s", lines, &h.log)
		}
	})
}

// timingOut answers when the request's time is over, as a transport does.
type timingOut struct{ http.RoundTripper }

func (timingOut) RoundTrip(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

// What waits for an address is bounded, in events and in bytes; what is too much is dropped and counted.
func TestSecurityWebhooksAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		small := func() *hooks {
			h := newHooks(t, Webhook{Transport: timingOut{}, Timeout: time.Hour})
			if h.targets[0].room != (room{maxWaiting, maxWaitingBytes, maxEventBytes}) {
				t.Fatalf("there is room for %+v", h.targets[0].room)
			}
			h.targets[0].room = room{300, 40_000, 3_000}
			return h
		}
		h := small()
		for i := range 350 {
			h.Happened(Event{Type: CallArrived, Call: fmt.Sprint(i)})
		}
		if h.Waiting(0) != 300 || h.count("hook0 overflow") != 50 {
			t.Errorf("%d wait, counted %v", h.Waiting(0), h.counted)
		}
		h.end()
		if h.count("hook0 stopped") != 300 || h.Waiting(0) != 0 {
			t.Errorf("afterwards %d wait, counted %v", h.Waiting(0), h.counted)
		}
		h.Happened(Event{Type: CallArrived, Call: "late"})
		if h.Waiting(0) != 0 || h.count("hook0 stopped") != 301 {
			t.Errorf("after the end %d wait, counted %v", h.Waiting(0), h.counted)
		}

		h = small()
		large := strings.Repeat("x", 2_000)
		for range 40 {
			h.Happened(Event{Type: CallEnded, Call: "A", Body: large})
		}
		h.Happened(Event{Type: CallEnded, Call: "B", Body: large + large})
		if n := h.Waiting(0); n > 20 || n < 15 || h.count("hook0 overflow") != 41-n {
			t.Errorf("%d wait, counted %v", n, h.counted)
		}
		h.end()
	})
}

// The end of the server makes one more attempt for what waits, and does not wait for longer than it may.
func TestWebhooksEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var works atomic.Bool
		r := &fakeReceiver{answer: func(posted) (int, error) {
			if !works.Load() {
				return 500, nil
			}
			return 200, nil
		}}
		h := newHooks(t, Webhook{Transport: r})
		for i := range 30 {
			h.Happened(Event{Type: CallEnded, Call: fmt.Sprint(i % 10)})
		}
		time.Sleep(20 * time.Second)
		works.Store(true)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		h.Close(ctx)
		if h.count("hook0 delivered") != 30 || ctx.Err() != nil {
			t.Errorf("counted %v, %v", h.counted, ctx.Err())
		}

		h = newHooks(t, Webhook{Transport: timingOut{}, Timeout: time.Hour})
		h.Happened(Event{Type: CallEnded, Call: "A"})
		began := time.Now()
		ctx, cancel = context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		h.Close(ctx)
		if d := time.Since(began); d != 3*time.Second || h.count("hook0 stopped") != 1 {
			t.Errorf("the end took %v, counted %v", d, h.counted)
		}
	})
}

// An address is told of the events that it asks for, and no event is one that nobody can ask for.
func TestWebhookEventsAreChosen(t *testing.T) {
	for _, row := range []struct {
		events []string
		want   func(EventType) bool
	}{
		{nil, func(EventType) bool { return true }},
		{[]string{"call.*"}, func(e EventType) bool { return strings.HasPrefix(string(e), "call.") }},
		{[]string{"agent.state", "call.ended"}, func(e EventType) bool { return e == AgentState || e == CallEnded }},
	} {
		synctest.Test(t, func(t *testing.T) {
			r := &fakeReceiver{}
			h := newHooks(t, Webhook{Transport: r, Events: row.events})
			var want, got []EventType
			for _, e := range EventTypes {
				h.Happened(Event{Type: e.Type, Call: "A"})
				if row.want(e.Type) {
					want = append(want, e.Type)
				}
			}
			synctest.Wait()
			h.end()
			for _, p := range r.got {
				got = append(got, p.body.Type)
			}
			if !slices.Equal(got, want) {
				t.Errorf("%v: got %v, want %v", row.events, got, want)
			}
		})
	}
}

// An event whose body cannot be JSON is told to the log, not to anybody.
func TestFaultWebhookBody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &fakeReceiver{}
		h := newHooks(t, Webhook{Transport: r})
		h.Happened(Event{Type: CallEnded, Call: "A", Body: func() {}})
		synctest.Wait()
		h.end()
		if len(r.got) != 0 || !strings.Contains(h.log.String(), "cannot be told") {
			t.Errorf("got %v\n%s", r.got, &h.log)
		}
	})
}

// A transport that panics costs attempts and nothing else.
func TestFaultWebhookPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHooks(t, Webhook{Transport: &panicking{next: &fakeReceiver{}}})
		h.Happened(Event{Type: CallEnded, Call: "A"})
		time.Sleep(time.Minute)
		h.end()
		if h.count("hook0 delivered") != 1 || h.count("hook0 retried") != 1 {
			t.Errorf("counted %v", h.counted)
		}
	})
}

type panicking struct {
	next  http.RoundTripper
	times int
}

func (p *panicking) RoundTrip(r *http.Request) (*http.Response, error) {
	if p.times++; p.times == 1 {
		panic("broken")
	}
	return p.next.RoundTrip(r)
}
