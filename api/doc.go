// Package api is what offhook serves over HTTP: the agents' WebSocket, the callbar's modules, pages, health; and, apart from
// them on its own listener, the admin surface.
//
//	GET /agent      the agent protocol (package agent)
//	GET /widget/…   the callbar's ES modules, for pages of the allowed origins
//	GET /healthz    200 while the process lives
//	GET /readyz     200 while it takes new calls, 503 with the reason if not
package api
