package translator

import (
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"offhook/agent/protocol"
	"offhook/translator/dialog"
)

func TestNumber(t *testing.T) {
	rows := []struct{ user, want string }{
		{"+493023125142", "+493023125142"},
		{"030-231.251 42", "03023125142"},
		{"(030)23125", "03023125"},
		{"112", "112"},
		{"anonymous", "anonymous"},
		{"anna.meier", "anna.meier"},
		{"+", "+"},
		{"++49", "++49"},
		{"4-", "4"},
		{"-", "-"},
		{"", ""},
		{"49x30", "49x30"},
		{"１２", "１２"}, // full-width digits are no digits
	}
	for _, r := range rows {
		if got := number(r.user); got != r.want {
			t.Errorf("number(%q) = %q, want %q", r.user, got, r.want)
		}
	}
}

func TestParties(t *testing.T) {
	from := dialog.Party{User: "+49301", Display: "Mara", URI: "sip:+49301@pbx"}
	to := dialog.Party{User: "+49302", URI: "sip:+49302@us"}
	rows := []struct {
		name string
		in   dialog.Invite
		want protocol.Party
		data map[string]string
	}{
		{"From", dialog.Invite{From: from, To: to}, protocol.Party{Number: "+49301", Name: "Mara", URI: "sip:+49301@pbx"}, nil},
		{"asserted", dialog.Invite{From: from, To: to, Asserted: &dialog.Party{User: "+49309", Display: "Real", URI: "sip:+49309@pbx"}},
			protocol.Party{Number: "+49309", Name: "Real", URI: "sip:+49309@pbx", Verified: true}, nil},
		{"name is the number", dialog.Invite{From: dialog.Party{User: "+49301", Display: "+49301"}, To: to}, protocol.Party{Number: "+49301"}, nil},
		{"data", dialog.Invite{From: from, To: to, Headers: map[string]string{"x-order": "17"}, UserToUser: "aabb"},
			protocol.Party{Number: "+49301", Name: "Mara", URI: "sip:+49301@pbx"}, map[string]string{"x-order": "17", "user-to-user": "aabb"}},
		{"User-to-User alone", dialog.Invite{From: from, To: to, UserToUser: "aabb"},
			protocol.Party{Number: "+49301", Name: "Mara", URI: "sip:+49301@pbx"}, map[string]string{"user-to-user": "aabb"}},
	}
	for _, r := range rows {
		gotFrom, gotTo, data := parties(&r.in)
		if gotFrom != r.want || gotTo != (protocol.Party{Number: "+49302", URI: "sip:+49302@us"}) || !reflect.DeepEqual(data, r.data) {
			t.Errorf("%s: from %+v, to %+v, data %v", r.name, gotFrom, gotTo, data)
		}
	}
	in := dialog.Invite{Headers: map[string]string{"x-order": "17"}, UserToUser: "aabb"}
	if parties(&in); len(in.Headers) != 1 {
		t.Error("the INVITE's own headers were changed")
	}
}

// IDs are 26 characters of Crockford's alphabet and sort by time.
func TestULID(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	at := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	last := ""
	for i := range 1000 {
		id := newULID(at.Add(time.Duration(i)*time.Millisecond), rng)
		if len(id) != 26 || strings.Trim(id, "0123456789ABCDEFGHJKMNPQRSTVWXYZ") != "" {
			t.Fatalf("%q is no ULID", id)
		}
		if id <= last {
			t.Fatalf("%q does not follow %q", id, last)
		}
		last = id
	}
	if id := newULID(at, rng); id[:10] != "01KE6P4YM0" {
		t.Errorf("%s begins with %s, want the milliseconds 01KE6P4YM0", id, id[:10])
	}
	if a, b := newULID(at, rng), newULID(at, rng); a == b {
		t.Error("two of the same millisecond are equal")
	}
}
