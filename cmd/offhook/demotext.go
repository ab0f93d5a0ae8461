package main

// welcome says how to use the demo, whose page listens on http and whose trunk side on sip.
func (d *demoFlags) welcome(http, sip string) string {
	text := `
  offhook demo

  1. Open      ` + demoPage(http) + `
     in Chromium, Chrome, Edge or Firefox, and let the page use your microphone.
  2. Press     the state at the left of the bar, and choose Available.
  3. Wait      ` + d.first.String() + `: Mara Lindqvist calls. Press Answer (or Alt+Shift+A).
     She greets you, then repeats what you say. Press End (Alt+Shift+E): she calls again.
  Add          ?layout=panel to the address to see the callbar as a panel.
`
	if d.softphone {
		text = `
  offhook demo, with your softphone as the caller

  1. Open      ` + demoPage(http) + ` and let it use your microphone.
  2. Press     the state at the left of the bar, and choose Available.
  3. Call      sip:` + demoNumber + "@" + sip + ` from a softphone (UDP, no registration; G.711 or G.722).
     The bar rings: press Answer (or Alt+Shift+A).
`
	}
	if beyondThisMachine(http) {
		text += `
  Note         Other computers can open this page, and whoever does is logged in. Browsers give a microphone only to pages at
               127.0.0.1 or localhost, and over HTTPS: at any other address the page shows calls, but cannot talk.
`
	}
	return text + "  Ctrl-C ends the demo.\n\n"
}
