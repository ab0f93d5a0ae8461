/**
 * A gateway without a network: a scriptable stand-in for the server of agent protocol `offhook.v1`, for unit tests under Node and for pages.
 *
 * How to use it:
 *
 *     const gateway = new FakeGateway()
 *     const client = new OffhookClient({ gateway: 'ws://fake/agent', tokenSource: () => 'token', socket: gateway.socket, media: new FakeMedia() })
 *     await client.connect()
 *     gateway.offer({ from: { number: '+493023125142', name: 'Mara Lindqvist' } })   // an offered call arrives
 *     gateway.frames                                                                  // what the client sent, oldest first
 *
 * Each socket that the client opens is a FakeSocket; `gateway.sockets` has them all, `gateway.socketNow` the last. A frame from the client goes to
 * the handler of its type. To change what the server does for one type, put a handler in place of the usual one:
 *
 *     gateway.on('accept', (frame, g) => g.error(frame, 'call_gone'))   // refuse
 *     gateway.on('accept', () => {})                                    // never reply
 *
 * To teach it a new request, add a method of the request's name to HANDLERS: it gets the frame and the gateway, replies with `g.ok(frame)` or
 * `g.error(frame, code)`, and sends what follows with `g.agentIs({…})`, `g.callIs(id, {…})` or `g.push(frame)`. Like the real server it keeps the
 * newest object of each call, counts `rev` up by itself, remembers its last 64 replies, and answers a repeated id with the first reply.
 *
 * To cut the line: `gateway.drop(1006)` closes the socket with a code; `gateway.refuse = 4403` closes each new one so. `gateway.down = true` lets no
 * socket open at all. Nothing here waits: frames are delivered in microtasks, and time is what `clock` says.
 * @module
 */

/** @typedef {Record<string, any>} Frame */

export const OFFER_SDP = [
  'v=0', 'o=- 1 1 IN IP4 192.0.2.1', 's=-', 't=0 0', 'a=ice-lite', 'm=audio 40000 UDP/TLS/RTP/SAVPF 8 101', 'c=IN IP4 192.0.2.1', 'a=rtpmap:8 PCMA/8000',
  'a=rtpmap:101 telephone-event/8000', 'a=sendrecv', '',
].join('\r\n')

/** What the element or the client takes for a WebSocket. */
export class FakeSocket extends EventTarget {
  readyState = 0
  /** @type {FakeGateway} */
  #gateway

  /** @param {FakeGateway} gateway @param {string} url @param {string} protocol */
  constructor(gateway, url, protocol) {
    super()
    this.url = url
    this.protocol = protocol
    this.#gateway = gateway
    queueMicrotask(() => this.#open())
  }

  #open() {
    if (this.readyState !== 0) return
    if (this.#gateway.down) return this.closedBy(1006)
    this.readyState = 1
    this.dispatchEvent(new Event('open'))
    if (this.#gateway.refuse) this.closedBy(this.#gateway.refuse)
  }

  /** @param {string} text from the client */
  send(text) {
    if (this.readyState !== 1) throw new Error('socket is not open')
    this.#gateway.received(JSON.parse(text), this)
  }

  close() {
    if (this.readyState >= 2) return
    this.readyState = 3
    queueMicrotask(() => this.dispatchEvent(Object.assign(new Event('close'), { code: 1005 })))
  }

  /** @param {unknown} frame to the client; strings go as they are */
  deliver(frame) {
    const data = typeof frame === 'string' ? frame : JSON.stringify(frame)
    queueMicrotask(() => { if (this.readyState === 1) this.dispatchEvent(Object.assign(new Event('message'), { data })) })
  }

  /** @param {number} code */
  closedBy(code) {
    if (this.readyState >= 2) return
    queueMicrotask(() => {
      if (this.readyState >= 2) return
      this.readyState = 3
      this.dispatchEvent(Object.assign(new Event('close'), { code }))
    })
  }
}

/** @type {Record<string, (frame: Frame, g: FakeGateway) => void>} */
const HANDLERS = {
  hello(frame, g) {
    if (frame.session && frame.session === g.session) g.resumed++
    g.session = `session-${++g.logins}`
    g.push(g.welcome(frame.id))
  },
  state(frame, g) {
    g.ok(frame)
    const busy = !['available', 'away', 'offline'].includes(g.agent.state)
    if (busy) g.agentIs({ next: frame.state, next_reason: frame.reason })
    else g.agentIs({ state: frame.state, reason: frame.reason, since: g.time() })
  },
  ringing: (frame, g) => g.ok(frame),
  accept(frame, g) {
    g.ok(frame)
    g.agentIs({ state: 'on_call', since: g.time() })
    g.callIs(frame.call, { phase: 'connecting', answered_at: g.time() })
    if (g.connects) g.callIs(frame.call, { phase: 'connected', answered_at: g.time() })
  },
  reject(frame, g) {
    g.ok(frame)
    g.callIs(frame.call, { phase: 'ended', cause: { code: 'rejected', by: 'agent' }, ended_at: g.time() })
    g.agentIs({ state: 'available', since: g.time() })
  },
  hangup(frame, g) {
    g.ok(frame)
    g.hangUp(frame.call, 'agent')
  },
  mute(frame, g) {
    g.ok(frame)
    g.callIs(frame.call, { muted: frame.muted })
  },
  wrapup(frame, g) {
    g.ok(frame)
    if (frame.extend_s) g.callIs(frame.call, { wrap_up_until: new Date(Date.parse(g.calls.get(frame.call)?.wrap_up_until) + frame.extend_s * 1000).toISOString() })
    if (!frame.done) return
    g.callIs(frame.call, { phase: 'ended' })
    g.agentIs({ state: g.agent.next || 'available', next: undefined, since: g.time() })
  },
  dial(frame, g) {
    const call = g.nextID()
    g.push({ type: 'ok', id: frame.id, call })
    const held = frame.consult_of
    if (held) g.callIs(held, { phase: 'held', held_by: 'agent' })
    g.agentIs({ state: 'on_call', since: g.time() })
    g.callIs(call, {
      direction: frame.to.startsWith('agent:') ? 'internal' : 'outbound', phase: 'dialing', muted: false, from: { number: frame.from ?? '', verified: false }, to: partyOf(frame.to, g),
      waited_ms: 0, recording: 'off', ...(held ? { consult_of: held } : {}), sdp: { type: 'answer', sdp: 'v=0 answer', for: frame.id },
    })
    if (g.rings) g.callIs(call, { phase: 'ringing' })
  },
  hold(frame, g) {
    g.ok(frame)
    g.holds(frame.call, true)
  },
  resume(frame, g) {
    g.ok(frame)
    for (const [id, call] of g.calls) if (id !== frame.call && call.phase === 'connected') g.holds(id, true)
    g.holds(frame.call, false)
  },
  dtmf: (frame, g) => g.ok(frame),
  transfer(frame, g) {
    g.ok(frame)
    if (frame.cancel) return void g.callIs(frame.call, { phase: 'connected', held_by: undefined, transfer: undefined })
    if (frame.to) return void g.callIs(frame.call, { phase: 'transferring', transfer: { to: partyOf(frame.to, g), state: 'trying' } })
    const cause = { code: 'transferred', by: 'agent' }
    g.callIs(frame.consult, { phase: 'ended', cause, ended_at: g.time() })
    g.hangUp(frame.call, 'agent', cause)
  },
  record(frame, g) {
    g.ok(frame)
    g.callIs(frame.call, { recording: !frame.on ? 'off' : frame.pause_s ? 'paused' : 'on' })
  },
  directory(frame, g) {
    const words = String(frame.query).toLowerCase()
    const entries = g.directory.filter(e => (!frame.kind || e.kind === frame.kind) && `${e.name} ${e.label ?? ''} ${(e.queues ?? []).join(' ')}`.toLowerCase().includes(words))
    g.push({ type: 'ok', id: frame.id, entries: entries.slice(0, 50) })
  },
  restart: (frame, g) => g.push({ type: 'ok', id: frame.id, sdp: { type: 'answer', sdp: 'v=0 answer', for: frame.id } }),
  quality: (frame, g) => g.ok(frame),
  token: (frame, g) => g.ok(frame),
  bye(frame, g) {
    g.ok(frame)
    g.drop(1000)
  },
}

/** @param {string} to @param {FakeGateway} g */
function partyOf(to, g) {
  const [kind, id] = to.split(':')
  const known = g.directory.find(e => e.kind === kind && (e.id ?? e.name) === id)
  return known ? { name: known.label ?? known.name, verified: false } : { number: to, verified: false }
}

export class FakeGateway {
  /** @type {FakeSocket[]} */
  sockets = []
  /** @type {Frame[]} every frame of every socket but beats */
  frames = []
  beats = 0
  logins = 0
  resumed = 0
  session = ''
  down = false
  refuse = 0
  /** whether an accepted call is connected at once */
  connects = true
  /** whether a dialled call rings at once; `gateway.callIs(id, {phase: 'connected', answered_at: gateway.time()})` answers it */
  rings = true
  wrapUpS = 60
  /** whom `directory` finds */
  directory = /** @type {Frame[]} */ ([
    { kind: 'agent', id: 'devon', name: 'Devon Park', state: 'available', since: this.#ago(120), queues: ['Billing lead'] },
    { kind: 'agent', id: 'aylin', name: 'Aylin Kaya', state: 'available', since: this.#ago(300), queues: ['Billing DE'] },
    { kind: 'agent', id: 'sven', name: 'Sven Bauer', state: 'on_call', since: this.#ago(192), queues: ['Billing DE'] },
    { kind: 'agent', id: 'rosa', name: 'Rosa Marin', state: 'away', reason: 'lunch', since: this.#ago(900), queues: ['Billing EN'] },
    { kind: 'queue', name: 'Billing DE', waiting: 3, longest_wait_ms: 48_000, available: 2 },
    { kind: 'queue', name: 'Support EN', waiting: 0, longest_wait_ms: 0, available: 1 },
  ])
  /** @type {Map<string, Frame>} */
  calls = new Map()
  /** @type {Map<number, Frame>} */
  #replies = new Map()
  #lastID = 0
  #made = 0
  #handlers = { ...HANDLERS }

  /** @param {{agent?: Frame, limits?: Frame, queues?: Frame[], recents?: Frame[], clock?: () => number}} [start] */
  constructor(start = {}) {
    this.clock = start.clock ?? (() => Date.now())
    this.agent = /** @type {Frame} */ ({ id: 'jonas', name: 'Jonas Weber', state: 'away', since: this.time(), draining: false, queues: ['billing'], ...start.agent })
    this.limits = start.limits ?? {
      reasons: [{ name: 'lunch', label: 'Lunch', limit_s: 2700 }, { name: 'break', label: 'Short break', limit_s: 600 }, { name: 'meeting', label: 'Team meeting' }, { name: 'paperwork', label: 'Paperwork' }],
      queues: {
        'Billing DE': {
          label: 'Billing DE', outcome_required: true, wrap_up_s: 60,
          outcomes: [{ name: 'explained', label: 'Invoice explained' }, { name: 'plan', label: 'Payment plan agreed' }, { name: 'accounting', label: 'Passed to accounting' }, { name: 'wrong', label: 'Wrong number' }],
        },
      },
      from: [], frame_bytes: 65536, notes_bytes: 16384, rate_per_s: 50, resume_for_s: 30,
    }
    this.queues = start.queues ?? [{ name: 'Billing DE', waiting: 3, longest_wait_ms: 48_000, available: 2, on_call: 4, service_level: 0.87 }]
    this.recents = start.recents ?? []
    /** What goes where a WebSocket's constructor goes. @type {(url: string, protocol: string) => FakeSocket} */
    this.socket = (url, protocol) => {
      const socket = new FakeSocket(this, url, protocol)
      this.sockets.push(socket)
      return socket
    }
  }

  get socketNow() { return this.sockets[this.sockets.length - 1] }

  /** @param {number} seconds */
  #ago(seconds) { return new Date(Date.now() - seconds * 1000).toISOString() }

  nextID() { return `01J0000000000000000000${String(++this.#made).padStart(4, '0')}` }

  /** The agent holds a call, or does not any more. @param {string} id @param {boolean} on */
  holds(id, on) {
    const remote = ['remote', 'both'].includes(this.calls.get(id)?.held_by)
    const by = on ? (remote ? 'both' : 'agent') : remote ? 'remote' : undefined
    return this.callIs(id, { held_by: by, phase: by ? 'held' : 'connected' })
  }

  /** Nobody took the call that was given away: it is the agent's again. @param {string} id @param {string} code */
  transferFails(id, code) {
    const { transfer } = this.calls.get(id) ?? {}
    return this.callIs(id, { phase: 'connected', transfer: { ...transfer, state: 'failed', code } })
  }

  /** Now and a little later, as it stands in frames. @param {number} [ms] */
  time(ms = 0) { return new Date(this.clock() + ms).toISOString() }

  /** @param {string} type @param {(frame: Frame, g: FakeGateway) => void} handler */
  on(type, handler) { this.#handlers[type] = handler }

  /** @param {Frame} frame @param {FakeSocket} socket */
  received(frame, socket) {
    if (socket !== this.socketNow || this.refuse) return
    if (frame.type === 'beat') return void this.beats++
    this.frames.push(frame)
    const first = frame.type === 'hello' ? undefined : this.#replies.get(frame.id)
    if (first) return socket.deliver(first)
    this.#lastID = Math.max(this.#lastID, frame.id ?? 0)
    const handler = this.#handlers[frame.type]
    if (handler) handler(frame, this)
    else this.error(frame, 'unknown_type')
  }

  /** @param {unknown} frame */
  push(frame) {
    const f = /** @type {Frame} */ (frame)
    if (f && (f.type === 'ok' || f.type === 'error')) {
      this.#replies.set(f.id, f)
      if (this.#replies.size > 64) this.#replies.delete(/** @type {number} */ (this.#replies.keys().next().value))
    }
    this.socketNow?.deliver(frame)
  }

  /** @param {Frame} frame */
  ok(frame) { this.push({ type: 'ok', id: frame.id }) }

  /** @param {Frame} frame @param {string} code @param {Frame} [more] */
  error(frame, code, more = {}) { this.push({ type: 'error', id: frame.id, code, message: code, ...more }) }

  beat() { this.push({ type: 'beat', time: this.time() }) }

  /** @param {number} id */
  welcome(id) {
    return {
      type: 'welcome', id, session: this.session, last_id: this.#lastID, agent: this.agent, calls: [...this.calls.values()].filter(c => c.phase !== 'ended'),
      queues: this.queues, recents: this.recents, ice_servers: [], limits: this.limits, time: this.time(),
    }
  }

  /** @param {Frame} change */
  agentIs(change) {
    this.agent = { ...this.agent, ...change }
    this.push({ type: 'agent', agent: this.agent })
  }

  /** @param {string} id @param {Frame} change */
  callIs(id, change) {
    const call = { ...this.calls.get(id), ...change }
    call.rev = (this.calls.get(id)?.rev ?? 0) + 1
    call.id = id
    this.calls.set(id, call)
    this.push({ type: 'call', call })
    return call
  }

  /** A call is offered. @param {Frame} [more] @param {number} [ringS] @returns {Frame} */
  offer(more = {}, ringS = 20) {
    const id = more.id ?? this.nextID()
    this.agentIs({ state: 'offered', since: this.time() })
    return this.callIs(id, {
      direction: 'inbound', phase: 'offered', muted: false, from: { number: '+493023125142', name: 'Mara Lindqvist', verified: true }, to: { number: '+4940123456', verified: false },
      queue: 'Billing DE', waited_ms: 48_000, data: { company: 'Nordlicht Logistik GmbH', chose: '1 – Invoice question' }, offered_at: this.time(), expires_at: this.time(ringS * 1000),
      sdp: { type: 'offer', sdp: OFFER_SDP }, recording: 'off', ...more,
    })
  }

  /** The far side, or the agent, is gone. @param {string} id @param {string} [by] @param {Frame} [cause] */
  hangUp(id, by = 'caller', cause = { code: 'normal', by }) {
    const now = { ended_at: this.time(), cause, held_by: undefined }
    if (this.wrapUpS > 0 && this.calls.get(id)?.queue) {
      this.agentIs({ state: 'wrap_up', since: this.time() })
      return this.callIs(id, { phase: 'wrap_up', wrap_up_until: this.time(this.wrapUpS * 1000), ...now })
    }
    this.callIs(id, { phase: 'ended', ...now })
    if (![...this.calls.values()].some(c => c.phase !== 'ended')) this.agentIs({ state: this.agent.next || 'available', since: this.time() })
  }

  /** Nobody answered. @param {string} id */
  miss(id) {
    this.callIs(id, { phase: 'ended', cause: { code: 'missed', by: 'system' }, ended_at: this.time() })
    this.agentIs({ state: 'away', reason: 'missed', since: this.time() })
  }

  /** @param {number} code */
  drop(code) { this.socketNow?.closedBy(code) }

  /** The server starts anew: it knows no session, no request and no reply of before. */
  forget() {
    this.session = ''
    this.#replies.clear()
    this.#lastID = 0
  }

  /** Frames of one type that the client sent. @param {string} type */
  sent(type) { return this.frames.filter(f => f.type === type) }
}

/** Media without sound: it remembers what was asked of it. */
export class FakeMedia extends EventTarget {
  /** @type {[string, ...any[]][]} */
  did = []
  /** @type {Error | null} what the microphone refuses with */
  refuses = null
  /** @type {Map<string, string>} */
  states = new Map()

  async openMicrophone() {
    this.did.push(['openMicrophone'])
    if (this.refuses) throw this.refuses
  }

  closeMicrophone() { this.did.push(['closeMicrophone']) }

  /** @param {string} call @param {string} offer */
  async answer(call, offer) {
    this.did.push(['answer', call, offer])
    this.becomes(call, 'connected')
    return `answer to ${call}`
  }

  /** @param {string} call */
  async offer(call) {
    this.did.push(['offer', call])
    this.states.set(call, 'new')
    return `offer of ${call}`
  }

  /** @param {string} call @param {string} answer */
  async accept(call, answer) {
    this.did.push(['accept', call, answer])
    this.becomes(call, 'connected')
  }

  /** @param {string} call */
  async start(call) { this.did.push(['start', call]) }
  /** @param {string} call @param {boolean} on */
  setMuted(call, on) { this.did.push(['setMuted', call, on]) }
  /** @param {string} call @param {boolean} on */
  setHeld(call, on) { this.did.push(['setHeld', call, on]) }
  /** @param {string} from @param {string} to */
  rename(from, to) {
    this.did.push(['rename', from, to])
    this.states.set(to, this.states.get(from) ?? 'new')
    this.states.delete(from)
  }

  /** @param {boolean} on */
  ringback(on) { this.did.push(['ringback', on]) }
  beep() { this.did.push(['beep']) }
  testSpeaker() { this.did.push(['testSpeaker']) }
  /** @param {(level: number) => void} tell */
  async meter(tell) {
    this.did.push(['meter'])
    tell(0.6)
    return () => { this.did.push(['unmetered']) }
  }

  /** @param {Frame} wanted */
  async choose(wanted) { this.did.push(['choose', wanted]) }
  /** @param {string} digits */
  keyTones(digits) { this.did.push(['keyTones', digits]) }
  /** @param {string} call */
  state(call) { return this.states.get(call) ?? 'none' }

  /** @param {string} [call] */
  close(call) {
    this.did.push(['close', call])
    if (call) this.states.delete(call)
    else this.states.clear()
  }

  /** @param {string} call @param {string} state */
  becomes(call, state) {
    this.states.set(call, state)
    this.dispatchEvent(new CustomEvent('state', { detail: { call, state } }))
  }

  /** @param {string} call @param {Frame} sample */
  measures(call, sample) { this.dispatchEvent(new CustomEvent('quality', { detail: { call, ...sample } })) }
}
