// Package records keeps what is known of each call when nothing of it is left, and gives it back.
//
// # On disk
//
// A record is one line of JSON, a [translator.CallRecord]. The lines of the calls that ended on one day (UTC) are one file of the folder:
//
//	calls-2026-11-22.jsonl
//
// so that jq, grep and a backup need nothing of ours. Files are only appended to, and removed whole when they are older than Config.KeepDays. They hold
// names, numbers and notes: the folder is made for its owner alone (0700), and so are the files (0600). One [Store] at a time has a folder.
//
// # What is promised
//
// [Store.Add] returns at once, whatever the disk does. A record is written to its file at once and is synced (fsync) within SyncWithin: a killed
// process loses nothing that was written, a power cut what came in that time. The syncs are at most one in SyncWithin, however many calls end.
//
// A disk that is full, or fails, stops nothing but this: records wait in memory, at most MaxSpooled of them, and are tried again every second. What
// was half written is taken back first, so that no record stands there twice or in part. Only when the memory is full are records lost; they are counted, and
// said so in the log.
//
// A line that was being written when the machine stopped is left as it is, ended, reported and passed over from then on.
//
// # Promised callbacks
//
// [Callbacks] keeps, in a folder of its own, what a customer was promised who hung up to be called back, so that the next process goes on with it. It is no spool: the
// few that are promised are in memory, and a file follows.
//
// # Reading back
//
// [Store.Find] reads from the newest line backwards, page by page, with memory for one page and one line. [Store.Get] finds one call: its ID says on
// which day it arrived. [Store.Recents] are an agent's last calls, kept in memory.
package records
