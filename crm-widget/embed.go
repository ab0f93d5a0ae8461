// Package crmwidget holds the callbar and the sample CRM page as files, so that the binary serves them itself.
//
// The callbar is the custom element <offhook-callbar>: plain ES modules without a build step and without a run-time dependency. The
// sources are what stands in this folder, split by thought; tests, fakes and development tools stay out of the binary.
//
// What a page loads is one file: when the first page asks for it, offhook.js and all that it imports are joined into one module without comments
// ([Widget], join.go, strip.go), and compressed once. Nothing but Go is needed for that. The modules themselves are served too, as they
// are: a page may import one alone, such as src/client.js.
package crmwidget

import (
	"embed"
	"io/fs"
)

//go:embed offhook.js offhook-define.js offhook-callbar.js index.d.ts call.svg src
var widget embed.FS

//go:embed demo
var demo embed.FS

//go:embed window
var window embed.FS

// Widget is the root of /widget/: offhook.js is the entry, joined. Beside each module NAME.js stands NAME.js.gz, the same compressed, for
// clients that accept gzip. It is read-only and safe for use by several goroutines.
func Widget() fs.FS { return lazy{} }

// Demo is the root of /demo/: index.html is the sample CRM page. It expects the widget at /widget/, a token at /demo/token and the
// agents' socket at /agent. It is read-only and safe for use by several goroutines.
func Demo() fs.FS { return folder(demo, "demo") }

// Window is the root of /window/: index.html is the callbar alone, for a window of its own that a page with a callbar opens. It expects the
// widget at /widget/, the agents' socket at /agent, and at /window/settings a JSON object with `origins`, the pages that may give it tokens,
// and perhaps `token`, an address of the gateway where it gets one itself. It is read-only and safe for use by several goroutines.
func Window() fs.FS { return folder(window, "window") }

// folder returns an embedded folder as a file system of its own.
func folder(files embed.FS, name string) fs.FS {
	sub, err := fs.Sub(files, name)
	if err != nil {
		panic(err) // it is embedded above: it cannot be missing
	}
	return sub
}
