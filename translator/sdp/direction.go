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
