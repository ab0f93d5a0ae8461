package main

import (
	"io"
	"io/fs"
	"log/slog"
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

const (
	demoNumber = "+493023125000"
	demoQueue  = "Billing DE"
)

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
			Origins: demoOrigins(http), Keys: []agent.Key{key},
			Limits: func(protocol.Identity) protocol.Limits { return demoLimits() },
		},
		sip: dialog.Config{
			Listen: sip, UserAgent: "offhook",
			Trunks: []dialog.Trunk{{Name: "demo", Networks: demoNetworks(), Trusted: true, UserToUser: true}},
		},
		relay:  relay.Config{Listen: listen, TrunkListen: sip.Addr(), PortMin: uint16(d.rtpMin), PortMax: uint16(d.rtpMin + 199)},
		queues: queue.Settings{Queues: []queue.QueueSettings{{Name: demoQueue, RingFor: 20 * time.Second, WrapUp: 30 * time.Second}}},
		route:  func(*dialog.Invite) translator.Routing { return translator.Routing{Terms: d.terms()} },
		terms:  map[string]translator.Terms{d.terms().Queue: d.terms()},
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
