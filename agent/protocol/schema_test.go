package protocol_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"offhook/agent/protocol"
)

const (
	schemaFile = "offhook.v1.schema.json"
	schemaID   = "urn:offhook:agent-protocol:offhook.v1"
)

// node is a schema, or a part of one, as plain JSON.
type node = map[string]any

// definitions are the schema's $defs.
func definitions(t *testing.T) node {
	t.Helper()
	text, err := os.ReadFile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	var schema node
	if err := json.Unmarshal(text, &schema); err != nil {
		t.Fatal(err)
	}
	return schema["$defs"].(node)
}

// compiler knows the schema. It is made once; the tests run one after the other.
var compiler = sync.OnceValues(func() (*jsonschema.Compiler, error) {
	text, err := os.ReadFile(schemaFile)
	if err != nil {
		return nil, err
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	return c, c.AddResource(schemaID, doc)
})

// compiled is one definition of the schema, which is itself checked against the metaschema on the way.
func compiled(t *testing.T, definition string) *jsonschema.Schema {
	t.Helper()
	c, err := compiler()
	if err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile(schemaID + "#/$defs/" + definition)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// fits says what is wrong with a frame by a schema, nil for nothing.
func fits(s *jsonschema.Schema, frame []byte) error {
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(frame))
	if err != nil {
		return err
	}
	return s.Validate(v)
}

// TestSchemaTakesValidExamples: each example fits its direction, and its own definition.
func TestSchemaTakesValidExamples(t *testing.T) {
	for direction, pattern := range map[string]string{"client": "valid/client-*.json", "server": "valid/server-*.json"} {
		s := compiled(t, direction)
		for name, frame := range protocol.Files(t, pattern) {
			if err := fits(s, frame); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			kind := map[string]string{"client": "request.", "server": "frame."}[direction] + typeOf(t, frame)
			if err := fits(compiled(t, kind), frame); err != nil {
				t.Errorf("%s by %s: %v", name, kind, err)
			}
		}
	}
}

func typeOf(t *testing.T, frame []byte) string {
	t.Helper()
	var head struct{ Type string }
	if err := json.Unmarshal(frame, &head); err != nil {
		t.Fatal(err)
	}
	return head.Type
}

// unsayable are the invalid examples that the schema takes, and why it cannot do otherwise.
var unsayable = map[string]string{
	"close-not-utf8.json":          "JSON readers put U+FFFD in the place of bytes that are not UTF-8",
	"close-overlong-utf8.json":     "JSON readers put U+FFFD in the place of bytes that are not UTF-8",
	"close-too-deep.json":          "a schema does not count levels",
	"dial-data-other-case.json":    "a schema does not compare keys",
	"dial-data-twice.json":         "of a key that stands twice JSON readers show one",
	"id-exponent.json":             "1e3 is an integer to a schema",
	"key-beside-another-case.json": "a schema does not compare keys",
	"key-twice-escaped.json":       "of a key that stands twice JSON readers show one",
	"key-twice.json":               "of a key that stands twice JSON readers show one",
	"reason-half-surrogate.json":   "JSON readers put U+FFFD in the place of half a surrogate pair",
	"unknown-key-twice.json":       "of a key that stands twice JSON readers show one",
}

// TestSchemaRefusesInvalidExamples: all but those of unsayable.
func TestSchemaRefusesInvalidExamples(t *testing.T) {
	s := compiled(t, "client")
	all := protocol.Files(t, "invalid/*.json")
	delete(all, "expected.json")
	for name, frame := range all {
		err, why := fits(s, frame), unsayable[name]
		switch {
		case err == nil && why == "":
			t.Errorf("%s fits the schema", name)
		case err != nil && why != "":
			t.Errorf("%s is refused (%v) and need not stand in unsayable: %s", name, err, why)
		}
	}
	for name := range unsayable {
		if all[name] == nil {
			t.Errorf("unsayable names %s, which is not there", name)
		}
	}
}

// raw are the values that the next test puts into each field: every JSON type, both sides of every limit, every character that is not allowed.
func raw() (values []string) {
	values = []string{`null`, `true`, `false`, `-1`, `0`, `0.5`, `1`, `1.5`, `5`, `5.5`, `100`, `101`, `3600`, `3601`, `1000000`, `1000001`, `9007199254740991`,
		`9007199254740992`, `""`, `"x"`, `"a\nb"`, `"a\tb"`, `"a\u0000"`, `"a\u001f"`, `"a\u007f"`, `"a\u0085"`, `"a\u00a0"`, `"a\u2028"`, `"away"`, `"available"`,
		`"offline"`, `"agent"`, `"queue"`, `"listen"`, `"shout"`, `"12x"`, `"1,2#"`, `[]`, `["a"]`, `{}`, `{"a":"b"}`, `{"a":1}`, `{"a":null}`, `{"":"b"}`, `{"a":"l\nm"}`,
		`{"a":"\u0000"}`, `{"a\nb":"x"}`}
	for _, n := range []int{protocol.MaxDigits, protocol.MaxString, protocol.MaxToken, protocol.MaxNotes, protocol.MaxSDP} { // a 1 is a tone too
		values = append(values, strconv.Quote(strings.Repeat("1", n)), strconv.Quote(strings.Repeat("1", n+1)))
	}
	for _, n := range []int{protocol.MaxKey, protocol.MaxKey + 1} {
		values = append(values, fmt.Sprintf(`{%q:""}`, strings.Repeat("k", n)))
	}
	for _, n := range []int{protocol.MaxString, protocol.MaxString + 1} {
		values = append(values, fmt.Sprintf(`{"k":%q}`, strings.Repeat("v", n)))
	}
	for _, n := range []int{protocol.MaxFields, protocol.MaxFields + 1} {
		pairs := map[string]string{}
		for i := range n {
			pairs["k"+strconv.Itoa(i)] = ""
		}
		text, _ := json.Marshal(pairs)
		values = append(values, string(text))
	}
	return values
}

// TestSchemaAgreesWithDecode: whatever is put into any field of a request, the schema takes it where the decoder does and refuses it where it does not.
func TestSchemaAgreesWithDecode(t *testing.T) {
	defs, values, compared := definitions(t), raw(), 0
	longest := map[string][]byte{}
	for _, frame := range protocol.Files(t, "valid/client-*.json") {
		if kind := "request." + typeOf(t, frame); len(frame) > len(longest[kind]) {
			longest[kind] = frame
		}
	}
	for kind, frame := range longest {
		s := compiled(t, kind)
		var members map[string]json.RawMessage
		if err := json.Unmarshal(frame, &members); err != nil {
			t.Fatal(err)
		}
		for field := range defs[kind].(node)["properties"].(node) {
			if field == "type" {
				continue
			}
			for _, value := range append(values, "") {
				changed := maps.Clone(members)
				if changed[field] = json.RawMessage(value); value == "" {
					delete(changed, field)
				}
				text, err := json.Marshal(changed)
				if err != nil {
					t.Fatal(err)
				}
				_, derr := protocol.Decode(text)
				if serr := fits(s, text); (serr == nil) != (derr == nil) {
					t.Errorf("%s with %s %.60s: the decoder says %v, the schema %v", kind, field, value, derr, serr)
				}
				compared++
			}
		}
	}
	if compared < 4000 {
		t.Errorf("only %d comparisons", compared)
	}
}

// requests are all of them; objects the Go types of the objects.
var (
	requests = map[string]protocol.Request{
		"hello": protocol.Hello{}, "token": protocol.Token{}, "state": protocol.State{}, "beat": protocol.Beat{}, "bye": protocol.Bye{},
		"quality": protocol.Quality{}, "ringing": protocol.Ringing{}, "accept": protocol.Accept{}, "reject": protocol.Reject{}, "hangup": protocol.Hangup{},
		"mute": protocol.Mute{}, "restart": protocol.Restart{}, "wrapup": protocol.Wrapup{}, "hold": protocol.Hold{}, "resume": protocol.Resume{},
		"dtmf": protocol.DTMF{}, "transfer": protocol.Transfer{}, "record": protocol.Record{}, "dial": protocol.Dial{}, "directory": protocol.Directory{},
		"merge": protocol.Merge{}, "watch": protocol.Watch{},
	}
	objects = map[string]any{
		"agent": protocol.Agent{}, "call": protocol.Call{}, "party": protocol.Party{}, "description": protocol.Description{}, "cause": protocol.Cause{}, "transfer": protocol.Transferring{},
		"queue": protocol.QueueFigures{}, "recent": protocol.Recent{}, "ice_server": protocol.ICEServer{}, "limits": protocol.Limits{},
		"reason": protocol.Reason{}, "queue_limits": protocol.QueueLimits{}, "outcome": protocol.Outcome{},
		"directory_entry": protocol.DirectoryEntry{},
	}
)

// TestSchemaMatchesTypes: every field of the Go types stands in the schema with the right type, required where it is always written, and nothing else does.
func TestSchemaMatchesTypes(t *testing.T) {
	defs := definitions(t)
	c := comparison{t, defs, typedConstants(t)}
	for name, r := range requests {
		c.request(name, reflect.TypeOf(r))
	}
	for name, o := range objects {
		c.object("object."+name, reflect.TypeOf(o), "")
	}
	c.object("frame.welcome", reflect.TypeFor[protocol.Welcome](), "")
	c.object("frame.ok", reflect.TypeFor[protocol.Reply](), "code message retry sip")
	c.object("frame.error", reflect.TypeFor[protocol.Reply](), "call sdp entries")
	for name, frame := range map[string][]byte{"agent": protocol.EncodeAgent(protocol.Agent{}), "call": protocol.EncodeCall(protocol.Call{}),
		"queue": protocol.EncodeQueue(protocol.QueueFigures{}), "beat": protocol.EncodeBeat(protocol.Time{}.Time)} {
		var members node
		if err := json.Unmarshal(frame, &members); err != nil {
			t.Fatal(err)
		}
		c.same("frame."+name, slices.Sorted(maps.Keys(members)), slices.Sorted(maps.Keys(defs["frame."+name].(node)["properties"].(node))))
	}
	c.complete()
}

type comparison struct {
	t         *testing.T
	defs      node
	constants map[string][]string
}

// complete: no definition of a frame or an object is left that nothing was compared with.
func (c comparison) complete() {
	for name := range c.defs {
		group, kind, _ := strings.Cut(name, ".")
		switch group {
		case "request":
			if requests[kind] == nil {
				c.t.Errorf("%s is no request", name)
			}
		case "object":
			if objects[kind] == nil {
				c.t.Errorf("%s is no object", name)
			}
		case "frame":
			if !strings.Contains(" welcome agent call queue beat ok error ", " "+kind+" ") {
				c.t.Errorf("%s is no frame", name)
			}
		}
	}
	inUnion := func(union, group string) {
		var listed, defined []string
		for _, ref := range c.defs[union].(node)["anyOf"].([]any) {
			listed = append(listed, strings.TrimPrefix(ref.(node)["$ref"].(string), "#/$defs/"))
		}
		for name := range c.defs {
			if strings.HasPrefix(name, group+".") {
				defined = append(defined, name)
			}
		}
		slices.Sort(listed)
		slices.Sort(defined)
		c.same(union, listed, defined)
	}
	inUnion("client", "request")
	inUnion("server", "frame")
}

func (c comparison) same(where string, got, want []string) {
	if !slices.Equal(got, want) {
		c.t.Errorf("%s:\n got %v\nwant %v", where, got, want)
	}
}

func (c comparison) request(name string, t reflect.Type) {
	def, known := c.defs["request."+name].(node)
	if !known {
		c.t.Errorf("there is no request.%s", name)
		return
	}
	properties, want := def["properties"].(node), []string{"type"}
	required := []string{"type"}
	if properties["type"].(node)["const"] != name {
		c.t.Errorf("request.%s is of type %v", name, properties["type"])
	}
	if name != "beat" {
		want, required = append(want, "id"), append(required, "id")
	}
	for _, f := range fieldsOf(t) {
		want = append(want, f.name)
		if f.always {
			required = append(required, f.name)
		}
		c.field("request."+name, f, properties[f.name])
	}
	c.sameNames("request."+name, def, want, required)
}

// object compares one; not are fields of the type that this frame never has.
func (c comparison) object(name string, t reflect.Type, not string) {
	def, known := c.defs[name].(node)
	if !known {
		c.t.Errorf("there is no %s", name)
		return
	}
	var want, required []string
	for _, f := range fieldsOf(t) {
		if strings.Contains(" "+not+" ", " "+f.name+" ") {
			continue
		}
		want = append(want, f.name)
		if f.always || name == "frame.error" && (f.name == "code" || f.name == "message") {
			required = append(required, f.name)
		}
		c.field(name, f, def["properties"].(node)[f.name])
	}
	c.sameNames(name, def, want, required)
}

func (c comparison) sameNames(name string, def node, want, required []string) {
	var asked []string
	for _, r := range def["required"].([]any) {
		asked = append(asked, r.(string))
	}
	slices.Sort(want)
	slices.Sort(required)
	slices.Sort(asked)
	c.same(name, slices.Sorted(maps.Keys(def["properties"].(node))), want)
	c.same(name+" required", asked, required)
}

// field is a field of a Go type as JSON has it.
type field struct {
	name   string
	always bool // written also where it is empty
	typ    reflect.Type
}

func fieldsOf(t reflect.Type) (list []field) {
	for _, f := range reflect.VisibleFields(t) {
		name, option, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" || len(f.Index) > 1 { // an embedded Head, and what is in it
			continue
		}
		list = append(list, field{name, option == "", f.Type})
	}
	return list
}

func (c comparison) field(where string, f field, schema any) {
	s, known := schema.(node)
	if !known {
		c.t.Errorf("%s has no %s", where, f.name)
		return
	}
	if fault := c.fits(f.typ, s); fault != "" {
		c.t.Errorf("%s: %s %s", where, f.name, fault)
	}
	if s["description"] == nil && s["const"] == nil && f.name != "id" {
		c.t.Errorf("%s: %s has no description", where, f.name)
	}
}

// fits says why a schema is not that of a Go type, "" if it is.
func (c comparison) fits(t reflect.Type, s node) string {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	ref, _ := s["$ref"].(string)
	for name, o := range objects {
		if t == reflect.TypeOf(o) {
			return unless(ref == "#/$defs/object."+name, "is not object."+name)
		}
	}
	if t == reflect.TypeFor[protocol.Time]() {
		return unless(ref == "#/$defs/time", "is not a time")
	}
	s = resolve(c.defs, s)
	if s["const"] != nil {
		return unless(t.Kind() == reflect.String, "is a constant")
	}
	switch t.Kind() {
	case reflect.String:
		return c.text(t, s)
	case reflect.Bool:
		return unless(s["type"] == "boolean", "is no boolean")
	case reflect.Int, reflect.Int64:
		return unless(s["type"] == "integer", "is no integer")
	case reflect.Float64:
		return unless(s["type"] == "number", "is no number")
	case reflect.Slice:
		if s["type"] != "array" {
			return "is no array"
		}
		return c.fits(t.Elem(), s["items"].(node))
	case reflect.Map:
		if s["type"] != "object" || s["additionalProperties"] == nil {
			return "is no map"
		}
		return c.fits(t.Elem(), s["additionalProperties"].(node))
	}
	return "has the Go type " + t.String() + ", which nothing here knows"
}

// text compares a string, and for a type with constants its values: all of them in what the server sends, some in what clients ask for.
func (c comparison) text(t reflect.Type, s node) string {
	if s["type"] != "string" {
		return "is no string"
	}
	all := c.constants[t.Name()]
	values, listed := s["enum"].([]any)
	if all == nil {
		return ""
	}
	if !listed {
		return "may have any value, but is a " + t.Name()
	}
	for _, v := range values {
		if v != "" && !slices.Contains(all, v.(string)) {
			return fmt.Sprintf("may be %v, which is no %s", v, t.Name())
		}
	}
	if wish := slices.Contains(values, any("available")) && !slices.Contains(values, any("offline")); wish {
		return ""
	}
	return unless(len(values) == len(all), fmt.Sprintf("has %d of the %d values of %s", len(values), len(all), t.Name()))
}

func unless(ok bool, fault string) string {
	if ok {
		return ""
	}
	return fault
}

// resolve puts what a $ref means beneath what stands beside it.
func resolve(defs node, s node) node {
	ref, isRef := s["$ref"].(string)
	if !isRef {
		return s
	}
	out := maps.Clone(resolve(defs, defs[strings.TrimPrefix(ref, "#/$defs/")].(node)))
	maps.Copy(out, s)
	delete(out, "$ref")
	return out
}

// typedConstants are the string constants of the package by the name of their type.
func typedConstants(t *testing.T) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	for _, name := range []string{"codes.go", "objects.go"} {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || spec.Type == nil {
				return true
			}
			if typ, ok := spec.Type.(*ast.Ident); ok && len(spec.Values) == 1 {
				if value, ok := spec.Values[0].(*ast.BasicLit); ok && value.Kind == token.STRING {
					text, _ := strconv.Unquote(value.Value)
					out[typ.Name] = append(out[typ.Name], text)
				}
			}
			return true
		})
	}
	for _, name := range []string{"Code", "CauseCode", "AgentState", "Phase", "Direction", "By"} {
		if len(out[name]) < 3 {
			t.Fatalf("the constants of %s were not found", name)
		}
	}
	return out
}
