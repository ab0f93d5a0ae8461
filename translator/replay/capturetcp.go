package replay

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gopacket/gopacket/layers"

	"offhook/translator/dialog"
)

// Limits of what is kept of connections.
const (
	maxStreams      = 4096
	maxStreamBuffer = 256 << 10 // bytes of one direction that wait for the ones before them, or for the rest of their message
)

// tcpStream is one direction of a TCP connection: what comes next, what came before its turn, and the message that is not whole yet.
type tcpStream struct {
	begun bool
	next  uint32
	early map[uint32][]byte
	kept  int // bytes in early
	buf   []byte
	// dead: what it carries is not SIP, or cannot be put in order.
	dead bool
	sip  bool // it has carried SIP
}

// segment puts the bytes of a connection in order and takes the messages that are whole.
func (c *captureReader) segment(f flow, t *layers.TCP, at time.Time) error {
	if t.SYN {
		delete(c.streams, f) // a new connection between the same ports
	}
	s := c.streams[f]
	if s == nil {
		if len(t.Payload) == 0 && !t.SYN {
			return nil
		}
		if len(c.streams) >= maxStreams {
			return fmt.Errorf("more than %d connections", maxStreams)
		}
		s = &tcpStream{early: map[uint32][]byte{}}
		c.streams[f] = s
	}
	if t.SYN {
		s.begun, s.next = true, t.Seq+1
		return nil
	}
	if s.dead || len(t.Payload) == 0 {
		return nil
	}
	if !s.begun { // the capture began after the connection
		s.begun, s.next = true, t.Seq
	}
	s.take(t.Seq, t.Payload)
	if s.kept > maxStreamBuffer || len(s.buf) > maxStreamBuffer {
		s.end()
		c.skipped["a TCP connection has a hole, or a message that does not end"]++
		return nil
	}
	return c.cut(f, s, at)
}

// take adds a segment: at its turn with all that it brings into order; before its turn it waits, after it only what is new counts.
func (s *tcpStream) take(seq uint32, data []byte) {
	ahead := int32(seq - s.next)
	if ahead > 0 {
		if old := s.early[seq]; len(old) < len(data) {
			s.kept += len(data) - len(old)
			s.early[seq] = bytes.Clone(data)
		}
		return
	}
	if int(-ahead) >= len(data) {
		return
	}
	s.append(data[-ahead:])
	for again := true; again; {
		again = false
		for _, seq := range slices.Sorted(maps.Keys(s.early)) {
			behind := int32(s.next - seq)
			if behind < 0 {
				continue
			}
			data := s.early[seq]
			delete(s.early, seq)
			s.kept -= len(data)
			if int(behind) < len(data) {
				s.append(data[behind:])
				again = true
			}
		}
	}
}

func (s *tcpStream) append(data []byte) {
	s.buf = append(s.buf, data...)
	s.next += uint32(len(data))
}

func (s *tcpStream) end() { *s = tcpStream{dead: true, sip: s.sip} }

// cut takes the whole messages off the front (RFC 3261 §18.3). Line ends between messages keep a connection alive (RFC 5626 §3.5.1).
func (c *captureReader) cut(f flow, s *tcpStream, at time.Time) error {
	for {
		s.buf = bytes.TrimLeft(s.buf, "\r\n")
		if len(s.buf) == 0 {
			return nil
		}
		if !maybeSIP(s.buf) {
			c.notSIP(s)
			return nil
		}
		size, whole := frameSize(s.buf)
		switch {
		case size < 0:
			c.notSIP(s)
			return nil
		case !whole:
			return nil
		}
		s.sip = true
		if err := c.message(f, at, dialog.TCP, string(s.buf[:size])); err != nil {
			return err
		}
		s.buf = s.buf[size:]
	}
}

func (c *captureReader) notSIP(s *tcpStream) {
	switch {
	case s.sip:
		c.skipped["a TCP connection stops being SIP"]++
	case len(s.buf) > 2 && s.buf[0] == 22 && s.buf[1] == 3:
		c.skipped["a TLS connection cannot be read"]++
	}
	s.end()
}

// frameSize is how long the message at the front of buf is: -1 where that cannot be said; not whole while bytes are missing.
func frameSize(buf []byte) (size int, whole bool) {
	end := bytes.Index(buf, []byte("\r\n\r\n"))
	if end < 0 {
		return 0, false
	}
	length := 0
	for line := range strings.SplitSeq(string(buf[:end]), "\r\n") {
		name, value, ok := strings.Cut(line, ":")
		if name = strings.ToLower(strings.TrimSpace(name)); !ok || name != "content-length" && name != "l" {
			continue
		}
		n, err := strconv.Atoi(strings.TrimSpace(value))
		if err != nil || n < 0 || n > maxStreamBuffer {
			return -1, false
		}
		length = n
	}
	size = end + 4 + length
	return size, size <= len(buf)
}

// sipVersion stands at the end of a request's first line and at the beginning of a response's.
const sipVersion = "SIP/2.0"

// looksLikeSIP says whether a datagram's first line is one of SIP.
func looksLikeSIP(data []byte) bool {
	line, _, ok := bytes.Cut(bytes.TrimLeft(data, "\r\n"), []byte("\n"))
	line = bytes.TrimRight(line, "\r ")
	return ok && len(line) < 4096 && (bytes.HasPrefix(line, []byte(sipVersion+" ")) || bytes.HasSuffix(line, []byte(" "+sipVersion)))
}

// maybeSIP is looksLikeSIP for a stream, where the first line may not be whole yet.
func maybeSIP(data []byte) bool {
	if bytes.IndexByte(data, '\n') >= 0 {
		return looksLikeSIP(data)
	}
	first := data[0]
	return len(data) < 4096 && (first >= 'A' && first <= 'Z' || first >= 'a' && first <= 'z')
}

// finish notes what was passed over.
func (c *captureReader) finish() {
	for _, s := range c.streams {
		if !s.dead && s.kept > 0 {
			c.skipped["a TCP connection has a hole, or a message that does not end"]++
		}
	}
	if len(c.out.Messages) == 0 {
		c.out.Notes = append(c.out.Notes, fmt.Sprintf("none of %d packets holds SIP over UDP or TCP", c.packet))
	}
	for _, what := range slices.Sorted(maps.Keys(c.skipped)) {
		c.out.Notes = append(c.out.Notes, fmt.Sprintf("%s (%d times)", what, c.skipped[what]))
	}
}
