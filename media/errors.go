package media

import "errors"

// ErrFull is returned by [Engine.NewSession] when every media port is in use, or the process may open no more sockets; the error tells which.
var ErrFull = errors.New("media: no free port")

// ErrClosed is returned after Close.
var ErrClosed = errors.New("media: closed")

// ErrNoLeg is returned for a leg that the session does not have.
var ErrNoLeg = errors.New("media: no such leg")

// ErrCompanion is returned where a step concerns two sessions and the other one is of another engine, or the same.
var ErrCompanion = errors.New("media: not another session of this engine")

// ErrRecording is returned by [Session.Record] while a recording runs.
var ErrRecording = errors.New("media: the call is recorded already")

// ErrNotRecording is returned by [Session.RecordPause] while none runs.
var ErrNotRecording = errors.New("media: the call is not recorded")

// ErrRecordCodec is returned by [Session.Record], or told by [RecordEnded], when the call speaks a codec that cannot be recorded: opus.
var ErrRecordCodec = errors.New("media: this codec cannot be recorded")

// ErrDigits is returned by [Session.SendDigits] for what is no string of keys, and when more than 32 keys and pauses would wait.
var ErrDigits = errors.New("media: no keys, or too many at once")

// ErrNoDigits is returned by [Session.SendDigits] when the far side takes no telephone events: the keys may go by SIP INFO.
var ErrNoDigits = errors.New("media: the far side takes no telephone events")

// ErrSounds is returned by [Session.Play] and [Session.PlayTo] for more than [MaxSounds] sounds.
var ErrSounds = errors.New("media: too many sounds at once")
