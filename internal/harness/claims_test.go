package harness

import (
	"net/netip"
	"strings"
	"testing"
)

// What one test has no other one gets, until it ends; its subtests have it too.
func TestOwnKeepsOthersAway(t *testing.T) {
	at := Address(t)
	t.Run("subtest", func(t *testing.T) { Own(t, at) })
	name := at.String()
	owners.Lock()
	owners.of[name] = "TestOfSomebodyElse"
	owners.Unlock()
	if err := own(t, name); err == nil || !strings.Contains(err.Error(), "TestOfSomebodyElse") {
		t.Errorf("another test's address: %v", err)
	}
}

// An address in a network that was given out belongs to who has the network.
func TestOwnKnowsNetworks(t *testing.T) {
	var at netip.Addr
	t.Run("first", func(t *testing.T) {
		network := Network(t)
		at = network.Addr().Next()
		Own(t, at)
		if owners.of[network.String()] != t.Name() {
			t.Errorf("%s belongs to %q", network, owners.of[network.String()])
		}
	})
	t.Run("second", func(t *testing.T) { Own(t, at) }) // the first has ended
}

// Another run of tests is another process: its lock is all that is seen of it.
func TestOwnKeepsOtherRunsAway(t *testing.T) {
	t.Run("the other run", func(t *testing.T) {
		if err := own(t, "a thing"); err != nil {
			t.Fatal(err)
		}
		owners.Lock()
		delete(owners.of, "a thing")
		owners.Unlock()
		if err := own(t, "a thing"); err == nil {
			t.Error("two have it")
		}
	})
	if err := own(t, "a thing"); err != nil {
		t.Errorf("the other run has ended: %v", err)
	}
}

// Everything of a kind can be given out, each once, and again when it was given back.
func TestPoolGivesOutAll(t *testing.T) {
	p := newPool(func(n int) string { return string(rune('a' + n)) }, 5, func(i int) int { return i })
	for range 3 {
		t.Run("all", func(t *testing.T) {
			seen := map[int]bool{}
			for range 5 {
				seen[p.take(t, nil)] = true
			}
			if _, more := p.next(); len(seen) != 5 || more {
				t.Errorf("%v were given out of 5, more: %v", seen, more)
			}
		})
	}
}

// What cannot be used is passed over.
func TestPoolPassesOver(t *testing.T) {
	p := newPool(func(n int) string { return "even " + string(rune('a'+n)) }, 4, func(i int) int { return i })
	for range 2 {
		if n := p.take(t, func(n int) bool { return n%2 == 0 }); n%2 != 0 {
			t.Errorf("%d was given out", n)
		}
	}
}
