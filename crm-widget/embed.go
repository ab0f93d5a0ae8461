// Package crmwidget holds the callbar and the sample CRM page as files, so that the binary serves them itself.
//
// The callbar is the custom element <offhook-callbar>: plain ES modules without a build step and without a run-time dependency. What
// is embedded is exactly what a browser loads; tests, fakes and development tools stay out.
package crmwidget

import (
	"embed"
	"io/fs"
)

//go:embed offhook.js offhook-define.js offhook-callbar.js index.d.ts src
var widget embed.FS

//go:embed demo
var demo embed.FS

// Widget is the root of /widget/: offhook.js is the entry. It is read-only and safe for use by several goroutines.
func Widget() fs.FS { return widget }

// Demo is the root of /demo/: index.html is the sample CRM page. It expects the widget at /widget/, a token at /demo/token and the
// agents' socket at /agent. It is read-only and safe for use by several goroutines.
func Demo() fs.FS {
	sub, err := fs.Sub(demo, "demo")
	if err != nil {
		panic(err) // the folder is embedded above: it cannot be missing
	}
	return sub
}
