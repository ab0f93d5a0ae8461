package crmwidget

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
)

// The forms of import and export that our modules use; anything else at the start of a line is refused.
var (
	importForm  = regexp.MustCompile(`(?m)^import (?:(\w+)|\{([^}]*)\}) from '(\.[^']+)'\n`)
	passForm    = regexp.MustCompile(`(?m)^export \{([^}]*)\} from '(\.[^']+)'\n`)
	exportForm  = regexp.MustCompile(`(?m)^export ((?:async )?function\*?|const|class) (\w+)`)
	defaultForm = regexp.MustCompile(`(?m)^export default `)
	strangeForm = regexp.MustCompile(`(?m)^(?:import [^(].*|export [{*].*|export (?:let|var) .*)$`)
	sheetForm   = regexp.MustCompile("`[^`]*`")
	sheetGaps   = regexp.MustCompile(`\s*([{};])\s*|\s+`)
	lateForm    = regexp.MustCompile(`\bimport\('(\.[^']+)'\)`)
)

// join returns the module entry and all that it imports as one module: each in a function of its own, after those that it needs, without
// comments. A page then loads one file, and one file compresses better than many. What entry imports on demand becomes a file of its own
// in the same way, beside entry, and shares the modules that are in entry already.
func join(files fs.FS, entry string) (map[string][]byte, error) {
	j := joiner{files: files, names: make(map[string]string)}
	made := make(map[string][]byte)
	text, err := j.entry(entry)
	if err != nil {
		return nil, err
	}
	shared := maps.Clone(j.names)
	made[entry] = fmt.Appendf(text, "export const joined = {%s}\n", list(shared))
	for later, name := range maps.Clone(j.later) {
		j.names = maps.Clone(shared) // what another later file has is not here
		text, err := j.entry(later)
		if err != nil {
			return nil, err
		}
		made[name] = fmt.Appendf(nil, "import { joined } from './%s'\nconst {%s} = joined\n%s", entry, list(shared), text)
	}
	if len(made) != 1+len(j.later) {
		return nil, errors.New("what is imported on demand imports on demand itself")
	}
	for name, text := range made {
		made[name] = squeeze(text)
	}
	return made, nil
}

type joiner struct {
	files fs.FS
	out   bytes.Buffer
	// names of the constants that hold what a module exports, by its path: m0, m1 and so on.
	names map[string]string
	// later are the modules with imports of their own that are imported on demand, by path, and the files that they become.
	later map[string]string
}

// list returns the constants of modules, in order.
func list(names map[string]string) string {
	return strings.Join(slices.Sorted(maps.Values(names)), ", ")
}

// entry returns the module at name after all that it imports and that was not written before.
func (j *joiner) entry(name string) ([]byte, error) {
	j.out.Reset()
	err := j.add(name, nil)
	return bytes.Clone(j.out.Bytes()), err
}

// add writes the module at name after the modules that it imports. Those that wait for it are in from: a circle is an error.
func (j *joiner) add(name string, from []string) error {
	for _, waiting := range from {
		if waiting == name {
			return fmt.Errorf("%s imports itself by way of %s", name, strings.Join(from, ", "))
		}
	}
	source, err := fs.ReadFile(j.files, name)
	if err != nil {
		return err
	}
	text := string(strip(source))
	if strings.HasSuffix(name, "styles.js") {
		text = sheetForm.ReplaceAllStringFunc(text, tightSheet)
	}
	for _, form := range []*regexp.Regexp{importForm, passForm} {
		for _, found := range form.FindAllStringSubmatch(text, -1) {
			needed := path.Join(path.Dir(name), found[len(found)-1])
			if j.names[needed] != "" {
				continue
			}
			if err := j.add(needed, append(from[:len(from):len(from)], name)); err != nil {
				return err
			}
		}
	}
	if text, err = j.imports(name, text); err != nil {
		return err
	}
	if len(from) > 0 {
		text = j.wrapped(name, text)
	} else {
		text = j.passed(name, text)
	}
	if strange := strangeForm.FindString(text); strange != "" {
		return fmt.Errorf("%s: cannot join %q", name, strange)
	}
	j.out.WriteString(text)
	return nil
}

// imports replaces import statements by what takes the same names out of the modules' constants, and imports on demand by those of the
// files that will be there.
func (j *joiner) imports(name, text string) (string, error) {
	text = importForm.ReplaceAllStringFunc(text, func(statement string) string {
		found := importForm.FindStringSubmatch(statement)
		names := found[2]
		if found[1] != "" {
			names = "default as " + found[1]
		}
		return fmt.Sprintf("const {%s} = %s\n", renamed(names), j.names[path.Join(path.Dir(name), found[3])])
	})
	for _, found := range lateForm.FindAllStringSubmatch(text, -1) {
		needed := path.Join(path.Dir(name), found[1])
		source, err := fs.ReadFile(j.files, needed)
		if err != nil {
			return "", err
		}
		file := needed
		if stripped := strip(source); importForm.Match(stripped) || passForm.Match(stripped) {
			file = "offhook-" + path.Base(needed)
			if j.later == nil {
				j.later = make(map[string]string)
			}
			j.later[needed] = file
		}
		text = strings.ReplaceAll(text, found[0], fmt.Sprintf("import('./%s')", file))
	}
	return text, nil
}

// tightSheet returns a style sheet without the spaces that do not matter; those between words stay.
func tightSheet(text string) string {
	return sheetGaps.ReplaceAllStringFunc(text, func(gap string) string {
		return cmp.Or(strings.TrimSpace(gap), " ")
	})
}

// wrapped puts a module into a function that returns what it exports.
func (j *joiner) wrapped(name, text string) string {
	constant := fmt.Sprintf("m%d", len(j.names))
	j.names[name] = constant
	var exports []string
	for _, found := range exportForm.FindAllStringSubmatch(text, -1) {
		exports = append(exports, found[2])
	}
	text = exportForm.ReplaceAllString(text, "$1 $2")
	if defaultForm.MatchString(text) {
		text = defaultForm.ReplaceAllString(text, "const preset = ")
		exports = append(exports, "default: preset")
	}
	return fmt.Sprintf("const %s = (() => {\n%sreturn {%s}\n})()\n", constant, text, strings.Join(exports, ", "))
}

// passed gives the entry's exports, which come from other modules, to whoever imports the joined module.
func (j *joiner) passed(name, text string) string {
	return passForm.ReplaceAllStringFunc(text, func(statement string) string {
		found := passForm.FindStringSubmatch(statement)
		return fmt.Sprintf("export const {%s} = %s\n", renamed(found[1]), j.names[path.Join(path.Dir(name), found[2])])
	})
}

// renamed turns a list of an import statement into one of a destructuring: "a, b as c" becomes "a, b: c".
func renamed(names string) string {
	var list []string
	for name := range strings.SplitSeq(names, ",") {
		if name = strings.TrimSpace(name); name != "" {
			list = append(list, strings.Replace(name, " as ", ": ", 1))
		}
	}
	return strings.Join(list, ", ")
}
