package replay

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"offhook/translator"
)

// writer writes transcripts until the recorder is closed.
func (r *Recorder) writer() {
	defer close(r.done)
	for f := range r.write {
		name, err := r.save(f)
		if err != nil {
			r.cfg.Log.Warn("trace not written", "call", f.first().ID, "error", err)
			continue
		}
		r.cfg.Log.Info("trace written", "call", f.first().ID, "file", name, "differences", differencesOf(name))
	}
}

// differencesOf replays what was written: a transcript that does not give the same again says so in the log at once.
func differencesOf(name string) string {
	_, wrong := checkTranscript(name)
	if len(wrong) == 0 {
		return "none"
	}
	return fmt.Sprintf("%d, the first: %s", len(wrong), wrong[0])
}

// save writes one call.
func (r *Recorder) save(f finished) (name string, err error) {
	if len(f.entries) == 0 {
		return "", fmt.Errorf("nothing was kept of it")
	}
	old, err := filepath.Glob(filepath.Join(r.cfg.Dir, "*.txtar"))
	if err != nil {
		return "", err
	}
	if len(old) >= r.cfg.Files {
		return "", fmt.Errorf("%s holds %d traces", r.cfg.Dir, len(old))
	}
	text := r.transcript(f)
	name = filepath.Join(r.cfg.Dir, f.entries[0].at.UTC().Format("20060102-150405")+"-"+f.first().ID+".txtar")
	half := name + ".part"
	if err := os.WriteFile(half, []byte(text), 0o600); err != nil {
		return "", err
	}
	return name, os.Rename(half, name)
}

// transcript makes the text of a call.
func (r *Recorder) transcript(f finished) string {
	slices.SortFunc(f.entries, func(a, b entry) int { return int(min(max(int64(a.seq)-int64(b.seq), -1), 1)) })
	fit := fitTo(f.entries)
	mask := newMasker()
	var messages []Message
	for _, e := range f.entries {
		m := e.m
		m.At = e.at.Sub(f.entries[0].at).Round(time.Microsecond) + lead
		if m.SIP != "" {
			m.SIP = fit.wire(m.SIP, m.In)
			if !r.cfg.Plain {
				m.SIP = mask.sip(m.SIP)
			}
		} else if !r.cfg.Plain {
			mask.message(&m)
		}
		messages = append(messages, m)
	}
	messages = withHellos(messages)
	header := r.header(f)
	for i, h := range header {
		if h[0] == "agent" && !r.cfg.Plain {
			header[i][1] = mask.route(h[1])
		}
		if h[0] != "realm" {
			continue
		}
		if header[i][1] = fit.addresses(h[1]); !r.cfg.Plain {
			header[i][1] = mask.host(header[i][1])
		}
	}
	return writeTranscript(header, inTheirOrder(messages), soon)
}

func (r *Recorder) header(f finished) [][2]string {
	rec := f.first()
	header := [][2]string{
		{"title", fmt.Sprintf("%s call, %s", rec.Direction, f.entries[0].at.UTC().Format(time.DateTime))},
		{"source", "recorded live, call " + rec.ID},
		{"rule", "what was so stays so"},
		{"outcome", f.outcome()},
		{"media", "manual"},
	}
	header = append(header, f.header...)
	if r.cfg.Settings != nil {
		header = append(header, r.cfg.Settings(trunkOf(rec), rec.Queue)...)
	}
	return header
}

func trunkOf(rec translator.CallRecord) string {
	if len(rec.Legs) == 0 {
		return ""
	}
	return rec.Legs[0].Trunk
}

// message masks what an agent sent or was sent.
func (k *masker) message(m *Message) {
	if m.Party == mediaParty {
		return
	}
	m.Party = k.agent(m.Party)
	if frame := m.Frame(); frame != nil {
		k.members(frame, "")
		m.Object, m.frame = frame, nil
	}
}

// fitTo finds out which address is ours, and which the trunk's, from what was sent and received.
func fitTo(entries []entry) *fitter {
	var us, them netip.AddrPort
	for _, e := range entries {
		if e.m.SIP == "" {
			continue
		}
		if !them.IsValid() {
			them = e.peer.Peer
		}
		if contact := readSIP(e.m.SIP).contactURI(); !e.m.In && contact != "" && !us.IsValid() {
			us = hostPort(contact)
		}
	}
	return newFitter(us, them)
}

// hostPort is the address in a URI, with port 5060 where it has none.
func hostPort(uri string) netip.AddrPort {
	_, rest, _ := strings.Cut(uri, ":")
	if _, host, ok := strings.Cut(rest, "@"); ok {
		rest = host
	}
	rest, _, _ = strings.Cut(rest, ";")
	if a, err := netip.ParseAddrPort(rest); err == nil {
		return a
	}
	a, err := netip.ParseAddr(strings.Trim(rest, "[]"))
	if err != nil {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(a, 5060)
}

// wire makes a live message fit the world: hosts, the transport, and where a new call comes to.
func (f *fitter) wire(text string, in bool) string {
	m := f.base(text)
	if in && m.status() == 0 && m.tag("to") == "" {
		m.setURI(f.toUs(m.uri()))
	}
	return m.String()
}

// withHellos lets each agent log in before he is shown the call: at the beginning, or where he was shown it out of nothing, just then. Each hello is welcomed.
func withHellos(messages []Message) []Message {
	var out, hellos []Message
	known := map[string]bool{}
	last := time.Duration(0)
	for _, m := range messages {
		agent := m.Party
		if agent == "trunk" || agent == mediaParty {
			out, last = append(out, m), m.At
			continue
		}
		if !known[agent] {
			known[agent] = true
			at := time.Duration(len(hellos)) * time.Millisecond
			pair := hello(agent, at)
			if m.At-last < cameWith {
				hellos = append(hellos, pair...)
			} else {
				out = append(out, hello(agent, m.At)...)
			}
		}
		out, last = append(out, m), m.At
		if m.Type() == "hello" {
			out = append(out, Message{At: m.At, Party: agent, Object: map[string]any{"type": "welcome"}})
		}
	}
	return append(hellos, out...)
}

// soon is how long a busy server may take to send what came in made it send.
const soon = 20 * time.Millisecond

// cameWith is how soon after something else an agent is shown a call because of it. After that, he came himself.
const cameWith = 100 * time.Millisecond

func hello(agent string, at time.Duration) []Message {
	return []Message{
		{At: at, Party: agent, In: true, Object: map[string]any{"type": "hello", "state": "available"}},
		{At: at, Party: agent, Object: map[string]any{"type": "welcome"}},
	}
}
