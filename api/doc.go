// Package api is what offhook serves over HTTP: the agents' WebSocket, the callbar's modules, pages, health; and, apart from
// them on its own listener, the admin surface.
//
//	GET /agent      the agent protocol (package agent)
//	GET /widget/…   the callbar's ES modules, for pages of the allowed origins
//	/api/v1/…       the API for other programs: queues, agents, calls, and the OpenAPI document that describes it
//	GET /healthz    200 while the process lives
//	GET /readyz     200 while it takes new calls, 503 with the reason if not
//
// # The API
//
// Who uses it shows a token in the Authorization header, never in a URL; of secrets hashes are kept. A token has a scope, and each route names the one that it needs. Answers
// and faults are JSON. Requests are counted by token, searches at once are few: calls come first. What is asked for may be a number of a customer, so
// the log is told of neither parameters nor bodies.
//
// What is seen and done of queues and agents goes through [Center], which is asked with a deadline: the exchange answers in its turn, and calls come first.
//
// # Webhooks
//
// [Webhooks] tell addresses of events by signed requests: in order for one call and for one agent, again until they are taken or given up, and never in a call's way.
package api
