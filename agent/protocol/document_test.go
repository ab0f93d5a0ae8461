package protocol_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"offhook/agent/protocol"
)

const documentFile = "../../docs/agent-protocol.md"

// block is a part of the document that is printed: between <!-- KIND ARGUMENTS --> and <!-- end -->.
var block = regexp.MustCompile(`(?s)<!-- ([a-z]+)((?: [a-z][a-z0-9._-]*)*) -->\n.*?<!-- end -->`)

// TestDocument: what docs/agent-protocol.md says of frames, fields, codes and limits is printed from the schema, the tables, the examples and a call that
// the translator played. Every definition of the schema and every list is in it.
func TestDocument(t *testing.T) {
	got, err := os.ReadFile(documentFile)
	if err != nil {
		t.Fatal(err)
	}
	p := &printer{t: t, defs: definitions(t)}
	printed := map[string]bool{}
	want := block.ReplaceAllFunc(got, func(old []byte) []byte {
		m := block.FindSubmatch(old)
		kind, arguments := string(m[1]), strings.Fields(string(m[2]))
		printed[strings.TrimSpace(kind+string(m[2]))] = true
		return fmt.Appendf(nil, "<!-- %s%s -->\n%s<!-- end -->", kind, m[2], p.block(kind, arguments))
	})
	for _, needed := range p.needed() {
		if !printed[needed] {
			t.Errorf("%s has no block <!-- %s -->", documentFile, needed)
		}
	}
	if *protocol.Update {
		if err := os.WriteFile(documentFile, want, 0o644); err != nil {
			t.Fatal(err)
		}
		got = want
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not what is served; go test ./agent/protocol -update", documentFile)
	}
}

// printer prints blocks.
type printer struct {
	t    *testing.T
	defs node
}

// needed are the blocks that may not be missing.
func (p *printer) needed() []string {
	list := []string{"codes", "causes", "closes", "limits", "notserved", "story"}
	for name := range p.defs {
		if group, _, dotted := strings.Cut(name, "."); dotted && group != "frame" || name == "frame.welcome" || name == "frame.ok" || name == "frame.error" {
			list = append(list, "fields "+name)
		}
	}
	return list
}

func (p *printer) block(kind string, arguments []string) string {
	switch kind {
	case "fields":
		return p.fields(arguments[0])
	case "example":
		return p.example(arguments[0])
	case "story":
		return p.story()
	case "notserved":
		return p.notServed()
	case "codes":
		return codesTable()
	case "causes":
		return causesTable()
	case "closes":
		return closesTable()
	case "limits":
		return limitsTable()
	}
	p.t.Fatalf("%s: there is no block %q", documentFile, kind)
	return ""
}

// fields is a definition as a table: its own words, then a row for each field in the order in which the schema's file has them.
func (p *printer) fields(name string) string {
	def, known := p.defs[name].(node)
	if !known {
		p.t.Fatalf("%s: the schema has no %s", documentFile, name)
	}
	required := def["required"].([]any)
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n", def["description"])
	rows := 0
	for _, field := range p.order(name) {
		s := def["properties"].(node)[field].(node)
		if isRequest := strings.HasPrefix(name, "request."); s["const"] != nil || isRequest && field == "id" {
			continue // said once for all
		}
		if rows++; rows == 1 {
			b.WriteString("| field | type | | meaning |\n| --- | --- | --- | --- |\n")
		}
		always := "optional"
		if slices.Contains(required, any(field)) {
			always = "always"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", field, p.typ(s), always, cell(s["description"]))
	}
	if rows == 0 {
		b.WriteString("No fields of its own.\n")
	}
	return b.String()
}

func cell(description any) string {
	if description == nil {
		return ""
	}
	return strings.ReplaceAll(description.(string), "|", `\|`)
}

// order is the fields of a definition as the file has them; a decoded object has forgotten.
func (p *printer) order(name string) (fields []string) {
	text, err := os.ReadFile(schemaFile)
	if err != nil {
		p.t.Fatal(err)
	}
	var schema struct {
		Defs map[string]struct{ Properties json.RawMessage } `json:"$defs"`
	}
	if err := json.Unmarshal(text, &schema); err != nil {
		p.t.Fatal(err)
	}
	d := json.NewDecoder(bytes.NewReader(schema.Defs[name].Properties))
	if _, err := d.Token(); err != nil {
		p.t.Fatal(err)
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			p.t.Fatal(err)
		}
		fields = append(fields, key.(string))
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			p.t.Fatal(err)
		}
	}
	return fields
}

// typ is a field's type, with its limits, in words.
func (p *printer) typ(s node) string {
	ref, _ := s["$ref"].(string)
	ref = strings.TrimPrefix(ref, "#/$defs/")
	switch {
	case strings.HasPrefix(ref, "object."):
		object := strings.TrimPrefix(ref, "object.")
		return fmt.Sprintf("[%s](#%s)", object, object)
	case ref == "time":
		return "time"
	case ref == "pairs":
		return fmt.Sprintf("map of strings: at most %d, keys of 1–%d bytes, values ≤ %d bytes", protocol.MaxFields, protocol.MaxKey, protocol.MaxString)
	}
	s = resolve(p.defs, s)
	switch values, _ := s["enum"].([]any); {
	case slices.Contains(values, any(string(protocol.BadRequest))):
		return "one of the [errors](#errors)"
	case slices.Contains(values, any(string(protocol.CauseNormal))):
		return "one of the [causes](#causes)"
	case values != nil:
		return p.values(values)
	}
	switch s["type"] {
	case "string":
		return "string" + between(s["minLength"], s["maxLength"], " bytes")
	case "integer", "number":
		return s["type"].(string) + between(s["minimum"], s["maximum"], "")
	case "array":
		return "array of " + p.typ(s["items"].(node))
	case "object":
		return "map of " + p.typ(s["additionalProperties"].(node))
	}
	return s["type"].(string)
}

func (p *printer) values(values []any) string {
	var list []string
	for _, v := range values {
		if v != "" { // an empty optional string is as none
			list = append(list, "`"+v.(string)+"`")
		}
	}
	return strings.Join(list, " ")
}

func between(from, to any, unit string) string {
	switch {
	case from == nil && to == nil:
		return ""
	case to == nil && unit == "": // of a string that is only not empty nothing is said
		return fmt.Sprintf(" ≥ %.0f", from)
	case to == nil:
		return ""
	case from == nil:
		return fmt.Sprintf(" ≤ %.0f%s", to, unit)
	}
	return fmt.Sprintf(", %.0f–%.0f%s", from, to, unit)
}

func (p *printer) example(name string) string {
	frame, known := protocol.Files(p.t, "valid/*.json")[name+".json"]
	if !known {
		p.t.Fatalf("%s: there is no example %s", documentFile, name)
	}
	var out bytes.Buffer
	if err := json.Compact(&out, frame); err != nil {
		p.t.Fatal(err)
	}
	return "```json\n" + short(out.Bytes()) + "\n```\n"
}

var longSDP = regexp.MustCompile(`"sdp":"v=0(\\.|[^"\\])*"`)

// short leaves out what a session description says.
func short(frame []byte) string {
	return longSDP.ReplaceAllString(string(frame), `"sdp":"v=0…"`)
}

func (p *printer) story() string {
	var b strings.Builder
	open := false
	fence := func(want bool) {
		if want != open {
			b.WriteString("```\n")
			open = want
		}
	}
	for _, l := range story(p.t) {
		if l.note != "" {
			fence(false)
			fmt.Fprintf(&b, "\n%s\n\n", l.note)
			continue
		}
		fence(true)
		who := "S"
		if l.fromClient {
			who = "C"
		}
		fmt.Fprintf(&b, "%s %s\n", who, short(l.frame))
	}
	fence(false)
	return b.String()
}

func (p *printer) notServed() string {
	list := notServed(p.t)
	if len(list) == 0 {
		return "This version serves every request on this page.\n"
	}
	return "This version does not serve `" + strings.Join(list, "` `") + "`: they get `unknown_type`.\n"
}

func codesTable() string {
	var b strings.Builder
	b.WriteString("| code | message where there is nothing better to say | `retry` | `sip` |\n| --- | --- | --- | --- |\n")
	for _, row := range protocol.Codes {
		retry, sip := "", ""
		if row.Retry {
			retry = "yes"
		}
		if row.SIP != 0 {
			sip = fmt.Sprint(row.SIP)
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", row.Code, row.Text, retry, sip)
	}
	return b.String()
}

func causesTable() string {
	var b strings.Builder
	b.WriteString("| cause | meaning |\n| --- | --- |\n")
	for _, row := range protocol.Causes {
		fmt.Fprintf(&b, "| `%s` | %s |\n", row.Code, row.Text)
	}
	return b.String()
}

func closesTable() string {
	how := map[protocol.Reconnect]string{
		protocol.ReconnectNever: "no", protocol.ReconnectNow: "yes, with the usual random delay",
		protocol.ReconnectLater: "yes, after several seconds, and longer each time", protocol.ReconnectToken: "after a fresh token was fetched",
	}
	var b strings.Builder
	b.WriteString("| code | reason | come back? |\n| --- | --- | --- |\n")
	for _, row := range protocol.Closes {
		fmt.Fprintf(&b, "| %d | %s | %s |\n", row.Code, row.Text, how[row.Reconnect])
	}
	return b.String()
}

func limitsTable() string {
	var b strings.Builder
	b.WriteString("| what | at most | beyond it |\n| --- | --- | --- |\n")
	for _, row := range []struct {
		what   string
		most   int
		beyond string
	}{
		{"a frame, bytes", protocol.MaxFrame, "closed with 4400"},
		{"objects and arrays within each other, the frame counted", protocol.MaxDepth, "closed with 4400"},
		{"members of a frame, known or not", protocol.MaxMembers, "`bad_request`"},
		{"a token, bytes", protocol.MaxToken, "`bad_request`; in `hello` closed with 4401"},
		{"a session description, bytes", protocol.MaxSDP, "`bad_request`"},
		{"`wrapup.notes`, bytes", protocol.MaxNotes, "`bad_request`"},
		{"`dtmf.digits`", protocol.MaxDigits, "`bad_request`"},
		{"any other string, bytes", protocol.MaxString, "`bad_request`"},
		{"entries of `wrapup.fields` and `dial.data`", protocol.MaxFields, "`bad_request`"},
		{"a key of those, bytes", protocol.MaxKey, "`bad_request`"},
		{"an id", protocol.MaxID, "`bad_request`"},
	} {
		fmt.Fprintf(&b, "| %s | %d | %s |\n", row.what, row.most, row.beyond)
	}
	return b.String()
}
