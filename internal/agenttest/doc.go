// Package agenttest is an agent's browser for tests: an issuer of tokens, and a client that speaks offhook.v1 over a real socket. It knows frames and
// nothing of the hub, so that it is a second reader of the protocol and not the first one's mirror.
package agenttest
