package replay

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"offhook/agent/protocol"
	"offhook/queue"
	"offhook/translator"
)

// around is what the center around a call did with it, as far as a record of the call needs it: what the route decided, and where queues sent it.
type around struct {
	routing *translator.Routing
	// joined is the queue that a caller came into after the queues that sent him on at once, "" if the first took him. way is how the last sent him away at once.
	joined string
	way    *way
	// further are the queues that he came into later.
	further []string
}

func (a *around) routed(r *translator.Routing) { a.routing = r }

// add puts together what is known of a call and of its dialogs.
func (a *around) add(b *around) {
	if b.routing != nil && a.routing == nil {
		a.routing = b.routing
	}
	if b.joined != "" {
		a.joined = b.joined
	}
	if b.way != nil {
		a.way = b.way
	}
	a.further = append(a.further, b.further...)
}

// Sent keeps what a queue decided of a call: it is [translator.Hooks.Sent].
func (r *Recorder) Sent(call string, d queue.Decision, joins bool) {
	to, ok := wayOf(d)
	if !ok {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	k := r.calls[call]
	if k == nil {
		return
	}
	_, isBack := d.(queue.CallbackKept)
	switch {
	case joins && !isBack && to.out.Kind == queue.OutQueue:
		k.around.joined = to.out.Queue
	case joins && !isBack:
		k.around.way = &to
	default:
		if to.out.Kind == queue.OutQueue && len(k.around.further) < maxFurther {
			k.around.further = append(k.around.further, to.out.Queue)
		}
		r.keep(k, entry{m: Message{Party: queueParty, In: true, Note: to.String()}, size: frameBytes})
	}
}

// maxFurther bounds the queues that are kept of a call.
const maxFurther = 32

// aroundHeader are the header lines of what was around the call. What queues limit stands in it as what they decided, not as settings.
func (r *Recorder) aroundHeader(f finished, mask *masker) (header [][2]string) {
	a, rec := &f.around, f.first()
	first := rec.Queue
	if a.routing != nil {
		first = a.routing.Terms.Queue
	}
	if a.joined != "" {
		first = a.joined
	}
	switch {
	case a.routing == nil:
		header = append(header, recordHeader(&r.cfg.Dial)...)
	case a.routing.Status != 0:
		header = append(header, [2]string{"refuse", strings.TrimSuffix(fmt.Sprint(a.routing.Status, " ", a.routing.Q850), " 0")})
	default:
		terms := a.routing.Terms
		if t, ok := r.terms(first); ok && a.joined != "" {
			terms = t
		}
		header = append(header, termsHeader(&terms)...)
		header = append(header, a.wayHeader(mask, r.cfg.Plain)...)
	}
	header = append(header, r.settings(trunkOf(rec), first)...)
	var listed []string
	for _, name := range append(a.further, queuesOf(f.entries)...) {
		if name == first || slices.Contains(listed, name) {
			continue
		}
		listed = append(listed, name)
		terms, _ := r.terms(name)
		for _, line := range append(termsHeader(&terms), r.settings("", name)...) {
			if line[0] != "queue" {
				header = append(header, [2]string{name + "/" + line[0], line[1]})
			}
		}
	}
	return header
}

func (r *Recorder) settings(trunk, queue string) [][2]string {
	if r.cfg.Settings == nil {
		return nil
	}
	return r.cfg.Settings(trunk, queue)
}

func (r *Recorder) terms(queue string) (translator.Terms, bool) {
	if r.cfg.Terms == nil {
		return translator.Terms{}.WithDefaults(), false
	}
	return r.cfg.Terms(queue)
}

// wayHeader says where the call went at once, and whom it was for.
func (a *around) wayHeader(mask *masker, plain bool) (header [][2]string) {
	switch r := a.routing; {
	case r.Agent != "" && r.Terms.Queue == "":
		header = append(header, [2]string{"agent", r.Agent + alone})
	case r.Agent != "":
		header = append(header, [2]string{"agent", r.Agent})
	}
	to := a.way
	if to == nil && a.routing.Way != nil {
		w, _ := wayOf(*a.routing.Way)
		to = &w
	}
	switch {
	case to == nil:
	case plain:
		header = append(header, [2]string{"way", to.String()})
	default:
		header = append(header, [2]string{"way", to.mask(mask).String()})
	}
	return header
}

// termsHeader are the header lines of a queue's terms.
func termsHeader(t *translator.Terms) (header [][2]string) {
	header = append(header, [2]string{"answer", string(t.Answer)}, [2]string{"on_agent_lost", t.OnAgentLost})
	if t.OutcomeRequired {
		header = append(header, [2]string{"outcome_required", "true"})
	}
	return append(header, recordHeader(t)...)
}

func recordHeader(t *translator.Terms) (header [][2]string) {
	if t.Record != translator.RecordNever {
		header = append(header, [2]string{"record", string(t.Record)})
		if t.RecordNotice.Name != "" {
			header = append(header, [2]string{"record_notice", "notice"})
		}
	}
	return header
}

// noQueue stands where an agent serves none.
const noQueue = "-"

// queuesOf are the queues that agents were shown the call of, and those that they passed it on to.
func queuesOf(entries []entry) (names []string) {
	for i := range entries {
		if c, ok := entries[i].m.Object.(protocol.Call); ok && c.Queue != "" {
			names = append(names, c.Queue)
		}
		if to, ok := entries[i].m.Frame()["to"].(string); ok && strings.HasPrefix(to, "queue:") {
			names = append(names, strings.TrimPrefix(to, "queue:"))
		}
	}
	return names
}

// served are the header lines of the queues that agents were offered the call of: none, if it was offered to them by name.
func served(messages []Message) (header [][2]string) {
	by := map[string][]string{}
	var agents []string
	for i := range messages {
		m := &messages[i]
		call, _ := m.Frame()["call"].(map[string]any)
		name, _ := call["queue"].(string)
		if m.In || m.Type() != "call" || call["phase"] != "offered" || slices.Contains(by[m.Party], name) {
			continue
		}
		if by[m.Party] == nil {
			agents, by[m.Party] = append(agents, m.Party), []string{}
		}
		if name != "" {
			by[m.Party] = append(by[m.Party], name)
		}
	}
	for _, agent := range agents {
		header = append(header, [2]string{agent + "/queues", cmp.Or(strings.Join(by[agent], " | "), noQueue)})
	}
	return header
}
