package main

import (
	"fmt"
	"slices"

	"offhook/agent/protocol"
	"offhook/internal/config"
	"offhook/records"
	"offhook/translator/replay"
)

// tracesPlan are the configuration's traces. Its causes are judged here, since package config does not know the protocol's.
func tracesPlan(c *config.Config) (traceSettings, error) {
	t := traceSettings{dir: c.Traces.Folder, plain: !c.Traces.Mask, files: c.Traces.Files}
	for i, m := range c.Traces.Match {
		if m.Cause != "" && !slices.ContainsFunc(protocol.Causes, func(i protocol.CauseInfo) bool { return string(i.Code) == m.Cause }) {
			return t, c.Fault(fmt.Sprintf("traces.match[%d].cause", i), "%q is no cause of docs/agent-protocol.md", m.Cause)
		}
		rule := replay.TraceRule{Trunk: m.Trunk, Queue: m.Queue, Number: string(m.Number), Cause: m.Cause}
		if m.Number == config.Any {
			rule.Number = ""
		}
		t.match = append(t.match, rule)
	}
	return t, nil
}

// reportTraces says which calls are written as transcripts.
func reportTraces(c *config.Config, w *lines) {
	if c.Traces.Folder == "" {
		return
	}
	w.say("Traces         are written to %s, %s, at most %d: calls that are asked for%s", c.Traces.Folder,
		map[bool]string{true: "masked", false: "as they were"}[c.Traces.Mask], c.Traces.Files, map[bool]string{true: ", and those of traces.match"}[len(c.Traces.Match) > 0])
}

// tracesWarnings are what is allowed and probably not meant.
func tracesWarnings(c *config.Config) (list []string) {
	f := c.Traces.Folder
	if f != "" && records.Readable(f) {
		list = append(list, fmt.Sprintf("traces.folder: others on this machine may look into %s; chmod 700 keeps it to the server's account", f))
	}
	if f != "" && !c.Traces.Mask {
		list = append(list, "traces.mask: customers' numbers and names, and keys of their sound, stand in the traces as they were")
	}
	return list
}
