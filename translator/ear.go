package translator

import (
	"slices"
	"strings"
	"time"

	"offhook/media"
	"offhook/queue"
	"offhook/translator/dialog"
)

// What a waiting caller hears: the queue's sound, and over it the welcome, his place and how long it will take, words of comfort. Who rings only hears
// nothing of ours. The messages play one after the other and the sound goes on behind them; the step that connects him with an agent stops them all.

// ear is what a waiting caller is being told.
type ear struct {
	welcomed bool
	message  bool          // a message plays
	next     []media.Sound // what is said behind it
	comfort  time.Time     // when words of comfort are due, zero for never
}

// audible says whether the caller hears what is played to him while he waits.
func (c *Call) audible() bool { return c.far != nil && (c.far.answered || c.far.early) }

// greet: the queue took the caller, who hears so. A queue that is full refuses him before anything was sent.
func (c *Call) greet(Event) {
	if c.greeted || c.far == nil {
		return
	}
	c.greeted = true
	c.pickUp()
}

// pickUp answers a waiting caller as his queue does: with sound, or by ringing. Whoever has no description of the caller's yet cannot play before the answer.
func (c *Call) pickUp() {
	switch {
	case c.answered():
	case c.terms.Answer == AnswerAtOnce, c.terms.Answer == AnswerEarly && c.in.SDP != nil && !c.far.early:
		c.do(doTrunkAnswer{n: c.far.n})
	case !c.far.early:
		c.dialogDo(c.far, dialog.Ring{})
	}
}

// hears begins what a caller hears who can hear it from now on.
func (c *Call) hears() {
	c.ear.message, c.ear.comfort = false, time.Time{}
	if c.terms.ComfortEvery > 0 && len(c.terms.Comfort) > 0 {
		c.ear.comfort = c.now.Add(c.terms.ComfortEvery)
	}
	words := c.ear.next
	if !c.ear.welcomed && len(c.terms.Welcome) > 0 {
		c.ear.welcomed = true
		c.says(c.terms.Welcome)
		return
	}
	c.ear.next = nil
	if len(words) > 0 {
		c.says(words)
		return
	}
	c.do(doPlay{n: c.far.n, sound: c.terms.Sound})
}

// says tells the caller something, behind what he is being told. Only the newest waits: what is older is no longer true.
func (c *Call) says(words []media.Sound) {
	switch {
	case len(words) == 0:
	case c.ear.message:
		c.ear.next = words
	default:
		c.ear.message = true
		c.speak(c.far, words)
	}
}

// speak plays words to a far side. Their end is known by their tag: see spoken.
func (c *Call) speak(f *farLeg, words []media.Sound) { c.do(doPlay{n: f.n, words: f.tagged(words)}) }

// tagged gives the last of some sounds a tag that no sound of this leg had before.
func (f *farLeg) tagged(sounds []media.Sound) []media.Sound {
	f.said++
	sounds = slices.Clone(sounds)
	sounds[len(sounds)-1].Tag = f.said
	return sounds
}

// spoken says whether the leg's newest words, or its notice, have come to their end: word of older ones may come late.
func (f *farLeg) spoken(ev evMedia) bool {
	return ev.n == f.n && ev.k == kPlayed && ev.m.Leg == 0 && ev.m.Tag == f.said
}

// played: what was played has come to its end. Word of it may come after the step that joined him with an agent, who is not to be played over.
func (c *Call) played(ev Event) {
	if c.far == nil || !c.far.spoken(ev.(evMedia)) || !c.ear.message || c.offer.joined {
		return
	}
	c.ear.message = false
	if words := c.ear.next; words != nil {
		c.ear.next = nil
		c.says(words)
		return
	}
	c.do(doPlay{n: c.far.n, sound: c.terms.Sound})
}

// announce: the queue says where the caller stands, and how long it will take.
func (c *Call) announce(ev Event) {
	d := ev.(evAnnounce).d
	if c.far == nil || c.terms.Voice == nil || c.offer.joined {
		return
	}
	words := c.terms.Voice.Place(d.Position)
	if d.Estimate.Known {
		words = append(words[:len(words):len(words)], c.terms.Voice.Wait(d.Estimate.Wait)...)
	}
	if c.audible() {
		c.says(words)
	} else if c.terms.Answer != AnswerRing {
		c.ear.next = words // until he can hear it
	}
}

// comfortDue is when words of comfort are due, zero for never.
func (c *Call) comfortDue() time.Time {
	if c.state < Queued || c.state > Accepting || !c.audible() || c.terms.ComfortEvery <= 0 {
		return time.Time{}
	}
	return c.ear.comfort
}

// comfort says some, if nothing else is being said.
func (c *Call) comfort(Event) {
	c.ear.comfort = c.now.Add(c.terms.ComfortEvery)
	if !c.ear.message {
		c.says(c.terms.Comfort)
	}
}

// pressed: the caller pressed a key while he waits.
func (c *Call) pressed(ev Event) {
	if e := ev.(evMedia); c.inQueue && c.far != nil && e.m.Leg == 0 && e.n == c.far.n {
		c.do(doQueue{queue.KeyPressed{Caller: queue.CallerID(c.id), Key: e.m.Digit}})
	}
}

// phrase is what a way out has to say: a file, or a phrase of the queue's voice.
func (c *Call) phrase(name string) []media.Sound {
	known, ok := strings.CutPrefix(name, "phrase:")
	switch {
	case name == "":
		return nil
	case !ok:
		return []media.Sound{{Name: name}}
	case c.terms.Voice == nil:
		return nil
	}
	return c.terms.Voice.Phrase(known)
}
