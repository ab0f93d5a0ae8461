package imports

import (
	"fmt"
	"os"
	"regexp"
	"testing"
)

// floors are the oldest versions that are safe to build with: below each lies a known hole or a fault that code here relies on being mended.
// Indirect modules stand here too, because without a line in go.mod an older one would be selected.
var floors = map[string]string{
	"github.com/gofiber/fiber/v2":          "v2.52.15",
	"github.com/gofiber/contrib/websocket": "v1.3.4",
	"github.com/emiago/sipgo":              "v1.7.2",
	"github.com/pion/dtls/v3":              "v3.1.4",
	"github.com/pion/stun/v3":              "v3.1.5",
	"github.com/pion/interceptor":          "v0.1.39",
	"github.com/golang-jwt/jwt/v5":         "v5.2.2",
	"github.com/valyala/fasthttp":          "v1.70.0",
	"github.com/fasthttp/websocket":        "v1.5.12",
	"golang.org/x/net":                     "v0.56.0",
	"golang.org/x/crypto":                  "v0.52.0",
	"github.com/klauspost/compress":        "v1.18.7",
}

// go.mod selects no module below its floor.
func TestSecurityModulesAreAboveTheirFloors(t *testing.T) {
	text, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	for module, floor := range floors {
		m := regexp.MustCompile(`(?m)^\s*(?:require )?` + regexp.QuoteMeta(module) + ` (v\S+)`).FindSubmatch(text)
		if m == nil {
			t.Errorf("%s has no line in go.mod: an older one than %s may be selected", module, floor)
			continue
		}
		if version := string(m[1]); below(t, version, floor) {
			t.Errorf("%s is %s, below its floor %s", module, version, floor)
		}
	}
}

func TestBelow(t *testing.T) {
	for _, row := range []struct {
		version, floor string
		want           bool
	}{{"v1.9.0", "v1.10.0", true}, {"v1.10.0", "v1.10.0", false}, {"v2.0.0", "v1.10.3", false}, {"v0.62.0", "v0.56.0", false}} {
		if got := below(t, row.version, row.floor); got != row.want {
			t.Errorf("below(%s, %s) is %v", row.version, row.floor, got)
		}
	}
}

func below(t *testing.T, version, floor string) bool {
	v, f := numbers(t, version), numbers(t, floor)
	for i := range v {
		if v[i] != f[i] {
			return v[i] < f[i]
		}
	}
	return false
}

func numbers(t *testing.T, version string) (n [3]int) {
	t.Helper()
	if _, err := fmt.Sscanf(version, "v%d.%d.%d", &n[0], &n[1], &n[2]); err != nil {
		t.Fatalf("version %q: %v", version, err)
	}
	return n
}
