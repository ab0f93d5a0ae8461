package translator

import (
	"encoding/binary"
	"math/rand/v2"
	"time"
)

// newULID makes a call's ID: 48 bits of milliseconds and 80 random bits in Crockford's base 32 (the ULID format), so that IDs sort by time.
// An ID is never a right (security.md rule 6), so the random bits need not be secret.
func newULID(now time.Time, rng *rand.Rand) string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], uint64(now.UnixMilli())<<16|rng.Uint64()&0xffff)
	binary.BigEndian.PutUint64(b[8:], rng.Uint64())
	const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	out := make([]byte, 26)
	hi, lo := binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:])
	for i := 25; i >= 0; i-- {
		out[i] = alphabet[lo&31]
		lo = lo>>5 | hi<<59
		hi >>= 5
	}
	return string(out)
}
