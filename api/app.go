package api

import (
	"errors"
	"io/fs"
	"log/slog"
	"mime"
	"net/http"
	"net/netip"
	"path"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/filesystem"

	"offhook/agent"
)

// Config says what is served.
type Config struct {
	// Agents mounts /agent. The hub implements it.
	Agents interface{ Mount(app *fiber.App) }
	// Widget holds the callbar's modules, served below /widget/.
	Widget fs.FS
	// Pages are further files by path, such as /demo.
	Pages map[string]fs.FS
	// Texts are GET paths that answer with a line of text made for the request, never cached.
	Texts map[string]func() (string, error)
	// Home is where / leads, "" for nowhere.
	Home string
	// Origins are the pages of other hosts that may load the callbar's modules (CORS).
	Origins []string
	// Ready says why no new calls are taken, nil if they are.
	Ready func() error
	// Tokens are who may use the API below /api/v1; none: nobody.
	Tokens []Token
	// Keyring, if set, holds the tokens in the place of Tokens, and may change them while the app runs.
	Keyring *Keyring
	// Calls are the records of calls that it shows; nil: none are kept.
	Calls Calls
	// Center are the queues and agents that it shows and changes; nil: it says that nobody answers.
	Center Center
	// Revoke bars an agent's tokens; the hub's Revoke. nil: nobody answers.
	Revoke func(agent string) (agent.Revocation, error)
	// Reload reads the settings anew; the error says why they were not taken. nil: there is nothing to read.
	Reload func() error
	// Trace begins or ends the writing of a call's transcript. It gives [ErrNoCall] or [ErrNoTrace]. nil: none are written.
	Trace func(call string, on bool) error
	// Count is called for each request to the API that is turned away, with one of a few reasons. It returns at once. nil for none.
	Count func(reason string)
	// TrustedProxies are proxies whose X-Forwarded-For is believed.
	TrustedProxies []netip.Prefix
	Log            *slog.Logger
}

// pagePolicy is the content security policy of our own pages: scripts and styles from here only, none inline.
const pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; media-src 'self' blob:; " +
	"frame-ancestors 'none'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'"

// New makes the HTTP app, with the settings that agents' sockets need ([agent.Settings]).
func New(cfg Config) *fiber.App {
	settings := agent.Settings()
	settings.AppName = "offhook"
	settings.EnableTrustedProxyCheck = true // and none is named: nothing here goes by X-Forwarded-Proto or -Host
	settings.ErrorHandler = errorHandler(cfg.Log)
	app := fiber.New(settings)
	app.Use(headers)
	app.Get("/healthz", func(c *fiber.Ctx) error { return c.SendString("ok\n") })
	app.Get("/readyz", func(c *fiber.Ctx) error {
		if err := cfg.Ready(); err != nil {
			return fiber.NewError(http.StatusServiceUnavailable, err.Error())
		}
		return c.SendString("ready\n")
	})
	cfg.Agents.Mount(app)
	mountV1(app, cfg)
	app.Use("/widget", shared(cfg.Origins), packed("/widget", cfg.Widget), files(cfg.Widget))
	for at, text := range cfg.Texts {
		app.Get(at, textOf(text))
	}
	for prefix, fsys := range cfg.Pages {
		app.Use(prefix, page, files(fsys))
	}
	if cfg.Home != "" {
		app.Get("/", func(c *fiber.Ctx) error { return c.Redirect(cfg.Home, http.StatusFound) })
	}
	return app
}

// headers are on every answer.
func headers(c *fiber.Ctx) error {
	c.Set("X-Content-Type-Options", "nosniff")
	c.Set("Referrer-Policy", "no-referrer")
	c.Set("Permissions-Policy", "microphone=(self)")
	return c.Next()
}

// page adds the policy of our own pages.
func page(c *fiber.Ctx) error {
	c.Set("Content-Security-Policy", pagePolicy)
	c.Set("Cache-Control", "no-cache")
	return c.Next()
}

// shared lets pages of the allowed origins load modules from here.
func shared(origins []string) fiber.Handler {
	return func(c *fiber.Ctx) error {
		c.Set("Cross-Origin-Resource-Policy", "cross-origin")
		c.Set("Cache-Control", "no-cache")
		c.Vary("Origin")
		if origin := c.Get("Origin"); origin != "" && slices.Contains(origins, origin) {
			c.Set("Access-Control-Allow-Origin", origin)
		}
		return c.Next()
	}
}

// files serves a file system. Module scripts need their media type, whatever the machine's own table says.
func files(fsys fs.FS) fiber.Handler {
	serve := filesystem.New(filesystem.Config{Root: http.FS(fsys), Index: "index.html"})
	return func(c *fiber.Ctx) error {
		if err := serve(c); err != nil {
			return err
		}
		name := c.Path()
		if strings.HasSuffix(name, "/") {
			name += "index.html"
		}
		if kind, ok := kinds[path.Ext(name)]; ok && c.Response().StatusCode() == http.StatusOK {
			c.Set("Content-Type", kind)
		}
		return nil
	}
}

var kinds = map[string]string{
	".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml",
	".html": "text/html; charset=utf-8", ".json": mime.TypeByExtension(".json"),
}

func textOf(text func() (string, error)) fiber.Handler {
	return func(c *fiber.Ctx) error {
		s, err := text()
		if err != nil {
			return err
		}
		c.Set("Cache-Control", "no-store")
		c.Set("Content-Type", "text/plain; charset=utf-8")
		return c.SendString(s)
	}
}

// errorHandler tells the client the status and no more; what went wrong inside is for the log.
func errorHandler(log *slog.Logger) fiber.ErrorHandler {
	return func(c *fiber.Ctx, err error) error {
		status, text := http.StatusInternalServerError, "internal error"
		var e *fiber.Error
		if errors.As(err, &e) {
			status, text = e.Code, e.Message
		} else {
			log.Error("http request failed", "method", c.Method(), "path", strings.ToValidUTF8(c.Path(), "?"), "error", err)
		}
		c.Set("Content-Type", "text/plain; charset=utf-8")
		return c.Status(status).SendString(text + "\n")
	}
}
