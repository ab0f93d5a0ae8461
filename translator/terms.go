package translator

import (
	"time"

	"offhook/media"
	"offhook/queue"
)

// AnswerMode says when a waiting caller gets the final response.
type AnswerMode string

// The modes (queue.md What the caller hears).
const (
	AnswerRing   AnswerMode = "ring"    // 180 until an agent answers
	AnswerEarly  AnswerMode = "early"   // 183 with sound, which nobody pays for yet
	AnswerAtOnce AnswerMode = "at_once" // 200 at once, sound while waiting
)

// Voice says things to callers, in one language: each as the sounds to be played one after the other. It must be pure and quick.
type Voice interface {
	// Place says where the caller stands; 1 is next.
	Place(position int) []media.Sound
	// Wait says how long it will take, about.
	Wait(d time.Duration) []media.Sound
	// Phrase says something fixed: one of the Phrase constants, or what a way out names. Nothing if it has no such phrase.
	Phrase(name string) []media.Sound
}

// PhraseCallback is the phrase by which a caller is let go who will be called back.
const PhraseCallback = "callback"

// Terms are the rules that one call lives by, fixed when it arrives.
type Terms struct {
	// Queue is the queue it waits in, Label how agents read it.
	Queue, Label string
	// Class and HeadStart rank the caller, Needs are the skills that he needs, Prefer is the agent who is asked first (queue.md).
	Class     int
	HeadStart time.Duration
	Needs     []queue.Need
	Prefer    queue.AgentID
	Answer    AnswerMode
	// Sound is what a caller hears who was answered and waits.
	Sound media.Sound
	// Welcome is what he hears first. Comfort is said to him each ComfortEvery, if that is not 0.
	Welcome, Comfort []media.Sound
	ComfortEvery     time.Duration
	// Voice says his place and how long it will take; nil says nothing.
	Voice Voice
	// MediaTimeout is how long the accepting agent's media may take (5 s).
	MediaTimeout time.Duration
	// ResumeFor is how long an agent may be without socket and media (30 s).
	ResumeFor time.Duration
	// RingFor is how long a call that is passed on, or comes for one agent, rings at him (20 s); ConfirmWithin how soon his page must show it (3 s).
	RingFor, ConfirmWithin time.Duration
	// OnAgentLost is "requeue" or "end".
	OnAgentLost string
	// RingLimit is how long an INVITE may stay without final answer (330 s).
	RingLimit time.Duration
	// OutcomeRequired: wrap-up wants an outcome. Outcomes are the names known, empty for any.
	OutcomeRequired bool
	Outcomes        []string
	// Record says when the conversation is recorded.
	Record RecordMode
	// RecordNotice is played to the far side before its recording begins; the conversation waits for it. Where it cannot be played the call
	// goes on, and is not recorded. SoundNone: nothing is said. Loop is not obeyed.
	RecordNotice media.Sound
	// RetryAfter is put on refusals; drawn at random for each call, so that refused callers do not come back together.
	RetryAfter time.Duration
}

// WithDefaults fills the terms that are not set with the product's defaults.
func (t Terms) WithDefaults() Terms {
	if t.Answer == "" {
		t.Answer = AnswerRing
	}
	if t.Sound == media.SoundNone {
		t.Sound = media.SoundMusic
	}
	if t.MediaTimeout == 0 {
		t.MediaTimeout = 5 * time.Second
	}
	if t.ResumeFor == 0 {
		t.ResumeFor = 30 * time.Second
	}
	if t.RingFor == 0 {
		t.RingFor = 20 * time.Second
	}
	if t.ConfirmWithin == 0 {
		t.ConfirmWithin = 3 * time.Second
	}
	if t.OnAgentLost == "" {
		t.OnAgentLost = "requeue"
	}
	if t.RingLimit == 0 {
		t.RingLimit = 330 * time.Second
	}
	return t
}
