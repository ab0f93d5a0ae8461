package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"offhook/internal/metrics"
)

var update = flag.Bool("update", false, "write docs/metrics.md anew")

const (
	metricsPage  = "../../docs/metrics.md"
	metricsBegin = "<!-- figures: written by go test ./cmd/offhook -run TestMetricsDocument -update -->\n"
	metricsEnd   = "<!-- end of figures -->\n"
)

// table prints figures as the page has them.
func table(list []metrics.Figure) string {
	var b strings.Builder
	b.WriteString("| Figure | Kind | Labels | What |\n| --- | --- | --- | --- |\n")
	for _, f := range list {
		labels := ""
		if len(f.Labels) > 0 {
			labels = "`" + strings.Join(f.Labels, "` `") + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", f.Name, f.Kind, labels, f.Help)
	}
	return b.String()
}

// docs/metrics.md lists every figure that a server shows, and no other.
func TestMetricsDocument(t *testing.T) {
	path := keptPath(t)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text = append(text, "\nwebhooks: [{name: crm, url: \"http://127.0.0.1:9/\", secret: {file: secret}}]\n"...)
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	s := startKept(t, path, new(strings.Builder))
	page, err := os.ReadFile(metricsPage)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(page), metricsBegin)
	_, after, ok2 := strings.Cut(rest, metricsEnd)
	if !ok || !ok2 {
		t.Fatalf("%s has no place for the figures", metricsPage)
	}
	list := s.meters.reg.Figures()
	want := before + metricsBegin + "\n" + table(list) + "\n" + metricsEnd + after
	if *update {
		if err := os.WriteFile(metricsPage, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if want != string(page) {
		t.Error("docs/metrics.md is not what a server shows: go test ./cmd/offhook -run TestMetricsDocument -update")
	}
	known := map[string]bool{}
	for _, f := range list {
		known[f.Name] = true
	}
	for l := range strings.Lines(figures(t, s.meters)) {
		if name, found := strings.CutPrefix(l, "# TYPE offhook_"); found && !known["offhook_"+strings.Fields(name)[0]] {
			t.Errorf("offhook_%s is shown, and not listed", name)
		}
	}
}

// What the page's text asks Prometheus for is there.
func TestMetricsDocumentAsksForWhatIsThere(t *testing.T) {
	page, err := os.ReadFile(metricsPage)
	if err != nil {
		t.Fatal(err)
	}
	text, _, _ := strings.Cut(string(page), metricsBegin)
	s := startKept(t, keptPath(t), new(strings.Builder))
	known := map[string]bool{}
	for _, f := range s.meters.reg.Figures() {
		known[f.Name] = true
		if f.Kind == metrics.Histogram {
			known[f.Name+"_bucket"], known[f.Name+"_sum"], known[f.Name+"_count"] = true, true, true
		}
	}
	asked := 0
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return r != '_' && (r < 'a' || r > 'z') }) {
		if strings.HasPrefix(word, "offhook_") {
			if asked++; !known[word] {
				t.Errorf("%s is asked for, and not shown", word)
			}
		}
	}
	if asked < 10 {
		t.Errorf("only %d figures are asked for", asked)
	}
}
