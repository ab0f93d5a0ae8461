package config

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Fault is one thing that is wrong.
type Fault struct {
	File         string // "" for text without a file
	Line, Column int    // of the setting, or of the one that should hold it; from 1
	Setting      string // such as trunks[0].name
	Text         string
}

// Error gives file:line:column: setting: text.
func (f *Fault) Error() string {
	place := fmt.Sprintf("%d:%d", f.Line, f.Column)
	if f.File != "" {
		place = f.File + ":" + place
	}
	if f.Setting == "" {
		return place + ": " + f.Text
	}
	return place + ": " + f.Setting + ": " + f.Text
}

type position struct{ line, column int }

// places are where the settings of a file stand.
type places struct {
	name string
	at   map[string]position
}

// fault is a fault of a setting. One that the file does not mention is shown where its nearest parent stands.
func (p places) fault(setting, format string, args ...any) *Fault {
	stands := position{1, 1}
	for at := setting; at != ""; at = parent(at) {
		if found, ok := p.at[at]; ok {
			stands = found
			break
		}
	}
	return &Fault{File: p.name, Line: stands.line, Column: stands.column, Setting: setting, Text: fmt.Sprintf(format, args...)}
}

// Fault is a fault of a setting that another part finds, with its place in the file that the configuration was read from.
func (c *Config) Fault(setting, format string, args ...any) *Fault {
	return c.places.fault(setting, format, args...)
}

// faults collects what is wrong, and knows where each setting stands.
type faults struct {
	places
	list []*Fault
	// unread are the settings that could not be read, and those that hold them: what they would have been is not judged.
	unread map[string]bool
	// meant are settings that were probably meant by unknown ones.
	meant []string
}

func newFaults() *faults { return &faults{places: places{at: map[string]position{}}} }

// add notes a fault of a setting.
func (f *faults) add(setting, format string, args ...any) {
	if !f.unread[setting] {
		f.list = append(f.list, f.fault(setting, format, args...))
	}
}

// judged says that all has been read that could be: a setting with a fault gets no second one.
func (f *faults) judged() {
	f.unread = map[string]bool{}
	for _, fault := range f.list {
		for at := fault.Setting; at != ""; at = parent(at) {
			f.unread[at] = true
		}
	}
	for _, at := range f.meant {
		f.unread[at] = true
	}
}

// unknownOf reports whether it is not known what a setting of at was to be.
func (f *faults) unknownOf(at string, settings ...string) bool {
	return slices.ContainsFunc(settings, func(s string) bool { return f.unread[join(at, s)] })
}

// wrong notes err, if it is one.
func (f *faults) wrong(setting string, err error) {
	if err != nil {
		f.add(setting, "%v", err)
	}
}

// err gives all faults in the file's order, nil if there are none.
func (f *faults) err() error {
	slices.SortStableFunc(f.list, func(a, b *Fault) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	errs := make([]error, len(f.list))
	for i, fault := range f.list {
		fault.File = f.name
		errs[i] = fault
	}
	return errors.Join(errs...)
}

// parent cuts the last part off a setting's name: trunks[0].name, trunks[0], trunks, "".
func parent(setting string) string { return setting[:max(strings.LastIndexAny(setting, ".["), 0)] }

func index(setting string, i int) string { return fmt.Sprintf("%s[%d]", setting, i) }
