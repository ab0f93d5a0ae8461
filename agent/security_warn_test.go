package agent

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"offhook/agent/protocol"
	"offhook/internal/agenttest"
)

// warnings are the WARN lines of the log.
func (s *site) warnings() (lines []string) {
	for line := range strings.Lines(s.log.String()) {
		if strings.Contains(line, "level=WARN") {
			lines = append(lines, line)
		}
	}
	return lines
}

// from is a socket of an address that has said hello with a token; in a bubble.
func (s *site) from(t *testing.T, address, token string) *memoryWire {
	w := newMemoryWire()
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		newSocket(s.Hub, client{address: address}).serve(w)
	}()
	t.Cleanup(func() { w.drop(); <-gone })
	if token != "" {
		hello, _ := json.Marshal(protocol.Hello{Head: protocol.NewHead("hello", 1), Token: token, Client: "x"})
		w.in <- string(hello)
	}
	synctest.Wait()
	return w
}

// TestSecurityWarnToken: each kind of bad token makes one WARN line that says what to change and has no part of the token in it.
func TestSecurityWarnToken(t *testing.T) {
	k := newKeyring(t)
	synctest.Test(t, func(t *testing.T) {
		nobody := good("hs.example")
		delete(nobody, "roles")
		rows := append(badTokens(t, k), badToken{"no roles", sign(t, jwt.SigningMethodHS256, k.secret, header{"kid": "one"}, nobody), noRoles})
		s := newHub(t, func(c *Config) { c.Keys = k.keys(t) })
		for i, row := range rows {
			if row.why == "" || len(row.token) > protocol.MaxFrame { // the last makes a frame that is no frame
				continue
			}
			s.from(t, fmt.Sprint("192.0.2.", i), row.token)
			last := ""
			if lines := s.warnings(); len(lines) > 0 {
				last = lines[len(lines)-1]
			}
			if !strings.Contains(last, fmt.Sprintf("reason=%s address=192.0.2.%d ", string(row.why), i)) || advice[string(row.why)] == "" ||
				!strings.Contains(last, advice[string(row.why)]) {
				t.Errorf("%s: %s", row.name, last)
			}
			for part := range strings.SplitSeq(row.token, ".") {
				if len(part) > 12 && strings.Contains(last, part[:12]) {
					t.Errorf("%s: a part of the token stands in %s", row.name, last)
				}
			}
		}
	})
}

// TestSecurityWarnRate: one line for a reason and an address a minute, and no more addresses than the table holds.
func TestSecurityWarnRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newHub(t)
		says := func(want int, what string) {
			t.Helper()
			if n := len(s.warnings()); n != want {
				t.Fatalf("%s: %d lines, want %d:\n%s", what, n, want, s.log)
			}
		}
		for range 5 {
			s.from(t, "192.0.2.1", "bad")
		}
		says(1, "five times the same")
		s.from(t, "192.0.2.2", "bad")
		says(2, "another address")
		s.from(t, "192.0.2.1", strings.Repeat("x", protocol.MaxToken+1))
		says(3, "another reason")
		time.Sleep(time.Minute)
		s.from(t, "192.0.2.1", "bad")
		says(4, "a minute later")
		for i := range 2 * maxWarned {
			s.warn("login refused", string(malformed), fmt.Sprint("address ", i))
		}
		says(4+maxWarned-1, "a crowd")
		if n := len(s.warned.at); n != maxWarned {
			t.Errorf("%d are remembered", n)
		}
		time.Sleep(time.Minute)
		s.warn("login refused", string(malformed), "192.0.2.9")
		says(4+maxWarned, "after the crowd")
	})
}

// TestSecurityWarnHello: who says nothing is named; who said hello, or left before the time was over, is not.
func TestSecurityWarnHello(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newHub(t)
		s.from(t, "192.0.2.1", "")
		s.from(t, "192.0.2.2", "").drop()
		s.from(t, "192.0.2.3", s.issuer.Token("ana"))
		time.Sleep(helloTimeout + time.Second)
		synctest.Wait()
		lines := s.warnings()
		if len(lines) != 1 || !strings.Contains(lines[0], "reason=no_hello address=192.0.2.1 ") {
			t.Errorf("%q", lines)
		}
	})
}

// TestSecurityWarnOrigin: the line names the origin that is not in the list, of which no more than a line's worth is believed.
func TestSecurityWarnOrigin(t *testing.T) {
	s := serve(t, func(c *Config) { c.MaxWaiting = 1 })
	if code := agenttest.Dial(t, s.url, "https://crm.other.example").Closed(); code != protocol.CloseForbidden {
		t.Errorf("closed with %d", code)
	}
	eventually(t, "a line", func() bool { return len(s.warnings()) == 1 })
	if line := s.warnings()[0]; !strings.Contains(line, "reason=origin address=127.0.0.1 origin=https://crm.other.example ") {
		t.Error(line)
	}
	agenttest.Try(s.url, agenttest.Options{Subprotocol: protocol.Subprotocol})
	if line := s.warnings()[1]; !strings.Contains(line, "reason=no_origin address=127.0.0.1 ") {
		t.Error(line)
	}
	s.dial()
	eventually(t, "it waits", func() bool { return s.Figures().Waiting == 1 })
	agenttest.Try(s.url, agenttest.Options{Origin: testOrigin, Subprotocol: protocol.Subprotocol})
	if line := s.warnings()[2]; !strings.Contains(line, "reason=waiting address=127.0.0.1 ") || !strings.Contains(line, "trusted_proxies") {
		t.Error(line)
	}
}

// TestSecurityWarnLongOrigin: what a stranger writes makes no long line and no second one.
func TestSecurityWarnLongOrigin(t *testing.T) {
	s := serve(t)
	agenttest.Dial(t, s.url, "https://"+strings.Repeat("x", 4000)).Closed()
	eventually(t, "a line", func() bool { return len(s.warnings()) == 1 })
	if line := s.warnings()[0]; len(line) > 400 {
		t.Errorf("%d bytes: %s", len(line), line)
	}
}

// TestSecurityWarnRenewal: a fresh token that is not taken is named like one that is brought with hello.
func TestSecurityWarnRenewal(t *testing.T) {
	s := serve(t)
	c, _ := s.login("ana")
	for _, row := range []struct {
		token string
		why   refusal
	}{{"bad", malformed}, {s.issuer.Token("ben"), otherAgent}} {
		c.Send(map[string]any{"type": "token", "id": c.NextID(), "token": row.token})
		if r := c.Reply(); r.Code != protocol.Forbidden {
			t.Errorf("%s: %+v", row.why, r)
		}
		eventually(t, string(row.why), func() bool {
			lines := s.warnings()
			return len(lines) > 0 && strings.Contains(lines[len(lines)-1], fmt.Sprintf("reason=%s address=127.0.0.1 agent=ana ", string(row.why)))
		})
	}
}
