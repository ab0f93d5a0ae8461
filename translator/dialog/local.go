package dialog

import (
	"crypto/rand"
	"encoding/hex"
	"math/big"
	randv2 "math/rand/v2"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// allowed are the methods that we handle (translation.md §1.6).
const allowed = "INVITE, ACK, CANCEL, BYE, OPTIONS, PRACK, UPDATE, INFO, REFER, NOTIFY"

// extensions are the option tags that a request may require. What is not built is refused with 420, so this list grows
// together with the code (RFC 3261 §8.2.2.3).
var extensions = []string{"100rel", "timer", "replaces", "norefersub"}

// local is our side of every dialog of an endpoint: the name that we go by, and where fresh tags and branches come from.
type local struct {
	network Network
	host    string // in Via and Contact; IPv6 without brackets
	port    int
	agent   string
	ids     ids
	laddr   sip.Addr // the listener that requests leave from
}

// newLocal is our side as one listener's peers see it.
func newLocal(l Listener, agent string, id ids) *local {
	us := &local{network: l.Network, host: l.AdvertisedHost, port: l.AdvertisedPort, agent: agent, ids: id}
	if us.host == "" {
		us.host = l.Addr.Addr().Unmap().String()
	}
	if us.port == 0 {
		us.port = int(l.Addr.Port())
	}
	us.laddr = sip.Addr{IP: l.Addr.Addr().Unmap().AsSlice(), Port: int(l.Addr.Port())}
	return us
}

// transport is the network's name in a Via.
func (l *local) transport() string {
	if l.network == "" {
		return "UDP"
	}
	return strings.ToUpper(string(l.network))
}

// ids is the source of what must be unique.
type ids interface {
	// token returns 16 hexadecimal digits that did not occur before.
	token() string
	// below returns a number in [0, n).
	below(n int) int
}

// strongIDs draws from the system's random source.
type strongIDs struct{}

func (strongIDs) token() string {
	var b [8]byte
	rand.Read(b[:]) // never fails (Go 1.24)
	return hex.EncodeToString(b[:])
}

func (strongIDs) below(n int) int {
	v, err := rand.Int(rand.Reader, big.NewInt(int64(n)))
	if err != nil {
		return 0
	}
	return int(v.Int64())
}

// seededIDs gives the same ids for the same seed.
type seededIDs struct{ r *randv2.Rand }

func newSeededIDs(seed uint64) seededIDs { return seededIDs{randv2.New(randv2.NewPCG(seed, seed))} }

func (s seededIDs) token() string {
	v := strconv.FormatUint(s.r.Uint64(), 16)
	return strings.Repeat("0", 16-len(v)) + v
}

func (s seededIDs) below(n int) int { return s.r.IntN(n) }

func (l *local) random(n int) int { return l.ids.below(n) }

func (l *local) firstSeq() uint32 { return uint32(l.ids.below(1<<15)) + 1 }

// sentBy is host:port as in Via and Warning.
func (l *local) sentBy() string { return net.JoinHostPort(l.host, strconv.Itoa(l.port)) }

func (l *local) via() *sip.ViaHeader {
	v := &sip.ViaHeader{ProtocolName: "SIP", ProtocolVersion: "2.0", Transport: l.transport(), Host: l.host, Port: l.port}
	v.Params.Add("branch", sip.RFC3261BranchMagicCookie+l.ids.token())
	v.Params.Add("rport", "")
	return v
}

// Headers are made anew for each message: a shared one would be written by several transactions.

func (l *local) contactHeader() sip.Header {
	if l.network.stream() {
		return sip.NewHeader("Contact", "<sip:"+l.sentBy()+";transport="+string(l.network)+">")
	}
	return sip.NewHeader("Contact", "<sip:"+l.sentBy()+">")
}

func (l *local) allowHeader() sip.Header { return sip.NewHeader("Allow", allowed) }

func (l *local) supportedHeader() sip.Header {
	return sip.NewHeader("Supported", strings.Join(extensions, ", "))
}

// capabilities answer an OPTIONS (RFC 3261 §11.2).
func (l *local) capabilities() []sip.Header {
	return []sip.Header{l.allowHeader(), sip.NewHeader("Accept", "application/sdp"), l.supportedHeader(), l.contactHeader()}
}

// response builds a response (RFC 3261 §8.2.6); the request's To carries our tag already.
func (l *local) response(req *sip.Request, status int, phrase string, body []byte, extra ...sip.Header) *sip.Response {
	res := sip.NewResponseFromRequest(req, status, phrase, nil)
	if v := res.Via(); v != nil {
		if src, err := netip.ParseAddrPort(req.Source()); err == nil && v.Host != src.Addr().String() && !v.Params.Has("received") {
			v.Params.Add("received", src.Addr().String())
		}
	}
	for _, h := range extra {
		res.AppendHeader(h)
	}
	if l.agent != "" {
		res.AppendHeader(sip.NewHeader("Server", l.agent))
	}
	res.SetBody(body)
	return res
}

// request begins a request to uri; uri is checked where it was learnt.
func (l *local) request(method sip.RequestMethod, uri string) *sip.Request {
	var to sip.Uri
	if uri != "" {
		if err := sip.ParseUri(uri, &to); err != nil {
			to = sip.Uri{Scheme: "sip", Host: "invalid"}
		}
	}
	to.Headers = nil // never sent in a Request-URI (RFC 3261 §19.1.1)
	req := sip.NewRequest(method, to)
	req.SetTransport(l.transport())
	req.Laddr = l.laddr
	if l.agent != "" && method != sip.ACK && method != sip.CANCEL {
		req.AppendHeader(sip.NewHeader("User-Agent", l.agent))
	}
	return req
}
