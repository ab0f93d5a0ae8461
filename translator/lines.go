package translator

import "sync"

// lines counts the calls that each trunk has now, ours and theirs. Any goroutine may use it.
type lines struct {
	mu   sync.Mutex // guards busy
	busy map[string]int
}

// take takes one of the trunk's lines, of which it has so many; 0 is as many as come. False: all are taken.
func (l *lines) take(trunk string, most int) (free func(), ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if most > 0 && l.busy[trunk] >= most {
		return nil, false
	}
	if l.busy == nil {
		l.busy = map[string]int{}
	}
	l.busy[trunk]++
	return sync.OnceFunc(func() { l.free(trunk) }), true
}

func (l *lines) free(trunk string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.busy[trunk]--; l.busy[trunk] <= 0 {
		delete(l.busy, trunk)
	}
}

// hangUp gives a leg's line back, if it has one.
func (l *givenLeg) hangUp() {
	if l != nil && l.line != nil {
		l.line()
		l.line = nil
	}
}
