package queue

import (
	"encoding/json"
	"fmt"
	"reflect"
	"time"
)

// Entry is one [Engine.Apply] of a recorded stream: what happened, when, and what was decided. A stream begins with SettingsChanged. Its
// entries, one JSON object a line, are a test: an engine without settings that is given the events gives the same decisions, byte for byte.
type Entry struct {
	At        time.Time
	Event     Event
	Decisions []Decision
}

// entry is an Entry's form in JSON.
type entry struct {
	At        time.Time `json:"at"`
	Event     kind      `json:"event"`
	Decisions []kind    `json:"decisions,omitempty"`
}

// kind is an event or a decision under its name.
type kind struct {
	Name  string          `json:"is"`
	Value json.RawMessage `json:"with,omitempty"`
}

// MarshalJSON writes the entry. The time is written without a monotonic reading: whoever records gives times of one clock.
func (en Entry) MarshalJSON() ([]byte, error) {
	event, err := kindOf(en.Event)
	if err != nil {
		return nil, err
	}
	out := entry{At: en.At, Event: event}
	for _, d := range en.Decisions {
		k, err := kindOf(d)
		if err != nil {
			return nil, err
		}
		out.Decisions = append(out.Decisions, k)
	}
	return json.Marshal(out)
}

// UnmarshalJSON reads what MarshalJSON wrote. An event or a decision of an unknown name is an error.
func (en *Entry) UnmarshalJSON(b []byte) error {
	var in entry
	if err := json.Unmarshal(b, &in); err != nil {
		return err
	}
	*en = Entry{At: in.At}
	event, err := in.Event.read(recordedEvents)
	if err != nil {
		return err
	}
	en.Event = event.(Event)
	for _, k := range in.Decisions {
		d, err := k.read(recordedDecisions)
		if err != nil {
			return err
		}
		en.Decisions = append(en.Decisions, d.(Decision))
	}
	return nil
}

func kindOf(v any) (kind, error) {
	if v == nil {
		return kind{}, fmt.Errorf("queue: an entry without an event cannot be recorded")
	}
	value, err := json.Marshal(v)
	return kind{reflect.TypeOf(v).Name(), value}, err
}

func (k kind) read(known map[string]reflect.Type) (any, error) {
	t, ok := known[k.Name]
	if !ok {
		return nil, fmt.Errorf("queue: a recorded stream knows no %q", k.Name)
	}
	v := reflect.New(t)
	if len(k.Value) > 0 {
		if err := json.Unmarshal(k.Value, v.Interface()); err != nil {
			return nil, fmt.Errorf("queue: recorded %s: %w", k.Name, err)
		}
	}
	return v.Elem().Interface(), nil
}

var (
	recordedEvents = named[Event](
		CallerArrived{}, CallerLeft{}, CallerMoved{}, CallerSent{}, KeyPressed{}, CallbackAsked{}, AgentLoggedIn{}, AgentAssigned{}, AgentLoggedOut{}, AgentStateSet{},
		AgentBeat{}, AgentDetached{}, OfferShown{}, OfferAccepted{}, OfferRejected{}, OfferFailed{}, CallConnected{}, CallEnded{}, CallHeld{},
		OutcomeSet{}, WrapUpDone{}, WrapUpExtended{}, AgentSeized{}, AgentFreed{}, DirectAsked{}, QueuePaused{}, SettingsChanged{}, Tick{},
	)
	recordedDecisions = named[Decision](
		Offer{}, Withdraw{}, Won{}, Leave{}, Moved{}, CallbackKept{}, CallbackChanged{}, Announce{}, Direct{}, Position{}, AgentChanged{}, WrapUpStarted{}, WrapUpEnded{},
		QueueChanged{},
	)
)

func named[T any](values ...T) map[string]reflect.Type {
	m := map[string]reflect.Type{}
	for _, v := range values {
		t := reflect.TypeOf(v)
		m[t.Name()] = t
	}
	return m
}

// recordedHours is Hours with the zone by its name.
type recordedHours struct {
	Zone     string
	Week     []Span
	Holidays []Holiday
}

// MarshalJSON writes the hours with the name of their zone.
func (h Hours) MarshalJSON() ([]byte, error) {
	return json.Marshal(recordedHours{h.zone().String(), h.Week, h.Holidays})
}

// UnmarshalJSON reads what MarshalJSON wrote; the zone must be known here.
func (h *Hours) UnmarshalJSON(b []byte) error {
	var in recordedHours
	if err := json.Unmarshal(b, &in); err != nil {
		return err
	}
	zone, err := time.LoadLocation(in.Zone)
	if err != nil {
		return fmt.Errorf("queue: recorded hours: %w", err)
	}
	*h = Hours{zone, in.Week, in.Holidays}
	return nil
}
