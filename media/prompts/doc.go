// Package prompts holds what callers hear while no agent speaks: the ringing tone, the music, spoken phrases in English and German, and sounds
// read from WAV files; and the codecs that turn them into RTP payloads.
//
// A [Clip] is linear sound, 16 bits, one channel. [Ringing] and [Music] are computed, [ReadWAV] and [Load] read files, [Find] gives either by name,
// [Encode] makes payload bytes of a clip. All three codecs here carry 8 000 octets a second, so a packet of 20 ms is always
// [FrameBytes] octets and 160 ticks of the RTP clock (RFC 3551 §4.5.2: G.722 too counts with 8 000 Hz).
//
// A [Voice] puts what is to be said together of phrases: "You are number", "twenty-three", "in the queue". It gives names
// alone, which the engine plays one after another; README.md lists the phrases.
package prompts
