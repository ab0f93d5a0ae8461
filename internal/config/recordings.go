package config

// Recordings is where the sound of calls is kept, for those that queues and Dial say.
type Recordings struct {
	// Folder holds them, resolved from the configuration file's folder by Load; "" keeps none.
	Folder string `yaml:"folder"`
	// KeepDays is for how many days after that of a call's arrival; 0 for ever.
	KeepDays int `yaml:"keep_days"`
	// Notice is said to the far side before its sound is recorded: a phrase or a WAV file (see [IsFile]), "" for nothing.
	Notice string `yaml:"notice"`
}

// recording are the words of what is recorded.
var recording = []string{"never", "agent", "always"}

// checkRecordings holds what is recorded to a folder that it can go to.
func (c *Config) checkRecordings(f *faults) {
	f.least("recordings.keep_days", c.Recordings.KeepDays, 0)
	for i := range c.Queues {
		c.checkRecord(index("queues", i)+".record", c.Queues[i].Record, f)
	}
	c.checkRecord("dial.record", c.Dial.Record, f)
}

func (c *Config) checkRecord(at, word string, f *faults) {
	f.oneOf(at, word, recording)
	if (word == "agent" || word == "always") && c.Recordings.Folder == "" {
		f.add(at, "%s needs recordings.folder, which names no folder", word)
	}
}

// resolve makes the names absolute.
func (r *Recordings) resolve(f *faults, from source) {
	if IsFile(r.Notice) {
		r.Notice = f.present("recordings.notice", r.Notice, from)
	}
	if r.Folder != "" {
		r.Folder = from.path(r.Folder)
	}
}
