package load

import (
	"encoding/binary"
	"math"
	"strings"
	"time"
)

// The digits of telephone-event 0 to 15, in its order (RFC 4733 §3.2).
const digitNames = "0123456789*#ABCD"

// firstDynamic is the lowest payload type that telephone-event may have (RFC 3551 §6).
const firstDynamic = 96

// keys reads a stream's digits (RFC 4733). It belongs to one goroutine.
type keys struct {
	last uint32 // the timestamp of the event that ended last
	any  bool
}

// take reads a packet that is no sound. An event is over once: at the first of its packets that says so.
func (k *keys) take(payloadType uint8, timestamp uint32, payload []byte) (digit byte, length time.Duration, ended bool) {
	if payloadType < firstDynamic || len(payload) < 4 || int(payload[0]) >= len(digitNames) || payload[1]&0x80 == 0 || k.any && k.last == timestamp {
		return 0, 0, false
	}
	k.last, k.any = timestamp, true
	return digitNames[payload[0]], time.Duration(binary.BigEndian.Uint16(payload[2:])) * time.Second / Rate, true
}

// The tones of a key: a row's and a column's (ITU-T Q.23).
var (
	keyRows    = [4]float64{697, 770, 852, 941}
	keyColumns = [4]float64{1209, 1336, 1477, 1633}
)

const keypad = "123A456B789C*0#D"

// KeyTones are the two frequencies in Hz of a key, 0-9 * # A-D; false if there is none of that name.
func KeyTones(key byte) (row, column float64, ok bool) {
	at := strings.IndexByte(keypad, key)
	if at < 0 {
		return 0, 0, false
	}
	return keyRows[at/4], keyColumns[at%4], true
}

// keySound is a key's sound, 160 ms and as much silence; nil for no key.
func keySound(key byte) []int16 {
	row, column, ok := KeyTones(key)
	if !ok {
		return nil
	}
	const n = Rate * 160 / 1000
	pcm := make([]int16, 2*n)
	for i := range n {
		t := 2 * math.Pi * float64(i) / Rate
		pcm[i] = int16(6000 * (math.Sin(row*t) + math.Sin(column*t)))
	}
	return pcm
}
