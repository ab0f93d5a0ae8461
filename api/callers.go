package api

import (
	"context"
	"math"
	"net/http"
	"strings"

	"github.com/gofiber/fiber/v2"

	"offhook/agent/protocol"
	"offhook/queue"
	"offhook/translator"
)

// callersAPI serves those who wait.
type callersAPI struct{ desk }

// callerShown is one who waits.
type callerShown struct {
	Call     string        `json:"call"`
	Position int           `json:"position"`
	Class    int           `json:"class"`
	Arrived  protocol.Time `json:"arrived_at"`
	WaitedMS int64         `json:"waited_ms"`
	// Number is his verified number; who may only read sees no more than its beginning.
	Number string `json:"number,omitempty"`
	// Callback: he has hung up, and is called back; Tries is how often that was tried.
	Callback bool `json:"callback"`
	Tries    int  `json:"tries,omitempty"`
	// Agents are those at whom he rings; Accepted: the one of them has taken him.
	Agents   []queue.AgentID `json:"agents"`
	Accepted bool            `json:"accepted"`
}

// callersPage is a part of a queue's line.
type callersPage struct {
	Queue   string        `json:"queue"`
	Waiting int           `json:"waiting"`
	Callers []callerShown `json:"callers"`
	// Next is the position where the next page begins, left out if there is none.
	Next int `json:"next,omitempty"`
}

func showCaller(v queue.CallerView, whole bool) callerShown {
	s := callerShown{
		Call: string(v.Caller), Position: v.Place, Class: v.Class, Arrived: protocol.At(v.Arrived), WaitedMS: v.Waited.Milliseconds(), Number: v.Number,
		Callback: v.Callback, Tries: v.Tries, Agents: v.Asked, Accepted: v.Won,
	}
	if !whole {
		s.Number = masked(s.Number)
	}
	if s.Agents == nil {
		s.Agents = []queue.AgentID{}
	}
	return s
}

// masked hides all of a number but what says where it is from.
func masked(number string) string {
	keep := min(len(number)/2, 5)
	return number[:keep] + strings.Repeat("*", len(number)-keep)
}

// list is GET /queues/:name/callers.
func (a callersAPI) list(c *fiber.Ctx) error {
	from, n := 1, defaultLimit
	name, f := pathName(c, "name")
	q := readQuery(c, query{"position": number(&from, 1, math.MaxInt32), "limit": number(&n, 1, maxPage)})
	if err := first(q, f); err != nil {
		return err
	}
	return a.do(func(ctx context.Context, center Center) error {
		list, waiting, err := center.Callers(ctx, name, from, n)
		if err != nil {
			return err
		}
		page := callersPage{Queue: name, Waiting: waiting, Callers: []callerShown{}}
		for _, v := range list {
			page.Callers = append(page.Callers, showCaller(v, scopeOf(c) == Write))
		}
		if last := from + len(list); len(list) == n && last <= waiting {
			page.Next = last
		}
		return c.JSON(page)
	})
}

// movedShown says where a caller waits now.
type movedShown struct {
	// Waits: he does. If not, the way out of the other queue's limit has led him on, or his call has ended.
	Waits    bool   `json:"waits"`
	Queue    string `json:"queue,omitempty"`
	Position int    `json:"position,omitempty"`
}

// move is PUT /calls/:id/queue.
func (a callersAPI) move(c *fiber.Ctx) error {
	var to string
	keep := true
	call, f := pathName(c, "id")
	body, g := readObject(c.Body(), "")
	if err := first(noQuery(c), f, g); err != nil {
		return err
	}
	if err := first(body.take("queue", true, &to, "the name of a queue"), body.take("keep_age", false, &keep, "true or false"), body.rest()); err != nil {
		return err
	}
	return a.do(func(ctx context.Context, center Center) error {
		at, waits, err := center.MoveCaller(ctx, call, to, keep)
		if err != nil {
			return because(err, translator.ErrNoQueue, "queue")
		}
		return c.JSON(movedShown{waits, at.Queue, at.Place})
	})
}

// remove is DELETE /calls/:id/queue.
func (a callersAPI) remove(c *fiber.Ctx) error {
	way := translator.WayEnd
	call, f := pathName(c, "id")
	q := readQuery(c, query{"way": func(v string) string {
		if way = translator.Way(v); way != translator.WayEnd && way != translator.WayCallback {
			return "must be end or callback"
		}
		return ""
	}})
	if err := first(q, f); err != nil {
		return err
	}
	return a.do(func(ctx context.Context, center Center) error {
		if err := center.RemoveCaller(ctx, call, way); err != nil {
			return err
		}
		return c.SendStatus(http.StatusNoContent)
	})
}
