package api

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"offhook/agent/protocol"
	"offhook/records"
)

type node = map[string]any

func document(t *testing.T) node {
	t.Helper()
	status, body, header := apiApp(nil, nil).ask(t, http.MethodGet, "/api/v1/openapi.json", "")
	if status != http.StatusOK || header.Get("Content-Type") != "application/json" {
		t.Fatalf("got %d, %v", status, header)
	}
	var d node
	if err := json.Unmarshal([]byte(body), &d); err != nil {
		t.Fatal(err)
	}
	return d
}

var parameter = regexp.MustCompile(`:([a-z_]+)`)

// TestOpenAPIHasEveryRoute: what is mounted is in the document, and nothing else is.
func TestOpenAPIHasEveryRoute(t *testing.T) {
	var mounted, described []string
	for _, r := range apiApp(nil, nil).GetRoutes(true) {
		if strings.HasPrefix(r.Path, "/api/") && r.Path != "/api/v1/" && r.Method != http.MethodHead {
			mounted = append(mounted, r.Method+" "+parameter.ReplaceAllString(r.Path, "{$1}"))
		}
	}
	for path, item := range document(t)["paths"].(node) {
		for method := range item.(node) {
			described = append(described, strings.ToUpper(method)+" "+path)
		}
	}
	slices.Sort(mounted)
	slices.Sort(described)
	if !slices.Equal(mounted, described) || len(mounted) < 3 {
		t.Errorf("mounted   %q\ndescribed %q", mounted, described)
	}
}

// TestOpenAPIHasEveryParameter: those that are read, and their limits.
func TestOpenAPIHasEveryParameter(t *testing.T) {
	list := document(t)["paths"].(node)["/api/v1/calls"].(node)["get"].(node)["parameters"].([]any)
	var described []string
	for _, p := range list {
		name, schema := p.(node)["name"].(string), p.(node)["schema"].(node)
		described = append(described, name)
		if name == "limit" && (schema["maximum"] != float64(records.MaxPage) || schema["default"] != float64(defaultLimit)) {
			t.Errorf("limit is described as %v", schema)
		}
		if n, ok := schema["maxLength"]; ok && n != float64(maxParameter) {
			t.Errorf("%s may have %v characters, %d are read", name, n, maxParameter)
		}
		if name == "direction" && !slices.Equal(schema["enum"].([]any), []any{string(protocol.Inbound), string(protocol.Outbound), string(protocol.Internal)}) {
			t.Errorf("direction may be %v", schema["enum"])
		}
	}
	slices.Sort(described)
	if read := slices.Sorted(maps.Keys(parameters)); !slices.Equal(described, read) {
		t.Errorf("read      %q\ndescribed %q", read, described)
	}
}

// TestOpenAPIAnswers: what the handlers answer is what the document says of it, faults included; each status that they give is there.
func TestOpenAPIAnswers(t *testing.T) {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(openAPI()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.AssertFormat()
	if err := c.AddResource("urn:openapi", doc); err != nil {
		t.Fatal(err)
	}
	d := document(t)
	for _, row := range []struct{ path, target, token string }{
		{"/api/v1/calls", "/api/v1/calls", readSecret}, {"/api/v1/calls", "/api/v1/calls?x=1", readSecret}, {"/api/v1/calls", "/api/v1/calls", ""}, {"/api/v1/calls", "/api/v1/calls", otherSecret},
		{"/api/v1/calls/{id}", "/api/v1/calls/A", readSecret}, {"/api/v1/calls/{id}", "/api/v1/calls/B", readSecret}, {"/api/v1/calls/{id}", "/api/v1/calls/A", ""},
		{"/api/v1/openapi.json", "/api/v1/openapi.json", ""},
	} {
		status, body, _ := apiApp(twoTokens, &fakeCalls{}).ask(t, http.MethodGet, row.target, row.token)
		answer, known := d["paths"].(node)[row.path].(node)["get"].(node)["responses"].(node)[strconv.Itoa(status)].(node)
		if !known {
			t.Errorf("%s: a %d is not described", row.target, status)
			continue
		}
		if ref, ok := answer["$ref"].(string); ok {
			answer = d["components"].(node)["responses"].(node)[strings.TrimPrefix(ref, "#/components/responses/")].(node)
		}
		schema := answer["content"].(node)["application/json"].(node)["schema"].(node)
		ref, ok := schema["$ref"].(string)
		if !ok {
			continue
		}
		s, err := c.Compile("urn:openapi" + ref)
		if err != nil {
			t.Fatal(err)
		}
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Validate(v); err != nil {
			t.Errorf("%s: %s: %v", row.target, body, err)
		}
	}
}

// TestOpenAPIPointsAtWhatIsThere: every reference leads somewhere, and every schema and scheme is used.
func TestOpenAPIPointsAtWhatIsThere(t *testing.T) {
	text := string(openAPI())
	d := document(t)
	for _, m := range regexp.MustCompile(`"#/components/([a-zA-Z]+)/([a-z_]+)"`).FindAllStringSubmatch(text, -1) {
		if d["components"].(node)[m[1]].(node)[m[2]] == nil {
			t.Errorf("%s leads nowhere", m[0])
		}
	}
	if strings.Contains(text, `"#/$defs`) {
		t.Error("a reference of the record's schema was left as it was")
	}
	for name := range d["components"].(node)["schemas"].(node) {
		if !strings.Contains(text, `"#/components/schemas/`+name+`"`) {
			t.Errorf("nothing uses %s", name)
		}
	}
}
