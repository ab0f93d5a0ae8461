package e2e

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"offhook/internal/harness"
)

// A crm is a site of its own with offhook's callbar in its page, as README.md puts it there: the callbar comes from the gateway, the token from
// the site's own backend.
type crm struct {
	*httptest.Server
	gateway *harness.Server // known when the gateway has started
}

// crmPage is the whole of it. %s is the gateway's host and port.
const crmPage = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>CRM</title><link rel="icon" href="data:,">
<script type="module" src="http://%[1]s/widget/offhook.js"></script></head>
<body style="margin:0;height:800px"><offhook-callbar gateway="ws://%[1]s/agent" layout="bar" lang="en"></offhook-callbar>
<script type="module">
  document.querySelector('offhook-callbar').tokenSource = () => fetch('/token' + location.search).then(r => r.text())
</script></body></html>`

func newCRM(t *testing.T) *crm {
	t.Helper()
	c := &crm{}
	c.Server = httptest.NewServer(c)
	t.Cleanup(c.Close)
	return c
}

// ServeHTTP serves the page, and tokens for the agent whom the address names.
func (c *crm) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/token":
		token, err := c.gateway.Token(r.URL.Query().Get("agent"))
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		_, _ = w.Write([]byte(token))
	case "/":
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(w, crmPage, c.gateway.HTTP)
	default:
		http.NotFound(w, r)
	}
}

// allowed lets the CRM's pages log in.
func (c *crm) allowed(yaml string) string {
	return strings.Replace(yaml, "origins: [", fmt.Sprintf("origins: [%q, ", c.URL), 1)
}

// page is the CRM in an agent's browser.
func (c *crm) page(agent string) string { return c.URL + "/?agent=" + agent }
