package config

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// PortRange is a range of UDP ports, both ends included, written 40000-44999.
type PortRange struct{ Min, Max uint16 }

// UnmarshalText reads "40000-44999".
func (r *PortRange) UnmarshalText(text []byte) error {
	lo, hi, ok := strings.Cut(string(text), "-")
	low, err1 := strconv.ParseUint(strings.TrimSpace(lo), 10, 16)
	high, err2 := strconv.ParseUint(strings.TrimSpace(hi), 10, 16)
	if !ok || err1 != nil || err2 != nil {
		return fmt.Errorf("%q is no range of ports such as 40000-44999", text)
	}
	*r = PortRange{uint16(low), uint16(high)}
	return nil
}

// String writes the range as it is read.
func (r PortRange) String() string { return fmt.Sprintf("%d-%d", r.Min, r.Max) }

// check holds the range to what RTP needs: pairs of an even port and the next (RFC 3550 §11), none of them reserved.
func (r PortRange) check() error {
	switch {
	case r.Min < 1024:
		return errors.New("the first port is below 1024")
	case r.Max <= r.Min:
		return errors.New("the last port is not above the first")
	}
	return nil
}
