package api

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func thePage(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile("../docs/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// docs/http-api.md has every method of every path, with its scope, and no other; and every code of a fault with its status.
func TestThePageOfTheAPI(t *testing.T) {
	text := thePage(t, "http-api.md")
	var written, described []string
	for _, m := range regexp.MustCompile("(?m)^\\| `([A-Z]+) (/[^`]*)` \\| (read|write|–) \\|").FindAllStringSubmatch(text, -1) {
		written = append(written, m[1]+" /api/v1"+m[2]+" "+m[3])
	}
	d := document(t)
	for path, item := range d["paths"].(node) {
		for method, o := range item.(node) {
			scope := "–"
			if m := regexp.MustCompile(`^Needs scope (read|write)\.`).FindStringSubmatch(fmt.Sprint(o.(node)["description"])); m != nil {
				scope = m[1]
			}
			described = append(described, strings.ToUpper(method)+" "+path+" "+scope)
		}
	}
	slices.Sort(written)
	slices.Sort(described)
	if !slices.Equal(written, described) {
		t.Errorf("the page has\n%s\nthe document\n%s", strings.Join(written, "\n"), strings.Join(described, "\n"))
	}
	for _, code := range d["components"].(node)["schemas"].(node)["fault"].(node)["properties"].(node)["code"].(node)["enum"].([]any) {
		if !strings.Contains(text, fmt.Sprintf("| `%s` |", code)) {
			t.Errorf("the page does not say when a fault is %s", code)
		}
	}
}

// docs/webhooks.md has every event with what it means, every outcome, and the bounds that hold; its example of a signature is one.
func TestThePageOfWebhooks(t *testing.T) {
	text := thePage(t, "webhooks.md")
	for _, e := range EventTypes {
		if !strings.Contains(text, fmt.Sprintf("| `%s` | %s |\n", e.Type, e.Means)) {
			t.Errorf("no row of %s", e.Type)
		}
	}
	for _, o := range HookOutcomes {
		if !strings.Contains(text, "`"+string(o)+"`") {
			t.Errorf("no %s", o)
		}
	}
	for _, bound := range []string{fmt.Sprintf("%d,%03d events or %d MiB", maxWaiting/1000, maxWaiting%1000, maxWaitingBytes>>20)} {
		if !strings.Contains(text, bound) {
			t.Errorf("no %q", bound)
		}
	}
	m := regexp.MustCompile("secret `([^`]+)`, the ID `([^`]+)`, the time `([^`]+)` and the body `([^`]+)` give\n`([^`]+)`").FindStringSubmatch(text)
	if m == nil {
		t.Fatal("no example of a signature")
	}
	key, err := hookKey([]byte(m[1]))
	if err != nil {
		t.Fatal(err)
	}
	if got := sign(key, m[2], m[3], []byte(m[4])); got != m[5] {
		t.Errorf("the signature is %s, the page says %s", got, m[5])
	}
}
