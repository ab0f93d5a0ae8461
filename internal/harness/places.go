package harness

import (
	"fmt"
	"net"
	"net/netip"
	"testing"
)

// Loopback is the address of everything that has no other.
var Loopback = netip.MustParseAddr("127.0.0.1")

// All networks that [Network] gives out lie in Networks, and all addresses of [Address] in Addresses.
var (
	Networks  = netip.MustParsePrefix("127.2.0.0/16")
	Addresses = netip.MustParsePrefix("127.1.0.0/16")
)

var networks = newPool(netip.Prefix.String, 250, func(i int) netip.Prefix {
	return netip.PrefixFrom(netip.AddrFrom4([4]byte{127, 2, byte(i), 0}), 24)
})

// Network is a network on loopback, a /24, that the test has for itself until its end.
func Network(t testing.TB) netip.Prefix {
	t.Helper()
	return networks.take(t, nil)
}

var addresses = newPool(netip.Addr.String, 250, func(i int) netip.Addr { return netip.AddrFrom4([4]byte{127, 1, byte(i), 1}) })

// Address is an address on loopback that the test has for itself until its end.
func Address(t testing.TB) netip.Addr {
	t.Helper()
	return addresses.take(t, nil)
}

// Port numbers that are given out lie below those that systems choose for connections going out (Linux: 32768), which come and go at any time.
const (
	firstPort, blocks, block = 26000, 1500, 4 // block: sipp has RTP for sound and for pictures from a port on, baresip SIP over TLS
	firstRange, ranges, wide = 10000, 40, 400 // RTP of servers
)

var portBlocks = newPool(func(first int) string { return fmt.Sprintf("port %d", first) }, blocks, func(i int) int { return firstPort + i*block })

// FreeUDP is a port that the test has for itself until its end, over UDP and TCP: an even one, and the three after it are as free.
func FreeUDP(t testing.TB) int {
	t.Helper()
	return portBlocks.take(t, freeBlock)
}

// FreeTCP is FreeUDP for who wants a port for TCP.
func FreeTCP(t testing.TB) int {
	t.Helper()
	return FreeUDP(t)
}

func freeBlock(first int) bool {
	for p := first; p < first+block; p++ {
		if !free(netip.AddrPortFrom(Loopback, uint16(p))) {
			return false
		}
	}
	return true
}

// free reports whether a port may be listened on.
func free(at netip.AddrPort) bool {
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(at))
	if err != nil {
		return false
	}
	defer conn.Close()
	l, err := net.Listen("tcp", at.String())
	if err != nil {
		return false
	}
	_ = l.Close()
	return true
}

// claimed is where a program of the test's may be: at this address, or on Loopback if it is the zero value; port 0 becomes one that is free.
func claimed(t testing.TB, at netip.AddrPort) netip.AddrPort {
	t.Helper()
	if !at.IsValid() {
		at = netip.AddrPortFrom(Loopback, 0)
	}
	if at.Addr() != Loopback {
		Own(t, at.Addr())
	}
	if at.Port() == 0 {
		at = netip.AddrPortFrom(at.Addr(), uint16(FreeUDP(t)))
	}
	return at
}

var portRanges = newPool(func(first int) string { return fmt.Sprintf("ports from %d", first) }, ranges, func(i int) int { return firstRange + i*wide })

// FreeRange is the first and the last of a range of ports for RTP that the test has for itself until its end, 400 of them.
func FreeRange(t testing.TB) (first, last int) {
	t.Helper()
	first = portRanges.take(t, nil)
	return first, first + wide - 1
}
