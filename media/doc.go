// Package media carries the sound of calls.
//
// [Engine] and [Session] are the interface that a call uses; package relay is the embedded engine. A session is fed with
// session descriptions and answers with session descriptions; everything that happens on the wire comes back as an
// [Event]. No method waits for the network.
package media
