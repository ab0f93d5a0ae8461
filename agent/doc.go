// Package agent is the hub between browsers and calls: WebSocket sessions, log-in, resume and bounded send queues.
package agent
