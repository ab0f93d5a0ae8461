package agent

import (
	"fmt"
	"testing"

	"offhook/agent/protocol"
)

// The first welcome of an agent has his calls from before the hub knew him, and those that came since stand above them.
func TestRecentsFromBefore(t *testing.T) {
	older := []protocol.Recent{}
	for i := range maxRecents + 5 {
		older = append(older, protocol.Recent{ID: fmt.Sprint("old-", i)})
	}
	asked := map[string]int{}
	s := serve(t, func(c *Config) {
		c.Recents = func(agent string) []protocol.Recent {
			asked[agent]++
			if agent != "ana" {
				return nil
			}
			return older
		}
	})
	c, w := s.login("ana")
	if len(w.Recents) != maxRecents || w.Recents[0].ID != "old-0" {
		t.Errorf("%d recents, %+v", len(w.Recents), w.Recents[:1])
	}
	s.AddRecent("ana", protocol.Recent{ID: "new"})
	c.Cut()
	s.back.await(t, "detached ana", 1)
	_, w = s.login("ana")
	if len(w.Recents) != maxRecents || w.Recents[0].ID != "new" || w.Recents[1].ID != "old-0" {
		t.Errorf("%d recents, %+v", len(w.Recents), w.Recents[:2])
	}
	if _, w := s.login("ben"); len(w.Recents) != 0 {
		t.Errorf("ben has %+v", w.Recents)
	}
	if asked["ana"] != 1 || older[0].ID != "old-0" {
		t.Errorf("asked %v, and the list is now %s", asked, older[0].ID)
	}
}

// Who logs out and in again has what the records say, not an empty list.
func TestRecentsAfterALogOut(t *testing.T) {
	s := serve(t, func(c *Config) {
		c.Recents = func(string) []protocol.Recent { return []protocol.Recent{{ID: "kept"}} }
	})
	c, _ := s.login("ana")
	c.Cut()
	s.back.await(t, "detached ana", 1)
	s.Forget("ana")
	if _, w := s.login("ana"); len(w.Recents) != 1 || w.Recents[0].ID != "kept" {
		t.Errorf("%+v", w.Recents)
	}
}

// TestFoundIsRememberedOnce: a page that searches at each key it is pressed does not fill the memory of replies with lists.
func TestFoundIsRememberedOnce(t *testing.T) {
	l := &login{}
	l.remember(protocol.Ok(1))
	for id := int64(2); id < 500; id++ {
		l.remember(protocol.Found(id, make([]protocol.DirectoryEntry, protocol.MaxEntries)))
	}
	l.remember(protocol.Ok(500))
	if len(l.replies) != 3 {
		t.Errorf("%d replies are remembered", len(l.replies))
	}
	if r, ok := l.reply(499); !ok || len(*r.Entries) != protocol.MaxEntries {
		t.Errorf("the newest list: %+v", r)
	}
	if _, ok := l.reply(498); ok {
		t.Error("the list before is remembered")
	}
	if _, ok := l.reply(1); !ok {
		t.Error("another reply is forgotten")
	}
}
