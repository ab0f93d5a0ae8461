package replay

import (
	"path/filepath"
	"testing"
)

// Cases of translation.md §4 as whole calls: each is a transcript of testdata/replay, played through queue, call, dialog and descriptions, which says all
// that is sent to trunk and agent. More of them are in translator, beside the features that they are about.

func cases(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			for _, d := range playFile(t, filepath.Join("../../testdata/replay", name+".txtar")).Differences {
				t.Error(d)
			}
		})
	}
}

func TestI12NotSpoken(t *testing.T)          { cases(t, "i12-what-we-do-not-speak") }
func TestI13Merged(t *testing.T)             { cases(t, "i13-the-same-call-by-another-way") }
func TestI16ReliableRinging(t *testing.T)    { cases(t, "i16-reliable-ringing") }
func TestI17NoPRACK(t *testing.T)            { cases(t, "i17-no-prack") }
func TestI18IntervalTooSmall(t *testing.T)   { cases(t, "i18-session-interval-too-small") }
func TestI19Multipart(t *testing.T)          { cases(t, "i19-sdp-and-isup") }
func TestI20Hops(t *testing.T)               { cases(t, "i20-hops") }
func TestO08SameNonceTwice(t *testing.T)     { cases(t, "o08-the-same-challenge-twice") }
func TestO09StaleNonce(t *testing.T)         { cases(t, "o09-a-stale-nonce") }
func TestO10TwoAlgorithms(t *testing.T)      { cases(t, "o10-two-algorithms") }
func TestO11ByeChallenged(t *testing.T)      { cases(t, "o11-bye-challenged-by-a-stranger") }
func TestO12LongerInterval(t *testing.T)     { cases(t, "o12-a-longer-interval-is-wanted") }
func TestO15WithoutExtension(t *testing.T)   { cases(t, "o15-an-extension-that-is-not-spoken") }
func TestD03CSeq(t *testing.T)               { cases(t, "d03-cseq") }
func TestD06WeRefresh(t *testing.T)          { cases(t, "d06-we-refresh", "d06-we-refresh-by-re-invite") }
func TestD07TheyDoNotRefresh(t *testing.T)   { cases(t, "d07-the-caller-does-not-refresh") }
func TestD08D09D10InACall(t *testing.T)      { cases(t, "d08-d09-d10-in-a-call") }
func TestW01WhatABrowserOffers(t *testing.T) { cases(t, "w01-what-a-browser-offers") }
func TestS01S03S05Sections(t *testing.T)     { cases(t, "s01-s03-s05-sections-and-numbers") }
func TestS04S11TheCodecIsKept(t *testing.T)  { cases(t, "s04-s11-a-codec-is-kept") }
func TestS08S09Refused(t *testing.T)         { cases(t, "s08-s09-offers-that-are-refused") }
func TestS12S13Keys(t *testing.T)            { cases(t, "s12-s13-keys-in-the-offer") }
func TestS14S15KeysBesidePlain(t *testing.T) { cases(t, "s14-s15-keys-beside-plain-audio") }
