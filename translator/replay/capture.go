package replay

import (
	"bufio"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/ip4defrag"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"

	"offhook/translator/dialog"
)

// Limits of a capture. What goes beyond them is an error that names the packet: a capture of a whole night is cut with its own tools first.
const (
	maxCapturePackets  = 5_000_000
	maxCaptureBytes    = 2 << 30 // of packets, after decompression
	maxCaptureMessages = 100_000
	maxPacket          = 256 << 10
	maxFragments       = 4096 // until those without the rest of their datagrams are dropped
)

// Capture is what a capture file holds of SIP.
type Capture struct {
	Messages []Captured
	// Notes say what was in the file and could not be read, such as a TLS connection.
	Notes []string
	// Broken says why nothing more of the file could be read, nil if all of it was.
	Broken error
}

// Captured is one SIP message of a capture.
type Captured struct {
	// Packet is the number of the packet that completed it, counted from 1 as other tools do.
	Packet int
	// At is that packet's time.
	At time.Time
	// From and To are its addresses.
	From, To netip.AddrPort
	// Network is dialog.UDP or dialog.TCP.
	Network dialog.Network
	// SIP is the message, byte for byte.
	SIP string
}

// ReadCapture reads the SIP messages of a pcap or pcapng file, compressed by gzip or not: UDP, and TCP put in order and cut by Content-Length, on any port, over Ethernet,
// VLANs, loopback, Linux cooked captures and raw IP. Fragments of IPv4 are put together. Everything else in the file is passed over, and of a file that breaks off
// what is whole counts, see [Capture.Broken]. The error names the packet that cannot be read.
func ReadCapture(r io.Reader) (*Capture, error) {
	source, err := openCapture(r)
	if errors.Is(err, io.EOF) {
		err = errors.New("the file is empty")
	}
	if err != nil {
		return nil, fmt.Errorf("replay: not a capture: %w", err)
	}
	c := &captureReader{out: &Capture{}, streams: map[flow]*tcpStream{}, defrag: ip4defrag.NewIPv4Defragmenter(), skipped: map[string]int{}}
	for {
		data, info, err := source.ReadPacketData()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil && c.packet > 0 { // whoever captured was stopped in the middle of it, or the file was
			c.out.Broken = fmt.Errorf("replay: the file breaks off, or is damaged, after packet %d: %w", c.packet, err)
			c.out.Notes = append(c.out.Notes, strings.TrimPrefix(c.out.Broken.Error(), "replay: "))
			break
		}
		c.packet++
		if err == nil {
			err = c.read(data, info, source.LinkType())
		}
		if err != nil {
			return nil, fmt.Errorf("replay: packet %d: %w", c.packet, err)
		}
	}
	c.finish()
	return c.out, nil
}

// packetSource is what both kinds of files are read by.
type packetSource interface {
	ReadPacketData() ([]byte, gopacket.CaptureInfo, error)
	LinkType() layers.LinkType
}

// openCapture tells pcap from pcapng by the first bytes, looking through compression.
func openCapture(r io.Reader) (packetSource, error) {
	b := bufio.NewReader(r)
	if magic, err := b.Peek(2); err == nil && magic[0] == 0x1f && magic[1] == 0x8b { // RFC 1952 §2.3.1
		plain, err := gzip.NewReader(b)
		if err != nil {
			return nil, err
		}
		b = bufio.NewReader(plain)
	}
	if magic, err := b.Peek(4); err == nil && binary.BigEndian.Uint32(magic) == 0x0a0d0d0a { // a section header, in either order of bytes
		return pcapgo.NewNgReader(b, pcapgo.NgReaderOptions{SkipUnknownVersion: true})
	}
	return pcapgo.NewReader(b)
}

// captureReader reads packets one after another.
type captureReader struct {
	out       *Capture
	packet    int
	bytes     int64
	streams   map[flow]*tcpStream
	defrag    *ip4defrag.IPv4Defragmenter
	fragments int
	skipped   map[string]int // what was passed over, and how often
}

// flow is one direction of a connection.
type flow struct{ from, to netip.AddrPort }

func (c *captureReader) read(data []byte, info gopacket.CaptureInfo, link layers.LinkType) error {
	c.bytes += int64(len(data))
	switch {
	case c.packet > maxCapturePackets:
		return fmt.Errorf("more than %d packets", maxCapturePackets)
	case c.bytes > maxCaptureBytes:
		return fmt.Errorf("more than %d bytes", int64(maxCaptureBytes))
	case len(data) > maxPacket:
		return fmt.Errorf("a packet of %d bytes", len(data))
	}
	p := gopacket.NewPacket(data, link, gopacket.DecodeOptions{Lazy: true, NoCopy: true})
	network := p.NetworkLayer()
	if network == nil {
		return nil
	}
	if ip, ok := network.(*layers.IPv4); ok && (ip.FragOffset != 0 || ip.Flags&layers.IPv4MoreFragments != 0) {
		return c.fragment(ip, info)
	}
	if p.Layer(layers.LayerTypeIPv6Fragment) != nil {
		c.skipped["fragments of IPv6 cannot be read"]++
		return nil
	}
	return c.transport(network, p.TransportLayer(), info.Timestamp)
}

// fragment puts datagrams of IPv4 together (RFC 791 §3.2).
func (c *captureReader) fragment(ip *layers.IPv4, info gopacket.CaptureInfo) error {
	if c.fragments++; c.fragments%maxFragments == 0 {
		c.defrag.DiscardOlderThan(info.Timestamp.Add(-30 * time.Second))
	}
	whole, err := c.defrag.DefragIPv4WithTimestamp(ip, info.Timestamp)
	if err != nil {
		c.skipped["fragments of IPv4 do not fit together"]++
		return nil
	}
	if whole == nil {
		return nil
	}
	p := gopacket.NewPacket(whole.Payload, whole.NextLayerType(), gopacket.DecodeOptions{NoCopy: true})
	return c.transport(whole, p.TransportLayer(), info.Timestamp)
}

// transport takes the payload of one datagram or segment.
func (c *captureReader) transport(network gopacket.NetworkLayer, transport gopacket.TransportLayer, at time.Time) error {
	from, to, ok := hosts(network)
	if !ok {
		return nil
	}
	switch t := transport.(type) {
	case *layers.UDP:
		f := flow{netip.AddrPortFrom(from, uint16(t.SrcPort)), netip.AddrPortFrom(to, uint16(t.DstPort))}
		if looksLikeSIP(t.Payload) {
			return c.message(f, at, dialog.UDP, string(t.Payload))
		}
	case *layers.TCP:
		return c.segment(flow{netip.AddrPortFrom(from, uint16(t.SrcPort)), netip.AddrPortFrom(to, uint16(t.DstPort))}, t, at)
	}
	return nil
}

func hosts(network gopacket.NetworkLayer) (from, to netip.Addr, ok bool) {
	src, dst := network.NetworkFlow().Endpoints()
	from, ok1 := netip.AddrFromSlice(src.Raw())
	to, ok2 := netip.AddrFromSlice(dst.Raw())
	return from.Unmap(), to.Unmap(), ok1 && ok2
}

func (c *captureReader) message(f flow, at time.Time, network dialog.Network, text string) error {
	if len(c.out.Messages) >= maxCaptureMessages {
		return fmt.Errorf("more than %d SIP messages", maxCaptureMessages)
	}
	c.out.Messages = append(c.out.Messages, Captured{Packet: c.packet, At: at, From: f.from, To: f.to, Network: network, SIP: text})
	return nil
}
