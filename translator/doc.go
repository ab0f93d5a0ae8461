// Package translator joins the two worlds: a call from a SIP trunk and an agent in a browser.
//
// A customer's INVITE becomes a [Call]. The [Exchange] routes it to a queue; the queue decides who is asked; the call offers itself to
// that agent, takes the answer, sends the final response to the trunk, joins the media, and ends. Each call is one
// owner with one inbox: SIP messages, agents' requests, the queue's decisions, media events and the clock all come in as
// events, one at a time. No lock guards a call.
//
// The call's rules are a pure step, [Call.Step]: a state and an event give a state and actions. The rules stand in one table ([Rows]) that
// docs/states.md is printed from. Nothing inside a step looks at a clock, draws a random number or touches a socket; what an action brings back
// (a description, an error) is an event again. So the same code runs live ([NewLive]), in a property test, and in replay ([NewStepped]),
// where a recorded call is played again in virtual time.
//
// Words: the trunk leg is the SIP dialog and its RTP; an agent leg is one agent's browser media; an offer is one attempt
// to give this caller to one agent; the view is the call object as its agent sees it.
package translator
