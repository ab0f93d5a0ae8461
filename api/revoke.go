package api

import (
	"errors"
	"net/http"

	"github.com/gofiber/fiber/v2"

	"offhook/agent"
	"offhook/agent/protocol"
	"offhook/translator"
)

// revokedShown says which tokens of an agent are good no more.
type revokedShown struct {
	ID string `json:"id"`
	// IssuedUntil is the newest iat that is barred; InForceUntil is when the last of those tokens has expired by itself.
	IssuedUntil  protocol.Time `json:"issued_until"`
	InForceUntil protocol.Time `json:"in_force_until"`
	// SocketClosed: a page of his was open.
	SocketClosed bool `json:"socket_closed"`
}

// revocations is where agents' tokens are revoked; the zero one says that nobody answers.
type revocations struct {
	revoke func(agent string) (agent.Revocation, error)
}

// revokeTokens is POST /agents/:id/revoke. The agent need not be logged in: it is about whoever has a token of his.
func (r revocations) revokeTokens(c *fiber.Ctx) error {
	id, f := pathName(c, "id")
	if err := first(noQuery(c), f); err != nil {
		return err
	}
	if r.revoke == nil {
		return centerFault(translator.ErrUnanswered)
	}
	done, err := r.revoke(id)
	switch {
	case errors.Is(err, agent.ErrRevoked):
		return problem(http.StatusServiceUnavailable, "busy", "too many agents' tokens are revoked; nothing was done: change the key that signs them")
	case err != nil:
		return err
	}
	return c.JSON(revokedShown{id, protocol.At(done.Issued), protocol.At(done.Until), done.HadSocket})
}
