package config

import "slices"

// Traces are the live calls that are written as transcripts, which replay plays.
type Traces struct {
	// Folder holds them, resolved from the configuration file's folder by Load; "" writes none.
	Folder string `yaml:"folder"`
	// Match are the calls that are written without being asked for.
	Match []TraceMatch `yaml:"match"`
	// Mask replaces numbers, names, addresses and keys.
	Mask bool `yaml:"mask"`
	// Files is how many may lie in Folder.
	Files int `yaml:"files"`
}

// TraceMatch names calls; an empty field names all.
type TraceMatch struct {
	Trunk string `yaml:"trunk"`
	Queue string `yaml:"queue"`
	// Number is that of either side.
	Number Pattern `yaml:"number"`
	// Cause is why the call ended, a code of the agent protocol, which package protocol lists.
	Cause string `yaml:"cause"`
}

// checkTraces holds the rules to what there is.
func (c *Config) checkTraces(f *faults) {
	t := &c.Traces
	f.least("traces.files", t.Files, 1)
	if len(t.Match) > 0 && t.Folder == "" {
		f.add("traces.match", "it needs traces.folder, which names no folder")
	}
	for i, m := range t.Match {
		at := index("traces.match", i)
		if m.Trunk != "" && !slices.ContainsFunc(c.Trunks, func(t Trunk) bool { return t.Name == m.Trunk }) {
			f.add(at+".trunk", "there is no trunk %q", m.Trunk)
		}
		if m.Queue != "" && !slices.ContainsFunc(c.Queues, func(q Queue) bool { return q.Name == m.Queue }) {
			f.add(at+".queue", "there is no queue %q", m.Queue)
		}
	}
}

// resolve makes the folder's name absolute.
func (t *Traces) resolve(from source) {
	if t.Folder != "" {
		t.Folder = from.path(t.Folder)
	}
}
