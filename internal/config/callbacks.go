package config

import "path/filepath"

// Callbacks is where customers are kept who were promised a callback, so that a restart does not forget them.
type Callbacks struct {
	// Folder holds them, resolved by Load from the configuration file's folder; if it is not set it is "callbacks" in the folder of [Records], and "", which keeps
	// none, where there is no such folder.
	Folder string `yaml:"folder"`
}

// resolve makes the folder's name absolute. Those of r must be.
func (c *Callbacks) resolve(from source, r *Records) {
	switch {
	case c.Folder != "":
		c.Folder = from.path(c.Folder)
	case r.Folder != "":
		c.Folder = filepath.Join(r.Folder, "callbacks")
	}
}
