package agent

import (
	"errors"
	"log/slog"
	"net/netip"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gofiber/contrib/websocket"
	"github.com/gofiber/fiber/v2"

	"offhook/agent/protocol"
)

// Settings are the fiber settings that this product is safe with. fiber hands out strings that it uses again for the next request, hence Immutable;
// without ReadTimeout half-sent requests stay for ever. Anything else may be changed by the caller.
func Settings() fiber.Config {
	return fiber.Config{
		Immutable:             true,
		ReadTimeout:           5 * time.Second,
		WriteTimeout:          30 * time.Second,
		IdleTimeout:           60 * time.Second,
		BodyLimit:             64 << 10,
		ReadBufferSize:        8 << 10,
		ReduceMemoryUsage:     true,
		DisableStartupMessage: true,
		ErrorHandler:          answerError,
	}
}

// answerError tells a client nothing but the status of what went wrong.
func answerError(c *fiber.Ctx, err error) error {
	status := fiber.StatusInternalServerError
	var known *fiber.Error
	if errors.As(err, &known) {
		status = known.Code
	}
	return c.SendStatus(status)
}

// clientLocal is where gate leaves the client for serve and turnAway.
const clientLocal = "offhook.client"

// writeBuffers are shared by all sockets: an idle one holds none.
var writeBuffers sync.Pool

// Mount serves GET /agent, the WebSocket of the agents. app has to be made with Settings.
//
// A page of another origin gets a WebSocket too, one that is closed with 4403 and whose frames nobody looks at (see turnAway). A 403 in place of the
// upgrade would be as safe, but a browser does not show it to the page: to the callbar it is a lost connection like any other, and the agent would read
// "offline" for ever instead of what is wrong. What names no single origin is no browser's page and gets the 403.
func (h *Hub) Mount(app *fiber.App) {
	app.Get("/agent", h.gate, h.upgrade(h.serve, h.cfg.Origins, h.fromOurPage), h.upgrade(h.turnAway, []string{"*"}, nil))
}

// upgrade makes a handler that upgrades what comes from one of origins and hands it to serve; what filter does not want goes to the next handler.
func (h *Hub) upgrade(serve func(*websocket.Conn), origins []string, filter func(*fiber.Ctx) bool) fiber.Handler {
	return websocket.New(serve, websocket.Config{
		Filter:           filter,
		HandshakeTimeout: 5 * time.Second,
		Origins:          origins,
		Subprotocols:     []string{protocol.Subprotocol},
		ReadBufferSize:   1 << 10,
		WriteBufferSize:  1 << 10,
		WriteBufferPool:  &writeBuffers,
		// Compression stays off: the read limit counts compressed bytes. The library's own recover sends the panic to the client.
		RecoverHandler: h.recovered,
	})
}

// gate refuses what must not become a socket, before anything is kept of it.
func (h *Hub) gate(c *fiber.Ctx) error {
	from := client{h.address(c), !h.fromOurPage(c)}
	origin := slog.String("origin", shown(c.Get(fiber.HeaderOrigin)))
	if status, reason := h.admits(c, from); reason != "" {
		h.count(CountedRefused, reason)
		h.warn("socket refused", reason, from.address, origin)
		return c.SendStatus(status)
	}
	if from.isForeign {
		h.warn("socket refused", "origin", from.address, origin)
	}
	c.Locals(clientLocal, from)
	// The library copies every header and cookie and keeps them as long as the socket. Nobody needs them.
	c.Request().Header.DelAllCookies()
	for _, name := range []string{fiber.HeaderCookie, fiber.HeaderAuthorization, fiber.HeaderUserAgent, fiber.HeaderAcceptLanguage} {
		c.Request().Header.Del(name)
	}
	return c.Next()
}

// admits reports why a request must not become a socket, and the status that says so; no reason where it may.
func (h *Hub) admits(c *fiber.Ctx, from client) (status int, reason string) {
	isOffered := offers(c.Get(fiber.HeaderSecWebSocketProtocol), protocol.Subprotocol)
	switch {
	case !fromPage(c):
		return fiber.StatusForbidden, "no_origin"
	case from.isForeign && !(websocket.IsWebSocketUpgrade(c) && isOffered):
		return fiber.StatusForbidden, "origin"
	case !websocket.IsWebSocketUpgrade(c):
		return fiber.StatusUpgradeRequired, "upgrade"
	case !isOffered:
		return fiber.StatusBadRequest, "protocol"
	}
	switch reason, ok := h.room(from); {
	case ok:
		return 0, ""
	case reason == "waiting":
		return fiber.StatusTooManyRequests, reason
	default:
		return fiber.StatusServiceUnavailable, reason
	}
}

// fromOurPage compares the one Origin header, byte for byte. RFC 6455 §10.2.
func (h *Hub) fromOurPage(c *fiber.Ctx) bool {
	origins := c.Request().Header.PeekAll(fiber.HeaderOrigin)
	return len(origins) == 1 && slices.Contains(h.cfg.Origins, string(origins[0]))
}

// fromPage: a browser sends exactly one Origin header with each WebSocket, "null" for a page that has none. RFC 6455 §4.1.
func fromPage(c *fiber.Ctx) bool {
	origins := c.Request().Header.PeekAll(fiber.HeaderOrigin)
	return len(origins) == 1 && len(origins[0]) > 0
}

// offers reports whether a Sec-WebSocket-Protocol header has name in its list.
func offers(header, name string) bool {
	for offered := range strings.SplitSeq(header, ",") {
		if strings.TrimSpace(offered) == name {
			return true
		}
	}
	return false
}

// address is what a client counts by.
func (h *Hub) address(c *fiber.Ctx) string { return Address(c, h.cfg.TrustedProxies) }

// Address is where a request comes from: the peer's address, or the last one in X-Forwarded-For that no trusted proxy wrote; of IPv6 the /64. "unknown" if the connection
// has none.
func Address(c *fiber.Ctx, proxies []netip.Prefix) string {
	peer, err := netip.ParseAddrPort(c.Context().RemoteAddr().String())
	if err != nil {
		return "unknown"
	}
	at := peer.Addr().Unmap()
	hops := strings.Split(c.Get(fiber.HeaderXForwardedFor), ",")
	for i := len(hops) - 1; i >= 0 && isIn(proxies, at); i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		at = hop.Unmap()
	}
	if at.Is6() {
		if net, err := at.WithZone("").Prefix(64); err == nil {
			return net.String()
		}
	}
	return at.String()
}

func isIn(list []netip.Prefix, at netip.Addr) bool {
	return slices.ContainsFunc(list, func(p netip.Prefix) bool { return p.Contains(at) })
}

// serve is the handler of an upgraded connection. It returns only when nothing uses the connection any more: the library then gives its wrapper to
// the next one.
func (h *Hub) serve(c *websocket.Conn) {
	from, _ := c.Locals(clientLocal).(client)
	serveWire(newSocket(h, from), c)
}

// turnAway is serve for a page of another origin. Its socket is closed before its reader begins, so every frame is thrown away unread while the page
// gets to see the 4403.
func (h *Hub) turnAway(c *websocket.Conn) {
	from, _ := c.Locals(clientLocal).(client)
	h.count(CountedRefused, "origin")
	s := newSocket(h, from)
	s.shut(protocol.CloseForbidden, false)
	serveWire(s, c)
}

func serveWire(s *socket, c *websocket.Conn) {
	s.serve(newSocketWire(c.Conn, s.hub.messageIn, s.control))
}

// recovered takes the place of the library's recover, which would send the panic's text to the client.
func (h *Hub) recovered(*websocket.Conn) {
	if r := recover(); r != nil {
		h.panicked("reader", r, debug.Stack())
	}
}
