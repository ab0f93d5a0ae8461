package e2e

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"offhook/internal/harness"
	"offhook/internal/load"
)

// A tracedCall is a call placed by a SIP phone written out by hand: no library resends, refreshes or hides anything, and every datagram that
// the gateway sends to it is kept. It is for tests that count messages.
type tracedCall struct {
	t     *testing.T
	conn  *net.UDPConn
	to    netip.AddrPort
	phone *load.Phone
	ear   load.Ear
	tag   string

	mu       sync.Mutex
	messages []string
	added    chan struct{}
	toTag    string
	contact  string
}

// placeTraced sends an INVITE to the gateway from loopback. The phone says 440 Hz once it is answered.
func placeTraced(t *testing.T, server *harness.Server, pacer *load.Pacer, number string) *tracedCall {
	t.Helper()
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	c := &tracedCall{t: t, conn: conn, to: server.SIP, added: make(chan struct{}), tag: fmt.Sprint(time.Now().UnixNano())}
	if c.phone, err = load.OpenPhone(harness.Loopback, pacer, c.ear.Hear); err != nil {
		t.Fatal(err)
	}
	reader := make(chan struct{})
	go func() {
		defer close(reader)
		c.read()
	}()
	t.Cleanup(func() {
		_ = conn.Close()
		<-reader
		c.phone.Close()
	})
	c.send("INVITE", "sip:"+number+"@"+c.to.String(), 1, "", c.phone.Offer(load.PCMA))
	return c
}

func (c *tracedCall) send(method, uri string, seq int, toTag string, body []byte) {
	here := c.conn.LocalAddr().String()
	to := "<sip:100@" + c.to.String() + ">"
	if toTag != "" {
		to += ";tag=" + toTag
	}
	text := fmt.Sprintf("%s %s SIP/2.0\r\nVia: SIP/2.0/UDP %s;rport;branch=z9hG4bK%s%s%d\r\nMax-Forwards: 70\r\n"+
		"From: \"Traced\" <sip:+4930111@%s>;tag=%s\r\nTo: %s\r\nCall-ID: %s@traced\r\nCSeq: %d %s\r\nContact: <sip:traced@%s>\r\n",
		method, uri, here, c.tag, method, seq, here, c.tag, to, c.tag, seq, method, here)
	if len(body) > 0 {
		text += "Content-Type: application/sdp\r\n"
	}
	text += fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body), body)
	if _, err := c.conn.WriteToUDPAddrPort([]byte(text), c.to); err != nil {
		c.t.Error(err)
	}
}

func (c *tracedCall) read() {
	packet := make([]byte, 65535)
	for {
		n, from, err := c.conn.ReadFromUDPAddrPort(packet)
		if err != nil {
			return
		}
		message := string(packet[:n])
		c.react(message, from)
		c.mu.Lock()
		c.messages = append(c.messages, message)
		close(c.added)
		c.added = make(chan struct{})
		c.mu.Unlock()
	}
}

var (
	toTag   = regexp.MustCompile(`(?im)^To:.*;tag=([^;\s]+)`)
	contact = regexp.MustCompile(`(?im)^Contact:\s*<([^>]+)>`)
	topVias = regexp.MustCompile(`(?im)^(?:Via|From|To|Call-ID|CSeq):.*\r\n`)
)

func (c *tracedCall) react(message string, from netip.AddrPort) {
	switch {
	case strings.HasPrefix(message, "SIP/2.0 200") && strings.Contains(message, " INVITE\r\n"):
		c.mu.Lock()
		c.toTag, c.contact = firstMatch(toTag, message), firstMatch(contact, message)
		tag, uri := c.toTag, c.contact
		c.mu.Unlock()
		c.send("ACK", uri, 1, tag, nil)
		_, sdp, _ := strings.Cut(message, "\r\n\r\n")
		if err := c.phone.Answered([]byte(sdp), load.Sine(440, -10)); err != nil {
			c.t.Error(err)
		}
	case strings.HasPrefix(message, "BYE "):
		reply := "SIP/2.0 200 OK\r\n" + strings.Join(topVias.FindAllString(message, -1), "") + "Content-Length: 0\r\n\r\n"
		_, _ = c.conn.WriteToUDPAddrPort([]byte(reply), from)
	}
}

func firstMatch(re *regexp.Regexp, text string) string {
	if m := re.FindStringSubmatch(text); m != nil {
		return strings.TrimSpace(m[1])
	}
	return ""
}

// hangUp sends BYE.
func (c *tracedCall) hangUp() {
	c.mu.Lock()
	tag, uri := c.toTag, c.contact
	c.mu.Unlock()
	c.send("BYE", uri, 2, tag, nil)
}

// sent are the datagrams that the gateway has sent.
func (c *tracedCall) sent() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.messages)
}

// unseen gives what fails the test if the gateway has sent anything since. What it sent before may come again: a 200 whose ACK was late (RFC 3261 §13.3.1.4).
func (c *tracedCall) unseen() func(what string) {
	before := c.sent()
	return func(what string) {
		c.t.Helper()
		for _, m := range c.sent()[len(before):] {
			if !slices.Contains(before, m) {
				c.t.Errorf("%s is seen on the trunk: %q", what, m)
			}
		}
	}
}

// wait waits for a message that begins like this.
func (c *tracedCall) wait(ctx context.Context, prefix string) {
	c.t.Helper()
	for {
		c.mu.Lock()
		messages, added := c.messages, c.added
		c.mu.Unlock()
		for _, m := range messages {
			if strings.HasPrefix(m, prefix) {
				return
			}
		}
		select {
		case <-added:
		case <-ctx.Done():
			c.t.Fatalf("the gateway sent no %q, but %q", prefix, messages)
		}
	}
}
