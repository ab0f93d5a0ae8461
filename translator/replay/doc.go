// Package replay plays recorded calls through the translator in virtual time and says what came out. So a call that went wrong anywhere becomes a test that is
// played again for ever.
//
// Records come in two forms. A capture ([ReadCapture]: pcap or pcapng) holds what two systems said to each other; [Capture.Calls] finds its calls, and [PlayCall] plays one end
// of one as the trunk, at the recorded times, against the real translator in the place of the other end. What the agent does is derived from what that end did: the
// call is accepted where it sent 200, dialled where it sent INVITE, held where it sent a re-INVITE. The result is compared with the record, message by message.
// An [Expectation] beside the capture says which differences are right, and why.
//
// A transcript ([Parse]) is a text of parts: what the trunk sends, what agents send, what the media does, each at its time, and what must come out of it.
// [Play] runs it and gives a [Result]. Played captures are saved as transcripts ([CallResult.Transcript]), and a [Recorder] in a running server writes live calls as
// transcripts. [Capture.Mask] and [Transcript.Mask] hide who called whom; what was masked plays as before.
//
// [Folder] replays all of a folder as a test, [Ladder] draws what came out.
//
// [World] is the machinery underneath, for tests that make up their own stories: the real queue, call table, dialog and session descriptions, with a virtual clock, transactions
// without sockets and media without packets. Its network is 192.0.2.0/24, the trunk at .10 and offhook at .20; the hosts of a record get addresses of
// it, and every transport is UDP there.
package replay
