package api

import (
	"io/fs"
	"net/http"
	"path"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// packed serves the compressed copy that stands beside a file below prefix, NAME.gz beside NAME, to clients that take gzip (RFC 9110 §12.5.3). Everything else goes on.
func packed(prefix string, fsys fs.FS) fiber.Handler {
	return func(c *fiber.Ctx) error {
		name, below := strings.CutPrefix(c.Path(), prefix+"/")
		kind, known := kinds[path.Ext(name)]
		if !below || !known || !fs.ValidPath(name) || c.Method() != http.MethodGet && c.Method() != http.MethodHead {
			return c.Next()
		}
		text, err := fs.ReadFile(fsys, name+".gz")
		if err != nil {
			return c.Next()
		}
		c.Vary("Accept-Encoding")
		if c.Get("Accept-Encoding") == "" || c.AcceptsEncodings("gzip") != "gzip" {
			return c.Next()
		}
		c.Set("Content-Type", kind)
		c.Set("Content-Encoding", "gzip")
		return c.Send(text)
	}
}
