package main

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// code are the parts of a page that are set as code: lines of blocks for the shell, and words in the text.
func code(page string) (list []string) {
	inBlock, shell := false, false
	inline := regexp.MustCompile("`([^`]+)`")
	for line := range strings.Lines(page) {
		switch {
		case strings.HasPrefix(line, "```"):
			inBlock = !inBlock
			shell = strings.HasPrefix(line, "```sh")
		case inBlock && shell:
			text, _, _ := strings.Cut(line, " #")
			list = append(list, strings.TrimSpace(text))
		case !inBlock:
			for _, m := range inline.FindAllStringSubmatch(line, -1) {
				list = append(list, m[1])
			}
		}
	}
	return list
}

// What pages tell to type is there: each command of offhook with its flags, and each target of make.
func TestPagesTellCommandsThatExist(t *testing.T) {
	flagsOf := map[string]string{}
	for _, c := range commands() {
		out, err := offhook(t, c.name, "-h")
		if err != nil {
			t.Fatal(err)
		}
		flagsOf[c.name] = out
	}
	makefile, err := os.ReadFile("../../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	ours := regexp.MustCompile(`^(?:go run \./cmd/|\./|)offhook ([a-z]+)(.*)`)
	flag := regexp.MustCompile(`(?:^|\s)--?([a-z][a-z-]*)`)
	target := regexp.MustCompile(`^make ([a-z-]+)$`)
	seen := 0
	for _, page := range pages(t) {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range code(string(text)) {
			if m := target.FindStringSubmatch(line); m != nil && !strings.Contains(string(makefile), "\n"+m[1]+":") {
				t.Errorf("%s: make has no target %s", page, m[1])
			}
			m := ours.FindStringSubmatch(line)
			if m == nil {
				continue
			}
			seen++
			help, known := flagsOf[m[1]]
			if !known {
				t.Errorf("%s: %q: there is no command %s", page, line, m[1])
				continue
			}
			for _, f := range flag.FindAllStringSubmatch(m[2], -1) {
				if f[1] != "h" && !strings.Contains(help, "\n  -"+f[1]+" ") && !strings.Contains(help, "\n  -"+f[1]+"\n") && !strings.Contains(help, "\n  -"+f[1]+"\t") {
					t.Errorf("%s: %q: %s has no flag -%s", page, line, m[1], f[1])
				}
			}
		}
	}
	if seen < 25 {
		t.Errorf("only %d commands were found", seen)
	}
}

// Files and folders of the repository that pages name are there.
func TestPagesNameFilesThatExist(t *testing.T) {
	file := regexp.MustCompile(`^(?:agent|api|cmd|crm-widget|docs|internal|media|queue|records|testdata|translator)(?:/[\w.-]+)+/?$`)
	seen := 0
	for _, page := range pages(t) {
		if strings.Contains(page, "crm-widget") { // whose paths begin at its own folder
			continue
		}
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, word := range code(string(text)) {
			if !file.MatchString(word) {
				continue
			}
			seen++
			if _, err := os.Stat("../../" + word); err != nil {
				t.Errorf("%s: %v", page, err)
			}
		}
	}
	if seen < 10 {
		t.Errorf("only %d files were found", seen)
	}
}
