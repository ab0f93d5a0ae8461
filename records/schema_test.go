package records_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"offhook/agent/protocol"
	"offhook/records"
	"offhook/translator"
)

var update = flag.Bool("update", false, "write docs/call-records.md anew")

type node = map[string]any

func definitions(t *testing.T) node {
	t.Helper()
	var schema node
	if err := json.Unmarshal(records.Schema(), &schema); err != nil {
		t.Fatal(err)
	}
	return schema["$defs"].(node)
}

// types are the definitions of the schema by the Go types that they describe.
var types = map[reflect.Type]string{
	reflect.TypeFor[translator.CallRecord](): "call", reflect.TypeFor[protocol.Party](): "party", reflect.TypeFor[protocol.Cause](): "cause",
	reflect.TypeFor[translator.LegRecord](): "leg", reflect.TypeFor[translator.PartRecord](): "part", reflect.TypeFor[translator.TransferRecord](): "transfer",
	reflect.TypeFor[translator.QualityRecord](): "quality", reflect.TypeFor[translator.StreamRecord](): "stream", reflect.TypeFor[translator.RecordingRecord](): "recording",
	reflect.TypeFor[translator.BrowserRecord](): "browser",
	reflect.TypeFor[protocol.Time]():            "time",
}

// TestSchemaIsTheType: every field of a record stands in the schema, with its type, required where it is always written, and nothing else does.
func TestSchemaIsTheType(t *testing.T) {
	c := comparison{t, definitions(t), map[string]bool{"time": true}}
	c.object(reflect.TypeFor[translator.CallRecord]())
	for name := range c.defs {
		if !c.seen[name] {
			t.Errorf("%s is in the schema and in no record", name)
		}
	}
}

type comparison struct {
	t    *testing.T
	defs node
	seen map[string]bool
}

func (c comparison) object(t reflect.Type) {
	name, known := types[t]
	if !known || c.seen[name] {
		return
	}
	c.seen[name] = true
	def := c.defs[name].(node)
	properties := def["properties"].(node)
	var fields, always []string
	for _, f := range reflect.VisibleFields(t) {
		key, option, _ := strings.Cut(f.Tag.Get("json"), ",")
		if key == "" {
			continue
		}
		fields = append(fields, key)
		if option == "" {
			always = append(always, key)
		}
		property, ok := properties[key].(node)
		if !ok {
			c.t.Errorf("%s has no %s", name, key)
			continue
		}
		if property["description"] == nil {
			c.t.Errorf("%s.%s has no description", name, key)
		}
		if fault := c.fits(f.Type, property); fault != "" {
			c.t.Errorf("%s.%s %s", name, key, fault)
		}
	}
	c.same(name, fields, slices.Collect(maps.Keys(properties)))
	var required []string
	for _, r := range def["required"].([]any) {
		required = append(required, r.(string))
	}
	c.same(name+": required", always, required)
}

func (c comparison) same(where string, a, b []string) {
	slices.Sort(a)
	slices.Sort(b)
	if !slices.Equal(a, b) {
		c.t.Errorf("%s:\ntype   %v\nschema %v", where, a, b)
	}
}

func (c comparison) fits(t reflect.Type, s node) string {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if name, known := types[t]; known {
		c.object(t)
		if s["$ref"] != "#/$defs/"+name {
			return "is not " + name
		}
		return ""
	}
	want := map[reflect.Kind]string{reflect.String: "string", reflect.Bool: "boolean", reflect.Int: "integer", reflect.Int64: "integer", reflect.Uint64: "integer",
		reflect.Float64: "number", reflect.Slice: "array", reflect.Map: "object"}[t.Kind()]
	switch {
	case want == "" || s["type"] != want:
		return fmt.Sprintf("is %v, its type is %s", s["type"], t)
	case t.Kind() == reflect.Slice:
		return c.fits(t.Elem(), s["items"].(node))
	case t.Kind() == reflect.Map:
		return c.fits(t.Elem(), s["additionalProperties"].(node))
	}
	return ""
}

func validator(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(records.Schema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("urn:offhook:call-record", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("urn:offhook:call-record")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

const documentFile = "../docs/call-records.md"

var (
	block   = regexp.MustCompile(`(?s)<!-- fields ([a-z]+) -->\n.*?<!-- end -->`)
	example = regexp.MustCompile("(?s)<!-- example -->\n```json\n(.*?)\n```\n<!-- end -->")
)

// TestDocument: the tables of docs/call-records.md are printed from the schema, all of them.
func TestDocument(t *testing.T) {
	got, err := os.ReadFile(documentFile)
	if err != nil {
		t.Fatal(err)
	}
	defs, printed := definitions(t), map[string]bool{"time": true}
	want := block.ReplaceAllFunc(got, func(old []byte) []byte {
		name := string(block.FindSubmatch(old)[1])
		printed[name] = true
		return fmt.Appendf(nil, "<!-- fields %s -->\n%s<!-- end -->", name, table(t, defs, name))
	})
	for name := range defs {
		if !printed[name] {
			t.Errorf("%s has no block <!-- fields %s -->", documentFile, name)
		}
	}
	if *update {
		if err := os.WriteFile(documentFile, want, 0o644); err != nil {
			t.Fatal(err)
		}
		got = want
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not what is kept; go test ./records -update", documentFile)
	}
}

// table is a definition as people read it, its fields in the order in which records have them.
func table(t *testing.T, defs node, name string) string {
	t.Helper()
	def, known := defs[name].(node)
	if !known {
		t.Fatalf("%s: the schema has no %s", documentFile, name)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n| field | type | | meaning |\n| --- | --- | --- | --- |\n", def["description"])
	for _, field := range order(t, name) {
		s := def["properties"].(node)[field].(node)
		always := "optional"
		if slices.Contains(def["required"].([]any), any(field)) {
			always = "always"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", field, kind(s), always, s["description"])
	}
	return b.String()
}

// order is the fields of a definition as the schema's file has them.
func order(t *testing.T, name string) (fields []string) {
	t.Helper()
	var schema struct {
		Defs map[string]struct{ Properties json.RawMessage } `json:"$defs"`
	}
	if err := json.Unmarshal(records.Schema(), &schema); err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(bytes.NewReader(schema.Defs[name].Properties))
	if _, err := d.Token(); err != nil {
		t.Fatal(err)
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			t.Fatal(err)
		}
		fields = append(fields, key.(string))
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			t.Fatal(err)
		}
	}
	return fields
}

func kind(s node) string {
	if ref, ok := s["$ref"].(string); ok {
		name := strings.TrimPrefix(ref, "#/$defs/")
		if name == "time" {
			return name
		}
		return fmt.Sprintf("[%s](#%s)", name, name)
	}
	switch values, _ := s["enum"].([]any); {
	case values != nil:
		var words []string
		for _, v := range values {
			words = append(words, "`"+v.(string)+"`")
		}
		return strings.Join(words, " ")
	case s["type"] == "array":
		return "array of " + kind(s["items"].(node))
	case s["type"] == "object":
		return "map of strings"
	}
	return s["type"].(string)
}

// TestExampleIsARecord: the example of the document fits the schema, has every object of it, and is a record that comes out as it went in.
func TestExampleIsARecord(t *testing.T) {
	text, err := os.ReadFile(documentFile)
	if err != nil {
		t.Fatal(err)
	}
	m := example.FindSubmatch(text)
	if m == nil {
		t.Fatalf("%s has no example", documentFile)
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(m[1]))
	if err != nil {
		t.Fatal(err)
	}
	if err := validator(t).Validate(v); err != nil {
		t.Error(err)
	}
	var r translator.CallRecord
	if err := json.Unmarshal(m[1], &r); err != nil {
		t.Fatal(err)
	}
	again, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var got, want any
	_ = json.Unmarshal(again, &got)
	_ = json.Unmarshal(m[1], &want)
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %s\nwant %s", again, m[1])
	}
	for _, name := range []string{`"transfers"`, `"recordings"`, `"quality"`, `"browser"`, `"missed"`, `"data"`, `"fields"`} {
		if !bytes.Contains(m[1], []byte(name)) {
			t.Errorf("the example has no %s", name)
		}
	}
}

// TestSchemaRefuses: a schema that takes everything would pass the tests above.
func TestSchemaRefuses(t *testing.T) {
	s := validator(t)
	for _, text := range []string{`{}`, `[]`, `{"id":"x"}`, `{"id":1,"direction":"inbound","from":{"verified":true},"to":{"verified":true},"arrived_at":"2026-11-22T12:00:00.000Z","ended_at":"2026-11-22T12:00:00.000Z","wait_ms":0,"talk_ms":0,"cause":{"code":"normal","by":"caller"},"legs":[],"agents":[]}`} {
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if s.Validate(v) == nil {
			t.Errorf("%s is taken", text)
		}
	}
}
