package main

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
)

// The callbar's own window is served, and knows which pages may give it tokens.
func TestOwnWindowIsServed(t *testing.T) {
	s, err := start(testSettings(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.close(atOnce()) })
	get := func(path string) (*http.Response, string) {
		r, err := http.Get("http://" + s.listener.Addr().String() + path)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		text, err := io.ReadAll(r.Body)
		if err != nil || r.StatusCode != http.StatusOK {
			t.Fatalf("%s: %d, %v", path, r.StatusCode, err)
		}
		return r, string(text)
	}
	r, page := get("/window/")
	if !strings.Contains(page, "<offhook-callbar") && !strings.Contains(page, "<script") || r.Header.Get("Content-Security-Policy") == "" {
		t.Errorf("got %v\n%s", r.Header, page)
	}
	_, text := get("/window/settings")
	var own windowSettings
	if err := json.Unmarshal([]byte(text), &own); err != nil || len(own.Origins) != len(s.set.hub.Origins) || own.Token != "" {
		t.Errorf("got %s, %v", text, err)
	}
}
