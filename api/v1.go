package api

import (
	"bytes"
	_ "embed"
	"encoding/json"

	"github.com/gofiber/fiber/v2"

	"offhook/records"
)

// base is where the API's first version is.
const base = "/api/v1"

// mountV1 serves the API. Each route names the scope that it needs; only the document is for everybody.
func mountV1(app *fiber.App, cfg Config) {
	count := cfg.Count
	if count == nil {
		count = func(string) {}
	}
	keys := cfg.Keyring
	if keys == nil {
		keys = NewKeyring(cfg.Tokens)
	}
	a := newAccess(keys, cfg.Log, count)
	a.proxies = cfg.TrustedProxies
	calls := newCallsAPI(cfg.Calls)
	document := openAPI()
	app.Use("/api", faults(cfg.Log))
	v1 := app.Group(base)
	v1.Get("/openapi.json", func(c *fiber.Ctx) error {
		c.Set(fiber.HeaderContentType, fiber.MIMEApplicationJSON)
		return c.Send(document)
	})
	v1.Get("/calls", a.needs(Read), calls.list)
	v1.Get("/calls/:id", a.needs(Read), calls.one)
	mountCenter(v1, a, cfg.Center)
	v1.Post("/agents/:id/revoke", a.needs(Write), revocations{cfg.Revoke}.revokeTokens)
	mountOperations(v1, a, cfg)
}

// mountCenter serves what whoever runs the center sees and does.
func mountCenter(v1 fiber.Router, a *access, center Center) {
	q, g, l := queuesAPI{desk{center}}, agentsAPI{desk{center}}, callersAPI{desk{center}}
	v1.Get("/queues", a.needs(Read), q.list)
	v1.Get("/queues/:name", a.needs(Read), q.one)
	v1.Get("/queues/:name/callers", a.needs(Read), l.list)
	v1.Get("/queues/:name/figures", a.needs(Read), q.figures)
	v1.Put("/queues/:name/pause", a.needs(Write), q.pause)
	v1.Delete("/queues/:name/pause", a.needs(Write), q.resume)
	v1.Get("/agents", a.needs(Read), g.list)
	v1.Get("/agents/:id", a.needs(Read), g.one)
	v1.Delete("/agents/:id", a.needs(Write), g.logOut)
	v1.Put("/agents/:id/state", a.needs(Write), g.setState)
	v1.Put("/agents/:id/queues", a.needs(Write), g.setQueues)
	v1.Delete("/agents/:id/queues", a.needs(Write), g.dropQueues)
	v1.Put("/agents/:id/skills", a.needs(Write), g.setSkills)
	v1.Delete("/agents/:id/skills", a.needs(Write), g.dropSkills)
	v1.Put("/calls/:id/queue", a.needs(Write), l.move)
	v1.Delete("/calls/:id/queue", a.needs(Write), l.remove)
}

// mountOperations serves what concerns the server itself.
func mountOperations(v1 fiber.Router, a *access, cfg Config) {
	o := operations{reload: cfg.Reload, trace: cfg.Trace}
	v1.Post("/reload", a.needs(Write), o.reloadSettings)
	v1.Post("/calls/:id/trace", a.needs(Write), o.traceCall)
}

//go:embed openapi.json
var paths []byte

// openAPI is the document of the API (OpenAPI 3.1): openapi.json with the schemas of what it shows, which are kept where that is.
func openAPI() []byte {
	var document map[string]any
	mustRead(paths, &document)
	schemas := document["components"].(map[string]any)["schemas"].(map[string]any)
	var record struct {
		Defs map[string]any `json:"$defs"`
	}
	mustRead(bytes.ReplaceAll(records.Schema(), []byte(`"#/$defs/`), []byte(`"#/components/schemas/`)), &record)
	for name, def := range record.Defs {
		schemas[name] = def
	}
	text, err := json.MarshalIndent(document, "", "  ")
	if err != nil {
		panic("api: " + err.Error())
	}
	return text
}

// mustRead reads what is part of the program.
func mustRead(text []byte, into any) {
	if err := json.Unmarshal(text, into); err != nil {
		panic("api: " + err.Error())
	}
}
