package e2e

import (
	"strings"
	"time"

	"offhook/agent/protocol"
	"offhook/internal/harness"
	"offhook/internal/load"
)

var (
	ignore = load.Policy{Do: load.Ignore}
	soon   = load.Policy{After: 500 * time.Millisecond}
	short  = load.Policy{TalkFor: 500 * time.Millisecond}
)

// recordings are all calls that are recorded.
func recordings() []recording {
	var all []recording
	all = append(all, fromSipp()...)
	all = append(all, fromBaresip()...)
	all = append(all, fromLinphone()...)
	all = append(all, byKamailio()...)
	all = append(all, fromJanus()...)
	all = append(all, toSipp()...)
	return append(all, toPhones()...)
}

func fromSipp() []recording {
	var list []recording
	row := func(name, scenario, outcome string, by protocol.By, policy load.Policy, options ...string) {
		list = append(list, recording{name: name, who: "sipp → offhook", outcome: outcome, policy: policy, run: func(s *studio) {
			s.sipp(scenario, offhookAt, "100", options...)
			s.ended(by)
		}})
	}
	row("sipp-in-answered", "uac-caller-hangs-up", "answered, the caller hangs up", protocol.ByCaller, soon)
	row("sipp-in-agent-hangs-up", "uac-callee-hangs-up", "answered, the agent hangs up: BYE with a Reason", protocol.ByAgent, short)
	row("sipp-in-cancelled", "uac-cancel", "given up while it rings: 200 to CANCEL, 487", protocol.ByCaller, ignore)
	row("sipp-in-hold", "uac-hold", "hold by sendonly is answered recvonly, then sendrecv", protocol.ByCaller, soon)
	row("sipp-in-hold-zero", "uac-hold-zero", "hold by c=0.0.0.0 is answered recvonly, then sendrecv", protocol.ByCaller, soon)
	row("sipp-in-hold-inactive", "uac-hold-inactive", "hold by inactive; a re-INVITE without SDP is offered the codec in use, the ACK ends the hold", protocol.ByCaller, soon)
	row("sipp-in-late-offer", "uac-late-offer", "the 200 offers one codec, the ACK answers", protocol.ByCaller, soon)
	row("sipp-in-info", "uac-info", "keys by INFO, 200 each", protocol.ByCaller, soon)
	row("sipp-in-timer", "uac-timer", "session timer of 90 s, refreshed by UPDATE and re-INVITE", protocol.ByCaller, soon)
	row("sipp-in-timer-short", "uac-timer-short", "422 with Min-SE 90, then answered", protocol.ByCaller, soon)
	row("sipp-in-100rel", "uac-100rel", "reliable 180, PRACK", protocol.ByCaller, soon)
	row("sipp-in-tcp", "uac-caller-hangs-up", "answered over TCP", protocol.ByCaller, soon, "-t", "t1")
	refused := func(name, scenario, number, outcome string, edit func(string) string) {
		list = append(list, recording{name: name, who: "sipp → offhook", outcome: outcome, edit: edit, run: func(s *studio) {
			if edit != nil {
				s.agent.Close()
			}
			s.sipp(scenario, offhookAt, number)
		}})
	}
	refused("sipp-in-not-found", "uac-not-found", "999", "404: no route has the number", nil)
	refused("sipp-in-no-codec", "uac-no-codec", "100", "488: G.729 only", nil)
	refused("sipp-in-no-agent", "uac-no-agent", "100", "480: nobody is logged in, and the queue refuses then", refusesEmpty)
	return list
}

func fromBaresip() []recording {
	var list []recording
	row := func(name, outcome string, policy load.Policy, run func(s *studio, phone *harness.Softphone)) {
		list = append(list, recording{name: name, who: "baresip → offhook", outcome: outcome, policy: policy, run: func(s *studio) {
			phone := harness.Baresip{Addr: baresipAt}.Start(s.t)
			phone.Do("dial", "sip:100@"+offhookAt.String())
			run(s, phone)
		}})
	}
	row("baresip-in-answered", "answered, the caller hangs up", soon, func(s *studio, phone *harness.Softphone) {
		phone.Established(s.ctx, 1)
		s.agent.Connected(s.ctx)
		phone.Do("hangup", "")
		s.ended(protocol.ByCaller)
	})
	row("baresip-in-agent-hangs-up", "answered, the agent hangs up", short, func(s *studio, phone *harness.Softphone) {
		phone.Says(s.ctx, "session closed")
		s.ended(protocol.ByAgent)
	})
	row("baresip-in-cancelled", "given up while it rings", ignore, func(s *studio, phone *harness.Softphone) {
		phone.Says(s.ctx, "180 Ringing")
		s.wait("the call is offered", load.InPhase(protocol.PhaseOffered))
		phone.Do("hangup", "")
		s.ended(protocol.ByCaller)
	})
	row("baresip-in-hold", "hold and resume by the caller", soon, func(s *studio, phone *harness.Softphone) {
		phone.Established(s.ctx, 1)
		s.agent.Connected(s.ctx)
		s.holds(func() { phone.Do("hold", "") }, func() { phone.Do("resume", "") })
		phone.Do("hangup", "")
		s.ended(protocol.ByCaller)
	})
	return list
}

// holds lets the far side hold and come back.
func (s *studio) holds(hold, resume func()) {
	s.t.Helper()
	n := s.agent.Journal.Len()
	hold()
	s.agent.WaitFrom(s.ctx, n, "the call is held by the far side", heldBy("remote"))
	n = s.agent.Journal.Len()
	resume()
	s.agent.WaitFrom(s.ctx, n, "the call is held no more", heldBy(""))
}

func fromLinphone() []recording {
	var list []recording
	row := func(name, outcome string, policy load.Policy, run func(s *studio, phone *harness.Linphonec, call load.Event)) {
		list = append(list, recording{name: name, who: "linphone → offhook", outcome: outcome, policy: policy, run: func(s *studio) {
			phone := harness.Linphone{Addr: linphoneAt, Config: []string{"use_info=1", "use_rfc2833=0"}}.Start(s.t)
			phone.Do("call sip:100@" + offhookAt.String())
			var e load.Event
			if policy.Do != load.Ignore {
				e = s.agent.Connected(s.ctx)
				phone.Says(s.ctx, "Media streams established")
			} else {
				e = s.wait("the call is offered", load.InPhase(protocol.PhaseOffered))
			}
			run(s, phone, e)
		}})
	}
	row("linphone-in-answered", "answered, the caller hangs up", soon, func(s *studio, phone *harness.Linphonec, _ load.Event) {
		phone.Do("terminate")
		s.ended(protocol.ByCaller)
	})
	row("linphone-in-agent-hangs-up", "answered, the agent hangs up", soon, func(s *studio, _ *harness.Linphonec, e load.Event) {
		s.hangup(e.Call)
		s.ended(protocol.ByAgent)
	})
	row("linphone-in-cancelled", "given up while it rings", ignore, func(s *studio, phone *harness.Linphonec, _ load.Event) {
		phone.Do("terminate")
		s.ended(protocol.ByCaller)
	})
	row("linphone-in-hold", "hold and resume by the caller", soon, func(s *studio, phone *harness.Linphonec, _ load.Event) {
		s.holds(func() { phone.Do("pause") }, func() { phone.Says(s.ctx, "paused"); phone.Do("resume 1") })
		phone.SaysTimes(s.ctx, "Media streams established", 2)
		phone.Do("terminate")
		s.ended(protocol.ByCaller)
	})
	row("linphone-in-info", "keys 5 and # by INFO", soon, func(s *studio, phone *harness.Linphonec, _ load.Event) {
		phone.Do("5")
		phone.Do("#")
		time.Sleep(2 * time.Second) // it presses one after the other, and says nothing of it
		phone.Do("terminate")
		s.ended(protocol.ByCaller)
	})
	return list
}

func byKamailio() []recording {
	var list []recording
	sipp := func(name, scenario, outcome string, by protocol.By, policy load.Policy) {
		list = append(list, recording{name: name, who: "sipp → kamailio → offhook", outcome: outcome, policy: policy, run: func(s *studio) {
			harness.Kamailio{Addr: kamailioAt, Offhook: offhookAt}.Start(s.t)
			s.sipp(scenario, kamailioAt, "100")
			s.ended(by)
		}})
	}
	sipp("kamailio-in-answered", "uac-caller-hangs-up", "answered through a record-routing proxy", protocol.ByCaller, soon)
	sipp("kamailio-in-agent-hangs-up", "uac-callee-hangs-up", "offhook's BYE goes by the proxy's route", protocol.ByAgent, short)
	sipp("kamailio-in-cancelled", "uac-cancel", "CANCEL through the proxy", protocol.ByCaller, ignore)
	sipp("kamailio-in-late-offer", "uac-late-offer", "late offer through the proxy", protocol.ByCaller, soon)
	sipp("kamailio-in-100rel", "uac-100rel", "PRACK by the route set", protocol.ByCaller, soon)
	return append(list, recording{name: "kamailio-in-baresip-hold", who: "baresip → kamailio → offhook", outcome: "hold and resume through the proxy, the agent hangs up",
		policy: soon, run: func(s *studio) {
			harness.Kamailio{Addr: kamailioAt, Offhook: offhookAt}.Start(s.t)
			phone := harness.Baresip{Addr: baresipAt}.Start(s.t)
			phone.Do("dial", "sip:100@"+kamailioAt.String())
			phone.Established(s.ctx, 1)
			e := s.agent.Connected(s.ctx)
			s.holds(func() { phone.Do("hold", "") }, func() { phone.Do("resume", "") })
			s.hangup(e.Call)
			phone.Says(s.ctx, "session closed")
			s.ended(protocol.ByAgent)
		}})
}

func fromJanus() []recording {
	row := func(name, outcome string, policy load.Policy, run func(s *studio, j *harness.Janus)) recording {
		return recording{name: "janus-in-" + name, who: "janus → offhook", outcome: outcome, policy: policy, run: func(s *studio) {
			j := harness.StartJanus(s.t, janusAt)
			j.Call("sip:100@" + offhookAt.String())
			run(s, j)
		}}
	}
	return []recording{
		row("answered", "answered, the caller hangs up", soon, func(s *studio, j *harness.Janus) {
			j.Event("accepted")
			s.agent.Connected(s.ctx)
			j.Do(map[string]any{"request": "hangup"}, nil)
			s.ended(protocol.ByCaller)
		}),
		row("agent-hangs-up", "answered, the agent hangs up", soon, func(s *studio, j *harness.Janus) {
			j.Event("accepted")
			s.hangup(s.agent.Connected(s.ctx).Call)
			j.Event("hangup")
			s.ended(protocol.ByAgent)
		}),
		row("cancelled", "given up while it rings", ignore, func(s *studio, j *harness.Janus) {
			j.Event("ringing")
			j.Do(map[string]any{"request": "hangup"}, nil)
			s.ended(protocol.ByCaller)
		}),
	}
}

func toSipp() []recording {
	var list []recording
	outcomes := map[string]string{
		"uas-answer": "answered, the agent hangs up", "uas-hangs-up": "answered, the callee hangs up", "uas-busy": "486", "uas-declined": "603",
		"uas-not-found": "404", "uas-503": "503: the trunk has no room", "uas-ring": "given up while it rings: CANCEL, 487",
		"uas-early": "early media: 183 with SDP, then 200", "uas-100rel": "reliable 183 with the answer, PRACK",
		"uas-hold": "the agent holds by re-INVITE and comes back", "uas-info": "keys by INFO, since no events were agreed on",
		"uas-session-too-short": "422 with Min-SE 5400, then answered", "uas-refer": "blind transfer by REFER: NOTIFY 200, then BYE",
		"uas-refer-fails": "blind transfer by REFER: NOTIFY 486, the call goes on", "uas-moved": "302 to another number, answered there",
	}
	for _, c := range sippCallees {
		list = append(list, recording{name: "sipp-out-" + strings.TrimPrefix(c.scenario, "uas-"), who: "offhook → sipp", outcome: outcomes[c.scenario],
			edit: both(mayDial(calleeAt), c.edit), run: func(s *studio) {
				run := harness.Sipp{Scenario: scenarios + c.scenario + ".xml", From: calleeAt, Options: []string{"-m", "1", "-d", "400", "-rtp_echo"}}.
					Start(s.ctx, s.t)
				call := s.dial(nil)
				if c.agent != nil {
					c.agent(s.stage, s.ctx, call)
				}
				s.agent.Over(s.ctx, c.code, c.by)
				run.Wait()
			}})
	}
	return list
}

// toPhones are calls to phones, and by way of kamailio.
func toPhones() []recording {
	accept := func(s *studio, phone *harness.Softphone) (call string) {
		call = s.dial(nil)
		s.wait("it rings there", load.InPhase(protocol.PhaseRinging))
		phone.Do("accept", "")
		s.agent.Connected(s.ctx)
		phone.Established(s.ctx, 1)
		return call
	}
	baresip := func(name, outcome string, run func(s *studio, phone *harness.Softphone)) recording {
		return recording{name: "baresip-out-" + name, who: "offhook → baresip", outcome: outcome, edit: mayDial(baresipAt), run: func(s *studio) {
			run(s, harness.Baresip{Addr: baresipAt, User: callee}.Start(s.t))
		}}
	}
	linphone := func(name, outcome string, run func(s *studio, phone *harness.Linphonec)) recording {
		return recording{name: "linphone-out-" + name, who: "offhook → linphone", outcome: outcome, edit: mayDial(linphoneAt), run: func(s *studio) {
			run(s, harness.Linphone{Addr: linphoneAt}.Start(s.t))
		}}
	}
	kamailio := func(name, outcome string, digest bool, run func(s *studio, phone *harness.Softphone)) recording {
		return recording{name: "kamailio-out-" + name, who: "offhook → kamailio → baresip", outcome: outcome, edit: mayDial(kamailioAt), digest: digest, run: func(s *studio) {
			harness.Kamailio{Addr: kamailioAt, Offhook: offhookAt, Digest: digest}.Start(s.t)
			phone := harness.Baresip{Addr: baresipAt, User: callee, Domain: kamailioAt.String(), Account: ";auth_pass=" + harness.Password + ";regint=60"}.Start(s.t)
			phone.Says(s.ctx, "200 OK")
			run(s, phone)
		}}
	}
	hangsUp := func(s *studio, phone *harness.Softphone) {
		s.hangup(accept(s, phone))
		phone.Says(s.ctx, "session closed")
		s.ended(protocol.ByAgent)
	}
	return []recording{
		baresip("answered", "answered, the agent hangs up", hangsUp),
		baresip("callee-hangs-up", "answered, the callee hangs up", func(s *studio, phone *harness.Softphone) {
			accept(s, phone)
			phone.Do("hangup", "")
			s.ended(protocol.ByCallee)
		}),
		baresip("busy", "rejected: 486", func(s *studio, phone *harness.Softphone) {
			s.dial(nil)
			s.wait("it rings there", load.InPhase(protocol.PhaseRinging))
			phone.Do("hangup", "")
			s.ended(protocol.ByCallee)
		}),
		baresip("cancelled", "given up while it rings", func(s *studio, phone *harness.Softphone) {
			call := s.dial(nil)
			s.wait("it rings there", load.InPhase(protocol.PhaseRinging))
			s.hangup(call)
			s.ended(protocol.ByAgent)
		}),
		baresip("hold", "the callee holds and comes back, the agent hangs up", func(s *studio, phone *harness.Softphone) {
			call := accept(s, phone)
			s.holds(func() { phone.Do("hold", "") }, func() { phone.Do("resume", "") })
			s.hangup(call)
			phone.Says(s.ctx, "session closed")
			s.ended(protocol.ByAgent)
		}),
		linphone("answered", "answered, the agent hangs up", func(s *studio, phone *harness.Linphonec) {
			call := s.dial(nil)
			s.wait("it rings there", load.InPhase(protocol.PhaseRinging))
			phone.Do("answer")
			phone.Says(s.ctx, "Media streams established")
			s.agent.Connected(s.ctx)
			s.hangup(call)
			s.ended(protocol.ByAgent)
		}),
		linphone("declined", "603", func(s *studio, phone *harness.Linphonec) {
			s.dial(nil)
			s.wait("it rings there", load.InPhase(protocol.PhaseRinging))
			phone.Do("terminate")
			s.ended(protocol.ByCallee)
		}),
		kamailio("answered", "answered through a record-routing proxy, the agent hangs up", false, hangsUp),
		kamailio("digest", "407 from the proxy, the INVITE again with credentials", true, hangsUp),
	}
}
