package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/netip"
	"time"

	"offhook/agent"
	"offhook/agent/protocol"
	crmwidget "offhook/crm-widget"
	"offhook/media"
	"offhook/media/relay"
	"offhook/queue"
	"offhook/translator"
	"offhook/translator/dialog"
	"offhook/translator/sdp"
)

// demoFlags are the demo's flags.
type demoFlags struct {
	http, sip     string
	softphone     bool
	first, again  time.Duration
	rtpMin        uint
	debug, atOnce bool
}

func (d *demoFlags) parse(args []string, out io.Writer) error {
	f := flags("demo [FLAGS]", "A call center on this machine, nothing else needed: opens a page with the callbar, and a caller rings.", out)
	f.StringVar(&d.http, "http", "127.0.0.1:8080", "`address` of the page; if the port is taken, any free one")
	f.StringVar(&d.sip, "sip", "", "`address` of SIP over UDP; default 127.0.0.1:5070, with -softphone this machine's own address")
	f.BoolVar(&d.softphone, "softphone", false, "no built-in caller: a softphone of yours calls in")
	f.DurationVar(&d.first, "first", 3*time.Second, "how long after you are available the caller rings")
	f.DurationVar(&d.again, "again", 6*time.Second, "how long after a call the caller rings again")
	f.UintVar(&d.rtpMin, "rtp", 20000, "first of 200 UDP `port`s for the trunk side's sound")
	f.BoolVar(&d.atOnce, "at-once", false, "the queue answers at once and plays music, instead of ringing")
	f.BoolVar(&d.debug, "debug", false, "log more")
	if err := f.Parse(args); err != nil {
		return err
	}
	if f.NArg() > 0 {
		return fmt.Errorf("demo takes flags only, not %q", f.Arg(0))
	}
	if d.rtpMin < 1024 || d.rtpMin > 65000 {
		return errors.New("-rtp: want a port from 1024 to 65000")
	}
	return nil
}

const (
	demoNumber = "+493023125000"
	demoQueue  = "Billing DE"
)

// demo starts a server with a sample page and a caller.
func demo(ctx context.Context, args []string, out io.Writer) error {
	var d demoFlags
	if err := d.parse(args, out); err != nil {
		return err
	}
	watch := make(chan protocol.AgentState, 64)
	set, err := d.settings(out, watch)
	if err != nil {
		return err
	}
	s, err := start(set)
	if err != nil {
		return err
	}
	caller := make(chan struct{})
	calling, stopCalling := context.WithCancel(ctx)
	defer stopCalling()
	if err := d.welcome(out, s); err != nil {
		s.close(ctx)
		return err
	}
	go func() {
		defer close(caller)
		if d.softphone {
			return
		}
		if err := callNowAndThen(calling, d, s.sip.Addr(), watch, set.log); err != nil {
			set.log.Error("the caller stopped", "error", err)
		}
	}()
	none, cancel := context.WithCancel(context.Background())
	cancel() // Ctrl-C ends the demo at once, calls and all
	err = s.run(ctx, none)
	stopCalling()
	<-caller
	return err
}

func (d *demoFlags) welcome(out io.Writer, s *server) error {
	page := "http://" + s.listener.Addr().String() + "/demo/"
	text := `
  offhook demo

  1. Open      ` + page + `
     in Chromium, Chrome, Edge or Firefox, and let the page use your microphone.
  2. Press     the state at the left of the bar, and choose Available.
  3. Wait      ` + d.first.String() + `: Mara Lindqvist calls. Press Answer (or Alt+Shift+A).
     She greets you, then repeats what you say. Press End (Alt+Shift+E): she calls again.
  Add          ?layout=panel to the address to see the callbar as a panel.
  Ctrl-C ends the demo.

`
	if d.softphone {
		text = `
  offhook demo, with your softphone as the caller

  1. Open      ` + page + ` and let it use your microphone.
  2. Press     the state at the left of the bar, and choose Available.
  3. Call      sip:` + demoNumber + "@" + s.sip.Addr().String() + ` from a softphone (UDP, no registration; G.711 or G.722).
     The bar rings: press Answer (or Alt+Shift+A).
  Ctrl-C ends the demo.

`
	}
	_, err := fmt.Fprint(out, text)
	return err
}

// settings are the demo's: everything on loopback, browsers' media on this machine's own address as well, because Firefox has no loopback candidates.
func (d *demoFlags) settings(out io.Writer, watch chan<- protocol.AgentState) (settings, error) {
	own := ownAddress()
	loopback := netip.MustParseAddr("127.0.0.1")
	trunkAddr := loopback
	if d.softphone && own.IsValid() {
		trunkAddr = own
	}
	sip, err := d.sipAddress(trunkAddr)
	if err != nil {
		return settings{}, err
	}
	http, err := freeTCP(d.http)
	if err != nil {
		return settings{}, err
	}
	level := slog.LevelInfo
	if d.debug {
		level = slog.LevelDebug
	}
	signer, key, err := demoKey()
	if err != nil {
		return settings{}, err
	}
	listen := []netip.AddrPort{netip.AddrPortFrom(loopback, 0)}
	if own.IsValid() {
		listen = append(listen, netip.AddrPortFrom(own, 0))
	}
	return settings{
		http: http,
		hub: agent.Config{
			Origins: []string{"http://" + http, "http://localhost" + http[len(http)-len(portOf(http)):]}, Keys: []agent.Key{key},
			Limits: func(protocol.Identity) protocol.Limits { return demoLimits() },
		},
		sip: dialog.Config{
			Listen: sip, UserAgent: "offhook",
			Trunks: []dialog.Trunk{{Name: "demo", Networks: demoNetworks(), Trusted: true, UserToUser: true}},
		},
		relay:  relay.Config{Listen: listen, TrunkListen: sip.Addr(), PortMin: uint16(d.rtpMin), PortMax: uint16(d.rtpMin + 199)},
		queues: queue.Settings{Queues: []queue.QueueSettings{{Name: demoQueue, RingFor: 20 * time.Second, WrapUp: 30 * time.Second}}},
		route:  func(*dialog.Invite) translator.Routing { return translator.Routing{Terms: d.terms()} },
		policy: func(in *dialog.Invite) sdp.TrunkPolicy {
			return sdp.TrunkPolicy{TrunkAddr: in.Source.Addr(), MediaNetworks: demoNetworks(), NAT: d.softphone}
		},
		memberships: func(protocol.Identity) []queue.Membership { return []queue.Membership{{Queue: demoQueue, Level: 1}} },
		resumeFor:   30 * time.Second, maxCalls: 50,
		widget: crmwidget.Widget(),
		pages:  map[string]fs.FS{"/demo": crmwidget.Demo()},
		home:   "/demo/",
		texts:  map[string]func() (string, error){"/demo/token": func() (string, error) { return demoToken(signer) }},
		watch: func(a protocol.Agent) {
			select {
			case watch <- a.State:
			default:
			}
		},
		log: slog.New(newPlainHandler(out, level)),
	}, nil
}

func (d *demoFlags) terms() translator.Terms {
	t := translator.Terms{Queue: demoQueue, Label: demoQueue, Sound: media.SoundMusic, Outcomes: outcomeNames(demoOutcomes)}
	if d.atOnce {
		t.Answer = translator.AnswerAtOnce
	}
	return t.WithDefaults()
}

var demoOutcomes = []protocol.Outcome{
	{Name: "invoice_explained", Label: "Invoice explained"}, {Name: "payment_plan", Label: "Payment plan agreed"},
	{Name: "passed_on", Label: "Passed to accounting"}, {Name: "wrong_number", Label: "Wrong number"},
}

func outcomeNames(list []protocol.Outcome) (names []string) {
	for _, o := range list {
		names = append(names, o.Name)
	}
	return names
}

func demoLimits() protocol.Limits {
	return protocol.Limits{
		Reasons: []protocol.Reason{
			{Name: "lunch", Label: "Lunch", LimitS: 45 * 60}, {Name: "break", Label: "Short break", LimitS: 10 * 60},
			{Name: "meeting", Label: "Team meeting"}, {Name: "paperwork", Label: "Paperwork"},
		},
		Queues: map[string]protocol.QueueLimits{demoQueue: {Label: demoQueue, Outcomes: demoOutcomes, WrapUpS: 30}},
	}
}

// demoKey draws the secret that the demo's tokens are signed with; nobody else ever has it.
func demoKey() (agent.Signer, agent.Key, error) {
	secret := make([]byte, 32)
	if _, err := rand.Read(secret); err != nil {
		return agent.Signer{}, agent.Key{}, err
	}
	key, err := agent.SecretKey("offhook demo", "demo", secret)
	return agent.Signer{Issuer: "offhook demo", KeyID: "demo", Audience: "offhook", Key: secret}, key, err
}

func demoToken(s agent.Signer) (string, error) {
	now := time.Now()
	return s.Sign(protocol.Identity{ID: "jonas", Name: "Jonas Weber", Roles: []string{"agent"}, Expires: now.Add(15 * time.Minute)}, now)
}

// demoNetworks are where the demo's caller may be: this machine, and for a softphone the private networks.
func demoNetworks() []netip.Prefix {
	var out []netip.Prefix
	for _, p := range []string{"127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"} {
		out = append(out, netip.MustParsePrefix(p))
	}
	return out
}

func (d *demoFlags) sipAddress(addr netip.Addr) (netip.AddrPort, error) {
	if d.sip != "" {
		a, err := netip.ParseAddrPort(d.sip)
		if err != nil {
			return a, fmt.Errorf("-sip: %w", err)
		}
		return a, nil
	}
	for port := uint16(5070); port < 5090; port++ {
		a := netip.AddrPortFrom(addr, port)
		c, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(a))
		if err == nil {
			return a, c.Close()
		}
	}
	return netip.AddrPort{}, errors.New("no free UDP port from 5070 to 5089 for SIP; name one with -sip")
}

// freeTCP is addr, or the same host with any free port where addr's is taken.
func freeTCP(addr string) (string, error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		host, _, splitErr := net.SplitHostPort(addr)
		if splitErr != nil {
			return "", fmt.Errorf("-http: %w", splitErr)
		}
		if l, err = net.Listen("tcp", net.JoinHostPort(host, "0")); err != nil {
			return "", fmt.Errorf("-http: %w", err)
		}
	}
	defer l.Close()
	return l.Addr().String(), nil
}

func portOf(addr string) string {
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return ""
	}
	return ":" + port
}

// ownAddress is this machine's first IPv4 address that is not loopback, if it has one.
func ownAddress() netip.Addr {
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return netip.Addr{}
	}
	for _, a := range addrs {
		p, err := netip.ParsePrefix(a.String())
		if err == nil && p.Addr().Is4() && !p.Addr().IsLoopback() && !p.Addr().IsLinkLocalUnicast() {
			return p.Addr()
		}
	}
	return netip.Addr{}
}
