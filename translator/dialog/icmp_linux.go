package dialog

import (
	"encoding/binary"
	"net"
	"net/netip"
	"syscall"
)

// Reports of the network (ICMP) for a socket that is not connected come by its error queue (ip(7), IP_RECVERR). They are also returned once by the next
// read or write, whatever address that one is for: socket takes care of it.

// reportErrors asks the kernel to keep such reports.
func reportErrors(c *net.UDPConn) error {
	raw, err := c.SyscallConn()
	if err != nil {
		return err
	}
	var set error
	err = raw.Control(func(fd uintptr) {
		if c.LocalAddr().(*net.UDPAddr).IP.To4() != nil {
			set = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_IP, syscall.IP_RECVERR, 1)
		} else {
			set = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_IPV6, syscall.IPV6_RECVERR, 1)
		}
	})
	if err != nil {
		return err
	}
	return set
}

// readReports takes the addresses out of the error queue, at most 64 at a time.
func readReports(c *net.UDPConn) (to []netip.AddrPort) {
	raw, err := c.SyscallConn()
	if err != nil {
		return nil
	}
	data, oob := make([]byte, 1), make([]byte, 512)
	if err := raw.Control(func(fd uintptr) {
		for range 64 {
			_, n, _, from, err := syscall.Recvmsg(int(fd), data, oob, syscall.MSG_ERRQUEUE|syscall.MSG_DONTWAIT)
			if err != nil {
				return
			}
			if at, ok := sockaddr(from); ok && isICMP(oob[:n]) {
				to = append(to, at)
			}
		}
	}); err != nil {
		return nil
	}
	return to
}

// sockaddr is the address that the datagram was sent to.
func sockaddr(s syscall.Sockaddr) (netip.AddrPort, bool) {
	switch s := s.(type) {
	case *syscall.SockaddrInet4:
		return netip.AddrPortFrom(netip.AddrFrom4(s.Addr), uint16(s.Port)), true
	case *syscall.SockaddrInet6:
		return netip.AddrPortFrom(netip.AddrFrom16(s.Addr).Unmap(), uint16(s.Port)), true
	}
	return netip.AddrPort{}, false
}

// Origins of an error (linux/errqueue.h, struct sock_extended_err).
const (
	originICMP  = 2
	originICMP6 = 3
)

// isICMP says whether a control message tells of a refusal by the far host or by a router: ECONNREFUSED, EHOSTUNREACH or ENETUNREACH.
func isICMP(oob []byte) bool {
	messages, err := syscall.ParseSocketControlMessage(oob)
	if err != nil {
		return false
	}
	for _, m := range messages {
		is4 := m.Header.Level == syscall.IPPROTO_IP && m.Header.Type == syscall.IP_RECVERR
		is6 := m.Header.Level == syscall.IPPROTO_IPV6 && m.Header.Type == syscall.IPV6_RECVERR
		if !is4 && !is6 || len(m.Data) < 5 {
			continue
		}
		origin := m.Data[4]
		switch syscall.Errno(binary.NativeEndian.Uint32(m.Data)) {
		case syscall.ECONNREFUSED, syscall.EHOSTUNREACH, syscall.ENETUNREACH:
			return origin == originICMP || origin == originICMP6
		}
	}
	return false
}
