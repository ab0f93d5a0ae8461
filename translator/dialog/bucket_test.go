package dialog

import (
	"net/netip"
	"testing"
	"time"
)

// TestSecurityBuckets: a source gets its rate and no more, others are not touched, and the table never grows beyond its size (S18).
func TestSecurityBuckets(t *testing.T) {
	b := newBuckets(10)
	a, other := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
	took := func(from netip.Addr, n int, at time.Time) (got int) {
		for range n {
			if b.take(from, at) {
				got++
			}
		}
		return got
	}
	if got := took(a, 100, t0); got != 20 {
		t.Errorf("burst %d, want 20", got)
	}
	if got := took(a, 100, t0.Add(time.Second)); got != 10 {
		t.Errorf("%d after a second, want 10", got)
	}
	if got := took(a, 100, t0); got != 0 {
		t.Errorf("%d when the clock went back", got)
	}
	if got := took(other, 5, t0); got != 5 {
		t.Errorf("another source got %d of 5", got)
	}
	for i := range 50_000 {
		b.take(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), t0)
	}
	if len(b.of) != maxSources || b.order.Len() != maxSources {
		t.Errorf("%d and %d entries", len(b.of), b.order.Len())
	}
	if _, kept := b.of[netip.AddrFrom4([4]byte{10, 0, 195, 79})]; !kept { // 49,999
		t.Error("the newest is gone")
	}
}
