package translator_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// cases are the 82 cases of translation.md §4, and the packages that must have a test for each under its name: "TestI01" and whatever follows. The dialog's
// tests hold what is said on the wire, those of sdp what is described, and those of translator what becomes of the call and of what its agent sees.
var cases = map[string]string{
	"I01": "dialog translator", "I02": "translator", "I03": "translator", "I04": "dialog", "I05": "dialog translator", "I06": "dialog translator",
	"I07": "dialog translator", "I08": "translator", "I09": "dialog translator", "I10": "dialog", "I11": "dialog", "I12": "dialog", "I13": "dialog",
	"I14": "dialog sdp translator", "I15": "sdp translator", "I16": "dialog", "I17": "dialog", "I18": "dialog", "I19": "dialog", "I20": "dialog",
	"I21": "dialog translator",

	"O01": "dialog translator", "O02": "dialog sdp translator", "O03": "dialog translator", "O04": "dialog translator", "O05": "dialog translator",
	"O06": "dialog translator", "O07": "dialog translator", "O08": "dialog", "O09": "dialog", "O10": "dialog", "O11": "dialog", "O12": "dialog",
	"O13": "dialog translator", "O14": "dialog sdp translator", "O15": "dialog",

	"D01": "dialog sdp translator", "D02": "dialog translator", "D03": "dialog", "D04": "dialog sdp translator", "D05": "dialog translator",
	"D06": "dialog sdp", "D07": "dialog", "D08": "dialog", "D09": "dialog", "D10": "dialog",

	"T01": "dialog translator", "T02": "dialog translator", "T03": "dialog translator", "T04": "dialog translator", "T05": "dialog translator",
	"T06": "dialog translator",

	"W01": "sdp", "W02": "sdp", "W03": "sdp", "W04": "sdp", "W05": "sdp translator", "W06": "sdp", "W07": "sdp", "W08": "sdp", "W09": "sdp",
	"W10": "sdp translator",

	"S01": "sdp", "S02": "sdp", "S03": "sdp", "S04": "sdp", "S05": "sdp", "S06": "sdp", "S07": "sdp", "S08": "sdp", "S09": "sdp", "S10": "sdp",
	"S11": "sdp", "S12": "sdp", "S13": "sdp", "S14": "sdp", "S15": "sdp",

	"H01": "sdp translator", "H02": "sdp translator", "H03": "sdp translator", "H04": "dialog sdp translator", "H05": "sdp translator",
}

// caseName is the beginning of a test's name: the cases that it is about.
var caseName = regexp.MustCompile(`^Test((?:[IODTWSH]\d\d)+)(?:[A-Z]|$)`)

// TestEveryCaseHasItsTest reads the test files and holds the table against what is there.
func TestEveryCaseHasItsTest(t *testing.T) {
	count := map[byte]int{}
	for id := range cases {
		count[id[0]]++
	}
	if got := fmt.Sprint(count['I'], count['O'], count['D'], count['T'], count['W'], count['S'], count['H'], len(cases)); got != "21 15 10 6 10 15 5 82" {
		t.Errorf("cases by kind and in all: %s", got)
	}
	tested := map[string][]string{}
	for folder, names := range testsBelow(t, ".") {
		for _, name := range names {
			m := caseName.FindStringSubmatch(name)
			for i := 0; m != nil && i < len(m[1]); i += 3 {
				id := m[1][i : i+3]
				if cases[id] == "" {
					t.Errorf("%s: %s names a case that there is not", folder, name)
				}
				tested[id] = append(tested[id], folder)
			}
		}
	}
	for id, where := range cases {
		for folder := range strings.FieldsSeq(where) {
			if !slices.Contains(tested[id], folder) {
				t.Errorf("%s has no test in %s", id, folder)
			}
		}
	}
}

// testsBelow lists the test functions below a folder, by the name of the package's folder.
func testsBelow(t *testing.T, root string) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		folder := filepath.Base(filepath.Dir(path))
		if folder == "." {
			folder = "translator"
		}
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && strings.HasPrefix(f.Name.Name, "Test") {
				found[folder] = append(found[folder], f.Name.Name)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
