package queue

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// The tree against a sorted slice.
func TestTreeKeepsOrder(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	tr := tree[int]{less: func(a, b int) bool { return a < b }}
	nodes := map[int]*node[int]{}
	var want []int
	for range 20_000 {
		v := rng.IntN(500)
		at, there := slices.BinarySearch(want, v)
		if there {
			tr.remove(nodes[v])
			tr.remove(nodes[v]) // twice does nothing
			want = slices.Delete(want, at, at+1)
		} else {
			nodes[v] = &node[int]{item: v}
			tr.insert(nodes[v])
			want = slices.Insert(want, at, v)
			if got := nodes[v].place(); got != at {
				t.Fatalf("place of %d: got %d, want %d", v, got, at)
			}
		}
		if tr.len() != len(want) {
			t.Fatalf("len %d, want %d", tr.len(), len(want))
		}
		if len(want) > 0 {
			i := rng.IntN(len(want))
			if got := tr.at(i); got == nil || got.item != want[i] {
				t.Fatalf("at %d: got %v, want %d", i, got, want[i])
			}
		}
	}
	i := 0
	for n := tr.first(); n != nil; n = n.next() {
		if n.item != want[i] {
			t.Fatalf("walk: %d. is %d, want %d", i, n.item, want[i])
		}
		i++
	}
	if i != len(want) || tr.at(len(want)) != nil {
		t.Fatalf("walked %d, want %d", i, len(want))
	}
}

// Timers go off in the order of their times, those of one time in the order of arming, and disarmed ones do not.
func TestTimersKeepOrder(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	var h timers
	all := make([]timer, 300)
	for range 10_000 {
		tm := &all[rng.IntN(len(all))]
		if rng.IntN(3) == 0 {
			h.disarm(tm)
		} else {
			h.arm(tm, instant(rng.IntN(100)))
		}
	}
	armed := 0
	for i := range all {
		if all[i].armed() {
			armed++
		}
	}
	var last *timer
	for ; h.next() != nil; armed-- {
		tm := h.next()
		if last != nil && tm.before(last) {
			t.Fatalf("%d/%d after %d/%d", tm.at, tm.seq, last.at, last.seq)
		}
		h.disarm(tm)
		last = tm
	}
	if armed != 0 {
		t.Errorf("%d armed timers did not come up", armed)
	}
}
