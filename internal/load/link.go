package load

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/fasthttp/websocket"

	"offhook/agent/protocol"
)

const (
	subprotocol = "offhook.v1"
	writeWithin = 5 * time.Second
	// beatLost is two beats of 15 s missed, and a little.
	beatLost = 35 * time.Second
)

// A link is one WebSocket to the gateway.
type link struct {
	conn *websocket.Conn

	mu      sync.Mutex                    // held while writing, so that ids rise on the wire
	waiting map[int64]chan protocol.Reply // nil once the socket is lost
}

// A CloseError tells that the gateway closed the WebSocket, or would not open it.
type CloseError struct {
	// Code is the close code, or the HTTP status of the refused upgrade, or 0 if the connection was cut.
	Code int
	Err  error
}

// Error is the code and what was said with it.
func (e *CloseError) Error() string { return fmt.Sprintf("socket closed (%d): %v", e.Code, e.Err) }

// Unwrap gives the cause.
func (e *CloseError) Unwrap() error { return e.Err }

var errNoSubprotocol = errors.New("the server did not choose the subprotocol " + subprotocol)

func dial(ctx context.Context, url, origin string, tlsConfig *tls.Config) (*link, error) {
	dialer := websocket.Dialer{Subprotocols: []string{subprotocol}, TLSClientConfig: tlsConfig, HandshakeTimeout: 10 * time.Second}
	conn, response, err := dialer.DialContext(ctx, url, http.Header{"Origin": {origin}})
	if err != nil && response != nil {
		return nil, &CloseError{response.StatusCode, err}
	}
	if err != nil {
		return nil, fmt.Errorf("connecting to %s: %w", url, err)
	}
	if conn.Subprotocol() != subprotocol {
		return nil, errors.Join(errNoSubprotocol, conn.Close())
	}
	return &link{conn: conn, waiting: make(map[int64]chan protocol.Reply)}, nil
}

// write sends one frame.
func (l *link) write(frame any) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.writeLocked(frame)
}

// request sends a frame under an id taken from next, and gives where its reply will come. The channel is closed if the socket
// is lost before.
func (l *link) request(next func() int64, frame Fields) (<-chan protocol.Reply, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.waiting == nil {
		return nil, errNoSocket
	}
	id, reply := next(), make(chan protocol.Reply, 1)
	frame["id"] = id
	l.waiting[id] = reply
	return reply, l.writeLocked(frame)
}

// replied hands a reply to whoever waits for it.
func (l *link) replied(reply protocol.Reply) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if waiting := l.waiting[reply.ID]; waiting != nil {
		waiting <- reply // buffered, and there is one reply
		delete(l.waiting, reply.ID)
	}
}

// lost ends all waiting.
func (l *link) lost() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, reply := range l.waiting {
		close(reply)
	}
	l.waiting = nil
}

func (l *link) writeLocked(frame any) error {
	if err := l.conn.SetWriteDeadline(time.Now().Add(writeWithin)); err != nil {
		return err
	}
	return l.conn.WriteJSON(frame)
}

// inFrame is any frame of the server.
type inFrame struct {
	Type string `json:"type"`
	ID   int64  `json:"id"`

	Agent *protocol.Agent `json:"agent"`
	raw   []byte
}

// read gives the next frame. Its error is a *CloseError.
func (l *link) read() (inFrame, error) {
	if err := l.conn.SetReadDeadline(time.Now().Add(beatLost)); err != nil {
		return inFrame{}, closed(err)
	}
	_, raw, err := l.conn.ReadMessage()
	if err != nil {
		return inFrame{}, closed(err)
	}
	f := inFrame{raw: raw}
	if err := json.Unmarshal(raw, &f); err != nil {
		return inFrame{}, closed(fmt.Errorf("reading a frame: %w", err))
	}
	return f, nil
}

func closed(err error) *CloseError {
	var c *websocket.CloseError
	if errors.As(err, &c) {
		return &CloseError{c.Code, err}
	}
	return &CloseError{0, err}
}

// cut ends the connection without a word.
func (l *link) cut() { _ = l.conn.NetConn().Close() }
