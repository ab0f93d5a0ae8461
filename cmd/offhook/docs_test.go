package main

import (
	"bytes"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"offhook/internal/config"
)

// yamlBlocks are the configurations of a page, each with the line that it begins in.
func yamlBlocks(page string) map[int]string {
	blocks := map[int]string{}
	begin := 0
	for i, line := range strings.SplitAfter(page, "\n") {
		switch {
		case begin == 0 && strings.HasPrefix(line, "```yaml"):
			begin = i + 2
		case begin != 0 && strings.HasPrefix(line, "```"):
			begin = 0
		case begin != 0:
			blocks[begin] += line
		}
	}
	return blocks
}

// Every configuration that a page shows is one that offhook takes, its dial plan included; and so is the example.
func TestConfigurationsOfThePagesAreGood(t *testing.T) {
	pages, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for _, page := range append(pages, "../../README.md") {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for line, block := range yamlBlocks(string(text)) {
			seen[filepath.Base(page)]++
			wantGood(t, page, line, block)
		}
	}
	if seen["trunks.md"] != 3 || seen["asterisk.md"] == 0 || seen["freeswitch.md"] == 0 {
		t.Errorf("configurations were found in %v", seen)
	}
	text, err := os.ReadFile("../../offhook.example.yaml")
	if err != nil {
		t.Fatal(err)
	}
	wantGood(t, "offhook.example.yaml", 1, string(text))
}

func wantGood(t *testing.T, page string, line int, text string) {
	t.Helper()
	c, err := config.Parse([]byte(text))
	if err == nil {
		_, err = newDialer(c, slog.New(slog.NewTextHandler(io.Discard, nil)))
	}
	if err != nil {
		t.Errorf("%s, the configuration in line %d: %v", page, line, err)
	}
}

// functions are the names of all test functions of the repository.
func functions(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	found := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, m := range found.FindAllSubmatch(text, -1) {
			names[string(m[1])] = true
		}
		return err
	})
	if err != nil || len(names) < 100 {
		t.Fatalf("%d test functions were found: %v", len(names), err)
	}
	return names
}

// A page that names a test names one that there is, and each case with a test of its name stands in the page of cases.
func TestThePagesNameTestsThatExist(t *testing.T) {
	names := functions(t)
	pages, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile("`((?:Test|Fuzz)[A-Z]\\w+)`")
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range named.FindAllSubmatch(text, -1) {
			if !names[string(m[1])] {
				t.Errorf("%s names %s, which is no test", page, m[1])
			}
		}
	}
	cases, err := os.ReadFile("../../docs/translation.md")
	if err != nil {
		t.Fatal(err)
	}
	for name := range names {
		if m := regexp.MustCompile(`^Test([IODTWSH]\d\d)`).FindStringSubmatch(name); m != nil && !strings.Contains(string(cases), "\n| "+m[1]+" |") {
			t.Errorf("%s is no case of docs/translation.md", name)
		}
	}
}

// What the code cites of these pages is there.
func TestCitationsLeadSomewhere(t *testing.T) {
	headings := map[string]*regexp.Regexp{
		"translation": regexp.MustCompile(`(?m)^#+ (\d(?:\.\d)?)[ .]`), "security": regexp.MustCompile(`(?m)^(?:#+ (\d)\.|\| ([SF]\d+) \||(\d)\. \*\*)`), "queue": regexp.MustCompile(`(?m)^## (\w+)`),
		"design": regexp.MustCompile(`(?m)^## (\d)\.`), "libraries": regexp.MustCompile(`(?m)^(\d+)\. `), "agent-protocol": regexp.MustCompile("(?m)^##+ (\\w+)|`(\\w+)`"),
	}
	there := map[string]map[string]bool{}
	for page, heading := range headings {
		text, err := os.ReadFile("../../docs/" + page + ".md")
		if err != nil {
			t.Fatal(err)
		}
		there[page] = map[string]bool{}
		for _, m := range heading.FindAllSubmatch(text, -1) {
			for _, name := range m[1:] {
				there[page][string(name)] = true
			}
		}
	}
	cited := regexp.MustCompile(`\b(translation|security|queue|design|libraries)\.md,? §?((?:[SF])?\d+(?:\.\d)?|(?:rule|traps?) \d+|[A-Z][a-z]+)`)
	inProtocol := regexp.MustCompile(`[" (](agent-protocol)\.md §?(\w+)`) // a section, a frame or a word of it
	pages := regexp.MustCompile(`[" (]([a-z-]+)\.md (?:§|\w)`)
	seen := 0
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && (d.Name() == "node_modules" || d.Name() == ".git") {
			return filepath.SkipDir
		}
		if err != nil || !strings.HasSuffix(path, ".go") {
			return err
		}
		text, err := os.ReadFile(path)
		text = linesWith(text, ".md")
		for _, m := range pages.FindAllSubmatch(text, -1) {
			if _, err := os.Stat("../../docs/" + string(m[1]) + ".md"); err != nil && !strings.Contains(path, "crm-widget") { // which has pages of its own
				t.Errorf("%s cites %s: %v", path, m[0], err)
			}
		}
		for _, m := range append(cited.FindAllSubmatch(text, -1), inProtocol.FindAllSubmatch(text, -1)...) {
			page, place := string(m[1]), regexp.MustCompile(`^(rule|traps?) `).ReplaceAllString(string(m[2]), "")
			if seen++; !there[page][place] {
				t.Errorf("%s cites %s, which docs/%s.md has not", path, m[0], page)
			}
		}
		return err
	})
	if err != nil || seen < 50 {
		t.Errorf("%d citations were found: %v", seen, err)
	}
}

// linesWith are the lines of a text that hold a word: the other ones have no citation, and they are nearly all.
func linesWith(text []byte, word string) (lines []byte) {
	for line := range bytes.Lines(text) {
		if bytes.Contains(line, []byte(word)) {
			lines = append(lines, line...)
		}
	}
	return lines
}

// The configurations that a newcomer types are taken as they stand, and warn of nothing but that they are for one machine.
func TestTheFirstConfigurations(t *testing.T) {
	for _, page := range []string{"../../README.md", "../../docs/first-call.md"} {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		blocks := yamlBlocks(string(text))
		first := blocks[slices.Min(slices.Collect(maps.Keys(blocks)))]
		path := writeConfig(t, first)
		if err := os.WriteFile(filepath.Join(filepath.Dir(path), "token-secret"), []byte(strings.Repeat("s", 44)+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := offhook(t, "check", "-config", path)
		if err != nil || strings.Count(out, "Warning") != 1 || !strings.Contains(out, "can be reached from this machine only") {
			t.Errorf("%s: %v\n%s", page, err, out)
		}
		if out, err := offhook(t, "token", "-config", path, "-agent", "jonas", "-name", "Jonas Weber"); err != nil || strings.Count(out, ".") != 2 {
			t.Errorf("%s: %v, %s", page, err, out)
		}
	}
}

// pages are those that a reader goes through by links.
func pages(t *testing.T) (list []string) {
	t.Helper()
	for _, pattern := range []string{"../../*.md", "../../docs/*.md", "../../docs/decisions/*.md", "../../crm-widget/*.md", "../../crm-widget/examples/*.md", "../../testdata/*.md", "../../media/prompts/*.md"} {
		found, err := filepath.Glob(pattern)
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: no page, %v", pattern, err)
		}
		list = append(list, found...)
	}
	return list
}

// anchors are the headings of a page, as links name them.
func anchors(text string) map[string]bool {
	found := map[string]bool{}
	plain := regexp.MustCompile("[^a-z0-9 _-]")
	for line := range strings.Lines(text) {
		if heading := strings.TrimLeft(line, "#"); heading != line {
			found[strings.ReplaceAll(plain.ReplaceAllString(strings.ToLower(strings.TrimSpace(heading)), ""), " ", "-")] = true
		}
	}
	return found
}

// A link of a page leads to a file or a folder of the repository, and to a heading there.
func TestLinksLeadSomewhere(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)\s]+)\)`)
	seen := 0
	for _, page := range pages(t) {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllSubmatch(text, -1) {
			target, anchor, _ := strings.Cut(string(m[1]), "#")
			if strings.Contains(target, "://") {
				continue
			}
			there := page
			if target != "" {
				there = filepath.Join(filepath.Dir(page), target)
			}
			seen++
			if _, err := os.Stat(there); err != nil {
				t.Errorf("%s: the link %s: %v", page, m[1], err)
				continue
			}
			if anchor == "" {
				continue
			}
			if other, err := os.ReadFile(there); err != nil || !anchors(string(other))[anchor] {
				t.Errorf("%s: the link %s leads to no heading: %v", page, m[1], err)
			}
		}
	}
	if seen < 100 {
		t.Errorf("only %d links were found", seen)
	}
}
