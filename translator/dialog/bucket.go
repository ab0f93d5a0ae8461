package dialog

import (
	"container/list"
	"net/netip"
	"time"
)

// buckets holds back sources that ask too much (security rule S18): a token bucket per address, in a table of fixed size from which the address
// that was silent longest goes first. It is not safe for concurrent use.
type buckets struct {
	rate  float64 // tokens a second
	burst float64
	max   int
	of    map[netip.Addr]*list.Element
	order *list.List // of *bucket, the one last used in front
}

type bucket struct {
	from   netip.Addr
	tokens float64
	at     time.Time
}

// maxSources is the size of the table.
const maxSources = 10_000

func newBuckets(rate int) *buckets {
	return &buckets{rate: float64(rate), burst: 2 * float64(rate), max: maxSources, of: map[netip.Addr]*list.Element{}, order: list.New()}
}

// take takes one token of a source; false if it has none left.
func (b *buckets) take(from netip.Addr, now time.Time) bool {
	e := b.of[from]
	if e == nil {
		e = b.enter(from, now)
	}
	b.order.MoveToFront(e)
	k := e.Value.(*bucket)
	if d := now.Sub(k.at).Seconds(); d > 0 {
		k.tokens, k.at = min(b.burst, k.tokens+d*b.rate), now
	}
	if k.tokens < 1 {
		return false
	}
	k.tokens--
	return true
}

func (b *buckets) enter(from netip.Addr, now time.Time) *list.Element {
	if b.order.Len() >= b.max {
		last := b.order.Back()
		delete(b.of, last.Value.(*bucket).from)
		b.order.Remove(last)
	}
	e := b.order.PushFront(&bucket{from: from, tokens: b.burst, at: now})
	b.of[from] = e
	return e
}
