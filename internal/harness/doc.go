// Package harness starts real programs for tests, and ends them: offhook as a user starts it, and around it sipp, baresip, kamailio and
// tcpdump. [offhook/internal/e2e] and [offhook/internal/interop] are made of it.
//
// Everything that it starts belongs to a test and is gone when the test ends: a [Server] is an offhook, a [Process] any program, an
// [Agent] a page with a callbar as a program, a [Softphone] a baresip, a [Kamailio] a proxy, a [Wire] what passed between them.
//
// Tests run beside each other: addresses, networks and ports are given out ([Address], [Network], [FreeUDP], [FreeRange]), one owner each on the whole
// machine. They wait for events, with [Patience], and nothing is judged by how long that took. A server is asked at its end what must never have happened.
//
// A program that is not installed skips the test that needs it, but fails it where OFFHOOK_CI is set ([Need]). All of it stays on loopback.
package harness
