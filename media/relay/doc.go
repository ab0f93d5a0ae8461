// Package relay is the media engine inside offhook: it carries the sound of a call between one trunk (RTP over UDP, from a range of ports) and the
// browsers of agents (ICE-lite, DTLS-SRTP, all on one UDP port), and plays tones and music to those who wait.
//
// # The way of a packet
//
// A datagram from a browser comes to an agentSocket. Its first octet says what it is (RFC 7983). STUN checks are answered when their
// integrity is right, and only they bind a source address to an agent leg; DTLS and SRTP from any other address are dropped before
// anything is stored. SRTP is decrypted where it lies, given the trunk's payload type and the numbers of the one stream that
// the trunk sees ([media.Session] promises one SSRC), and sent. A datagram of the trunk passes the latch (who may send), gets the numbers of
// the leg's one stream, is encrypted where it lies, and sent. Between two browsers, or two trunks, it goes the same ways. Nothing is allocated on any of them.
//
// A trunk whose descriptions tell keys (SDES), or whose keys are made by DTLS on its RTP port, has its packets opened before anything is believed of them, and its
// own sealed where they lie; until there are keys, nothing passes. Who is held, muted, or gives way to keys that are sent for him leaves no gap in the numbers of a stream, only in its time; and no
// number is ever sent twice.
//
// # Who owns what
//
// One goroutine reads each agent socket, two read a session's RTP and RTCP ports, one runs each DTLS association, one paces all
// players and keys, one keeps the time (RTCP reports, silence), one writes each recording. All state of a session is guarded by its mutex, which is held for
// microseconds and never while a packet is sent or an event is told. A packet between the trunks of two sessions takes one mutex after the other; only
// the steps that join two sessions or move a leg hold both, in the order of the sessions' numbers. A leg that moves takes its state along: who
// comes with a packet of it asks the leg for its session and locks that. The routes (which address belongs to which leg) have a
// lock of their own; the order is session, then routes.
//
// # What is recorded
//
// Whoever carries a packet of a call that is recorded copies it into a bounded room, and a goroutine of the recording decodes it, finds its place in time (track) and
// writes it (canvas, wavFile). A packet for which there is no room is silence; nothing on the way of a packet waits for a disk.
//
// # What is measured, not forwarded
//
// RTCP ends here: each leg gets the relay's own reports about its own streams (RFC 3550 §6.4). Header extensions, contributing
// sources and padding are cut off in both directions.
package relay
