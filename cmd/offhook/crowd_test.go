package main

import (
	"errors"
	"net"
	"strings"
	"syscall"
	"testing"

	"offhook/agent/protocol"
)

// An address that opens connection after connection gets a quarter of them; what is beyond is closed at once and counted. The agents' sockets that are there stay.
func TestSecurityConnectionsOfAStranger(t *testing.T) {
	o := newOffice(t, strings.ReplaceAll(centerConfig, "42300-42399", "42600-42699"), func(set *settings) { set.hub.MaxSockets = 4 })
	anna := o.page("anna")
	most := o.crowd().Each
	if all := o.crowd().All; all != 4+spareConnections || most != all/4 {
		t.Fatalf("bounded at %d, each at %d", all, most)
	}
	for range most + 20 {
		conn, err := net.Dial("tcp", o.listener.Addr().String())
		if errors.Is(err, syscall.ECONNRESET) {
			continue // closed before it was seen to be there
		}
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
	}
	eventually(t, "they are counted", func() bool {
		return strings.Contains(figures(t, o.meters), `offhook_rejected_total{reason="http_address"} 2`)
	})
	anna.Send(protocol.State{Head: protocol.NewHead("state", anna.NextID()), State: protocol.Away})
	if r := anna.Reply(); r.Type != "ok" {
		t.Errorf("anna got %+v", r)
	}
}
