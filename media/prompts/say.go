package prompts

import (
	"strconv"
	"time"

	"offhook/media"
)

// maxNumber is the greatest number that can be said.
const maxNumber = 9999

// Place says where a caller stands in the queue: 1 is "You are next", 23 "You are number twenty-three in the queue". It is nil for what is
// no place or beyond 9 999.
func (v *Voice) Place(position int) []media.Sound {
	switch {
	case position < 1 || position > maxNumber:
		return nil
	case position == 1:
		return v.say("place-next")
	}
	return v.say(append(append([]string{"place"}, number(position)...), "place-end")...)
}

// Wait says how long it will take: to the minute up to ten, then in steps of five minutes, and no more than that it is over an hour. It is nil for a
// negative time, which is an unknown one.
func (v *Voice) Wait(d time.Duration) []media.Sound {
	switch minutes := waitMinutes(d); {
	case d < 0:
		return nil
	case minutes == 0:
		return v.say("wait-short")
	case minutes == 1:
		return v.say("wait-minute")
	case minutes > 60:
		return v.say("wait-long")
	default:
		return v.say(append(append([]string{"wait"}, number(minutes)...), "wait-end")...)
	}
}

// waitMinutes rounds a wait as it is said.
func waitMinutes(d time.Duration) int {
	if d < time.Minute {
		return 0
	}
	if d.Round(time.Minute) <= 10*time.Minute {
		return int(d.Round(time.Minute) / time.Minute)
	}
	return int(min(d, 2*time.Hour).Round(5*time.Minute) / time.Minute)
}

// number returns the phrases that say a number from 1 to maxNumber: thousands, hundreds, and the rest in one word.
func number(n int) (names []string) {
	for _, digit := range []struct {
		of   string
		unit int
	}{{"thousand-", 1000}, {"hundred-", 100}, {"number-", 1}} {
		if k := n / digit.unit; k > 0 {
			names = append(names, digit.of+strconv.Itoa(k))
		}
		n %= digit.unit
	}
	return names
}
