package main

import "offhook/api"

// spareConnections is how many HTTP connections there may be beside the agents' sockets: pages that load, programs that ask.
const spareConnections = 1024

// crowd bounds the HTTP connections: no more than half of the files that the process may open, as calls need the others, and no more than a quarter of them from one
// address that is no trusted proxy.
func (s *server) crowd() api.Crowd {
	set := s.set
	all := set.hub.MaxSockets
	if all == 0 {
		all = 10_000 // the hub's own default
	}
	all += spareConnections
	if files := mostFiles(); files > 0 && files/2 < all {
		all = files / 2
		set.log.Warn("http connections are bounded by the files that the process may open", "files", files, "connections", all)
	}
	return api.Crowd{All: all, Each: max(all/4, 1), Proxies: set.hub.TrustedProxies, Count: s.meters.reg.Rejected, Log: set.log}
}
