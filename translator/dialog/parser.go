package dialog

import (
	"maps"

	"github.com/emiago/sipgo/sip"
)

// newParser makes sipgo's parser for text that went through a screen. Only the headers that sipgo itself needs are parsed by it; Contact,
// Route, Record-Route and the rest stay as written and are read by this package, because sipgo's own reading
// loses or changes parameters.
func newParser() *sip.Parser {
	all := maps.Clone(sip.DefaultHeadersParser()) // the default is one map for the whole process
	for _, own := range []string{"contact", "m", "route", "record-route", "refer-to", "referred-by"} {
		delete(all, own)
	}
	return sip.NewParser(sip.WithHeadersParsers(all))
}
