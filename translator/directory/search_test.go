package directory

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"offhook/agent/protocol"
)

func person(id, name string, state protocol.AgentState, queues ...string) protocol.DirectoryEntry {
	return protocol.AgentEntry(protocol.Agent{ID: id, Name: name, State: state, Queues: queues, Since: protocol.At(time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC))})
}

var office = []protocol.DirectoryEntry{
	protocol.QueueEntry(protocol.QueueFigures{Name: "support-en", Waiting: 3}, "Support (English)"),
	protocol.QueueEntry(protocol.QueueFigures{Name: "billing"}, ""),
	person("jonas", "Jonas Müller", protocol.OnCall, "billing"),
	person("rene", "René Świątek-O'Neil", protocol.Available, "billing", "sales"),
	person("soren", "SØREN Strauß", protocol.Away, "sales"),
	person("dwh-7", "Nguyễn Thị Hương", protocol.Available),
	person("iris", "İris Işık", protocol.WrapUp, "support-en"),
	person("ben", "Ben", protocol.Offered),
	person("a2", "Ben", protocol.Offered),
	person("nameless", "", protocol.Available, "support-en"),
	person("ira", "Ирина Алёхина", protocol.Available),
}

func ids(list []protocol.DirectoryEntry) (out []string) {
	for _, e := range list {
		out = append(out, e.ID)
	}
	return out
}

// One row a query: whom it means, in their order.
func TestSearch(t *testing.T) {
	for _, row := range []struct{ query, kind, asker, want string }{
		{"", "", "", "nameless dwh-7 rene ira iris jonas a2 ben soren billing support-en"},
		{"", "queue", "", "billing support-en"},
		{"", "agent", "rene", "nameless dwh-7 ira iris jonas a2 ben soren"},
		{"", "robot", "", ""},
		{"jonas", "", "", "jonas"},
		{"JON", "", "", "jonas"},
		{"onas", "", "", ""},
		{"mul", "", "", "jonas"},
		{"Mül", "", "", "jonas"},
		{"MUELLER", "", "", "jonas"},
		{"muller jon", "", "", "jonas"},
		{"mü xx", "", "", ""},
		{"rene", "", "", "rene"},
		{"swiatek", "", "", "rene"},
		{"świą", "", "", "rene"},
		{"neil", "", "", "rene"},
		{"o'neil", "", "", "rene"},
		{"-(  )-", "", "", "nameless dwh-7 rene ira iris jonas a2 ben soren billing support-en"},
		{"søren", "", "", "soren"},
		{"soren strauss", "", "", "soren"},
		{"STRAUẞ", "", "", "soren"},
		{"nguyen huong", "", "", "dwh-7"},
		{"dwh", "", "", "dwh-7"},
		{"7", "", "", "dwh-7"},
		{"isik", "", "", "iris"},
		{"bil", "", "", "rene jonas billing"},
		{"bil mul", "agent", "", "jonas"},
		{"english", "", "", "support-en"},
		{"support", "", "", "nameless iris support-en"},
		{"ben", "", "ben", "a2"},
		{"алехина", "", "", "ira"},
		{"АЛЁ", "", "", "ira"},
		{"u\u0308", "", "", ""},
		{"mu\u0308ller", "", "", "jonas"},
		{"\xff\xfe", "queue", "", "billing support-en"}, // no word in it
	} {
		t.Run(row.query+" "+row.kind, func(t *testing.T) {
			if got := strings.Join(ids(Search(office, row.query, row.kind, row.asker)), " "); got != row.want {
				t.Errorf("got  %s\nwant %s", got, row.want)
			}
		})
	}
}

// The entries are not changed, whoever sorts and cuts the answer.
func TestSearchLeavesTheEntriesAlone(t *testing.T) {
	before := slices.Clone(office)
	found := Search(office, "", "", "")
	found[0].Name = "changed"
	_ = append(found[:1], protocol.DirectoryEntry{})
	for i := range office {
		if office[i].ID != before[i].ID || office[i].Name != before[i].Name {
			t.Errorf("entry %d is %+v", i, office[i])
		}
	}
	if none := Search(nil, "x", "", ""); none == nil || len(none) != 0 {
		t.Errorf("nothing found is %#v", none)
	}
}

// However many there are and however long their names, a reply fits its frame.
func TestSecurityAReplyFitsItsFrame(t *testing.T) {
	for _, name := range []string{"x", strings.Repeat("<", 250), strings.Repeat("é", 125)} {
		var many []protocol.DirectoryEntry
		for i := range 500 {
			e := person(fmt.Sprint(name, i), name, protocol.Available, name, name, name, name, name, name, name, name, name)
			e.Reason = name
			many = append(many, e)
		}
		found := Search(many, "", "", "")
		if n := len(found); n > protocol.MaxEntries || n == 0 || len(name) == 1 && n != protocol.MaxEntries {
			t.Errorf("%d found", n)
		}
		if n := len(protocol.EncodeReply(protocol.Found(protocol.MaxID, found))); n > protocol.MaxFrame {
			t.Errorf("a frame of %d bytes with %d entries", n, len(found))
		}
	}
}

// FuzzSearch: no query and no name does harm, and whoever is found is found by what he is called.
func FuzzSearch(f *testing.F) {
	f.Add("Jonas Müller", "mul")
	f.Add("İ", "i")
	f.Add("\xc3(", "\xff")
	f.Add("ﬁ ǅ Ω", "fi")
	f.Fuzz(func(t *testing.T, name, query string) {
		list := []protocol.DirectoryEntry{person("id", name, protocol.Available)}
		if n := len(Search(list, query, "", "")); n > 1 {
			t.Errorf("%d found", n)
		}
		if len(Search(list, name, "", "")) != 1 && len(name) < 1000 {
			t.Errorf("%q is not found by %q", name, wordsOf(name))
		}
	})
}

// Of many the best are found, in their order, wherever they stand; and what is remembered of names is bounded.
func TestSecurityManyAgents(t *testing.T) {
	var all []protocol.DirectoryEntry
	for i := range 3 * maxKnown / 2 {
		state := protocol.Away
		if i%1000 == 999 {
			state = protocol.Available
		}
		all = append(all, protocol.DirectoryEntry{Kind: protocol.KindAgent, ID: fmt.Sprint(i), Name: fmt.Sprintf("Jörg %05d", 99_999-i), State: state})
	}
	found := Search(all, "joerg", "", "nobody")
	if len(found) != protocol.MaxEntries {
		t.Fatalf("%d were found", len(found))
	}
	for i, e := range found {
		want := fmt.Sprintf("Jörg %05d", 99_999-(len(all)-1)+1000*i)
		if i >= 30 { // the available ones come first; the 31st is the first of the others
			want = fmt.Sprintf("Jörg %05d", 99_999-(len(all)-1)+i-30+1)
		}
		if e.Name != want {
			t.Fatalf("the %dth is %s, want %s", i, e.Name, want)
		}
	}
	known.mu.RLock()
	defer known.mu.RUnlock()
	if n := len(known.of); n > maxKnown {
		t.Errorf("%d names are remembered", n)
	}
}

func BenchmarkSearch(b *testing.B) {
	for _, n := range []int{100, 1000, 10_000} {
		var all []protocol.DirectoryEntry
		for i := range n {
			all = append(all, protocol.DirectoryEntry{Kind: protocol.KindAgent, ID: fmt.Sprint(i), Name: fmt.Sprintf("Jörg Müller %d", i), State: protocol.Available, Queues: []string{"billing", "sales"}})
		}
		for _, query := range []string{"", "mue", "nobody"} {
			b.Run(fmt.Sprintf("agents=%d/query=%s", n, query), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					Search(all, query, "", "nobody")
				}
			})
		}
	}
}
