package api

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// query are the parameters that a path has: each reads its value, and says what is wrong with it.
type query map[string]func(value string) (wrong string)

// maxParameter bounds a parameter's length, bytes.
const maxParameter = 256

// readQuery reads the parameters. What is not understood is refused: passed over, it would show more than was asked for.
func readQuery(c *fiber.Ctx, known query) *fault {
	seen := map[string]bool{}
	for key, value := range c.Request().URI().QueryArgs().All() {
		name, v := string(key), string(value)
		read, ok := known[name]
		switch {
		case !ok && len(known) == 0:
			return problem(http.StatusBadRequest, "bad_request", "this path has no parameters")
		case !ok:
			return problem(http.StatusBadRequest, "bad_request", "there is a parameter that is unknown; this path has %s", strings.Join(slices.Sorted(maps.Keys(known)), ", "))
		case seen[name]:
			return wrongField(name, "stands twice")
		case v == "":
			return wrongField(name, "is empty")
		case len(v) > maxParameter:
			return wrongField(name, "is longer than 256 bytes")
		}
		if wrong := read(v); wrong != "" {
			return wrongField(name, wrong)
		}
		seen[name] = true
	}
	return nil
}

// noQuery refuses parameters where there are none.
func noQuery(c *fiber.Ctx) *fault { return readQuery(c, nil) }

// pathName is a part of the path that names something, which may have any characters (RFC 3986 §2.1).
func pathName(c *fiber.Ctx, key string) (string, *fault) {
	name, err := url.PathUnescape(c.Params(key))
	if err != nil || name == "" || len(name) > maxParameter {
		return "", problem(http.StatusNotFound, "not_found", "there is nothing of that name")
	}
	return name, nil
}

// number reads a whole number between two.
func number(to *int, least, most int) func(string) string {
	return func(value string) string {
		n, err := strconv.Atoi(value)
		if err != nil || n < least || n > most {
			return "must be a number from " + strconv.Itoa(least) + " to " + strconv.Itoa(most)
		}
		*to = n
		return ""
	}
}
