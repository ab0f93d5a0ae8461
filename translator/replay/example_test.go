package replay_test

import (
	"fmt"
	"os"

	"offhook/translator/replay"
)

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
