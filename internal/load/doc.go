// Package load holds the ends of a call as programs: an [Agent], who speaks the agent protocol over a WebSocket and
// WebRTC as the callbar does; a [Caller], who places SIP calls over UDP with real RTP as a PBX does; and a [Callee], who is
// called that way. The demo's caller and those who answer in it, the benchmarks and the end-to-end tests are made of them.
//
// All tell what happens as [Event] values with the time at which it happened; a [Journal] keeps those for a test or a
// benchmark to wait for and to measure between. Sound is 8 kHz, 16-bit, mono on this side of them, G.711 on the wire. A
// [Source] makes sound, an [Ear] listens for a tone in it. One [Pacer] sends the packets of as many as like to share it: a
// ticker for each of some hundred calls would cost more than the calls.
//
// No end is strict about what it gets. They exist to make a gateway work hard, and to notice when it does not.
package load
