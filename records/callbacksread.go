package records

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"os"
	"slices"

	"offhook/translator"
)

// recall reads what an earlier process left. A line that cannot be read costs what it says; the rest counts.
func (c *Callbacks) recall() ([]translator.Callback, error) {
	f, err := os.Open(c.path(callbacksFile))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	found, damaged := map[string]translator.Callback{}, false
	in := bufio.NewReaderSize(f, 1<<16)
	for n := 1; ; n++ {
		text, ended, err := readLine(in)
		if err != nil {
			return nil, err
		}
		if len(text) == 0 && !ended {
			break
		}
		switch ok := c.replay(text, found); {
		case !ok && !ended:
			c.unreadable++
			c.log.Warn("the last change of a callback was cut off when the server stopped: it is passed over", "file", callbacksFile, "line", n)
		case !ok:
			c.unreadable++
			damaged = true
			c.log.Error("a line of the callbacks cannot be read: it is passed over", "file", callbacksFile, "line", n, "set_aside_in", damagedFile)
		}
	}
	if damaged { // for whoever wants to know what it said; the file itself is written anew
		if err := c.setAside(); err != nil {
			c.log.Error("callbacks that cannot be read could not be set aside", "error", err)
		}
	}
	list := make([]translator.Callback, 0, len(found))
	for _, id := range slices.Sorted(maps.Keys(found)) {
		list = append(list, found[id])
	}
	return list, nil
}

// replay does what a line says once more; false if it says nothing.
func (c *Callbacks) replay(text []byte, found map[string]translator.Callback) bool {
	var l callbackLine
	if err := json.Unmarshal(text, &l); err != nil {
		return false
	}
	switch {
	case l.Done != "":
		c.bytes -= len(c.now[l.Done])
		delete(c.now, l.Done)
		delete(found, l.Done)
	case l.Callback != nil && l.Callback.Record.ID != "":
		id := l.Callback.Record.ID
		if _, known := found[id]; !known && len(found) >= MaxCallbacks {
			return false
		}
		line := append(slices.Clone(text), '\n')
		c.bytes += len(line) - len(c.now[id])
		c.now[id], found[id] = line, *l.Callback
	default:
		return false
	}
	return true
}

// readLine reads a line without its end, empty if it is too long to be one of ours. ended says that it has an end; without one it is the last.
func readLine(in *bufio.Reader) (text []byte, ended bool, err error) {
	tooLong := false
	for {
		part, err := in.ReadSlice('\n')
		if text = append(text, part...); len(text) > MaxLine+1 {
			text, tooLong = nil, true
		}
		switch {
		case err == nil && tooLong:
			return nil, true, nil
		case err == nil:
			return text[:len(text)-1], true, nil
		case errors.Is(err, io.EOF):
			return text, false, nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, false, err
		}
	}
}

// setAside keeps the file as it is under another name.
func (c *Callbacks) setAside() error {
	if err := os.Remove(c.path(damagedFile)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return os.Link(c.path(callbacksFile), c.path(damagedFile))
}
