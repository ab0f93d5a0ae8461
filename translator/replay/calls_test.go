package replay

import (
	"fmt"
	"strings"
	"testing"
)

func trace(t *testing.T, name string) *Capture {
	t.Helper()
	c, err := OpenCapture("../../testdata/traces/" + name + ".pcap")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Calls are found by Call-ID and hop; registrations are none, and who speaks of whom is known.
func TestCallsOfACapture(t *testing.T) {
	for _, row := range []struct{ name, want string }{
		{"asterisk-in-answered", "INVITE from lab (127.0.0.65:5060) to 601 (127.0.0.10:5060), 6 messages"},
		{"kamailio-in-answered", "INVITE from lab (127.0.0.65:5060) to bar (127.0.0.30:5060), hop 1 of 2, 7 messages\n" +
			"INVITE from lab (127.0.0.30:5060) to bar-0x555dce4a0590 (127.0.0.70:5060), hop 2 of 2, 6 messages"},
		{"asterisk-phone-called", "INVITE from lab (127.0.0.65:5060) to 1002 (127.0.0.10:5060), 7 messages\n" +
			"INVITE from lab (127.0.0.10:5060) to baresip-0x55cdf8a4e590 (127.0.0.70:5060), 6 messages"},
		{"baresip-in-options", "OPTIONS from lab (127.0.0.65:5060) to bar (127.0.0.70:5060), 2 messages"},
		{"kamailio-register-badpw", ""},
	} {
		var got []string
		for _, r := range trace(t, row.name).Calls() {
			got = append(got, fmt.Sprintf("%s, %d messages", r.Title(), len(r.Messages)))
		}
		if strings.Join(got, "\n") != row.want {
			t.Errorf("%s: got\n%s\nwant\n%s", row.name, strings.Join(got, "\n"), row.want)
		}
	}
}

// sipBetween makes a message that went from one host to another.
func sipBetween(n int, from, to, text string) Captured {
	c := Captured{Packet: n, At: epoch, From: hostPort("sip:" + from), To: hostPort("sip:" + to), SIP: strings.ReplaceAll(text, "\n", "\r\n") + "\r\n\r\n"}
	return c
}

const (
	inviteA  = "INVITE sip:b@x SIP/2.0\nFrom: <sip:a@x>;tag=1\nTo: <sip:b@x>\nCall-ID: A\nCSeq: 1 INVITE"
	ackA     = "ACK sip:b@x SIP/2.0\nFrom: <sip:a@x>;tag=1\nTo: <sip:b@x>;tag=2\nCall-ID: A\nCSeq: 1 ACK"
	okA      = "SIP/2.0 200 OK\nFrom: <sip:a@x>;tag=1\nTo: <sip:b@x>;tag=2\nCall-ID: A\nCSeq: 1 INVITE\nServer: offhook"
	referA   = "REFER sip:b@x SIP/2.0\nFrom: <sip:a@x>;tag=1\nTo: <sip:b@x>;tag=2\nCall-ID: A\nCSeq: 2 REFER\nRefer-To: <sip:c@x?Replaces=B%40x%3Bto-tag%3D1>"
	inviteB  = "INVITE sip:c@x SIP/2.0\nFrom: <sip:b@x>;tag=1\nTo: <sip:c@x>\nCall-ID: B@x\nCSeq: 1 INVITE"
	proxied  = "192.0.2.2"
	caller   = "192.0.2.1"
	callee   = "192.0.2.3"
	loopback = "127.0.0.1"
)

// A proxy that does not record-route is gone after the first transaction: what the ends then say to each other directly belongs to the hop of each.
func TestCallPastTheProxy(t *testing.T) {
	c := &Capture{Messages: []Captured{
		sipBetween(1, caller, proxied, inviteA), sipBetween(2, proxied, callee, inviteA), sipBetween(3, callee, proxied, okA), sipBetween(4, proxied, caller, okA), sipBetween(5, caller, callee, ackA),
	}}
	calls := c.Calls()
	if len(calls) != 2 {
		t.Fatalf("%d calls", len(calls))
	}
	if got := calls[1].seenBy(calls[1].Callee, calls); len(got) != 3 || got[2].Packet != 5 {
		t.Errorf("the callee saw %+v", got)
	}
	if got := calls[0].seenBy(calls[0].Caller, calls); len(got) != 3 || got[2].Packet != 5 {
		t.Errorf("the caller saw %+v", got)
	}
}

// On one host the ports tell the ends apart, and calls that a Refer-To names are related.
func TestCallsOfOneHost(t *testing.T) {
	c := &Capture{Messages: []Captured{
		sipBetween(1, loopback+":5061", loopback+":5060", inviteA), sipBetween(2, loopback+":5060", loopback+":5061", okA), sipBetween(3, loopback+":5061", loopback+":5060", referA),
		sipBetween(4, loopback+":5060", loopback+":5062", inviteB),
	}}
	calls := c.Calls()
	if len(calls) != 2 || len(calls[0].Messages) != 3 || strings.Join(calls[0].Related, "") != "B@x" || strings.Join(calls[1].Related, "") != "A" {
		t.Errorf("calls %+v", calls)
	}
	f, err := newFollower(calls[0], SideCaller, calls)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := f.fit.addresses("at 127.0.0.1:5060 and 127.0.0.1:5061"), "at 192.0.2.20:5060 and 192.0.2.10:5061"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// The trunk is the end that is not offhook, else the caller, or the one that is asked for.
func TestSides(t *testing.T) {
	plain := &RecordedCall{Caller: hostPort("sip:" + caller), Callee: hostPort("sip:" + callee), Hop: 1, Hops: 1, Messages: []Captured{sipBetween(1, caller, callee, inviteA)}}
	ours := *plain
	ours.Messages = []Captured{sipBetween(1, caller, callee, inviteA+"\nUser-Agent: OffHook 1")}
	for _, row := range []struct {
		r     *RecordedCall
		side  Side
		calls bool
		err   string
	}{
		{plain, SideAuto, true, ""},
		{&ours, SideAuto, false, ""},
		{plain, SideCallee, false, ""},
		{plain, caller, true, ""},
		{plain, callee, false, ""},
		{plain, "192.0.2.9", false, "is no end of this call"},
		{plain, "left", false, "neither caller nor callee"},
	} {
		calls, err := row.r.trunkCalls(row.side)
		if calls != row.calls || (err == nil) != (row.err == "") || err != nil && !strings.Contains(err.Error(), row.err) {
			t.Errorf("side %q: %v, %v, want %v, %q", row.side, calls, err, row.calls, row.err)
		}
	}
}

// A call is picked by its number, by its Call-ID or the beginning of it; of one through a proxy the hop next to offhook.
func TestPick(t *testing.T) {
	calls := trace(t, "kamailio-in-answered").Calls()
	for _, row := range []struct {
		which string
		side  Side
		want  string
	}{
		{"", SideAuto, "2"}, {"", SideCallee, "1"}, {"1", SideAuto, "1"}, {calls[0].CallID[:6], SideCaller, "2"}, {"", "127.0.0.65", "1"}, {"", "127.0.0.70", "2"}, {"nobody", SideAuto, "none"}, {"", "up", "none"},
	} {
		got := "none"
		if picked, err := Pick(calls, row.which, row.side); err == nil {
			got = ""
			for _, r := range picked {
				got += fmt.Sprint(r.Hop)
			}
		}
		if got != row.want {
			t.Errorf("%q from %q: hop %s, want %s", row.which, row.side, got, row.want)
		}
	}
}
