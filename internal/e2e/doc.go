// Package e2e holds the end-to-end tests: the real program, started as a user starts it, with real peers around it.
//
// On the trunk's side stand sipp, baresip, and callers of [offhook/internal/load]; on the agents' side Chromium and Firefox with the
// callbar, driven by browser/driver.mjs, and agents of internal/load. The tests listen: a tone that one side sends must be found by
// its frequency on the other, both ways. [TestCallbarInTheOffice] is an agent's whole work at the callbar, everybody around her with a tone of his
// own.
//
// A test whose program is not installed is skipped, but fails where OFFHOOK_CI is set. The figures of [TestMeasure] are made only
// where OFFHOOK_MEASURE is set: make measure.
package e2e
