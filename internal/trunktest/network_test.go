package trunktest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// counter is a party that sends as many datagrams as it is told, one at each tick, and notes when others arrive.
type counter struct {
	due  time.Time
	left int
	out  [][]byte
	got  []string
}

func (c *counter) Receive(data []byte, now time.Time) {
	c.got = append(c.got, fmt.Sprintf("%s at %s", data, now.Format("05.000")))
}

func (c *counter) Sent(time.Time) [][]byte {
	out := c.out
	c.out = nil
	return out
}

func (c *counter) Deadline() (time.Time, bool) { return c.due, c.left > 0 }

func (c *counter) Tick(time.Time) {
	c.out = append(c.out, []byte(fmt.Sprint(c.left)))
	c.left--
	c.due = c.due.Add(10 * time.Millisecond)
}

var start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func carry(seed uint64, w Weather) []string {
	a, b := &counter{due: start, left: 200}, &counter{}
	n := NewNetwork(start, seed, w)
	n.Join(a, b)
	if !n.Run(start.Add(time.Minute)) || !n.Now().Equal(start.Add(time.Minute)) {
		return nil
	}
	return b.got
}

func TestSameSeedSameStory(t *testing.T) {
	w := Weather{Lost: 0.2, Doubled: 0.2, Late: 0.2, Delay: 50 * time.Millisecond, LateBy: time.Second}
	one, again, other := carry(1, w), carry(1, w), carry(2, w)
	if len(one) == 0 || !slices.Equal(one, again) {
		t.Error("the same seed gave another story")
	}
	if slices.Equal(one, other) {
		t.Error("another seed gave the same story")
	}
}

func TestWeather(t *testing.T) {
	if got := carry(1, Weather{}); len(got) != 200 || got[0] != "200 at 00.000" || got[199] != "1 at 01.990" {
		t.Errorf("in fine weather %d came: %s", len(got), strings.Join(got, ", "))
	}
	if got := carry(1, Weather{Lost: 1}); len(got) != 0 {
		t.Errorf("%d of the lost came", len(got))
	}
	if got := carry(1, Weather{Doubled: 1}); len(got) != 400 {
		t.Errorf("%d of the doubled came", len(got))
	}
	if got := carry(1, Weather{Dark: Dark{start.Add(time.Second), 500 * time.Millisecond}}); len(got) != 150 || got[100] != "50 at 01.500" {
		t.Errorf("with an outage %d came: %s", len(got), strings.Join(got, ", "))
	}
	late := carry(1, Weather{Late: 1, LateBy: time.Second})
	if slices.IsSortedFunc(late, func(a, b string) int { return strings.Compare(b, a) }) || len(late) != 200 {
		t.Error("nothing was overtaken")
	}
}

func TestLine(t *testing.T) {
	for text, want := range map[string]string{
		"INVITE sip:a@b SIP/2.0\r\nCSeq: 7 INVITE\r\n\r\nv=0\r\no=- 3 1 IN IP4 x\r\n": "INVITE 7 o=- 3 1",
		"SIP/2.0 200 OK\r\nVia: x\r\nCSeq: 2 BYE\r\n\r\n":                             "200 BYE 2",
	} {
		if got := Line([]byte(text)); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
