// Package replay plays recorded calls through the translator in virtual time and says what came out.
//
// A transcript ([Parse]) is a text of parts: what the trunk sends, what agents send, what the media does, each at its time, and what must come
// out. [Play] runs it against the real translator: the real queue, call table, dialog and session descriptions, with a virtual clock, transactions without
// sockets and media without packets. It compares what came out, message by message, and gives a [Result] whose ladder can be
// printed. So a call that went wrong anywhere becomes a test that is played again for ever.
//
// [World] is the machinery underneath, for tests that make up their own stories.
package replay
