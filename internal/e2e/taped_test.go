package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"offhook/agent/protocol"
	"offhook/internal/harness"
	"offhook/internal/load"
)

// A taped stage keeps the sound of every call in a folder.
type taped struct {
	*stage
	folder string
}

func newTaped(t *testing.T) *taped {
	t.Helper()
	r := &taped{folder: t.TempDir()}
	r.stage = newStageWith(t, load.Policy{}, r.settings)
	return r
}

// settings record every call of the queue.
func (r *taped) settings(yaml string) string {
	yaml = strings.Replace(yaml, "  - name: support\n", "  - name: support\n    record: always\n", 1)
	return yaml + fmt.Sprintf("recordings: {folder: %s}\n", r.folder)
}

// talk connects caller and agent and waits until it is recorded.
func (r *taped) talk() (call *load.Outgoing, id string) {
	r.t.Helper()
	call = r.place(load.Plan{})
	e := r.wait("it is recorded", recordingIs("on"))
	return call, e.Call
}

// recordingIs matches a call object with this state of recording.
func recordingIs(state string) func(load.Event) bool {
	return func(e load.Event) bool { return e.Kind == load.CallChanged && e.Object.Recording == state }
}

// sound is what the one recording below a folder holds, the caller left, the agent right.
func sound(t *testing.T, folder string) (left, right []int16) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*", "*.wav"))
	if err != nil || len(files) != 1 {
		t.Fatalf("recordings: %v, %v", files, err)
	}
	return harness.ReadStereo(t, files[0])
}

// sides fails the test unless both sides say their tones, each on its own channel only.
func sides(t *testing.T, left, right []int16) {
	t.Helper()
	for _, side := range []struct {
		who        string
		pcm        []int16
		own, other float64
	}{{"the caller, left,", left, harness.CallerTone, harness.AgentTone}, {"the agent, right,", right, harness.AgentTone, harness.CallerTone}} {
		if own, others := harness.LoudestShare(side.pcm, side.own), harness.LoudestShare(side.pcm, side.other); own < 0.9 || others > 0.1 {
			t.Errorf("%s: %.2f of the best 100 ms is the own tone, %.2f the other's", side.who, own, others)
		}
	}
}

// A pause ends by itself after the time that was asked for. Of what was said meanwhile nothing is in the file.
func TestRecordingPauseEndsByItself(t *testing.T) {
	t.Parallel()
	thrice(t, "the recording", func() string { return pausedByItself(t) })
}

func pausedByItself(t *testing.T) (bad string) {
	r := newTaped(t)
	call, id := r.talk()
	ctx := harness.Patiently(t)
	r.bothHear(ctx)
	harness.Listens(ctx, t, &r.ear)
	n := r.agent.Journal.Len()
	r.ask(ctx, "record", id, load.Fields{"on": true, "pause_s": 1})
	paused := r.waitFrom(n, "the recording pauses", recordingIs("paused"))
	n = r.agent.Journal.Len()
	on := r.waitFrom(n, "it goes on", recordingIs("on"))
	if took := on.At.Sub(paused.At); took < 900*time.Millisecond || took > 10*time.Second {
		t.Errorf("the pause took %v, want 1 s", took)
	}
	r.bothHear(ctx)
	harness.Listens(ctx, t, &r.ear)
	call.Hangup()
	r.result(call)
	r.afterCall(protocol.CauseNormal, protocol.ByCaller)
	left, right := sound(t, r.folder)
	return havePause(left, right)
}

// A server that is killed in mid-call leaves a file that can be played, and that lacks no more than a second.
func TestFaultRecordingOfAKilledServer(t *testing.T) {
	t.Parallel()
	const lost = time.Second
	r := newTaped(t)
	r.talk()
	ctx := harness.Patiently(t)
	for range 3 {
		harness.Listens(ctx, t, &r.agent.Ear)
	}
	heard := time.Duration(r.agent.Ear.Windows()) * 100 * time.Millisecond
	r.server.Kill()
	left, right := sound(t, r.folder)
	if got := time.Duration(len(left)) * time.Second / load.Rate; got < heard-lost {
		t.Errorf("%v are in the file, the agent had heard %v", got, heard)
	}
	sides(t, left, right)
}

// On a full disk the recording ends, and the call does not. What fitted can be played.
func TestFaultRecordingOnAFullDisk(t *testing.T) {
	t.Parallel()
	r := &taped{folder: t.TempDir()}
	launch := inSmallFolder(t, r.folder, "96k") // three seconds
	r.stage = newStageFrom(t, load.Policy{}, r.settings, launch)
	call, _ := r.talk()
	ctx := harness.Patiently(t)
	n := r.agent.Journal.Len()
	r.bothHear(ctx)
	r.waitFrom(n, "the recording has ended", recordingIs("off"))
	r.bothHear(ctx)
	left, right := sound(t, fmt.Sprintf("/proc/%d/root%s", r.server.PID(), r.folder))
	if got := time.Duration(len(left)) * time.Second / load.Rate; got < 2*time.Second {
		t.Errorf("%v are in the file, and three would fit", got)
	}
	sides(t, left, right)
	call.Hangup()
	r.result(call)
	r.afterCall(protocol.CauseNormal, protocol.ByCaller)
}

// inSmallFolder lets a program see a file system of this size in a folder: in a mount namespace, which needs no rights outside.
func inSmallFolder(t *testing.T, folder, size string) func(*harness.Launch) {
	t.Helper()
	unshare := harness.Need(t, "unshare", "mount")[0]
	flags := []string{"--mount"}
	if os.Geteuid() != 0 {
		flags = append(flags, "--map-root-user")
	}
	mount := fmt.Sprintf(`mount -t tmpfs -o size=%s,mode=700 tmpfs "$0" && exec "$@"`, size)
	flags = append(flags, "sh", "-c", mount, folder)
	if out, err := exec.Command(unshare, append(flags, "true")...).CombinedOutput(); err != nil {
		harness.Missing(t, "no mount namespaces here: "+strings.TrimSpace(string(out)))
	}
	return func(l *harness.Launch) {
		l.Program, l.Args = unshare, append(append(flags, l.Program), l.Args...)
	}
}
