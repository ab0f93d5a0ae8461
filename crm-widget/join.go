package crmwidget

import (
	"bytes"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"
)

// The forms of import and export that our modules use; anything else at the start of a line is refused.
var (
	importForm  = regexp.MustCompile(`(?m)^import (?:(\w+)|\{([^}]*)\}) from '(\.[^']+)'\n`)
	passForm    = regexp.MustCompile(`(?m)^export \{([^}]*)\} from '(\.[^']+)'\n`)
	exportForm  = regexp.MustCompile(`(?m)^export ((?:async )?function\*?|const|class) (\w+)`)
	defaultForm = regexp.MustCompile(`(?m)^export default `)
	strangeForm = regexp.MustCompile(`(?m)^(?:import [^(].*|export [^c].*|export c[^o].*)$`)
	lateForm    = regexp.MustCompile(`\bimport\('(\.[^']+)'\)`)
)

// join returns the module entry and all that it imports as one module: each in a function of its own, after those that it needs, without
// comments. A page then loads one file, and one file compresses better than many. What is imported on demand stays a file of its own.
func join(files fs.FS, entry string) ([]byte, error) {
	j := joiner{files: files, entry: entry, names: make(map[string]string)}
	if err := j.add(entry, nil); err != nil {
		return nil, err
	}
	return j.out.Bytes(), nil
}

type joiner struct {
	files fs.FS
	entry string
	out   bytes.Buffer
	// names of the constants that hold what a module exports, by its path.
	names map[string]string
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
	if name != j.entry {
		text = j.wrapped(name, j.imports(name, text))
	} else {
		text = j.passed(name, j.imports(name, text))
	}
	if strange := strangeForm.FindString(text); strange != "" {
		return fmt.Errorf("%s: cannot join %q", name, strange)
	}
	j.out.WriteString(text)
	return nil
}

// imports replaces import statements by what takes the same names out of the modules' constants.
func (j *joiner) imports(name, text string) string {
	text = importForm.ReplaceAllStringFunc(text, func(statement string) string {
		found := importForm.FindStringSubmatch(statement)
		names := found[2]
		if found[1] != "" {
			names = "default as " + found[1]
		}
		return fmt.Sprintf("const {%s} = %s\n", renamed(names), j.names[path.Join(path.Dir(name), found[3])])
	})
	return lateForm.ReplaceAllStringFunc(text, func(call string) string {
		return fmt.Sprintf("import('./%s')", path.Join(path.Dir(name), lateForm.FindStringSubmatch(call)[1]))
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
