package agent

import (
	"errors"
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

// addressLocal is where gate leaves the client's address for serve.
const addressLocal = "offhook.address"

// writeBuffers are shared by all sockets: an idle one holds none.
var writeBuffers sync.Pool

// Mount serves GET /agent, the WebSocket of the agents. app has to be made with Settings.
func (h *Hub) Mount(app *fiber.App) {
	app.Get("/agent", h.gate, websocket.New(h.serve, websocket.Config{
		HandshakeTimeout: 5 * time.Second,
		Origins:          h.cfg.Origins,
		Subprotocols:     []string{protocol.Subprotocol},
		ReadBufferSize:   1 << 10,
		WriteBufferSize:  1 << 10,
		WriteBufferPool:  &writeBuffers,
		// Compression stays off: the read limit counts compressed bytes. The library's own recover sends the panic to the client.
		RecoverHandler: h.recovered,
	}))
}

// gate refuses what must not become a socket, before anything is kept of it.
func (h *Hub) gate(c *fiber.Ctx) error {
	refused := func(status int, reason string) error {
		h.count(CountedRefused, reason)
		return c.SendStatus(status)
	}
	if !h.fromOurPage(c) {
		return refused(fiber.StatusForbidden, "origin")
	}
	if !websocket.IsWebSocketUpgrade(c) {
		return refused(fiber.StatusUpgradeRequired, "upgrade")
	}
	if !offers(c.Get(fiber.HeaderSecWebSocketProtocol), protocol.Subprotocol) {
		return refused(fiber.StatusBadRequest, "protocol")
	}
	address := h.address(c)
	if reason, ok := h.room(address); !ok {
		status := fiber.StatusServiceUnavailable
		if reason == "waiting" {
			status = fiber.StatusTooManyRequests
		}
		return refused(status, reason)
	}
	c.Locals(addressLocal, address)
	// The library copies every header and cookie and keeps them as long as the socket. Nobody needs them.
	c.Request().Header.DelAllCookies()
	for _, name := range []string{fiber.HeaderCookie, fiber.HeaderAuthorization, fiber.HeaderUserAgent, fiber.HeaderAcceptLanguage} {
		c.Request().Header.Del(name)
	}
	return c.Next()
}

// fromOurPage compares the one Origin header, byte for byte. RFC 6455 §10.2.
func (h *Hub) fromOurPage(c *fiber.Ctx) bool {
	origins := c.Request().Header.PeekAll(fiber.HeaderOrigin)
	return len(origins) == 1 && slices.Contains(h.cfg.Origins, string(origins[0]))
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

// address is what a client counts by: the peer's address, or the last one in X-Forwarded-For that no trusted proxy of ours wrote; of IPv6 the /64.
func (h *Hub) address(c *fiber.Ctx) string {
	peer, err := netip.ParseAddrPort(c.Context().RemoteAddr().String())
	if err != nil {
		return "unknown"
	}
	at := peer.Addr().Unmap()
	hops := strings.Split(c.Get(fiber.HeaderXForwardedFor), ",")
	for i := len(hops) - 1; i >= 0 && h.trusts(at); i-- {
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

func (h *Hub) trusts(at netip.Addr) bool {
	return slices.ContainsFunc(h.cfg.TrustedProxies, func(p netip.Prefix) bool { return p.Contains(at) })
}

// serve is the handler of an upgraded connection. It returns only when nothing uses the connection any more: the library then gives its wrapper to
// the next one.
func (h *Hub) serve(c *websocket.Conn) {
	address, _ := c.Locals(addressLocal).(string)
	s := newSocket(h, address)
	s.serve(newSocketWire(c.Conn, h.messageIn, s.control))
}

// recovered takes the place of the library's recover, which would send the panic's text to the client.
func (h *Hub) recovered(*websocket.Conn) {
	if r := recover(); r != nil {
		h.panicked("reader", r, debug.Stack())
	}
}
