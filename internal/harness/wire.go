package harness

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// A Wire listens on loopback by tcpdump: it keeps every packet that fits its filter, and reads the SIP messages out of them while they come.
type Wire struct {
	t     testing.TB
	cmd   *exec.Cmd
	ended chan struct{}

	mu       sync.Mutex
	file     bytes.Buffer // as tcpdump writes it: pcap
	packets  []Packet
	messages []Message
	streams  streams
	added    chan struct{}
	heard    func(Packet) // of each datagram, under the lock; nil for nobody
}

// A Packet is a UDP datagram.
type Packet struct {
	At       time.Time
	From, To netip.AddrPort
	Payload  []byte
}

// streams are the directions of TCP connections by their ends.
type streams map[[2]netip.AddrPort]*stream

// stream is one direction of a TCP connection: what came and is not yet a whole message, and the number of the next octet.
type stream struct {
	next uint32
	rest []byte
}

// ring is how much the kernel keeps until tcpdump takes it, in KiB. A frame of loopback takes 64 KiB of it: by tcpdump's own 2 MiB a machine that has much
// else to do loses packets.
const ring = "16384"

// Listen begins to keep the packets on loopback that a filter of tcpdump's lets pass, until the test's end; if it has failed they are listed. A test for which that is not allowed is skipped.
func Listen(t testing.TB, filter string) *Wire {
	t.Helper()
	return listen(t, filter, nil)
}

// Tap is [Listen] with somebody who is given each datagram when it comes, one after the other. He returns at once, and asks the wire nothing.
func Tap(t testing.TB, filter string, heard func(Packet)) *Wire {
	t.Helper()
	return listen(t, filter, heard)
}

func listen(t testing.TB, filter string, heard func(Packet)) *Wire {
	t.Helper()
	w := &Wire{t: t, ended: make(chan struct{}), added: make(chan struct{}), streams: streams{}, heard: heard}
	w.cmd = exec.Command(Need(t, "tcpdump")[0], "-i", "lo", "-n", "-U", "--immediate-mode", "-s", "0", "-B", ring, "-w", "-", filter)
	out, err := w.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var said Log
	w.cmd.Stderr = &said
	if err := w.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(w.ended)
		if err := w.read(out); err != nil {
			t.Errorf("reading what tcpdump writes: %v", err)
		}
		_ = w.cmd.Wait()
		said.end()
	}()
	t.Cleanup(func() {
		w.Stop()
		if t.Failed() {
			t.Logf("on the wire (%s):\n%s", filter, Ladder(w.Messages()))
			t.Logf("tcpdump: %s", said.String()) // it says how many packets the kernel dropped
		}
	})
	if !said.Wait(Patiently(t), "listening on") {
		Missing(t, "tcpdump may not listen on loopback: "+said.String())
	}
	return w
}

// Stop ends listening.
func (w *Wire) Stop() {
	_ = w.cmd.Process.Signal(syscall.SIGINT)
	<-w.ended
}

// Save stops and writes the packets into a file, as pcap.
func (w *Wire) Save(name string) {
	w.t.Helper()
	w.Stop()
	if err := os.WriteFile(name, w.file.Bytes(), 0o644); err != nil {
		w.t.Fatal(err)
	}
}

// read reads pcap: a header of 24 octets, and for each packet one of 16, in the byte order of this machine's kind.
func (w *Wire) read(r io.Reader) error {
	var head [24]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil // tcpdump has ended: its own words say why
	}
	if magic := binary.LittleEndian.Uint32(head[:]); magic != 0xa1b2c3d4 {
		return fmt.Errorf("no pcap: %#x", magic)
	}
	if link := binary.LittleEndian.Uint32(head[20:]); link != 1 {
		return fmt.Errorf("loopback has link type %d, not Ethernet", link)
	}
	w.file.Write(head[:])
	for {
		var record [16]byte
		if _, err := io.ReadFull(r, record[:]); err != nil {
			return nil
		}
		frame := make([]byte, binary.LittleEndian.Uint32(record[8:]))
		if _, err := io.ReadFull(r, frame); err != nil {
			return nil
		}
		at := time.Unix(int64(binary.LittleEndian.Uint32(record[:])), int64(binary.LittleEndian.Uint32(record[4:]))*1000)
		w.mu.Lock()
		w.file.Write(record[:])
		w.file.Write(frame)
		w.take(at, frame)
		close(w.added)
		w.added = make(chan struct{})
		w.mu.Unlock()
	}
}

// take reads an Ethernet frame with IPv4. The lock is held.
func (w *Wire) take(at time.Time, frame []byte) {
	if len(frame) < 14+20 || frame[12] != 8 || frame[13] != 0 {
		return
	}
	ip := frame[14:]
	size, total := int(ip[0]&15)*4, int(binary.BigEndian.Uint16(ip[2:]))
	if total > len(ip) || total < size+8 {
		return
	}
	body := ip[size:total]
	from := netip.AddrPortFrom(netip.AddrFrom4([4]byte(ip[12:16])), binary.BigEndian.Uint16(body))
	to := netip.AddrPortFrom(netip.AddrFrom4([4]byte(ip[16:20])), binary.BigEndian.Uint16(body[2:]))
	switch ip[9] {
	case syscall.IPPROTO_UDP:
		payload := body[8:]
		w.packets = append(w.packets, Packet{at, from, to, payload})
		if w.heard != nil {
			w.heard(w.packets[len(w.packets)-1])
		}
		if looksLikeSIP(payload) {
			w.add(at, from, to, payload)
		}
	case syscall.IPPROTO_TCP:
		if len(body) >= 20 {
			w.segment(at, from, to, body)
		}
	}
}

func (w *Wire) add(at time.Time, from, to netip.AddrPort, text []byte) {
	w.messages = append(w.messages, Message{at, from, to, strings.ReplaceAll(string(text), "\r\n", "\n")})
}

// segment puts a TCP segment behind those before it. Loopback keeps their order and loses none.
func (w *Wire) segment(at time.Time, from, to netip.AddrPort, body []byte) {
	const syn = 2
	sequence, payload := binary.BigEndian.Uint32(body[4:]), body[min(int(body[12]>>4)*4, len(body)):]
	key := [2]netip.AddrPort{from, to}
	if body[13]&syn != 0 {
		delete(w.streams, key) // a new connection
	}
	if len(payload) == 0 {
		return
	}
	s := w.streams[key]
	if s == nil {
		s = &stream{next: sequence}
		w.streams[key] = s
	}
	if int32(sequence-s.next) < 0 {
		return // sent again
	}
	s.next = sequence + uint32(len(payload))
	s.rest = append(s.rest, payload...)
	for {
		s.rest = bytes.TrimLeft(s.rest, "\r\n")
		n := wholeMessage(s.rest)
		if n == 0 {
			return
		}
		w.add(at, from, to, s.rest[:n])
		s.rest = s.rest[n:]
	}
}

var contentLength = regexp.MustCompile(`(?im)^(?:Content-Length|l)[ \t]*:[ \t]*(\d+)`)

// wholeMessage is the length of the SIP message that a stream begins with, 0 if it is not all there.
func wholeMessage(data []byte) int {
	head := bytes.Index(data, []byte("\r\n\r\n"))
	if head < 0 {
		return 0
	}
	length := 0
	if m := contentLength.FindSubmatch(data[:head]); m != nil {
		length, _ = strconv.Atoi(string(m[1]))
	}
	if n := head + 4 + length; n <= len(data) {
		return n
	}
	return 0
}

func looksLikeSIP(payload []byte) bool {
	line, _, found := bytes.Cut(payload, []byte("\r\n"))
	return found && (bytes.HasPrefix(line, []byte("SIP/2.0 ")) || bytes.HasSuffix(line, []byte(" SIP/2.0")))
}

// Messages are the SIP messages so far. One that passed a proxy stands there for each part of its way.
func (w *Wire) Messages() []Message {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.messages)
}

// Packets are the UDP datagrams so far.
func (w *Wire) Packets() []Packet {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.packets)
}

// Next is closed when another packet has come.
func (w *Wire) Next() <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.added
}

// Said waits for a SIP message that fits, past or to come.
func (w *Wire) Said(ctx context.Context, what string, fits func(Message) bool) Message {
	w.t.Helper()
	for next := 0; ; {
		w.mu.Lock()
		messages, added := w.messages, w.added
		w.mu.Unlock()
		for _, m := range messages[next:] {
			if fits(m) {
				return m
			}
		}
		next = len(messages)
		select {
		case <-added:
		case <-ctx.Done():
			w.t.Fatalf("%s: not on the wire, but:\n%s", what, Ladder(messages))
		}
	}
}

// Ladder is the first lines of messages, for a test's message.
func Ladder(messages []Message) string {
	var b strings.Builder
	for _, m := range messages {
		fmt.Fprintf(&b, "%s %s → %s  %s (%s)\n", m.At.Format("05.000"), m.From, m.To, m.First(), m.CSeq())
	}
	return b.String()
}
