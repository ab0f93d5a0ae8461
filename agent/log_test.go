package agent

import (
	"slices"
	"strings"
	"testing"
	"time"

	"offhook/agent/protocol"
)

// life are the INFO lines of the log, without time and level.
func (s *site) life() (lines []string) {
	for line := range strings.Lines(s.log.String()) {
		if _, text, isInfo := strings.Cut(strings.TrimSpace(line), "level=INFO "); isInfo {
			lines = append(lines, text)
		}
	}
	return lines
}

// TestLogOfAnAgent: each thing that happens to an agent's login is one line, in the order in which it happened.
func TestLogOfAnAgent(t *testing.T) {
	s := serve(t)
	first, w := s.login("ana")
	first.Cut()
	s.back.await(t, "detached ana", 1)
	second := s.dial()
	second.Hello(s.issuer.Token("ana"), w.Session)
	third, _ := s.login("ana") // another tab
	second.Closed()
	s.Close("ana", protocol.CloseToken)
	third.Closed()
	s.back.await(t, "detached ana", 2)
	s.Forget("ana")
	s.Forget("ana") // is not there any more
	fourth, w := s.login("ana")
	fifth := s.dial()
	fifth.Hello(s.issuer.Token("ana"), w.Session) // the same page, whose socket hangs: nobody was taken over
	fourth.Closed()
	fifth.Send(map[string]any{"type": "bye", "id": fifth.NextID()})
	fifth.Closed()
	s.back.await(t, "logged out ana", 1)
	s.Forget("ana")
	want := []string{
		`msg="agent logged in" agent=ana login=new client=agenttest/1`,
		`msg="agent socket lost" agent=ana code=1006`,
		`msg="agent logged in" agent=ana login=resumed client=agenttest/1`,
		`msg="agent taken over by another login" agent=ana code=4409`,
		`msg="agent logged in" agent=ana login=new client=agenttest/1`,
		`msg="agent socket lost" agent=ana code=4401`,
		`msg="agent forgotten" agent=ana`,
		`msg="agent logged in" agent=ana login=new client=agenttest/1`,
		`msg="agent logged in" agent=ana login=resumed client=agenttest/1`,
		`msg="agent logged out" agent=ana`,
	}
	if got := s.life(); !slices.Equal(got, want) {
		t.Errorf("the log is\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestLogOfAClosedPage: the code that a browser closes with, 1001 for a closed tab, stands in the line.
func TestLogOfAClosedPage(t *testing.T) {
	s := serve(t)
	c, _ := s.login("ana")
	goingAway := []byte{0x03, 0xe9}
	if err := c.Conn().WriteControl(8, goingAway, time.Now().Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	s.back.await(t, "detached ana", 1)
	if got := s.life(); !slices.Contains(got, `msg="agent socket lost" agent=ana code=1001`) {
		t.Errorf("%q", got)
	}
}
