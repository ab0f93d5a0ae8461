package agenttest

import (
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"testing"
	"time"

	ws "github.com/fasthttp/websocket"

	"offhook/agent/protocol"
)

// patience is how long a client waits for what has to come.
const patience = time.Minute

// Frame is any frame of the server. The fields of other types than its own are empty.
type Frame struct {
	Raw   []byte                `json:"-"`
	Type  string                `json:"type"`
	Agent protocol.Agent        `json:"agent"`
	Queue protocol.QueueFigures `json:"queue"`
	// Call is the object of a call frame; in an ok to dial the field of that name is a string, which Reply reads.
	Call protocol.Call `json:"-"`
}

// Client is an agent's page. One goroutine uses it.
type Client struct {
	t    testing.TB
	conn *ws.Conn
	id   int64
	// Mute stops it from answering beats, as a page that hangs does.
	Mute bool
}

// Options of Dial; the zero Options have no origin and offer no subprotocol.
type Options struct {
	Origin      string
	Subprotocol string
	Header      http.Header
	// ReadBuffer is the size of the kernel's receive buffer in bytes, 0 for the usual one. A small one makes a slow reader.
	ReadBuffer int
}

// Try opens a socket and returns the HTTP status where the server does not want it.
func Try(url string, o Options) (*ws.Conn, int, error) {
	header := o.Header.Clone()
	if header == nil {
		header = http.Header{}
	}
	if o.Origin != "" {
		header.Set("Origin", o.Origin)
	}
	d := ws.Dialer{HandshakeTimeout: patience, NetDial: func(network, address string) (net.Conn, error) {
		conn, err := net.DialTimeout(network, address, patience)
		if err == nil && o.ReadBuffer > 0 {
			err = conn.(*net.TCPConn).SetReadBuffer(o.ReadBuffer)
		}
		return conn, err
	}}
	if o.Subprotocol != "" {
		d.Subprotocols = []string{o.Subprotocol}
	}
	conn, resp, err := d.Dial(url, header)
	status := 0
	if resp != nil {
		status = resp.StatusCode
	}
	return conn, status, err
}

// Dial opens a socket that has to be taken. It is closed when the test ends.
func Dial(t testing.TB, url, origin string) *Client {
	t.Helper()
	return DialWith(t, url, Options{Origin: origin, Subprotocol: protocol.Subprotocol})
}

// DialWith is Dial with options.
func DialWith(t testing.TB, url string, o Options) *Client {
	t.Helper()
	conn, status, err := Try(url, o)
	if err != nil {
		t.Fatalf("dial: %v (status %d)", err, status)
	}
	c := &Client{t: t, conn: conn}
	t.Cleanup(c.Cut)
	return c
}

// Cut drops the connection without a word.
func (c *Client) Cut() { _ = c.conn.Close() }

// Conn is the connection, for what no page does.
func (c *Client) Conn() *ws.Conn { return c.conn }

// NextID is a new request id, above every one used before.
func (c *Client) NextID() int64 {
	c.id++
	return c.id
}

// Send sends a request.
func (c *Client) Send(req any) {
	c.t.Helper()
	frame, err := json.Marshal(req)
	if err != nil {
		c.t.Fatal(err)
	}
	c.Raw(string(frame))
}

// Raw sends a text frame as it is.
func (c *Client) Raw(frame string) {
	c.t.Helper()
	if err := c.conn.WriteMessage(ws.TextMessage, []byte(frame)); err != nil {
		c.t.Fatalf("send: %v", err)
	}
}

// Next is the next frame that is not a beat; beats are answered on the way.
func (c *Client) Next() Frame {
	c.t.Helper()
	f, err := c.next()
	if err != nil {
		c.t.Fatalf("next frame: %v", err)
	}
	return f
}

func (c *Client) next() (Frame, error) {
	for {
		_ = c.conn.SetReadDeadline(time.Now().Add(patience))
		_, data, err := c.conn.ReadMessage()
		if err != nil {
			return Frame{}, err
		}
		f := Frame{Raw: data}
		if err := json.Unmarshal(data, &f); err != nil {
			return f, err
		}
		switch f.Type {
		case "beat":
			if !c.Mute {
				c.Raw(`{"type":"beat"}`)
			}
			continue
		case "call":
			err = json.Unmarshal(data, &struct{ Call *protocol.Call }{&f.Call})
		}
		return f, err
	}
}

// Closed reads until the server closes the socket and returns the close code; 1006 where there was none.
func (c *Client) Closed() int {
	c.t.Helper()
	for {
		_, err := c.next()
		var closed *ws.CloseError
		var timeout net.Error
		switch {
		case err == nil:
			continue
		case errors.As(err, &closed):
			return closed.Code
		case errors.As(err, &timeout) && timeout.Timeout():
			c.t.Fatal("the socket was not closed")
		}
		return ws.CloseAbnormalClosure
	}
}

// Hello logs in; session is "" for a new session.
func (c *Client) Hello(token, session string) protocol.Welcome {
	c.t.Helper()
	c.Send(protocol.Hello{Head: protocol.NewHead("hello", c.NextID()), Token: token, Client: "agenttest/1", Session: session})
	f := c.Next()
	var w protocol.Welcome
	if err := json.Unmarshal(f.Raw, &w); err != nil || f.Type != "welcome" {
		c.t.Fatalf("got %s, want a welcome (%v)", f.Raw, err)
	}
	c.id = max(c.id, w.LastID)
	return w
}

// Reply is the next ok or error; objects before it are passed over.
func (c *Client) Reply() protocol.Reply {
	c.t.Helper()
	for {
		f := c.Next()
		if f.Type != "ok" && f.Type != "error" {
			continue
		}
		var r protocol.Reply
		if err := json.Unmarshal(f.Raw, &r); err != nil {
			c.t.Fatal(err)
		}
		return r
	}
}

// Await is the next frame that match likes.
func (c *Client) Await(what string, match func(Frame) bool) Frame {
	c.t.Helper()
	for {
		f, err := c.next()
		if err != nil {
			c.t.Fatalf("waiting for %s: %v", what, err)
		}
		if match(f) {
			return f
		}
	}
}
