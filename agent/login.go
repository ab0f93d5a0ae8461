package agent

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"slices"

	"offhook/agent/protocol"
)

// The memory of one login session.
const (
	keptReplies = 64
	maxPending  = 64 // requests without a reply; more are refused with too_many_requests
)

// login is a login session: it begins with a hello that resumes nothing and goes on over every socket that resumes it. All of it is guarded by the
// desk's lock.
type login struct {
	number uint64 // Ref.Session

	// The session secrets are kept as hashes. previous is the one that the resuming hello brought; it stays good until the first frame under current.
	current, previous [sha256.Size]byte

	lastID  int64
	replies []protocol.Reply  // the last of them, at most keptReplies; next says which is the oldest
	next    int               // where the next reply goes once replies is full
	pending map[int64]*socket // requests that the backend has not answered, and the socket that asked last
}

// renew makes a new secret and returns it; only its hash stays.
func (l *login) renew() string {
	var secret [32]byte
	rand.Read(secret[:]) // never fails, see crypto/rand
	text := base64.RawURLEncoding.EncodeToString(secret[:])
	l.current = sha256.Sum256([]byte(text))
	return text
}

// resumes reports whether secret is good for this session, and if so makes it the one that stays good until the next one is in use.
func (l *login) resumes(secret string) bool {
	hash := sha256.Sum256([]byte(secret))
	for _, good := range [][sha256.Size]byte{l.current, l.previous} {
		if good != ([sha256.Size]byte{}) && subtle.ConstantTimeCompare(hash[:], good[:]) == 1 {
			l.previous = hash
			return true
		}
	}
	return false
}

// inUse ends the secret before: the client has shown that it knows the new one.
func (l *login) inUse() { l.previous = [sha256.Size]byte{} }

// remember keeps a reply in place of the oldest. Of those that carry entries only the newest is kept: they are long, and who has asked again does not
// want the one before.
func (l *login) remember(r protocol.Reply) {
	if r.Entries != nil {
		if i := slices.IndexFunc(l.replies, func(old protocol.Reply) bool { return old.Entries != nil }); i >= 0 {
			l.replies[i] = r
			return
		}
	}
	if len(l.replies) < keptReplies {
		l.replies = append(l.replies, r)
		return
	}
	l.replies[l.next] = r
	l.next = (l.next + 1) % keptReplies
}

// reply is the remembered reply to a request.
func (l *login) reply(id int64) (protocol.Reply, bool) {
	for i := range l.replies {
		if l.replies[i].ID == id {
			return l.replies[i], true
		}
	}
	return protocol.Reply{}, false
}

// wait notes that s waits for the backend's reply to id.
func (l *login) wait(id int64, s *socket) {
	if l.pending == nil {
		l.pending = make(map[int64]*socket)
	}
	l.pending[id] = s
}
