package agent

import (
	"bytes"
	"errors"
	"io"
	"net"
	"sync"
	"time"

	ws "github.com/fasthttp/websocket"

	"offhook/agent/protocol"
)

// wire is a WebSocket as the hub uses it: one goroutine receives, one sends and ends, any may drop.
type wire interface {
	// receive waits for one frame and hands it to use, which must not keep it. errNotFrame is an error after which receive may be called again.
	receive(use func(frame []byte)) error
	// send writes one frame; a reader that stops makes it fail after writeTimeout.
	send(frame []byte) error
	// end sends a close frame and lets receive go on for linger at most, so that the peer can read the close before the connection is reset.
	end(code int, text string)
	// drop closes the connection without a word.
	drop()
}

// errNotFrame is a frame that is not the protocol: binary, or too large.
var errNotFrame = errors.New("not a text frame of at most 64 KiB")

const (
	writeTimeout = 2 * time.Second
	// messageTimeout is how long a started frame may take to arrive: it is what ends endless fragments.
	messageTimeout = 10 * time.Second
	linger         = time.Second
)

// socketWire is a wire over a WebSocket connection. It holds the inner connection, never the wrapper of gofiber/contrib: that one is pooled and
// would write to another agent's socket once its handler has returned.
type socketWire struct {
	conn    *ws.Conn
	message time.Duration // how long a started frame may take to arrive

	mu    sync.Mutex
	ended bool // the deadlines are end's or drop's; guarded by mu
}

// newSocketWire takes over conn. control is asked for each ping and pong whether it is fine; if not, it is not answered.
func newSocketWire(conn *ws.Conn, message time.Duration, control func() bool) *socketWire {
	w := &socketWire{conn: conn, message: message}
	boundKernel(conn.NetConn())
	conn.SetPingHandler(func(data string) error {
		if control() {
			_ = conn.WriteControl(ws.PongMessage, []byte(data), time.Now().Add(writeTimeout)) // a failed write shows in the next one
		}
		return nil
	})
	conn.SetPongHandler(func(string) error {
		control()
		return nil
	})
	return w
}

// frameBuffers are shared: an idle socket holds none.
var frameBuffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

func (w *socketWire) receive(use func(frame []byte)) error {
	kind, r, err := w.conn.NextReader()
	if err != nil {
		return err
	}
	w.deadline(time.Now().Add(w.message))
	defer w.deadline(time.Time{})
	buf := frameBuffers.Get().(*bytes.Buffer)
	defer frameBuffers.Put(buf)
	buf.Reset()
	// The library's own read limit would close with 1009, so the limit is set here.
	n, err := buf.ReadFrom(io.LimitReader(r, protocol.MaxFrame+1))
	switch {
	case err != nil:
		return err
	case kind != ws.TextMessage || n > protocol.MaxFrame:
		return errNotFrame
	}
	use(buf.Bytes())
	return nil
}

// closeCode is the code of the close frame that made receive fail; 1006 where there was none (RFC 6455 §7.1.5).
func closeCode(err error) int {
	var closed *ws.CloseError
	if errors.As(err, &closed) {
		return closed.Code
	}
	return ws.CloseAbnormalClosure
}

// deadline sets the read deadline, unless the end has set its own.
func (w *socketWire) deadline(t time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.ended {
		_ = w.conn.SetReadDeadline(t) // fails only on a dead connection, which the read tells
	}
}

func (w *socketWire) send(frame []byte) error {
	// The library sets it on the connection as it writes: after drop it would bring the connection back to life, but only for writeTimeout.
	if err := w.conn.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return err
	}
	return w.conn.WriteMessage(ws.TextMessage, frame)
}

func (w *socketWire) end(code int, text string) {
	_ = w.conn.WriteControl(ws.CloseMessage, ws.FormatCloseMessage(code, text), time.Now().Add(writeTimeout))
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.ended {
		w.ended = true
		_ = w.conn.SetReadDeadline(time.Now().Add(linger))
	}
}

// drop makes every read and write fail from now on. Closing would not: fasthttp's Close of a hijacked connection does nothing until the handler has
// returned, and the handler waits for us.
func (w *socketWire) drop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ended = true
	_ = w.conn.NetConn().SetDeadline(time.Unix(1, 0))
}

// kernelBuffer is how much the kernel may hold of what we send, in bytes. Left alone it takes megabytes for a page that has stopped reading, all of them
// out of date by the time they are read.
const kernelBuffer = 64 << 10

// boundKernel finds the TCP connection beneath fasthttp's and TLS's and bounds its send buffer.
func boundKernel(conn net.Conn) {
	for conn != nil {
		switch c := conn.(type) {
		case *net.TCPConn:
			_ = c.SetWriteBuffer(kernelBuffer) // without it the socket works too
			return
		case interface{ UnsafeConn() net.Conn }: // fasthttp's hijacked one
			conn = c.UnsafeConn()
		case interface{ NetConn() net.Conn }: // crypto/tls
			conn = c.NetConn()
		default:
			return
		}
	}
}
