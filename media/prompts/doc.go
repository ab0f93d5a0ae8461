// Package prompts holds what callers hear while nobody speaks: the ringing tone, the music, and sounds read from WAV files, and the
// codecs that turn them into RTP payloads.
//
// A [Clip] is linear sound, 16 bits, one channel. [Ringing] and [Music] are computed, [ReadWAV] and [Load] read files,
// [Encode] makes payload bytes of a clip. All three codecs here carry 8 000 octets a second, so a packet of 20 ms is always
// [FrameBytes] octets and 160 ticks of the RTP clock (RFC 3551 §4.5.2: G.722 too counts with 8 000 Hz).
package prompts
