package translator

import "offhook/agent/protocol"

// CallRecord is what is known of a call when nothing of it is left: talk, legs and wrap-up are over. Times are as in the agent protocol; durations are
// in milliseconds. It holds names, numbers and notes: whoever keeps it keeps personal data.
type CallRecord struct {
	ID        string             `json:"id"`
	Direction protocol.Direction `json:"direction"`
	From      protocol.Party     `json:"from"`
	To        protocol.Party     `json:"to"`
	Queue     string             `json:"queue,omitempty"`
	Data      map[string]string  `json:"data,omitempty"`
	// Arrived is the INVITE's arrival, or when the agent dialled. Connected is the first conversation; zero for a call that had none.
	Arrived   protocol.Time  `json:"arrived_at"`
	Connected protocol.Time  `json:"connected_at,omitzero"`
	Ended     protocol.Time  `json:"ended_at"`
	WaitMS    int64          `json:"wait_ms"`
	TalkMS    int64          `json:"talk_ms"`
	Cause     protocol.Cause `json:"cause"`
	// Legs are the dialogs with trunks, Agents the parts that agents had, both in the order in which they began.
	Legs      []LegRecord      `json:"legs"`
	Agents    []PartRecord     `json:"agents"`
	Transfers []TransferRecord `json:"transfers,omitempty"`
	// Recordings are its files; a call has another one when its far side became someone else.
	Recordings []RecordingRecord `json:"recordings,omitempty"`
	// Omitted is how many entries of those four lists are left out, the oldest that were over: a list holds about 100.
	Omitted int `json:"omitted,omitempty"`
}

// LegRecord is one dialog with a trunk.
type LegRecord struct {
	Trunk     string             `json:"trunk"`
	Direction protocol.Direction `json:"direction"`
	// CallID is the SIP Call-ID, To the Request-URI of a leg that we placed.
	CallID   string        `json:"call_id,omitempty"`
	To       string        `json:"to,omitempty"`
	Began    protocol.Time `json:"began_at"`
	Answered protocol.Time `json:"answered_at,omitzero"`
	Ended    protocol.Time `json:"ended_at"`
	// Status is the final response to its INVITE, 0 for none; Q850 the cause of its end.
	Status int    `json:"sip,omitempty"`
	Q850   int    `json:"q850,omitempty"`
	Codec  string `json:"codec,omitempty"`
	// Quality is what the relay measured of the far side's media, and what the far side reports of ours.
	Quality *QualityRecord `json:"quality,omitempty"`
}

// PartRecord is one agent's part in a call: an offer that came to nothing, or a conversation.
type PartRecord struct {
	Agent     string         `json:"agent"`
	Began     protocol.Time  `json:"began_at"` // offered, or dialled
	Connected protocol.Time  `json:"connected_at,omitzero"`
	Left      protocol.Time  `json:"left_at"` // when he had nothing more to do with it but wrap-up
	TalkMS    int64          `json:"talk_ms"`
	HoldMS    int64          `json:"hold_ms"`
	Holds     int            `json:"holds"`
	Cause     protocol.Cause `json:"cause"`
	// WrapUpMS is the time of after-call work; Outcome, Notes and Fields are what the agent noted.
	WrapUpMS int64             `json:"wrap_up_ms"`
	Outcome  string            `json:"outcome,omitempty"`
	Notes    string            `json:"notes,omitempty"`
	Fields   map[string]string `json:"fields,omitempty"`
	Quality  *QualityRecord    `json:"quality,omitempty"`
	// Browser is what the agent's browser measured last.
	Browser *BrowserRecord `json:"browser,omitempty"`
}

// BrowserRecord is what an agent's browser measured of a call, the last that it told. MOS is 0 for not known.
type BrowserRecord struct {
	RTTMS    float64 `json:"rtt_ms"`
	JitterMS float64 `json:"jitter_ms"`
	LossPct  float64 `json:"loss_pct"`
	MOS      float64 `json:"mos,omitempty"`
}

// TransferRecord is one transfer, or an attempt at one.
type TransferRecord struct {
	At    protocol.Time `json:"at"`
	Agent string        `json:"agent,omitempty"` // who passed the call on; empty: the far side asked for it
	// Kind is blind, attended, refer (the trunk did it), referred (the far side asked) or replaced.
	Kind    string             `json:"kind"`
	To      protocol.Party     `json:"to"`
	Outcome string             `json:"outcome"` // done, failed or cancelled
	Code    protocol.CauseCode `json:"code,omitempty"`
	SIP     int                `json:"sip,omitempty"`
}

// QualityRecord is the quality of one leg's sound: In is what arrived here, Out what the other end reports of what we sent.
type QualityRecord struct {
	In  StreamRecord `json:"in"`
	Out StreamRecord `json:"out"`
	// RTTMS is the round trip, 0 for not known.
	RTTMS float64 `json:"rtt_ms,omitempty"`
}

// StreamRecord is one direction of a leg's sound. MOS is an estimate from 1 to 4.5, 0 for not known.
type StreamRecord struct {
	Packets  uint64  `json:"packets"`
	Lost     uint64  `json:"lost"`
	LossPct  float64 `json:"loss_pct"`
	JitterMS float64 `json:"jitter_ms"`
	MOS      float64 `json:"mos,omitempty"`
}

// RecordingRecord is the recording of a call.
type RecordingRecord struct {
	File     string `json:"file"`
	PausedMS int64  `json:"paused_ms"`
	// Error says why it ended before the call did.
	Error string `json:"error,omitempty"`
}
