package media

import "errors"

// ErrFull is returned by [Engine.NewSession] when every media port is in use.
var ErrFull = errors.New("media: no free port")

// ErrClosed is returned after Close.
var ErrClosed = errors.New("media: closed")

// ErrNoLeg is returned for a leg that the session does not have.
var ErrNoLeg = errors.New("media: no such leg")
