package agent

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"offhook/agent/protocol"
)

// issuedAt changes when a token says that it was issued.
func issuedAt(t time.Time) func(map[string]any) {
	return func(claims map[string]any) { claims["iat"] = t.Unix() }
}

// A revocation closes the agent's socket at once with 4401 and bars every token that was issued so far, with the session's secret or without, until one comes that was
// issued later. Nobody else notices.
func TestSecurityRevoke(t *testing.T) {
	s := serve(t)
	old := s.issuer.Token("ana", issuedAt(time.Now().Add(-time.Minute)))
	ana := s.dial()
	w := ana.Hello(old, "")
	ben, _ := s.login("ben")

	begin := time.Now()
	r, err := s.Revoke("ana")
	if err != nil || !r.HadSocket || r.Agent != "ana" || r.Issued.Before(begin) || r.Until.Sub(begin) < 12*time.Hour {
		t.Fatalf("got %+v, %v", r, err)
	}
	if code := ana.Closed(); code != protocol.CloseToken || time.Since(begin) > time.Second {
		t.Errorf("closed with %d after %v", code, time.Since(begin))
	}
	s.back.await(t, "detached ana", 1)

	refused := func(name, token, session string) {
		t.Helper()
		c := s.dial()
		c.Send(protocol.Hello{Head: protocol.NewHead("hello", 1), Token: token, Client: "x", Session: session})
		if code := c.Closed(); code != protocol.CloseToken {
			t.Errorf("%s: closed with %d", name, code)
		}
	}
	refused("the token", old, "")
	refused("the token and the session", old, w.Session)
	refused("a token without iat", s.issuer.Token("ana", func(claims map[string]any) { delete(claims, "iat") }), "")
	if n := s.counts.of(CountedToken, "revoked"); n != 3 {
		t.Errorf("%d were counted", n)
	}

	later := s.issuer.Token("ana", issuedAt(time.Now().Add(time.Second)))
	s.dial().Hello(later, w.Session)
	if n := s.counts.of(CountedLogin, "resumed"); n != 1 {
		t.Errorf("a later token does not resume: %s", s.counts.all())
	}
	ben.Send(request("hangup", ben.NextID(), "c1"))
	if reply := ben.Reply(); reply.Type != "ok" {
		t.Errorf("ben got %+v", reply)
	}
	if out := s.log.String(); !strings.Contains(out, `msg="agent's tokens revoked" agent=ana had_socket=true`) {
		t.Errorf("log:\n%s", out)
	}
}

// An agent who is not there may have his tokens revoked too; the refused log-ins leave nothing behind.
func TestSecurityRevokeUnknown(t *testing.T) {
	s := serve(t)
	if r, err := s.Revoke("ana"); err != nil || r.HadSocket {
		t.Fatalf("got %+v, %v", r, err)
	}
	c := s.dial()
	c.Send(protocol.Hello{Head: protocol.NewHead("hello", 1), Token: s.issuer.Token("ana"), Client: "x"})
	if code := c.Closed(); code != protocol.CloseToken {
		t.Errorf("closed with %d", code)
	}
	if n := s.Figures().Agents; n != 0 {
		t.Errorf("%d agents are remembered", n)
	}
}

// Where the issuer's clock is ahead, the token that the agent has logged in with is barred all the same.
func TestSecurityRevokeClockAhead(t *testing.T) {
	s := serve(t)
	token := s.issuer.Token("ana", issuedAt(time.Now().Add(20*time.Second)))
	s.dial().Hello(token, "")
	if _, err := s.Revoke("ana"); err != nil {
		t.Fatal(err)
	}
	c := s.dial()
	c.Send(protocol.Hello{Head: protocol.NewHead("hello", 1), Token: token, Client: "x"})
	if code := c.Closed(); code != protocol.CloseToken {
		t.Errorf("closed with %d", code)
	}
}

// A token brought in place is refused as one at a log-in is, should it come in the moment between the revocation and the end of the socket.
func TestSecurityRevokeRenewal(t *testing.T) {
	s := serve(t)
	c, _ := s.login("ana")
	now := time.Now()
	if !s.revoked.add(Revocation{Agent: "ana", Issued: now, Until: now.Add(time.Hour)}, now) {
		t.Fatal("no room")
	}
	c.Send(protocol.Token{Head: protocol.NewHead("token", c.NextID()), Token: s.issuer.Token("ana")})
	if r := c.Reply(); r.Code != protocol.Forbidden || r.Message != "the token was revoked" {
		t.Errorf("got %+v", r)
	}
}

// A page that comes while its agent's tokens are being revoked is either refused or closed: whatever the order, none stays.
func TestSecurityRevokeRace(t *testing.T) {
	s := serve(t)
	for i := range 50 {
		agent := fmt.Sprint("agent", i)
		c := s.dial()
		c.Send(protocol.Hello{Head: protocol.NewHead("hello", 1), Token: s.issuer.Token(agent), Client: "x"})
		if _, err := s.Revoke(agent); err != nil {
			t.Fatal(err)
		}
		if code := c.Closed(); code != protocol.CloseToken {
			t.Errorf("closed with %d", code)
		}
	}
}

// Revocations are bounded, and forgotten when the tokens that they are about have expired by themselves.
func TestSecurityRevocationsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newHub(t)
		for i := range maxRevoked {
			if _, err := s.Revoke(fmt.Sprint(i)); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := s.Revoke("one more"); !errors.Is(err, ErrRevoked) {
			t.Errorf("got %v", err)
		}
		if _, err := s.Revoke("7"); err != nil {
			t.Errorf("again: %v", err)
		}
		time.Sleep(12*time.Hour + 2*time.Minute)
		if _, err := s.Revoke("one more"); err != nil || len(s.revoked.of) != 1 {
			t.Errorf("a day later: %v, %d are kept", err, len(s.revoked.of))
		}
	})
}
