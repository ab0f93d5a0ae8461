// Package crmwidget holds the callbar and the sample CRM page as files, so that the binary serves them itself.
//
// The callbar is the custom element <offhook-callbar>: plain ES modules without a build step and without a run-time dependency. The
// sources are what stands in this folder, split by thought; tests, fakes and development tools stay out of the binary.
//
// What a page loads is one file: when the program starts, offhook.js and all that it imports are joined into one module without comments
// ([Widget], join.go, strip.go), and compressed once. Nothing but Go is needed for that. The modules themselves are served too, as they
// are: a page may import one alone, such as src/client.js.
package crmwidget

import (
	"embed"
	"io/fs"
)

//go:embed offhook.js offhook-define.js offhook-callbar.js index.d.ts src
var widget embed.FS

//go:embed demo
var demo embed.FS

// Widget is the root of /widget/: offhook.js is the entry, joined. Beside each module NAME.js stands NAME.js.gz, the same compressed, for
// clients that accept gzip. It is read-only and safe for use by several goroutines.
func Widget() fs.FS { return served() }

// Demo is the root of /demo/: index.html is the sample CRM page. It expects the widget at /widget/, a token at /demo/token and the
// agents' socket at /agent. It is read-only and safe for use by several goroutines.
func Demo() fs.FS {
	sub, err := fs.Sub(demo, "demo")
	if err != nil {
		panic(err) // the folder is embedded above: it cannot be missing
	}
	return sub
}
