package main

import (
	"strings"
	"time"

	"offhook/agent/protocol"
	"offhook/internal/load"
	"offhook/media/prompts"
)

// The people of the demo: who works there, who calls, and who can be called. All their numbers are of a range that is given to nobody,
// for films and books. The sample page knows the same people by their numbers.

// The numbers that customers call; demo.yaml leads each to its queue.
const (
	demoNumber  = "+493023125000" // Billing DE
	demoSupport = "+493023125001" // Support EN
)

// demoAgents are who may log in, the first at the page's plain address.
var demoAgents = []protocol.Identity{
	{ID: "jonas", Name: "Jonas Weber", Queues: map[string]int{"Billing DE": 1, "Support EN": 1}},
	{ID: "aylin", Name: "Aylin Kaya", Queues: map[string]int{"Billing DE": 1, "Support EN": 1}},
}

// customer is one who calls in. They take turns.
type customer struct {
	name, number, calls string
	// headers tell the agent more; demo.yaml names those that pass.
	headers map[string]string
	// patience is how long it may ring; talks is after what time the customer hangs up, 0 for never.
	patience, talks time.Duration
	// pitch is how high the voice is, 1 as it was recorded.
	pitch float64
}

var demoCustomers = []customer{
	{name: "Mara Lindqvist", number: "+493023125142", calls: demoNumber, headers: customerData("HL-1042", "Invoice 2026-0481"), patience: 5 * time.Minute, pitch: 1},
	{name: "Tom Okafor", number: "+493023125160", calls: demoSupport, headers: customerData("HL-2077", "Tracking shows the wrong port"), patience: time.Minute, talks: 45 * time.Second, pitch: 0.8},
	{name: "Elif Demir", number: "+493023125171", calls: demoNumber, headers: customerData("HL-0318", "Payment plan"), patience: 15 * time.Second, talks: 2 * time.Minute, pitch: 1.12},
	{name: "Piet van Dam", number: "+493023125185", calls: demoSupport, headers: customerData("HL-1190", "Pallets for Rotterdam"), patience: time.Minute, talks: 20 * time.Second, pitch: 0.88},
}

func customerData(id, topic string) map[string]string {
	return map[string]string{"X-Customer": id, "X-Topic": topic}
}

// contact is one whom agents can call.
type contact struct {
	number, name string
	// does says what there is to hear, for the welcome.
	does      string
	reception func() load.Reception
}

// demoContacts are the phone book. Numbers that end in a SIP status behave as it says.
var demoContacts = []contact{
	{"+493023125201", "Nadia Brandt", "answers and repeats what you say; keys come back as their tones", func() load.Reception {
		return load.Reception{After: 2 * time.Second, Party: load.NewEcho(voice(1.05), 400)}
	}},
	{"+493023125202", "Port office", "answers at once and plays music", func() load.Reception {
		return load.Reception{Party: load.Speaker(load.Loop(prompts.Music().At(load.Rate).PCM))}
	}},
	{"+493023125203", "Henrik Sol", "answers, and hangs up after five seconds", func() load.Reception {
		return load.Reception{After: time.Second, Party: load.NewEcho(voice(0.8), 400), TalkFor: 5 * time.Second}
	}},
	{"+493023125486", "Freight desk", "is busy", func() load.Reception { return load.Reception{Refuse: 486} }},
	{"+493023125480", "Night watch", "rings, and nobody answers", func() load.Reception { return load.Reception{After: -1} }},
	{"+493023125603", "Lawyers", "ring, and decline", func() load.Reception { return load.Reception{After: 2 * time.Second, Refuse: 603} }},
}

// receive is how the demo's PBX treats a call to a number.
func receive(a load.Arrival) load.Reception {
	for _, c := range demoContacts {
		if c.number == a.To {
			return c.reception()
		}
	}
	return load.Reception{Refuse: 404}
}

// voice is the greeting, higher or lower.
func voice(pitch float64) []int16 {
	said := prompts.Greeting()
	pcm := make([]int16, int(float64(len(said)-1)/pitch))
	for i := range pcm {
		at := float64(i) * pitch
		n := int(at)
		part := at - float64(n)
		pcm[i] = int16(float64(said[n])*(1-part) + float64(said[n+1])*part)
	}
	return pcm
}

// spaced writes a number of the demo as people read it.
func spaced(number string) string {
	rest, ok := strings.CutPrefix(number, "+493023125")
	if !ok {
		return number
	}
	return "+49 30 23125 " + rest
}
