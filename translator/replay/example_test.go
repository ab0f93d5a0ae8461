package replay_test

import (
	"fmt"
	"os"
	"testing"

	"offhook/translator/replay"
)

// Keep your own PBX's traces in a folder of your repository, and replay all of them whenever offhook or its settings change: each capture (.pcap, .pcapng) and each transcript
// (.txtar) is a subtest. Where offhook rightly does something else than the recorded system, "offhook replay -expect FILE" writes the differences beside the capture, and you
// note the reasons. Before a trace leaves your house, "offhook replay -mask -save FILE.txtar FILE.pcap" makes a transcript that names nobody.
func ExampleFolder() {
	// In a file such as traces_test.go:
	TestOurPBX := func(t *testing.T) { replay.Folder(t, "testdata/traces") }

	_ = TestOurPBX
}

// One end of a captured call is played against the translator: here the callee's, so that an agent dials.
func ExamplePlayCall() {
	c, err := replay.OpenCapture("../../testdata/traces/baresip-in-remotebye.pcap")
	if err != nil {
		fmt.Println(err)
		return
	}
	calls := c.Calls()
	r, err := replay.PlayCall(calls[0], replay.SideCallee, calls)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(r.Call.Title())
	fmt.Println("outcome:", r.Outcome)
	fmt.Println("differences:", len(r.Differences))
	// Output:
	// INVITE from lab (127.0.0.65:5060) to bar (127.0.0.70:5060)
	// outcome: normal by callee
	// differences: 0
}

// A call of your own PBX that once went wrong is kept as a transcript, and go test plays it for ever. Put the file beside your test, in testdata, and play
// it: differences are what offhook sends otherwise today. The same file is drawn by "offhook replay FILE".
func Example() {
	text, err := os.ReadFile("testdata/my-pbx-video.txtar")
	if err != nil {
		fmt.Println(err)
		return
	}
	t, err := replay.Parse("my-pbx-video.txtar", string(text))
	if err != nil {
		fmt.Println(err)
		return
	}
	r, err := replay.Play(t)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, d := range r.Differences {
		fmt.Println(d) // in a test: t.Error(d)
	}
	fmt.Println(r.Title)
	fmt.Println("outcome:", r.Outcome)
	if err := replay.Ladder(os.Stdout, r); err != nil {
		fmt.Println(err)
	}
	// Output:
	// Our PBX offers video too, and hangs up after two seconds
	// outcome: cancelled by caller
	//            trunk                        offhook
	//      0.000   |-- INVITE (SDP) ------------>|
	//              |<-------------- 100 INVITE --|
	//              |<-------------- 180 INVITE --|
	//              :  2s                         :
	//      2.000   |-- CANCEL ------------------>|
	//              |<-------------- 200 CANCEL --|
	//              |<-------------- 487 INVITE --|
	//      2.020   |-- ACK --------------------->|
}
