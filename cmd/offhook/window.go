package main

import (
	"encoding/json"
	"io/fs"
	"maps"

	crmwidget "offhook/crm-widget"
)

// windowSettings are what the callbar's own window asks for: who may give it tokens, and where it gets one itself, in the demo.
type windowSettings struct {
	Origins []string `json:"origins"`
	Token   string   `json:"token,omitempty"`
}

// withWindow adds the callbar's own window to the pages that are served.
func withWindow(set settings) settings {
	set.pages, set.texts = maps.Clone(set.pages), maps.Clone(set.texts)
	if set.pages == nil {
		set.pages = map[string]fs.FS{}
	}
	if set.texts == nil {
		set.texts = map[string]func() (string, error){}
	}
	const token = "/demo/token"
	own := windowSettings{Origins: set.hub.Origins}
	if set.texts[token] != nil {
		own.Token = token
	}
	set.pages["/window"] = crmwidget.Window()
	set.texts["/window/settings"] = func() (string, error) {
		text, err := json.Marshal(own)
		return string(text), err
	}
	return set
}
