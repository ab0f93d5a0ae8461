package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
)

// object is a JSON object whose members are taken one by one. Names count as they are written and stand once each: encoding/json alone would fold their case, and let the
// last one win.
type object struct {
	at      string // what its members' names begin with
	members map[string]json.RawMessage
}

// maxMembers bounds an object's members, maxItems a list's.
const (
	maxMembers = 32
	maxItems   = 200
)

// readObject reads a JSON object, and nothing after it.
func readObject(text []byte, at string) (object, *fault) {
	d := json.NewDecoder(bytes.NewReader(text))
	o := object{at: at, members: map[string]json.RawMessage{}}
	if begin, err := d.Token(); err != nil || begin != json.Delim('{') {
		return o, notJSON(at)
	}
	for d.More() {
		key, err := d.Token()
		name, ok := key.(string)
		var value json.RawMessage
		if err != nil || !ok || d.Decode(&value) != nil {
			return o, notJSON(at)
		}
		if _, twice := o.members[name]; twice || len(o.members) == maxMembers {
			return o, problem(http.StatusBadRequest, "bad_request", "the body has a member twice, or too many")
		}
		o.members[name] = value
	}
	if _, err := d.Token(); err != nil {
		return o, notJSON(at)
	}
	if _, err := d.Token(); err != io.EOF {
		return o, notJSON(at)
	}
	return o, nil
}

func notJSON(at string) *fault {
	if at != "" {
		return wrongField(at, "must be an object")
	}
	return problem(http.StatusBadRequest, "bad_request", "the body must be an object of JSON")
}

// take reads a member into what to points at. It is what the message says that it must be; one that is not there is a fault if it is needed.
func (o object) take(name string, needed bool, to any, must string) *fault {
	value, ok := o.members[name]
	delete(o.members, name)
	switch {
	case !ok && needed:
		return wrongField(o.at+name, "is needed: "+must)
	case !ok:
		return nil
	case bytes.Equal(value, []byte("null")) || json.Unmarshal(value, to) != nil:
		return wrongField(o.at+name, "must be "+must)
	}
	return nil
}

// rest refuses members that nobody took. Their names are not repeated: they are the client's own.
func (o object) rest() *fault {
	if len(o.members) > 0 {
		where := "the body"
		if o.at != "" {
			where = o.at[:len(o.at)-1]
		}
		return problem(http.StatusBadRequest, "bad_request", "%s has a member that is unknown; the document of this API lists them", where)
	}
	return nil
}

// objects takes a member that is a list of objects, each read by read, which gives its name: a name stands once.
func (o object) objects(name string, read func(item object) (string, *fault)) *fault {
	var list []json.RawMessage
	if f := o.take(name, true, &list, "a list of objects"); f != nil {
		return f
	}
	if len(list) > maxItems {
		return wrongField(o.at+name, fmt.Sprintf("must have at most %d", maxItems))
	}
	var seen []string
	for i, text := range list {
		at := fmt.Sprintf("%s%s[%d]", o.at, name, i)
		item, f := readObject(text, at)
		if f != nil {
			return f
		}
		item.at = at + "."
		called, f := read(item)
		if f == nil {
			f = item.rest()
		}
		if f == nil && slices.Contains(seen, called) {
			f = wrongField(at, "stands twice")
		}
		if f != nil {
			return f
		}
		seen = append(seen, called)
	}
	return nil
}

// anyOf is the first fault of some, nil if there is none.
func anyOf(list ...*fault) *fault {
	for _, f := range list {
		if f != nil {
			return f
		}
	}
	return nil
}

// first is anyOf as an error.
func first(list ...*fault) error {
	if f := anyOf(list...); f != nil {
		return f
	}
	return nil
}
