package main

import (
	"io"
	"log/slog"
	"os"
	"path/filepath"
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
