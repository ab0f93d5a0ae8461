package config

import (
	"bytes"
	"encoding"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// decode fills c from YAML text. It walks goccy/go-yaml's tree itself, so that it finds every unknown key and every value of
// the wrong kind in one go, and knows where each setting stands; the library's own strict decoder stops at the first. It reports
// whether the text is YAML.
func decode(text []byte, c *Config, f *faults) bool {
	text = bytes.TrimPrefix(text, []byte("\ufeff")) // as editors on Windows begin files
	if !utf8.Valid(text) || bytes.IndexByte(text, 0) >= 0 {
		f.list = append(f.list, &Fault{Line: 1, Column: 1, Text: "it is no text in UTF-8"})
		return false
	}
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		f.syntax(err)
		return false
	}
	if len(file.Docs) > 1 {
		f.at["(file)"] = place(file.Docs[1].Body)
		f.add("(file)", "there is a second document")
		return false
	}
	if len(file.Docs) == 1 && file.Docs[0].Body != nil {
		d := decoder{f}
		d.value("", file.Docs[0].Body, reflect.ValueOf(c).Elem())
	}
	return true
}

// syntax notes what the parser says, at the place that it says.
func (f *faults) syntax(err error) {
	fault := &Fault{Line: 1, Column: 1, Text: "YAML: " + err.Error()}
	if e, ok := err.(yaml.Error); ok {
		fault.Text = "YAML: " + e.GetMessage()
		if t := e.GetToken(); t != nil && t.Position != nil {
			fault.Line, fault.Column = t.Position.Line, t.Position.Column
		}
	}
	f.list = append(f.list, fault)
}

type decoder struct{ *faults }

// hasDefaults is a part of a list that starts from defaults of its own.
type hasDefaults interface{ setDefaults() }

// hasWord is settings that may also be written as one word.
type hasWord interface{ setWord(word string) error }

var (
	durationType = reflect.TypeFor[time.Duration]()
	textType     = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// value puts a node into v. An empty value keeps the default.
func (d decoder) value(at string, n ast.Node, v reflect.Value) {
	if _, known := d.at[at]; !known {
		d.at[at] = place(n)
	}
	switch n.(type) {
	case *ast.NullNode:
		return
	case *ast.AnchorNode, *ast.AliasNode, *ast.MergeKeyNode, *ast.TagNode:
		d.add(at, "a value that begins with *, & or ! needs quotes; anchors, aliases and tags are not used here")
		return
	}
	if w, ok := v.Addr().Interface().(hasWord); ok && isScalar(n) {
		d.word(at, n, w)
		return
	}
	switch {
	case v.Type() == durationType:
		d.duration(at, n, v)
	case v.Kind() == reflect.Struct && !reflect.PointerTo(v.Type()).Implements(textType):
		d.settings(at, n, v)
	case v.Kind() == reflect.Slice:
		d.list(at, n, v)
	case v.Kind() == reflect.Map:
		d.mapping(at, n, v)
	default:
		d.scalar(at, n, v)
	}
}

// isScalar reports whether a node is one value.
func isScalar(n ast.Node) bool {
	switch n.(type) {
	case *ast.StringNode, *ast.LiteralNode, *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return true
	}
	return false
}

func (d decoder) word(at string, n ast.Node, w hasWord) {
	if text, ok := d.text(at, n); ok {
		d.wrong(at, w.setWord(text))
	}
}

// settings fills a struct, whose fields have the names of their yaml tags.
func (d decoder) settings(at string, n ast.Node, v reflect.Value) {
	fields := map[string]reflect.Value{}
	for i := range v.NumField() {
		if name := v.Type().Field(i).Tag.Get("yaml"); name != "" && name != "-" {
			fields[name] = v.Field(i)
		}
	}
	seen := map[string]bool{}
	for _, pair := range d.pairs(at, n) {
		key := pair.Key.GetToken().Value
		name := join(at, key)
		d.at[name] = place(pair.Key)
		field, known := fields[key]
		switch {
		case !known:
			d.unknown(at, key, slices.Sorted(maps.Keys(fields)))
		case seen[key]:
			d.add(name, "it stands twice")
		default:
			d.value(name, pair.Value, field)
		}
		seen[key] = true
	}
}

// unknown notes a setting that there is not, with the one that was probably meant. What follows from that one's absence is not told.
func (d decoder) unknown(at, key string, known []string) {
	meant := nearest(key, known)
	if meant == "" {
		d.add(join(at, key), "there is no such setting")
		return
	}
	d.add(join(at, key), "there is no such setting; is %s meant?", meant)
	d.meant = append(d.meant, join(at, meant))
}

// list fills a slice, replacing its default.
func (d decoder) list(at string, n ast.Node, v reflect.Value) {
	s, ok := n.(*ast.SequenceNode)
	if !ok {
		d.add(at, "a list is wanted")
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(s.Values), len(s.Values)))
	for i, item := range s.Values {
		e := v.Index(i)
		if def, ok := e.Addr().Interface().(hasDefaults); ok {
			def.setDefaults()
		}
		d.value(index(at, i), item, e)
	}
}

// mapping fills a map of values by their keys.
func (d decoder) mapping(at string, n ast.Node, v reflect.Value) {
	v.Set(reflect.MakeMap(v.Type()))
	for _, pair := range d.pairs(at, n) {
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		name := join(at, pair.Key.GetToken().Value)
		d.at[name] = place(pair.Key)
		d.value(name, pair.Key, key)
		d.value(name, pair.Value, value)
		if v.MapIndex(key).IsValid() {
			d.add(name, "it stands twice")
		}
		v.SetMapIndex(key, value)
	}
}

// pairs gives the keys and values of a mapping.
func (d decoder) pairs(at string, n ast.Node) []*ast.MappingValueNode {
	switch m := n.(type) {
	case *ast.MappingNode:
		return m.Values
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{m}
	}
	d.add(at, "settings with names are wanted, \"name: value\"")
	return nil
}

func (d decoder) duration(at string, n ast.Node, v reflect.Value) {
	text, ok := d.text(at, n)
	if !ok {
		return
	}
	t, err := time.ParseDuration(text)
	switch {
	case err != nil:
		d.add(at, "%q is no time such as 20s, 1m30s or 500ms", text)
	case t < 0:
		d.add(at, "it is below 0")
	default:
		v.SetInt(int64(t))
	}
}

func (d decoder) scalar(at string, n ast.Node, v reflect.Value) {
	text, ok := d.text(at, n)
	if !ok {
		return
	}
	if u, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		if err := u.UnmarshalText([]byte(text)); err != nil {
			d.add(at, "%s", readable(v.Type(), text, err))
		}
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Bool:
		if text != "true" && text != "false" {
			d.add(at, "%q is neither true nor false", text)
			return
		}
		v.SetBool(text == "true")
	case reflect.Int:
		number, err := strconv.Atoi(text)
		if err != nil {
			d.add(at, "%q is no whole number", text)
			return
		}
		v.SetInt(int64(number))
	default:
		panic("config: no way to read a " + v.Type().String())
	}
}

// text gives a scalar as it is written: 007 stays 007, whatever YAML takes it for.
func (d decoder) text(at string, n ast.Node) (string, bool) {
	switch s := n.(type) {
	case *ast.StringNode:
		return s.Value, true
	case *ast.LiteralNode:
		return s.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return n.GetToken().Value, true
	}
	d.add(at, "one value is wanted; if it has a colon, it may need quotes")
	return "", false
}

// readable says what is wrong with an address or another value of the standard library's.
func readable(t reflect.Type, text string, err error) string {
	want := map[string]string{
		"netip.AddrPort": "an address with a port such as 192.0.2.1:5060 or [2001:db8::1]:5060",
		"netip.Addr":     "an address such as 192.0.2.1 or 2001:db8::1",
		"netip.Prefix":   "a network such as 192.0.2.0/24 or 192.0.2.1/32",
		"slog.Level":     "a level: debug, info, warn or error",
	}[t.String()]
	if want == "" {
		return err.Error()
	}
	return fmt.Sprintf("%q is no %s", text, strings.TrimPrefix(strings.TrimPrefix(want, "an "), "a "))
}

func place(n ast.Node) position {
	if n == nil || n.GetToken() == nil || n.GetToken().Position == nil {
		return position{1, 1}
	}
	p := n.GetToken().Position
	return position{p.Line, p.Column}
}

func join(at, key string) string {
	if at == "" {
		return key
	}
	return at + "." + key
}
