package interop

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"offhook/internal/config"
	"offhook/internal/harness"
)

// A page is a page of docs. Its blocks are the configuration files that it shows, by file name.
type page struct {
	blocks map[string]string
	langs  map[string]string
}

// title finds the file's path in a block's first line, which is a comment in the language of the block.
var title = regexp.MustCompile(`^(?:;|#|<!--) (/etc/\S+)`)

func readPage(t *testing.T, name string) page {
	t.Helper()
	p, err := parsePage(name)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// parsePage takes the blocks out of a page. Blocks that do not begin with a file's path are commands and pictures; they are left out.
func parsePage(name string) (page, error) {
	p := page{map[string]string{}, map[string]string{}}
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", name))
	if err != nil {
		return p, err
	}
	var lang string
	var block []string
	inside := false
	for line := range strings.Lines(string(text)) {
		fence, isFence := strings.CutPrefix(line, "```")
		switch {
		case isFence && !inside:
			inside, lang, block = true, strings.TrimSpace(fence), nil
		case isFence:
			inside = false
			if err := p.keep(lang, block); err != nil {
				return p, fmt.Errorf("docs/%s: %w", name, err)
			}
		case inside:
			block = append(block, line)
		}
	}
	if inside {
		return p, fmt.Errorf("docs/%s: a block is not closed", name)
	}
	return p, nil
}

func (p page) keep(lang string, block []string) error {
	if len(block) == 0 {
		return nil
	}
	found := title.FindStringSubmatch(block[0])
	if found == nil {
		return nil
	}
	name := filepath.Base(found[1])
	if p.blocks[name] != "" {
		return fmt.Errorf("two blocks are %s", name)
	}
	p.blocks[name], p.langs[name] = strings.Join(block, ""), lang
	return nil
}

// file gives a block, or fails the test.
func (p page) file(t *testing.T, name string) string {
	t.Helper()
	if p.blocks[name] == "" {
		t.Fatalf("the page shows no %s", name)
	}
	return p.blocks[name]
}

// The pages' offhook.yaml must be what offhook takes, today.
func TestPagesConfigurationsAreTaken(t *testing.T) {
	t.Setenv("OFFHOOK_TOKEN_SECRET", harness.Secret)
	for _, name := range []string{"asterisk.md", "freeswitch.md"} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "offhook.yaml")
			if err := os.WriteFile(file, []byte(readPage(t, name).file(t, "offhook.yaml")), 0o600); err != nil {
				t.Fatal(err)
			}
			c, err := config.Load(file)
			if err != nil {
				t.Fatal(err)
			}
			if len(c.Trunks) != 1 || len(c.Routes) == 0 {
				t.Errorf("%d trunks and %d routes, want one trunk and some routes", len(c.Trunks), len(c.Routes))
			}
		})
	}
}

// What the pages show as XML must be XML.
func TestPagesXMLIsWellFormed(t *testing.T) {
	files := 0
	p := readPage(t, "freeswitch.md")
	for name, text := range p.blocks {
		if p.langs[name] != "xml" {
			continue
		}
		files++
		for d := xml.NewDecoder(strings.NewReader(text)); ; {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Errorf("%s: %v", name, err)
				break
			}
		}
	}
	if files == 0 {
		t.Error("freeswitch.md shows no XML")
	}
}
