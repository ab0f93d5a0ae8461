package dialog

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// units reads everything that a framer finds in a stream that comes in pieces.
func units(pieces ...string) (out []unit) {
	var f framer
	for _, p := range pieces {
		f.add([]byte(p))
		for {
			u := f.next()
			if u.kind == unitNone {
				break
			}
			u.text = []byte(string(u.text))
			out = append(out, u)
			if u.kind == unitBroken {
				return out
			}
		}
	}
	return out
}

func lengthed(n, body string) string {
	return "OPTIONS sip:a SIP/2.0\r\nVia: SIP/2.0/TCP 198.51.100.7;branch=z9hG4bKa\r\n" + n + "\r\n\r\n" + body
}

func TestStreamIsCutIntoMessages(t *testing.T) {
	one, two := lengthed("Content-Length: 4", "body"), lengthed("l:\r\n 0", "")
	bare := strings.ReplaceAll(lengthed("CONTENT-LENGTH : 2", "ab"), "\r\n", "\n")
	stream := "\r\n\r\n" + one + two + "\r\n" + one + bare + "\r\n\r\n" + two
	want := []string{"ping", one, two, one, bare, "ping", two}
	check := func(pieces []string) {
		t.Helper()
		var got []string
		for _, u := range units(pieces...) {
			switch u.kind {
			case unitPing:
				got = append(got, "ping")
			default:
				got = append(got, string(u.text))
			}
		}
		if strings.Join(got, "|") != strings.Join(want, "|") {
			t.Fatalf("pieces %q:\ngot  %q\nwant %q", pieces, got, want)
		}
	}
	check([]string{stream})
	check(strings.Split(stream, ""))
	r := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		var pieces []string
		for rest := stream; rest != ""; {
			n := 1 + r.IntN(len(rest))
			pieces, rest = append(pieces, rest[:n]), rest[n:]
		}
		check(pieces)
	}
}

func TestStreamThatCannotBeRead(t *testing.T) {
	for name, c := range map[string]struct {
		in     string
		status int
	}{
		"garbage":            {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 hello\n", 0},
		"HTTP":               {"GET / HTTP/1.1\r\n", 0},
		"no line end":        {"INVITE " + strings.Repeat("x", 3000), 0},
		"blanks first":       {"   " + lengthed("l: 0", ""), 0},
		"no length":          {lengthed("Subject: x", ""), 400},
		"two lengths":        {lengthed("Content-Length: 4\r\nl: 5", "body"), 400},
		"negative":           {lengthed("Content-Length: -1", ""), 400},
		"not a number":       {lengthed("Content-Length: 4x", "body"), 400},
		"beyond an int":      {lengthed("Content-Length: 99999999999999999999", ""), 400},
		"empty":              {lengthed("Content-Length:", ""), 400},
		"body too large":     {lengthed("Content-Length: 32769", ""), 513},
		"head without end":   {"OPTIONS sip:a SIP/2.0\r\n" + strings.Repeat("X-A: b\r\n", 3000), 513},
		"head that is large": {"OPTIONS sip:a SIP/2.0\r\n" + strings.Repeat("X-A: b\r\n", 3000) + "l: 0\r\n\r\n", 513},
	} {
		us := units(c.in)
		if len(us) != 1 || us[0].kind != unitBroken || us[0].status != c.status {
			t.Errorf("%s: %+v", name, us)
		}
	}
	for name, in := range map[string]string{
		"equal lengths": lengthed("Content-Length: 4\r\nl: 4", "body"),
		"largest body":  lengthed("Content-Length: 32768", strings.Repeat("x", 32768)),
		"a response":    "SIP/2.0 200 OK\r\nl: 0\r\n\r\n",
	} {
		if us := units(in); len(us) != 1 || us[0].kind != unitMessage || string(us[0].text) != in {
			t.Errorf("%s: %d units", name, len(us))
		}
	}
}

// FuzzStream: however a stream is cut into pieces, the messages are the same, and what waits is bounded.
func FuzzStream(f *testing.F) {
	f.Add([]byte(lengthed("l: 0", "")+"\r\n\r\n"+lengthed("Content-Length: 4", "body")), uint64(1))
	f.Add([]byte("\r\n\r\r\n\n\n"), uint64(2))
	f.Fuzz(func(t *testing.T, data []byte, seed uint64) {
		whole := units(string(data))
		r := rand.New(rand.NewPCG(seed, 1))
		var pieces []string
		for rest := string(data); rest != ""; {
			n := 1 + r.IntN(len(rest))
			pieces, rest = append(pieces, rest[:n]), rest[n:]
		}
		cut := units(pieces...)
		messages := func(us []unit) (out []string) {
			for _, u := range us {
				if u.kind == unitMessage {
					out = append(out, string(u.text))
				}
			}
			return out
		}
		a, b := messages(whole), messages(cut)
		if strings.Join(a, "\x00") != strings.Join(b, "\x00") {
			t.Errorf("whole %q, in pieces %q", a, b)
		}
		for _, m := range a {
			if len(m) > maxHead+maxStreamBody {
				t.Errorf("a message of %d bytes", len(m))
			}
		}
	})
}
