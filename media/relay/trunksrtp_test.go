package relay

import (
	"testing"

	"github.com/pion/srtp/v3"

	"offhook/translator/sdp"
)

// trunkKeys are the far side's ends of the keys of a trunk leg.
type trunkKeys struct{ in, out *srtp.Context }

func (k *trunkKeys) seal(t testing.TB, b []byte) []byte {
	t.Helper()
	sealed, err := k.out.EncryptRTP(nil, b, nil)
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

func (k *trunkKeys) open(t testing.TB, b []byte) []byte {
	t.Helper()
	plain, err := k.in.DecryptRTP(nil, b, nil)
	if err != nil {
		t.Fatalf("the trunk got %x: %v", b, err)
	}
	return plain
}

// farKey is a key of the far side, told apart by its number.
func farKey(suite sdp.Suite, number byte) sdp.Key {
	k := sdp.Key{Suite: suite, Tag: 1}
	for i := range suite.Octets() {
		k.Master[i] = number + byte(i)
	}
	return k
}
