package replay

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"

	"offhook/translator/dialog"
)

const (
	callerIP = "192.0.2.1"
	calleeIP = "192.0.2.2"
)

// wireTape makes the packets of a capture.
type wireTape struct {
	t       testing.TB
	link    layers.LinkType
	below   func(ip *layers.IPv4) []gopacket.SerializableLayer
	packets [][]byte
	seq     map[string]uint32
}

func newWireTape(t testing.TB, link layers.LinkType) *wireTape {
	w := &wireTape{t: t, link: link, seq: map[string]uint32{}}
	mac := net.HardwareAddr{2, 0, 0, 0, 0, 1}
	w.below = map[layers.LinkType]func(*layers.IPv4) []gopacket.SerializableLayer{
		layers.LinkTypeEthernet: func(*layers.IPv4) []gopacket.SerializableLayer {
			return []gopacket.SerializableLayer{&layers.Ethernet{SrcMAC: mac, DstMAC: mac, EthernetType: layers.EthernetTypeIPv4}}
		},
		layers.LinkTypeNull: func(*layers.IPv4) []gopacket.SerializableLayer {
			return []gopacket.SerializableLayer{&layers.Loopback{Family: layers.ProtocolFamilyIPv4}}
		},
		layers.LinkTypeRaw: func(*layers.IPv4) []gopacket.SerializableLayer { return nil },
		layers.LinkTypeLinuxSLL: func(*layers.IPv4) []gopacket.SerializableLayer {
			return []gopacket.SerializableLayer{gopacket.Payload("\x00\x00\x03\x04\x00\x06\x00\x00\x00\x00\x00\x00\x00\x00\x08\x00")}
		},
		layers.LinkTypeLinuxSLL2: func(*layers.IPv4) []gopacket.SerializableLayer {
			return []gopacket.SerializableLayer{gopacket.Payload("\x08\x00\x00\x00\x00\x00\x00\x01\x03\x04\x00\x06\x00\x00\x00\x00\x00\x00\x00\x00")}
		},
	}[link]
	return w
}

func (w *wireTape) add(all ...gopacket.SerializableLayer) {
	w.t.Helper()
	b := gopacket.NewSerializeBuffer()
	if err := gopacket.SerializeLayers(b, gopacket.SerializeOptions{FixLengths: true}, all...); err != nil {
		w.t.Fatal(err)
	}
	w.packets = append(w.packets, bytes.Clone(b.Bytes()))
}

func ipv4Between(from, to string, p layers.IPProtocol) *layers.IPv4 {
	return &layers.IPv4{Version: 4, TTL: 64, Protocol: p, SrcIP: net.ParseIP(from), DstIP: net.ParseIP(to)}
}

func (w *wireTape) udp(text string) {
	ip := ipv4Between(callerIP, calleeIP, layers.IPProtocolUDP)
	w.add(append(w.below(ip), ip, &layers.UDP{SrcPort: 5062, DstPort: 5080}, gopacket.Payload(text))...)
}

// tcp sends a segment of a connection; seq counts from 1.
func (w *wireTape) tcp(seq uint32, syn bool, text string) {
	ip := ipv4Between(callerIP, calleeIP, layers.IPProtocolTCP)
	w.add(append(w.below(ip), ip, &layers.TCP{SrcPort: 40000, DstPort: 5060, Seq: 0xfffffff0 + seq, SYN: syn, ACK: !syn, PSH: true}, gopacket.Payload(text))...)
}

// file is the capture as a file.
func (w *wireTape) file() []byte {
	w.t.Helper()
	var b bytes.Buffer
	out := pcapgo.NewWriter(&b)
	if err := out.WriteFileHeader(65536, w.link); err != nil {
		w.t.Fatal(err)
	}
	for i, p := range w.packets {
		info := gopacket.CaptureInfo{Timestamp: epoch.Add(time.Duration(i) * time.Millisecond), CaptureLength: len(p), Length: len(p)}
		if err := out.WritePacket(info, p); err != nil {
			w.t.Fatal(err)
		}
	}
	return b.Bytes()
}

func (w *wireTape) read() *Capture {
	w.t.Helper()
	c, err := ReadCapture(bytes.NewReader(w.file()))
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

const options = "OPTIONS sip:a@192.0.2.2 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"

// A datagram is read from every kind of link, with its packet's number, time and addresses.
func TestCaptureLinks(t *testing.T) {
	for _, link := range []layers.LinkType{layers.LinkTypeEthernet, layers.LinkTypeNull, layers.LinkTypeRaw, layers.LinkTypeLinuxSLL, layers.LinkTypeLinuxSLL2} {
		t.Run(link.String(), func(t *testing.T) {
			w := newWireTape(t, link)
			w.udp("not SIP at all\r\n")
			w.udp(options)
			want := Captured{
				Packet: 2, At: epoch.Add(time.Millisecond), From: netip.MustParseAddrPort("192.0.2.1:5062"), To: netip.MustParseAddrPort("192.0.2.2:5080"), Network: dialog.UDP, SIP: options,
			}
			if got := w.read().Messages; len(got) != 1 || got[0].At.UTC() != want.At || got[0].Packet != 2 || got[0].From != want.From || got[0].To != want.To || got[0].SIP != want.SIP || got[0].Network != want.Network {
				t.Errorf("got %+v, want %+v", got, want)
			}
		})
	}
}

// Behind a VLAN tag, over IPv6, compressed, and as pcapng it is the same.
func TestCaptureForms(t *testing.T) {
	mac := net.HardwareAddr{2, 0, 0, 0, 0, 1}
	w := newWireTape(t, layers.LinkTypeEthernet)
	ip := ipv4Between(callerIP, calleeIP, layers.IPProtocolUDP)
	udp := &layers.UDP{SrcPort: 5060, DstPort: 5060}
	w.add(&layers.Ethernet{SrcMAC: mac, DstMAC: mac, EthernetType: layers.EthernetTypeDot1Q}, &layers.Dot1Q{VLANIdentifier: 7, Type: layers.EthernetTypeIPv4}, ip, udp, gopacket.Payload(options))
	ip6 := &layers.IPv6{Version: 6, HopLimit: 64, NextHeader: layers.IPProtocolUDP, SrcIP: net.ParseIP("2001:db8::1"), DstIP: net.ParseIP("2001:db8::2")}
	w.add(&layers.Ethernet{SrcMAC: mac, DstMAC: mac, EthernetType: layers.EthernetTypeIPv6}, ip6, udp, gopacket.Payload(options))
	if got := w.read().Messages; len(got) != 2 || got[1].From.Addr() != netip.MustParseAddr("2001:db8::1") {
		t.Errorf("got %+v", got)
	}
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	_, _ = z.Write(w.file())
	_ = z.Close()
	var ng bytes.Buffer
	n, err := pcapgo.NewNgWriter(&ng, layers.LinkTypeEthernet)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range w.packets {
		if err := n.WritePacket(gopacket.CaptureInfo{Timestamp: epoch, CaptureLength: len(p), Length: len(p)}, p); err != nil {
			t.Fatal(err)
		}
	}
	if err := n.Flush(); err != nil {
		t.Fatal(err)
	}
	for name, file := range map[string][]byte{"gzip": zipped.Bytes(), "pcapng": ng.Bytes()} {
		c, err := ReadCapture(bytes.NewReader(file))
		if err != nil || len(c.Messages) != 2 {
			t.Errorf("%s: %+v, %v", name, c, err)
		}
	}
}

// withBody is a message with a body of that length.
func withBody(n int) string {
	return strings.Replace(options, "Content-Length: 0\r\n\r\n", fmt.Sprintf("l: %d\r\n\r\n", n)+strings.Repeat("v", n), 1)
}

// Segments are put in order and cut by Content-Length: early, late, repeated and overlapping ones, two messages in one, one in many, line ends between, a sequence number
// that wraps, a capture that begins in the middle, a second connection between the same ports.
func TestCaptureTCP(t *testing.T) {
	one, two := withBody(10), withBody(300)
	n := uint32(len(one))
	rows := []struct {
		name string
		send func(w *wireTape)
		want []string
	}{
		{"two in one segment", func(w *wireTape) { w.tcp(1, false, one+"\r\n\r\n"+two) }, []string{one, two}},
		{"one in many", func(w *wireTape) {
			for i := range two {
				w.tcp(uint32(1+i), false, two[i:i+1])
			}
		}, []string{two}},
		{"early, and repeated", func(w *wireTape) {
			w.tcp(0, true, "")
			w.tcp(1+n, false, two)
			w.tcp(1+n, false, two)
			w.tcp(1, false, one)
			w.tcp(1, false, one)
		}, []string{one, two}},
		{"overlapping", func(w *wireTape) {
			w.tcp(0, true, "")
			w.tcp(1, false, one[:20])
			w.tcp(11, false, one[10:40])
			w.tcp(6, false, one[5:]+two[:7])
			w.tcp(1+n, false, two)
		}, []string{one, two}},
		{"begun before the capture", func(w *wireTape) { w.tcp(7777, false, one) }, []string{one}},
		{"a second connection", func(w *wireTape) {
			w.tcp(0, true, "")
			w.tcp(1, false, one[:30])
			w.tcp(9000, true, "")
			w.tcp(9001, false, two)
		}, []string{two}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			w := newWireTape(t, layers.LinkTypeEthernet)
			row.send(w)
			c := w.read()
			var got []string
			for _, m := range c.Messages {
				got = append(got, m.SIP)
			}
			if strings.Join(got, "|") != strings.Join(row.want, "|") || len(c.Notes) != 0 {
				t.Errorf("got %q, %q\nwant %q", got, c.Notes, row.want)
			}
		})
	}
}

// What cannot be read is passed over and said: TLS, a hole, a message that does not end, a stream that stops being SIP, fragments of IPv6.
func TestCaptureNotes(t *testing.T) {
	rows := []struct {
		name string
		send func(w *wireTape)
		n    int
		want string
	}{
		{"TLS", func(w *wireTape) { w.tcp(1, false, "\x16\x03\x01\x00\x05hello") }, 0, "a TLS connection cannot be read (1 times)"},
		{"another protocol", func(w *wireTape) { w.tcp(1, false, "GET / HTTP/1.1\r\n\r\n") }, 0, "none of 1 packets holds SIP over UDP or TCP"},
		{"a hole", func(w *wireTape) { w.tcp(0, true, ""); w.tcp(100, false, options) }, 0, "a hole"},
		{"no end", func(w *wireTape) {
			for i := range uint32(300) {
				w.tcp(1+i*1000, false, strings.Repeat("A", 1000))
			}
		}, 0, "none of 300 packets"},
		{"a message too long", func(w *wireTape) {
			w.tcp(1, false, strings.Replace(options, "Content-Length: 0", "Content-Length: 99999999", 1))
		}, 0, "none of 1 packets"},
		{"no more SIP", func(w *wireTape) { w.tcp(1, false, options+"\x00\x01\x02\x03\r\n") }, 1, "a TCP connection stops being SIP"},
		{"IPv6 fragments", func(w *wireTape) {
			mac := net.HardwareAddr{2, 0, 0, 0, 0, 1}
			ip6 := &layers.IPv6{Version: 6, HopLimit: 64, NextHeader: layers.IPProtocolIPv6Fragment, SrcIP: net.ParseIP("2001:db8::1"), DstIP: net.ParseIP("2001:db8::2")}
			w.add(&layers.Ethernet{SrcMAC: mac, DstMAC: mac, EthernetType: layers.EthernetTypeIPv6}, ip6, gopacket.Payload("\x11\x00\x00\x01\x00\x00\x00\x01"+options))
		}, 0, "fragments of IPv6"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			w := newWireTape(t, layers.LinkTypeEthernet)
			row.send(w)
			c := w.read()
			notes := strings.Join(c.Notes, "; ")
			if len(c.Messages) != row.n || !strings.Contains(notes, row.want) {
				t.Errorf("%d messages, notes %q, want %d and %q", len(c.Messages), notes, row.n, row.want)
			}
		})
	}
}

// A datagram in fragments is put together; one whose rest never comes is none.
func TestCaptureFragments(t *testing.T) {
	w := newWireTape(t, layers.LinkTypeEthernet)
	text := withBody(1600)
	b := gopacket.NewSerializeBuffer()
	ip := ipv4Between(callerIP, calleeIP, layers.IPProtocolUDP)
	if err := gopacket.SerializeLayers(b, gopacket.SerializeOptions{FixLengths: true}, &layers.UDP{SrcPort: 5060, DstPort: 5060}, gopacket.Payload(text)); err != nil {
		t.Fatal(err)
	}
	whole := b.Bytes()
	for _, id := range []uint16{1, 2} {
		for at := 0; at < len(whole); at += 800 {
			part := *ip
			part.Id, part.FragOffset = id, uint16(at/8)
			end := min(at+800, len(whole))
			if end < len(whole) {
				part.Flags = layers.IPv4MoreFragments
			} else if id == 2 {
				break
			}
			w.add(append(w.below(&part), &part, gopacket.Payload(whole[at:end]))...)
		}
	}
	if got := w.read().Messages; len(got) != 1 || got[0].SIP != text || got[0].Packet != 3 {
		t.Errorf("%d messages, %+v", len(got), got)
	}
}

// Of a file that breaks off what is whole counts, as of one whose tcpdump was stopped, and it is said; cut anywhere it never does more harm than that.
func TestSecurityCaptureBroken(t *testing.T) {
	file, err := os.ReadFile("../../testdata/traces/asterisk-in-tcp.pcap")
	if err != nil {
		t.Fatal(err)
	}
	whole, err := ReadCapture(bytes.NewReader(file))
	if err != nil || whole.Broken != nil {
		t.Fatal(err, whole.Broken)
	}
	for _, end := range []string{"", "\x00\x00garbage, and more of it than a packet's header has"} {
		c, err := ReadCapture(io.MultiReader(bytes.NewReader(file[:len(file)-10]), strings.NewReader(end)))
		if end != "" {
			c, err = ReadCapture(io.MultiReader(bytes.NewReader(file), strings.NewReader(end)))
		}
		if err != nil || c.Broken == nil || !strings.Contains(c.Broken.Error(), "after packet ") || len(c.Notes) != 1 || len(c.Calls()) != 1 {
			t.Errorf("end %q: %v, %+v", end, err, c)
		}
	}
	if c, err := ReadCapture(bytes.NewReader(file[:24])); err != nil || len(c.Notes) != 1 || c.Notes[0] != "none of 0 packets holds SIP over UDP or TCP" {
		t.Errorf("without a packet: %v, %+v", err, c)
	}
	for _, text := range []string{"", "x", "not a capture, but longer than a header of one", "\x1f\x8b not gzip", "\x0a\x0d\x0d\x0a not pcapng"} {
		if _, err := ReadCapture(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), "not a capture") {
			t.Errorf("%q: %v", text, err)
		}
	}
	for cut := range len(file) {
		_, _ = ReadCapture(bytes.NewReader(file[:cut])) // what comes back is not looked at: it comes back
	}
	huge := bytes.Clone(file[:24+16])
	copy(huge[24+8:], "\xff\xff\xff\x7f\xff\xff\xff\x7f") // a packet of 2 GiB
	if _, err := ReadCapture(bytes.NewReader(huge)); err == nil {
		t.Error("a packet of 2 GiB was read")
	}
}

// Whatever a file says, reading it, finding its calls and masking them ends without a panic.
func FuzzReadCapture(f *testing.F) {
	for _, name := range []string{"asterisk-in-tcp", "kamailio-in-prack", "janus-in-declined"} {
		file, err := os.ReadFile("../../testdata/traces/" + name + ".pcap")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(file)
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		c, err := ReadCapture(bytes.NewReader(file))
		if err != nil {
			return
		}
		playAll(t, c)
		c.Mask()
		playAll(t, c)
	})
}

// FuzzPlayCall plays a call of whose messages any byte may have changed: whatever a trunk said, the world stands, and nothing stays behind.
func FuzzPlayCall(f *testing.F) {
	c, err := OpenCapture("../../testdata/traces/asterisk-in-early-prack.pcap")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(0, 0, "")
	f.Add(0, 60, "\r\nRequire: 100rel")
	f.Add(7, 12, "\x00")
	f.Add(0, 7, "sip:@")
	f.Fuzz(func(t *testing.T, message, at int, text string) {
		changed := &Capture{Messages: append([]Captured(nil), c.Messages...)}
		m := &changed.Messages[uint(message)%uint(len(c.Messages))]
		k := int(uint(at) % uint(len(m.SIP)))
		m.SIP = m.SIP[:k] + text + m.SIP[min(k+len(text), len(m.SIP)):]
		playAll(t, changed)
	})
}

func playAll(t *testing.T, c *Capture) {
	calls := c.Calls()
	for _, r := range calls[:min(len(calls), 3)] {
		for _, side := range [...]Side{SideCaller, SideCallee} {
			result, err := PlayCall(r, side, calls)
			if err != nil {
				if !strings.Contains(err.Error(), "from the call's first one") && !strings.Contains(err.Error(), "does not come to an end") {
					t.Errorf("%s %s: %v", r.Title(), side, err)
				}
				continue
			}
			for _, p := range result.Problems {
				t.Errorf("%s %s: %s", r.Title(), side, p)
			}
		}
	}
}
