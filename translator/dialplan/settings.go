package dialplan

import "time"

// Settings is what a [Plan] is made of. The zero Settings let nobody call anybody.
type Settings struct {
	// Country is the country code of numbers that begin with National, without +: "49". Empty: there are no such numbers.
	Country string
	// National is what a number of the country begins with: "0", "1". Empty where nothing is put before (Denmark).
	National string
	// NationalLengths are the lengths, in digits, at which a number without any prefix is one of the country: 8 in Denmark, 10 in the
	// United States. Others without prefix are short.
	NationalLengths []int
	// International are what numbers of other countries begin with beside +: "00", "011". The first of them is the one that is sent.
	International []string
	// Allow and Deny are patterns. Deny goes first; none in Allow: nobody may call out.
	Allow, Deny []string
	// Domains are where SIP URIs may point. None: only numbers are called.
	Domains []Domain
	// Routes say by which trunks a number goes. The longest pattern counts, and one without * before one with it.
	Routes []Route
	// Callers are the numbers that calls may show. The first that an agent may show is the one shown unless he names another.
	Callers []Caller
	// Limits bound what one agent may call.
	Limits Limits
}

// Route is the way that numbers go.
type Route struct {
	// Numbers is the pattern that they fit.
	Numbers string
	// Trunks are names of trunks, the one to be tried first in front.
	Trunks []string
	// Format is how the trunk wants numbers written; empty means [E164].
	Format Format
	// Host stands in Request-URI, To and From. Empty: the address that the call is sent to, and our own in From.
	Host string
}

// Domain is a host whose SIP URIs agents may call.
type Domain struct {
	// Host is a name or a numeric address, without port.
	Host string
	// Trunks are names of trunks, as in [Route].
	Trunks []string
}

// Caller is a number that calls may show.
type Caller struct {
	// Number is a number as [Settings] read it; a [Plan] gives it in its plain form, "+493012345".
	Number string
	// Name is shown beside it; it may be empty.
	Name string
	// Queue is whose agents may show it; empty means everyone.
	Queue string
}

// Format is how a trunk wants numbers written. Short numbers are written as they are under each.
type Format string

// The formats, of the number 030 12345 of country 49.
const (
	E164     Format = "e164"     // +493012345
	Plusless Format = "plusless" // 493012345
	National Format = "national" // 03012345, and 0043… for another country
	AsIs     Format = "as-is"    // the digits that were asked for
)

// Limits bound what one agent may call. Of each field 0 means the default, given behind it.
type Limits struct {
	AtOnce    int           // calls at the same time; 2
	PerMinute int           // calls begun within any 60 s; 10
	PerDay    int           // calls begun within the last 24 h, counted by whole hours; 200
	Longest   time.Duration // of one call; 4 h
}

// The bounds of Limits and lists.
const (
	mostPerMinute = 600
	mostPerDay    = 100_000
	mostEntries   = 1000
	longestNumber = 15 // digits of a full number (ITU-T E.164 §6.2.1), and of a short one
	shortestFull  = 7  // digits below which a full number is called only if the list names it whole
	longestTarget = 256
	longestName   = 128 // bytes of an agent's ID, a queue's name or a name shown
)

func (l Limits) filled() Limits {
	fill := func(n *int, def int) {
		if *n == 0 {
			*n = def
		}
	}
	fill(&l.AtOnce, 2)
	fill(&l.PerMinute, 10)
	fill(&l.PerDay, 200)
	if l.Longest == 0 {
		l.Longest = 4 * time.Hour
	}
	return l
}
