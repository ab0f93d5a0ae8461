package main

import (
	"fmt"
	"strings"
)

// welcome says how to use the demo, whose page listens on http and whose trunk side on sip.
func (d *demoFlags) welcome(http, sip string) string {
	page := demoPage(http)
	text := `
  offhook demo

  1. Open      ` + page + `
     in Chromium, Chrome, Edge or Firefox, and let the page use your microphone.
  2. Press     the state at the left of the bar, and choose Available.
  3. Wait      ` + d.first.String() + `: Mara Lindqvist calls. Press Answer (or Alt+Shift+A).
     She greets you, then repeats what you say. Press End (Alt+Shift+E): the next customer calls.
`
	if d.softphone {
		text = `
  offhook demo, with your softphone as the caller

  1. Open      ` + page + ` and let it use your microphone.
  2. Press     the state at the left of the bar, and choose Available.
  3. Call      sip:` + demoNumber + "@" + sip + ` from a softphone (UDP, no registration; G.711 or G.722).
     The bar rings: press Answer (or Alt+Shift+A).
`
	}
	text += `
  A second     ` + page + `?agent=aylin in another tab is Aylin Kaya. Make her available too:
  agent        pass calls on to her, or ask her first.
  Layout       &layout=panel or ?layout=panel shows the callbar as a panel.
  Dial         ` + strings.Join(phoneBook(), "\n               ") + `
`
	if beyondThisMachine(http) {
		text += `
  Note         Other computers can open this page, and whoever does is logged in. Browsers give a microphone only to pages at
               127.0.0.1 or localhost, and over HTTPS: at any other address the page shows calls, but cannot talk.
`
	}
	return text + "  Ctrl-C ends the demo.\n\n"
}

// phoneBook is whom agents can call, a line each.
func phoneBook() (lines []string) {
	for _, c := range demoContacts {
		lines = append(lines, fmt.Sprintf("%s  %-13s %s", spaced(c.number), c.name, c.does))
	}
	return lines
}
