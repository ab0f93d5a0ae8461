package api

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"offhook/agent/protocol"
	"offhook/records"
	"offhook/translator"
)

// Calls gives back the records of calls. *records.Store implements it.
type Calls interface {
	Find(ctx context.Context, f records.Filter, limit int, cursor string) (records.Page, error)
	Get(ctx context.Context, id string) (translator.CallRecord, error)
}

const (
	// defaultLimit is how many calls a page has unless the client says.
	defaultLimit = 50
	// searches run at once, each for so long; the next waits for a place, not as long. They read files, and calls come first.
	searches   = 2
	searchFor  = 10 * time.Second
	searchWait = 2 * time.Second
)

// callsAPI serves records.
type callsAPI struct {
	calls Calls // nil: none are kept
	place chan struct{}
}

func newCallsAPI(calls Calls) *callsAPI { return &callsAPI{calls, make(chan struct{}, searches)} }

// callsPage is the answer to a search.
type callsPage struct {
	Calls []translator.CallRecord `json:"calls"`
	Next  string                  `json:"next,omitempty"`
}

// list is GET /calls.
func (a *callsAPI) list(c *fiber.Ctx) error {
	s, f := searchOf(c)
	if f != nil {
		return f
	}
	return a.search(func(ctx context.Context) error {
		p, err := a.calls.Find(ctx, s.filter, s.limit, s.cursor)
		if errors.Is(err, records.ErrCursor) {
			return wrongField("cursor", "is not the next of any page")
		}
		if err != nil {
			return err
		}
		if p.Calls == nil {
			p.Calls = []translator.CallRecord{}
		}
		return c.JSON(callsPage{p.Calls, p.Next})
	})
}

// one is GET /calls/:id.
func (a *callsAPI) one(c *fiber.Ctx) error {
	if f := noQuery(c); f != nil {
		return f
	}
	return a.search(func(ctx context.Context) error {
		r, err := a.calls.Get(ctx, c.Params("id"))
		if errors.Is(err, records.ErrNotFound) {
			return problem(http.StatusNotFound, "not_found", "there is no record of that call")
		}
		if err != nil {
			return err
		}
		return c.JSON(r)
	})
}

// search does what reads records, once there is a place for it.
func (a *callsAPI) search(do func(ctx context.Context) error) error {
	if a.calls == nil {
		return problem(http.StatusNotFound, "not_found", "records of calls are not kept here")
	}
	ctx, cancel := context.WithTimeout(context.Background(), searchFor)
	defer cancel()
	wait := time.NewTimer(searchWait)
	defer wait.Stop()
	select {
	case a.place <- struct{}{}:
		defer func() { <-a.place }()
	case <-wait.C:
		return problem(http.StatusServiceUnavailable, "busy", "other searches are running: ask again")
	}
	err := do(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		return problem(http.StatusServiceUnavailable, "busy", "the search took longer than %s: ask for a shorter time", searchFor)
	}
	return err
}

// search is what a client asks for.
type search struct {
	filter records.Filter
	limit  int
	cursor string
}

// parameters are those of GET /calls: how each is read.
var parameters = map[string]func(s *search, value string) (wrong string){
	"from":      func(s *search, v string) string { return instant(&s.filter.From, v) },
	"to":        func(s *search, v string) string { return instant(&s.filter.To, v) },
	"agent":     func(s *search, v string) string { s.filter.Agent = v; return "" },
	"queue":     func(s *search, v string) string { s.filter.Queue = v; return "" },
	"number":    func(s *search, v string) string { s.filter.Number = v; return "" },
	"direction": func(s *search, v string) string { return direction(&s.filter.Direction, v) },
	"cause":     func(s *search, v string) string { return cause(&s.filter.Cause, v) },
	"limit":     func(s *search, v string) string { return limit(&s.limit, v) },
	"cursor":    func(s *search, v string) string { s.cursor = v; return "" },
}

// searchOf reads the query.
func searchOf(c *fiber.Ctx) (s search, f *fault) {
	s.limit = defaultLimit
	read := query{}
	for name, set := range parameters {
		read[name] = func(v string) string { return set(&s, v) }
	}
	f = readQuery(c, read)
	return s, f
}

func instant(to *time.Time, value string) (wrong string) {
	t, err := time.Parse(time.RFC3339, value)
	if err != nil {
		return "must be a time such as 2026-11-22T09:10:00Z; a + in it is written %2B"
	}
	*to = t
	return ""
}

func direction(to *protocol.Direction, value string) (wrong string) {
	if *to = protocol.Direction(value); !slices.Contains([]protocol.Direction{protocol.Inbound, protocol.Outbound, protocol.Internal}, *to) {
		return "must be inbound, outbound or internal"
	}
	return ""
}

func cause(to *protocol.CauseCode, value string) (wrong string) {
	*to = protocol.CauseCode(value)
	if !slices.ContainsFunc(protocol.Causes, func(i protocol.CauseInfo) bool { return i.Code == *to }) {
		return "is none of the causes"
	}
	return ""
}

func limit(to *int, value string) (wrong string) {
	n, err := strconv.Atoi(value)
	if err != nil || n < 1 || n > records.MaxPage {
		return "must be a number from 1 to " + strconv.Itoa(records.MaxPage)
	}
	*to = n
	return ""
}
