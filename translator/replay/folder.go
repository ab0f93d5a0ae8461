package replay

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Runner is what a test can do, for [Folder]. *testing.T is one.
type Runner[T any] interface {
	Helper()
	Run(name string, f func(t T)) bool
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
	Log(args ...any)
}

// Folder replays every recorded call of a folder, each file as a subtest: transcripts (*.txtar) by what they say themselves, captures (*.pcap, *.pcapng) by the
// [Expectation] beside them; without one nothing may differ from the record. Where something is wrong, the test fails with the ladder of what came out.
// "offhook replay -expect FILE" writes an expectation to begin with.
func Folder[T Runner[T]](t T, folder string) {
	t.Helper()
	files, err := os.ReadDir(folder)
	if err != nil {
		t.Fatalf("%v", err)
	}
	n := 0
	for _, f := range files {
		kind := filepath.Ext(f.Name())
		check := map[string]func(string) ([]*Result, []string){".txtar": checkTranscript, ".pcap": checkCapture, ".pcapng": checkCapture}[kind]
		if check == nil {
			continue
		}
		n++
		t.Run(strings.TrimSuffix(f.Name(), kind), func(t T) {
			results, wrong := check(filepath.Join(folder, f.Name()))
			for _, w := range wrong {
				t.Errorf("%s", w)
			}
			if len(wrong) > 0 {
				t.Log(ladders(results))
			}
		})
	}
	if n == 0 {
		t.Errorf("%s holds no recorded call", folder)
	}
}

func ladders(results []*Result) string {
	var b bytes.Buffer
	for _, r := range results {
		b.WriteString("\n" + r.Title + "\n\n")
		_ = Ladder(&b, r) // a buffer takes everything
	}
	return b.String()
}

func checkTranscript(name string) ([]*Result, []string) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, []string{err.Error()}
	}
	t, err := Parse(filepath.Base(name), string(text))
	if err != nil {
		return nil, []string{err.Error()}
	}
	r, err := Play(t)
	if err != nil {
		return nil, []string{err.Error()}
	}
	return []*Result{r}, r.Differences
}

func checkCapture(name string) (results []*Result, wrong []string) {
	c, err := OpenCapture(name)
	if err == nil {
		err = c.Broken // what is missing would not be missed
	}
	if err != nil {
		return nil, []string{err.Error()}
	}
	e, err := ReadExpectation(name)
	if errors.Is(err, fs.ErrNotExist) {
		e, err = unchanged(c)
	}
	if err != nil {
		return nil, []string{err.Error()}
	}
	played, wrong := e.Check(c)
	for _, r := range played {
		results = append(results, &Result{Title: r.Call.Title(), Messages: r.Messages})
	}
	return results, wrong
}

// unchanged expects of every call that it goes as it was recorded.
func unchanged(c *Capture) (e *Expectation, err error) {
	e = &Expectation{}
	if e.Plays, err = allPlays(c.Calls()); err == nil && len(e.Plays) == 0 {
		err = ErrNoCalls
	}
	return e, err
}

// OpenCapture reads a capture file; see [ReadCapture].
func OpenCapture(name string) (*Capture, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	c, err := ReadCapture(f)
	return c, errors.Join(err, f.Close())
}

// ExpectationFile is the name of the expectation beside a capture.
func ExpectationFile(capture string) string {
	return strings.TrimSuffix(capture, filepath.Ext(capture)) + ".expect"
}

// ReadExpectation reads the expectation beside a capture. The error is fs.ErrNotExist where there is none.
func ReadExpectation(capture string) (*Expectation, error) {
	name := ExpectationFile(capture)
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return ParseExpectation(filepath.Base(name), string(text))
}
