package sim

import (
	"fmt"
	"strings"
)

// The drawing's size and margins, in its own units.
const (
	curveWidth, curveHeight = 640, 400
	curveLeft, curveBottom  = 60, 50
	curveRight, curveTop    = 20, 40
)

// Curve draws an answer as SVG: service level against agents, as simulated and as the formula has it, and the goal.
func Curve(a Answer, title string, goal float64) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12">`+"\n", curveWidth, curveHeight)
	fmt.Fprintf(&b, `<title>%s</title>`+"\n", escape(title))
	b.WriteString(`<rect width="100%" height="100%" fill="white"/>` + "\n")
	fmt.Fprintf(&b, `<text x="%d" y="22" font-size="14">%s</text>`+"\n", curveLeft, escape(title))
	for share := 0; share <= 100; share += 20 {
		y := height(float64(share) / 100)
		fmt.Fprintf(&b, `<path d="M%d %.1fH%d" stroke="#ddd"/><text x="%d" y="%.1f" text-anchor="end">%d %%</text>`+"\n",
			curveLeft, y, curveWidth-curveRight, curveLeft-8, y+4, share)
	}
	for i, row := range a.Rows {
		fmt.Fprintf(&b, `<text x="%.1f" y="%d" text-anchor="middle">%d</text>`+"\n", a.across(i), curveHeight-curveBottom+18, row.Agents)
	}
	fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="middle">agents</text>`+"\n", (curveLeft+curveWidth-curveRight)/2, curveHeight-12)
	fmt.Fprintf(&b, `<path d="M%d %.1fH%d" stroke="#c60" stroke-dasharray="2 3"/>`+"\n", curveLeft, height(goal), curveWidth-curveRight)
	fmt.Fprintf(&b, `<path d="%s" fill="none" stroke="#888" stroke-dasharray="6 4"/>`+"\n", a.path(func(s Staffed) float64 { return s.Theory.ServiceLevel }))
	fmt.Fprintf(&b, `<path d="%s" fill="none" stroke="#06c" stroke-width="2"/>`+"\n", a.path(func(s Staffed) float64 { return s.Sim.ServiceLevel() }))
	for i, row := range a.Rows {
		level := row.Sim.ServiceLevel()
		fmt.Fprintf(&b, `<circle cx="%.1f" cy="%.1f" r="3.5" fill="#06c"><title>%d agents: %.1f %%, formula %.1f %%</title></circle>`+"\n",
			a.across(i), height(level), row.Agents, 100*level, 100*row.Theory.ServiceLevel)
	}
	legend(&b, 0, `stroke="#06c" stroke-width="2"`, "simulated")
	legend(&b, 1, `stroke="#888" stroke-dasharray="6 4"`, "Erlang")
	legend(&b, 2, `stroke="#c60" stroke-dasharray="2 3"`, "goal")
	b.WriteString("</svg>\n")
	return b.String()
}

// across is where a row's agents stand.
func (a Answer) across(row int) float64 {
	width := float64(curveWidth - curveLeft - curveRight)
	return curveLeft + width*(float64(row)+0.5)/float64(max(len(a.Rows), 1))
}

// height is where a share stands.
func height(share float64) float64 {
	return curveHeight - curveBottom - share*(curveHeight-curveBottom-curveTop)
}

func (a Answer) path(share func(Staffed) float64) string {
	var b strings.Builder
	for i, row := range a.Rows {
		fmt.Fprintf(&b, "%c%.1f %.1f", "ML"[min(i, 1)], a.across(i), height(share(row)))
	}
	return b.String()
}

func legend(b *strings.Builder, no int, stroke, text string) {
	x, y := curveWidth-curveRight-110, curveHeight-curveBottom-60+16*no
	fmt.Fprintf(b, `<path d="M%d %dh26" fill="none" %s/><text x="%d" y="%d">%s</text>`+"\n", x, y, stroke, x+32, y+4, text)
}

func escape(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s)
}
