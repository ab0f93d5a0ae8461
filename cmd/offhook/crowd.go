package main

import "offhook/api"

// spareConnections is how many HTTP connections there may be beside the agents' sockets: pages that load, programs that ask.
const spareConnections = 1024

// crowd bounds the HTTP connections: no more than half of the files that the process may open, as calls need the others, and no more than a quarter of them from one
// address that is no trusted proxy.
func (s *server) crowd() api.Crowd {
	set := s.set
	sockets := set.hub.MaxSockets
	if sockets == 0 {
		sockets = 10_000 // the hub's own default
	}
	all, files := sockets+spareConnections, mostFiles()
	if files > 0 {
		all = min(all, files/2)
	}
	if all < sockets {
		set.log.Warn("http connections are bounded by the files that the process may open", "files", files, "connections", all)
	}
	return api.Crowd{All: all, Each: max(all/4, 1), Proxies: set.hub.TrustedProxies, Count: s.meters.reg.Rejected, Log: set.log}
}
