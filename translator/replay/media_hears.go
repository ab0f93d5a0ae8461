package replay

import (
	"fmt"
	"slices"
)

// Hears says who hears whom and what in the sessions that are open, one line for each of them, in the order of their beginning: "trunk+1" are the trunk and agent leg 1 that
// hear each other, "1+2" two agent legs, "trunk+trunk" the trunk and the one of another session, "trunk<music" a trunk that hears a sound, "1<music" an agent leg
// that does.
func (e *Engine) Hears() (lines [][]string) {
	for _, s := range e.sessions {
		if !s.closed {
			lines = append(lines, s.heard())
		}
	}
	return lines
}

func (s *session) heard() (list []string) {
	if s.joined != 0 {
		list = append(list, fmt.Sprintf("trunk+%d", s.joined))
	}
	if s.talk[0] != 0 {
		list = append(list, fmt.Sprintf("%d+%d", min(s.talk[0], s.talk[1]), max(s.talk[0], s.talk[1])))
	}
	if s.joint != nil {
		list = append(list, "trunk+trunk")
	}
	if len(s.playing.sounds) > 0 {
		list = append(list, "trunk<"+s.playing.sounds[0].Name)
	}
	for id, l := range s.legs {
		if len(l.playing.sounds) > 0 {
			list = append(list, fmt.Sprintf("%d<%s", id, l.playing.sounds[0].Name))
		}
	}
	slices.Sort(list)
	return list
}
