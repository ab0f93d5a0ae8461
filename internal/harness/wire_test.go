package harness

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"
	"time"

	"offhook/internal/load"
)

const (
	invite = "INVITE sip:1@127.0.0.2 SIP/2.0\r\nTo: <sip:1@127.0.0.2>;tag=a\r\nCall-ID: x\r\nCSeq: 7 INVITE\r\nContent-Length: 12\r\n\r\na=sendonly\r\n"
	answer = "SIP/2.0 200 OK\r\nRecord-Route: <sip:a;lr>\r\nRecord-Route: <sip:b;lr>\r\nCall-ID: x\r\nCSeq: 7 INVITE\r\nContent-Length: 12\r\n\r\na=recvonly\r\n"
)

// frame is an Ethernet frame with an IPv4 packet from 127.0.0.1:5060 to 127.0.0.2:5061.
func frame(protocol byte, body []byte) []byte {
	b := append(make([]byte, 12), 8, 0)
	b = append(b, 0x45, 0)
	b = binary.BigEndian.AppendUint16(b, uint16(20+len(body)))
	b = append(b, 0, 0, 0, 0, 64, protocol, 0, 0, 127, 0, 0, 1, 127, 0, 0, 2)
	return append(b, body...)
}

func udp(payload string) []byte {
	b := []byte{5060 >> 8, 5060 & 255, 5061 >> 8, 5061 & 255, 0, 0, 0, 0}
	return frame(17, append(b, payload...))
}

func tcp(sequence uint32, payload string) []byte {
	b := []byte{5060 >> 8, 5060 & 255, 5061 >> 8, 5061 & 255}
	b = binary.BigEndian.AppendUint32(b, sequence)
	b = append(b, 0, 0, 0, 0, 5<<4, 0x18, 0, 0, 0, 0, 0, 0)
	return frame(6, append(b, payload...))
}

// pcap is what tcpdump would write.
func pcap(frames ...[]byte) []byte {
	var b bytes.Buffer
	for _, v := range []uint32{0xa1b2c3d4, 4<<16 | 2, 0, 0, 1 << 18, 1} {
		_ = binary.Write(&b, binary.LittleEndian, v)
	}
	for i, f := range frames {
		for _, v := range []uint32{1000, uint32(i), uint32(len(f)), uint32(len(f))} {
			_ = binary.Write(&b, binary.LittleEndian, v)
		}
		b.Write(f)
	}
	return b.Bytes()
}

func wireOf(t *testing.T, frames ...[]byte) *Wire {
	w := &Wire{t: t, added: make(chan struct{}), streams: streams{}}
	if err := w.read(bytes.NewReader(pcap(frames...))); err != nil {
		t.Fatal(err)
	}
	return w
}

func TestWireReadsDatagrams(t *testing.T) {
	w := wireOf(t, udp(invite), udp("\x80\x08rtp, or so"), udp(answer))
	m := w.Messages()
	if len(m) != 2 || len(w.Packets()) != 3 {
		t.Fatalf("%d messages in %d packets, want 2 in 3", len(m), len(w.Packets()))
	}
	if !m[0].Reinvite() || m[0].Direction() != "a=sendonly" || m[0].From.String() != "127.0.0.1:5060" || m[0].To.String() != "127.0.0.2:5061" {
		t.Errorf("the first is %+v", m[0])
	}
	if !m[1].Answers(m[0]) || !m[1].Status("20") || len(m[1].Headers("record-route")) != 2 || m[1].At != time.Unix(1000, 2000) {
		t.Errorf("the second is %+v", m[1])
	}
}

// Messages over TCP are found wherever segments end, once each.
func TestWireReadsStreams(t *testing.T) {
	both := invite + "\r\n\r\n" + answer // with a keep-alive between them (RFC 5626 §3.5.1)
	for cut := 1; cut < len(both); cut++ {
		w := wireOf(t, tcp(100, both[:cut]), tcp(100, both[:cut]), tcp(100+uint32(cut), both[cut:]))
		if m := w.Messages(); len(m) != 2 || !m[0].Is("INVITE") || !m[1].Answers(m[0]) || !strings.HasSuffix(m[1].SDP(), "recvonly") {
			t.Fatalf("cut at %d: %+v", cut, m)
		}
	}
}

func TestWireBrokenFile(t *testing.T) {
	w := &Wire{t: t, added: make(chan struct{}), streams: streams{}}
	if err := w.read(strings.NewReader("no pcap at all, but long enough for one")); err == nil {
		t.Error("text passes for pcap")
	}
}

func TestG711(t *testing.T) {
	frame := load.Sine(CallerTone, -10).Samples(load.Rate / 10)
	packet := append(append([]byte{0x80, byte(load.PCMA)}, make([]byte, 10)...), make([]byte, len(frame))...)
	load.PCMA.Encode(packet[12:], frame)
	if share := LoudestShare(G711(packet), CallerTone); share < 0.95 {
		t.Errorf("the tone makes %.2f of the packet", share)
	}
	packet[1] = 101
	if G711(packet) != nil || G711(packet[:12]) != nil {
		t.Error("what is no G.711 is decoded")
	}
}
