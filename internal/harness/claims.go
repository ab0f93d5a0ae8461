package harness

import (
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
)

// Tests run beside each other, and tell who is who by addresses and ports. So each of these belongs to one test until it ends, on the whole machine (or
// network namespace): it gets them from here, or claims them by [Own], and a test that asks for what another one has fails at once.

// owners are the names of the tests of this run that have something, by what they have.
var owners = struct {
	sync.Mutex
	of map[string]string
}{of: map[string]string{}}

// Own lets a test, and its subtests, have an address until its end. It fails the test if another one has it.
func Own(t testing.TB, at netip.Addr) {
	t.Helper()
	name := at.String()
	if network, _ := at.Prefix(24); Networks.Contains(at) {
		name = network.String()
	}
	if err := own(t, name); err != nil {
		t.Fatal(err)
	}
}

// own lets a test have something until its end. Other runs of tests are kept away by an abstract socket of that name (unix(7)), which goes with the
// process.
func own(t testing.TB, what string) error {
	owners.Lock()
	defer owners.Unlock()
	if owner, taken := owners.of[what]; taken {
		if t.Name() == owner || strings.HasPrefix(t.Name(), owner+"/") {
			return nil
		}
		return fmt.Errorf("%s belongs to %s; ask for one of your own", what, owner)
	}
	lock, err := net.Listen("unix", "@offhook-test "+what)
	if err != nil {
		return fmt.Errorf("%s belongs to another run of tests: %w", what, err)
	}
	owners.of[what] = t.Name()
	t.Cleanup(func() {
		owners.Lock()
		defer owners.Unlock()
		delete(owners.of, what)
		_ = lock.Close()
	})
	return nil
}

// A pool is things of a kind, of which each test that asks has one of its own until it ends. The one that was given back first is given out first, so that
// what is late on a network finds nobody any more.
type pool[T any] struct {
	name func(T) string
	mu   sync.Mutex
	free []T
}

// newPool is a pool of n things, in an order by which runs that begin together seldom meet.
func newPool[T any](name func(T) string, n int, at func(i int) T) *pool[T] {
	p := &pool[T]{name: name}
	for i, from := 0, rand.IntN(n); i < n; i++ {
		p.free = append(p.free, at((from+i)%n))
	}
	return p
}

// take gives out the first thing that nobody has and that is usable; nil: all are.
func (p *pool[T]) take(t testing.TB, usable func(T) bool) T {
	t.Helper()
	for {
		x, ok := p.next()
		if !ok {
			t.Fatalf("all of a kind are taken, such as %s", p.name(x))
		}
		t.Cleanup(func() { p.giveBack(x) })
		if own(t, p.name(x)) == nil && (usable == nil || usable(x)) {
			return x
		}
	}
}

func (p *pool[T]) next() (x T, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.free) == 0 {
		return x, false
	}
	x, p.free = p.free[0], p.free[1:]
	return x, true
}

func (p *pool[T]) giveBack(x T) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.free = append(p.free, x)
}
