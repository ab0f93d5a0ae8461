// Package listen is a test kit: it says which spoken phrases are in what a party of a call received, in which order and where. A [Take] puts a stream
// of RTP together to sound; [Phrases.Words] finds the phrases in it.
//
// A phrase is found by normalised cross-correlation: the share of the received sound that is the phrase, whatever a codec, a few lost packets and
// a shift in time did to it. The search runs at 2 kHz on the first second of each phrase, by Fourier transform; what it finds is held
// against the whole phrase at 8 kHz. A phrase that was cut off, or has something as loud under it, is not found.
package listen
