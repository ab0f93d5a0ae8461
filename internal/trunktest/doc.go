// Package trunktest is the far side of the trunk for tests in virtual time, and the network in between.
//
// A [Network] joins two parties. From a seed it delays, loses, doubles and so reorders what they send, as UDP does at its worst. A [Peer] is one
// party: a PBX made of the same machines as offhook's own trunk side (dialog.VirtualTx), whose calls do what a plan says. The other party may be a
// second Peer, or offhook whole.
//
// Everything runs in the goroutine that calls [Network.Run]; the same seed gives the same story, byte for byte.
package trunktest
