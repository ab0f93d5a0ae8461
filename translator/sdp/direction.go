package sdp

// Direction is a media direction as its sender means it (RFC 8866 §6.7).
type Direction uint8

// The directions. The zero Direction means that none was given.
const (
	SendRecv Direction = iota + 1
	SendOnly
	RecvOnly
	Inactive
)

// String gives the attribute's name.
func (d Direction) String() string {
	switch d {
	case SendRecv:
		return "sendrecv"
	case SendOnly:
		return "sendonly"
	case RecvOnly:
		return "recvonly"
	case Inactive:
		return "inactive"
	}
	return ""
}

func directionOf(name string) Direction {
	for d := SendRecv; d <= Inactive; d++ {
		if d.String() == name {
			return d
		}
	}
	return 0
}

// Sends and Receives say what the one who wrote the direction does.
func (d Direction) Sends() bool    { return d == SendRecv || d == SendOnly }
func (d Direction) Receives() bool { return d == SendRecv || d == RecvOnly }

// withoutReceiving takes receiving away: the meaning of a zero address, whatever the direction says.
func (d Direction) withoutReceiving() Direction {
	switch d {
	case SendRecv, SendOnly:
		return SendOnly
	default:
		return Inactive
	}
}

// answered is the direction that answers an offered one (RFC 3264 §6.1) when nobody on our side holds.
func (d Direction) answered() Direction {
	switch d {
	case SendOnly:
		return RecvOnly
	case RecvOnly:
		return SendOnly
	case Inactive:
		return Inactive
	default:
		return SendRecv
	}
}

// while is the direction that we answer an offered one with, holding or not (RFC 3264 §8.4).
func (d Direction) while(holding bool) Direction {
	a := d.answered()
	if !holding {
		return a
	}
	if a.Sends() {
		return SendOnly
	}
	return Inactive
}

// within takes away from an answer what its offer did not allow: sendrecv to sendonly is read as recvonly (RFC 3264 §6.1).
func (d Direction) within(offered Direction) Direction {
	limit := offered.answered()
	sends, receives := d.Sends() && limit.Sends(), d.Receives() && limit.Receives()
	switch {
	case sends && receives:
		return SendRecv
	case sends:
		return SendOnly
	case receives:
		return RecvOnly
	}
	return Inactive
}

// holds reports whether one who means d holds the other: it takes nothing.
func (d Direction) holds() bool { return !d.Receives() }
