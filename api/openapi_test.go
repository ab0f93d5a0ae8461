package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"offhook/agent"
	"offhook/agent/protocol"
	"offhook/records"
	"offhook/translator"
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

// operation is one method of one path.
type operation struct{ method, path string }

// target is a good request of the operation, and its body.
func (o operation) target() (target, body string) {
	target = strings.NewReplacer("{name}", "billing", "/agents/{id}", "/agents/anna", "/calls/{id}", "/calls/A").Replace(o.path)
	return target, map[string]string{
		"PUT /api/v1/agents/{id}/state": `{"state":"away","reason":"lunch"}`, "PUT /api/v1/agents/{id}/queues": `{"queues":[{"queue":"billing"}]}`,
		"PUT /api/v1/agents/{id}/skills": `{"skills":[{"name":"lang=de"}]}`, "PUT /api/v1/calls/{id}/queue": `{"queue":"sales"}`, "POST /api/v1/calls/{id}/trace": `{"on":true}`,
	}[o.method+" "+o.path]
}

// provoke makes a request of the operation that has to be answered with this status.
func (o operation) provoke(t *testing.T, status int) (got int, answer string) {
	t.Helper()
	err := map[int]error{
		http.StatusNotFound: errors.Join(translator.ErrNoCaller, records.ErrNotFound, ErrNoCall), http.StatusConflict: errors.Join(translator.ErrThere, ErrNoTrace),
		http.StatusServiceUnavailable: errors.Join(translator.ErrUnanswered, context.DeadlineExceeded), http.StatusInternalServerError: errors.New("broken"), http.StatusUnprocessableEntity: errors.New("a fault"),
	}[status]
	keys := NewKeyring(twoTokens)
	s := apiAppOf(func(c *Config) {
		c.Keyring, c.Center = keys, &fakeCenter{err: err}
		c.Trace = func(string, bool) error { return err }
		c.Revoke = func(id string) (agent.Revocation, error) {
			if status == http.StatusServiceUnavailable {
				return agent.Revocation{}, agent.ErrRevoked
			}
			return agent.Revocation{Agent: id, Issued: monday, Until: monday.Add(12 * time.Hour), HadSocket: true}, err
		}
		c.Reload = func() error { return err }
		switch {
		case status == http.StatusConflict:
			c.Reload = nil
		case status == http.StatusInternalServerError:
			c.Reload = func() error { panic("broken") }
		case status == http.StatusNotFound && o.path == "/api/v1/calls":
			c.Calls = nil
		}
		if err != nil && c.Calls != nil {
			c.Calls = &fakeCalls{answer: func(context.Context) (records.Page, error) { return records.Page{}, err }}
		}
	})
	target, body := o.target()
	if status == http.StatusNotFound && strings.HasSuffix(o.path, "/revoke") { // any ID may be some agent's, but for the long ones
		target = strings.Replace(target, "anna", strings.Repeat("a", maxParameter+1), 1)
	}
	token := writeSecret
	switch status {
	case http.StatusBadRequest:
		target += "?limit=0" // wrong where there is such a parameter, and unknown elsewhere
	case http.StatusUnauthorized:
		token = ""
	case http.StatusForbidden:
		token = otherSecret
	case http.StatusTooManyRequests:
		for _, known := range keys.tokens() {
			known.left = 0
		}
	}
	return s.send(t, o.method, target, token, body)
}

// TestOpenAPIAnswers: every status that is described is given, what comes with it is what the document says of it, and has no member that it does not name.
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
	shown := map[string]bool{} // members of answers, as schema.member
	for path, item := range d["paths"].(node) {
		for method, described := range item.(node) {
			o := operation{strings.ToUpper(method), path}
			for code, response := range described.(node)["responses"].(node) {
				status, _ := strconv.Atoi(code)
				got, answer := o.provoke(t, status)
				if got != status {
					t.Errorf("%v: got %d %s, want a %d", o, got, answer, status)
					continue
				}
				schema, ok := answerSchema(d, response.(node))
				if !ok {
					if answer != "" {
						t.Errorf("%v: a %d has a body: %s", o, status, answer)
					}
					continue
				}
				s, err := c.Compile("urn:openapi" + schema)
				if err != nil {
					t.Fatal(err)
				}
				v, err := jsonschema.UnmarshalJSON(strings.NewReader(answer))
				if err != nil {
					t.Fatal(err)
				}
				if err := s.Validate(v); err != nil {
					t.Errorf("%v: %s: %v", o, answer, err)
				}
				walk(d, strings.TrimPrefix(schema, "#/components/schemas/"), v, func(member string, described bool) {
					shown[member] = true
					if !described {
						t.Errorf("%v: %s is not described", o, member)
					}
				})
			}
		}
	}
	for name := range ownSchemas(t) {
		for member := range d["components"].(node)["schemas"].(node)[name].(node)["properties"].(node) {
			if asked := []string{"wish", "move", "memberships", "skills", "event"}; !slices.Contains(asked, name) && !shown[name+"."+member] {
				t.Errorf("%s.%s is described, and in no answer", name, member)
			}
		}
	}
}

// TestOpenAPIEvents: what is posted to webhooks is what the document says of it, and the types are all that there are.
func TestOpenAPIEvents(t *testing.T) {
	d := document(t)
	properties := d["components"].(node)["schemas"].(node)["event"].(node)["properties"].(node)
	var types []any
	for _, e := range EventTypes {
		types = append(types, string(e.Type))
	}
	if enum := properties["type"].(node)["enum"].([]any); !slices.Equal(enum, types) {
		t.Errorf("described are %v, told %v", enum, types)
	}
	body, err := newDelivery(Event{Type: CallEnded, At: time.Now(), Call: "A", Agent: "anna", Queue: "billing", Body: record("A")})
	if err != nil {
		t.Fatal(err)
	}
	var sent node
	mustRead(body.body, &sent)
	if got, want := slices.Sorted(maps.Keys(sent)), slices.Sorted(maps.Keys(properties)); !slices.Equal(got, want) {
		t.Errorf("sent %v, described %v", got, want)
	}
	var headers []string
	for _, p := range d["webhooks"].(node)["event"].(node)["post"].(node)["parameters"].([]any) {
		headers = append(headers, http.CanonicalHeaderKey(p.(node)["name"].(string)))
	}
	if want := []string{headerID, headerTimestamp, headerSignature}; !slices.Equal(headers, want) {
		t.Errorf("described are %v, sent %v", headers, want)
	}
}

// answerSchema is the reference to the schema of a response's body, false if it has none or has no name.
func answerSchema(d node, response node) (string, bool) {
	if ref, ok := response["$ref"].(string); ok {
		response = d["components"].(node)["responses"].(node)[strings.TrimPrefix(ref, "#/components/responses/")].(node)
	}
	content, ok := response["content"].(node)
	if !ok {
		return "", false
	}
	ref, ok := content["application/json"].(node)["schema"].(node)["$ref"].(string)
	if !ok {
		return "#/paths/~1api~1v1~1openapi.json/get/responses/200/content/application~1json/schema", true
	}
	return ref, true
}

// ownSchemas are the schemas of openapi.json itself, those of records not among them.
func ownSchemas(t *testing.T) node {
	t.Helper()
	var own node
	mustRead(paths, &own)
	return own["components"].(node)["schemas"].(node)
}

// walk names each member of a value, as schema.member, and says whether the schema has it.
func walk(d node, schema string, v any, member func(name string, described bool)) {
	s, ok := d["components"].(node)["schemas"].(node)[schema].(node)
	object, isObject := v.(map[string]any)
	if !ok || !isObject || s["properties"] == nil {
		return
	}
	for name, value := range object {
		p, described := s["properties"].(node)[name].(node)
		member(schema+"."+name, described)
		list, isList := value.([]any)
		if !isList {
			list = []any{value}
		} else if items, ok := p["items"].(node); ok {
			p = items
		}
		ref, _ := p["$ref"].(string)
		for _, one := range list {
			walk(d, strings.TrimPrefix(ref, "#/components/schemas/"), one, member)
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
