/**
 * The headless client: everything that the callbar does, without a picture. It needs no DOM except for media.
 * @module
 */

import { Call } from './call.js'
import { CallMedia } from './call-media.js'
import { Connection } from './connection.js'
import {
  AgentStateChangeEvent, CallEndedEvent, CallEvent, CallOfferedEvent, CallQualityChangeEvent, ClientLostEvent, ClientReadyEvent,
  DeviceChangeEvent, LeaderChangeEvent, WrapUpStartEvent,
} from './events.js'
import { CLOSE_CODES, OffhookError, PLACING_PHASES } from './messages.js'
import { SYSTEM_CLOCK, tabStorage } from './platform.js'
import { Store, heldByAgent, isLive } from './store.js'

export const VERSION = '0.1.0'

const QUIET_RECONNECT = 10_000
const SETTLES = 8000
const MAX_DIGITS = 64
const NOT_PLACED = ['forbidden', 'bad_request', 'busy_here', 'not_found', 'unreachable', 'timeout', 'declined', 'trunk_failed', 'no_common_codec']
const MIC_PROBLEMS = ['mic_denied', 'mic_policy', 'mic_missing', 'mic_busy', 'media_unsupported']

/** What a follower asks its leader to do. */
const REMOTE = /** @type {const} */ ([
  'setState', 'answer', 'decline', 'hangUp', 'mute', 'dial', 'hold', 'resume', 'dtmf', 'transfer', 'takeBack', 'consult', 'completeTransfer', 'record', 'directory', 'saveWrapUp',
  'chooseDevices', 'dismissCall', 'connect', 'disconnect',
])

/** @typedef {import('./call-media.js').Media} Media */

/** The one connection of one agent, its calls and their media. */
export class OffhookClient extends EventTarget {
  #store = new Store(() => this.#clock.now())
  /** @type {Connection} */
  #connection
  /** @type {Media | undefined} */
  #media
  /** @type {import('./connection.js').Clock} */
  #clock
  #mic
  #sound
  /** @type {Map<string, Call>} the objects given out for calls that are not over */
  #handles = new Map()
  /** @type {Set<any>} timers of requests whose effect is waited for */
  #settling = new Set()
  /** @type {import('./tabs.js').Tabs | null} the other tabs of this agent */
  #tabs = null
  #leader
  #platform
  #gateway
  #tokenSource
  /** a token that was asked for to know the agent: good for the first socket */
  #firstToken = ''
  /** how often we were welcomed: an offer is confirmed once in each */
  #welcomes = 0
  /** @type {any} */
  #lostTimer

  /**
   * @param {object} options
   * @param {string} options.gateway WebSocket address
   * @param {() => string | Promise<string>} options.tokenSource called before each socket is opened
   * @param {Media} [options.media]
   * @param {'early' | 'late'} [options.mic] open the microphone when the agent goes available, or at answer
   * @param {import('./connection.js').Options['socket']} [options.socket]
   * @param {import('./connection.js').Clock} [options.clock]
   * @param {import('./connection.js').StorageLike} [options.storage]
   * @param {() => number} [options.random]
   * @param {'auto' | 'always' | 'never'} [options.leader] of several tabs of an agent one leads (`auto`); `always` takes no notice of the others, `never` only follows
   * @param {import('./tabs.js').Platform} [options.tabs] how tabs find each other
   */
  constructor(options) {
    super()
    this.#media = options.media
    this.#mic = options.mic ?? 'early'
    this.#clock = options.clock ?? SYSTEM_CLOCK
    this.#leader = options.leader ?? 'auto'
    this.#platform = options.tabs
    this.#gateway = options.gateway
    this.#tokenSource = options.tokenSource
    this.#connection = new Connection({
      gateway: options.gateway,
      tokenSource: () => this.#token(),
      socket: options.socket ?? ((url, protocol) => new WebSocket(url, protocol)),
      clock: this.#clock,
      random: options.random ?? Math.random,
      storage: options.storage ?? tabStorage(),
      name: `offhook-callbar/${VERSION}`,
      busy: () => this.snapshot.calls.some(c => c.phase === 'offered' || isLive(c)),
      onWelcome: frame => this.#welcome(frame),
      onFrame: frame => this.#frame(frame),
      onState: (state, more) => this.#moved(state, more),
    })
    this.#sound = new CallMedia(options.media, {
      request: (type, body, how) => this.#connection.request(type, body, how),
      isOpen: () => this.#connection.state === 'open',
      openMicrophone: () => this.openMicrophone(),
      problem: (code, detail) => this.#problem(code, detail),
      store: this.#store, clock: this.#clock,
    })
    this.#listenToMedia()
    this.subscribe(() => this.#tabs?.tell())
  }

  static {
    const proto = /** @type {any} */ (OffhookClient.prototype)
    for (const name of REMOTE) {
      const own = proto[name]
      proto[name] = function perform(/** @type {any[]} */ ...args) { return this.#follows ? this.#remote(name, args) : own.apply(this, args) }
    }
  }

  /** The frozen snapshot: connection, agent, calls, queues, devices, quality, problems. */
  get snapshot() { return this.#store.snapshot }

  /** The calls that are not over, as objects with methods and events, oldest first. */
  get calls() { return this.snapshot.calls.map(c => this.#handle(c)) }

  /** The media, for those who want to hear or measure. */
  get media() { return this.#media }

  /** Now, by the server's clock, in milliseconds. */
  now() { return this.#clock.now() + this.snapshot.offset }

  /**
   * @param {(snapshot: import('./store.js').Snapshot, before: import('./store.js').Snapshot) => void} listener
   * @param {{signal?: AbortSignal}} [options]
   */
  subscribe(listener, options) { this.#store.subscribe(listener, options) }

  /** Logs in; settles when `welcome` is there, or when the server refuses. @returns {Promise<void>} */
  async connect() {
    const met = await this.#meet()
    await new Promise((resolve, reject) => {
      const done = new AbortController()
      const opened = met ? () => this.#tabs?.join() : () => this.#open()
      if (this.#connection.state === 'stopped') this.#connection.close()
      this.#store.solved('elsewhere', 'signed_out', 'refused', 'protocol')
      opened()
      this.subscribe(s => {
        if (s.connection.state === 'open') resolve(undefined)
        else if (s.connection.state === 'stopped') reject(new OffhookError(CLOSE_CODES[s.connection.code ?? 0]?.problem ?? 'offline'))
        else return
        done.abort()
      }, { signal: done.signal })
    })
  }

  /**
   * Finds the other tabs of the same agent at the same gateway.
   * @returns {Promise<boolean>} whether one waits for one’s turn among them; false: on one’s own
   */
  async #meet() {
    if (this.#tabs) return !this.#tabs.leading
    if (this.#leader === 'always' || !(this.#platform || (globalThis.navigator?.locks && globalThis.BroadcastChannel && globalThis.document))) return false
    try {
      this.#firstToken = await this.#tokenSource()
      const agent = subjectOf(this.#firstToken)
      const { Tabs, browserPlatform } = await import('./tabs.js')
      const platform = this.#platform ?? browserPlatform(this.#clock)
      if (!agent || !platform) return false
      this.#tabs ??= new Tabs(`${this.#gateway}:${agent}`, platform, {
        lead: () => this.#lead(), follow: () => this.#follow(), snapshot: () => this.snapshot, session: () => this.#connection.session,
        draw: (snapshot, session) => this.#drawn(snapshot, session), perform: (name, args) => this.#perform(name, args), signedOut: () => this.release(),
      }, this.#leader === 'never')
      return true
    } catch {
      return false // no token now, or the gateway is away: the connection tries again, on its own
    }
  }

  /** @returns {string | Promise<string>} */
  #token() {
    const first = this.#firstToken
    this.#firstToken = ''
    return first || this.#tokenSource()
  }

  #open() { this.#connection.open() }

  /** Logs out: the agent is offline at once. Refused while a call is live. @returns {Promise<void>} */
  async disconnect() {
    if (this.snapshot.calls.some(isLive)) throw new OffhookError('wrong_phase', 'a call is live')
    if (this.#connection.state === 'open') await this.#connection.request('bye', {}, { volatile: true }).catch(() => {})
    this.#connection.forget()
    this.#tabs?.leave(true)
    this.release()
  }

  /** Makes this tab the leader: sound and microphone are here from then on. */
  moveCallHere() { this.#tabs?.takeOver() }

  /** Closes the socket, the microphone and all media without logging out. */
  release() {
    this.#clock.clearTimeout(this.#lostTimer)
    for (const timer of this.#settling) this.#clock.clearTimeout(timer)
    this.#settling.clear()
    this.#tabs?.leave()
    this.#tabs = null
    this.#connection.close()
    this.#sound.close()
  }

  // ---- tabs

  /** Another tab holds the socket. */
  get #follows() { return this.#tabs !== null && !this.#tabs.leading }

  #lead() {
    this.#become(true)
    this.#connection.open()
  }

  /** What is here goes silent; the picture stays until the new leader sends its own. */
  #follow() {
    const { connection } = this.snapshot
    this.#connection.close()
    this.#sound.close()
    this.#store.set({ connection })
    this.#become(false)
  }

  /** @param {boolean} leader */
  #become(leader) {
    if (this.snapshot.leader === leader) return
    this.#store.set({ leader })
    this.dispatchEvent(new LeaderChangeEvent(leader))
  }

  /** @param {any} snapshot of the leader @param {string} session the secret by which we can go on in its place */
  #drawn(snapshot, session) {
    if (!this.#follows || snapshot === null || typeof snapshot !== 'object') return
    if (session) this.#connection.session = session
    this.#become(false)
    this.#store.set({ ...snapshot, leader: false })
  }

  /** @param {string} name @param {any[]} args */
  async #perform(name, args) {
    if (!REMOTE.includes(/** @type {any} */ (name))) throw new OffhookError('bad_request', `no such command: ${name}`)
    const value = await /** @type {any} */ (this)[name](...args)
    return value instanceof Call ? { call: value.id } : value
  }

  /** @param {string} name @param {any[]} args */
  async #remote(name, args) {
    const value = await this.#tabs?.command(name, args)
    if (name !== 'dial' && name !== 'consult') return value
    return this.#handle(this.snapshot.calls.find(c => c.id === value?.call) ?? { id: value?.call })
  }

  /** 4409: the calls are with another tab, which we then follow, or on another computer. */
  async #elsewhere() {
    this.#sound.close()
    if (await this.#tabs?.elsewhere()) this.#become(false)
    else this.#problem('elsewhere')
  }

  /** Reconnect now, if that is what is being waited for. */
  wake() { this.#connection.wake() }

  /**
   * @param {'available' | 'away'} state
   * @param {string} [reason]
   */
  async setState(state, reason) {
    if (state === 'available' && this.#mic === 'early') await this.openMicrophone()
    this.#connection.wish = state
    return this.#ask('state', '', { state, ...(reason ? { reason } : {}) })
  }

  /** Opens the microphone, or says what is in the way (also as a problem). */
  async openMicrophone() {
    if (!this.#media) return
    try {
      await this.#media.openMicrophone()
      this.#store.solved(...MIC_PROBLEMS, 'device_lost')
    } catch (e) {
      this.#problem(e instanceof OffhookError ? e.code : 'mic_missing')
      throw e
    }
  }

  /** Answers the offered call. @param {string} [id] */
  async answer(id) {
    const call = this.#one(id, c => c.phase === 'offered')
    return this.#while('accept', call.id, async () => {
      await this.openMicrophone()
      const sdp = await this.#sound.answerFor(call.id)
      const reply = await this.#connection.request('accept', { call: call.id, ...(sdp ? { sdp } : {}) })
      await this.#sound.start(call.id)
      return reply
    })
  }

  /** @param {string} [id] @param {string} [reason] `busy`, `decline` or words */
  decline(id, reason = 'decline') {
    const call = this.#one(id, c => c.phase === 'offered')
    return this.#ask('reject', call.id, { call: call.id, reason })
  }

  /** Ends a call in whatever phase; waits for the connection if there is none. @param {string} [id] */
  hangUp(id) {
    const call = this.#one(id, isLive, c => !heldByAgent(c))
    return this.#ask('hangup', call.id, { call: call.id })
  }

  /**
   * The microphone is silent (or not) when this returns; the server is told.
   * @param {boolean} on
   * @param {string} [id]
   */
  async mute(on, id) {
    const call = this.#one(id, isLive, c => !heldByAgent(c))
    this.#media?.setMuted(call.id, on)
    this.#store.muted(call.id, on)
    this.#tell(new CallEvent('call-muted', call))
    return this.#connection.request('mute', { call: call.id, muted: on })
  }

  /**
   * Places a call.
   * @param {string} to a number, `agent:ID`, `queue:NAME`, or a SIP URI in a configured domain
   * @param {{from?: string, data?: Record<string, string>, consultOf?: string}} [options] `from`: one of `limits.from`; `data`: for the headers that
   *   the configuration names; `consultOf`: the call that this is a consultation for, held first
   * @returns {Promise<Call>}
   */
  async dial(to, { from, data, consultOf } = {}) {
    this.#store.set({ failed: null })
    return this.#while('dial', '', async () => {
      await this.openMicrophone()
      const { key, sdp } = await this.#sound.place()
      try {
        const reply = await this.#connection.request('dial', {
          to, sdp, ...(from ? { from } : {}), ...(data ? { data } : {}), ...(consultOf ? { consult_of: consultOf } : {}),
        })
        const id = String(reply.call)
        this.#sound.placed(key, id, reply.id)
        return this.#handle(this.snapshot.calls.find(c => c.id === id) ?? { id })
      } catch (e) {
        this.#sound.unplaced(key)
        if (e instanceof OffhookError && NOT_PLACED.includes(e.code)) {
          this.#store.set({ failed: { was: consultOf ? 'consult' : 'dial', code: e.code, call: { direction: 'outbound', to: { number: to } } } })
        }
        throw e
      }
    })
  }

  /** Stops the far side's media: it hears music. @param {string} [id] */
  hold(id) {
    const call = this.#one(id, c => c.phase === 'connected' && !heldByAgent(c))
    return this.#settled('hold', call.id, { call: call.id })
  }

  /** Back to a call on hold; one that is connected is held instead. @param {string} [id] */
  resume(id) {
    const call = this.#one(id, heldByAgent)
    return this.#settled('resume', call.id, { call: call.id })
  }

  /** Back to the call on hold, the connected one is held. */
  swap() { return this.resume() }

  /**
   * Sends tones; they are queued, and heard here too.
   * @param {string} digits `0-9 A-D * #`, and `,` for 500 ms
   * @param {string} [id]
   */
  async dtmf(digits, id) {
    const call = this.#one(id, c => c.phase === 'connected' || c.phase === 'early', c => !heldByAgent(c))
    const all = digits.toUpperCase().replace(/[\s().\-/]/g, '')
    if (!/^[0-9A-D*#,]+$/.test(all)) throw new OffhookError('bad_request', 'digits are 0-9 A-D * # and ,')
    this.#media?.keyTones?.(all)
    for (let at = 0; at < all.length; at += MAX_DIGITS) await this.#connection.request('dtmf', { call: call.id, digits: all.slice(at, at + MAX_DIGITS) })
  }

  /**
   * Gives a call away without asking first. It is over when the other side took it; until then it can be taken back.
   * @param {string | undefined} id
   * @param {string} to as in dial
   */
  transfer(id, to) {
    const call = this.#one(id, c => c.phase === 'connected' || c.phase === 'held')
    this.#store.set({ failed: null })
    return this.#settled('transfer', call.id, { call: call.id, to })
  }

  /** Takes a blind transfer back while it rings. @param {string} [id] */
  takeBack(id) {
    const call = this.#one(id, c => c.phase === 'transferring')
    return this.#settled('transfer', call.id, { call: call.id, cancel: true })
  }

  /** Calls somebody about a call, which waits on hold. @param {string | undefined} id @param {string} to @returns {Promise<Call>} */
  async consult(id, to) {
    const call = this.#one(id, c => c.phase === 'connected' || c.phase === 'held')
    return this.dial(to, { consultOf: call.id })
  }

  /** Joins the two of a consultation, and leaves them. @param {string} [id] of either */
  async completeTransfer(id) {
    const consult = this.#one(undefined, c => c.consult_of !== undefined && isLive(c) && (id === undefined || c.id === id || c.consult_of === id))
    const call = this.#one(consult.consult_of, () => true)
    return this.#settled('transfer', consult.id, { call: call.id, consult: consult.id })
  }

  /**
   * Recording on, off, or paused: a pause ends by itself.
   * @param {boolean} on
   * @param {{pauseS?: number, id?: string}} [options]
   */
  async record(on, { pauseS, id } = {}) {
    const call = this.#one(id, c => c.phase === 'connected' || c.phase === 'held', c => !heldByAgent(c))
    const reply = await this.#settled('record', call.id, { call: call.id, on, ...(pauseS ? { pause_s: pauseS } : {}) })
    this.#store.pausedUntil(call.id, on && pauseS ? this.now() + pauseS * 1000 : 0)
    return reply
  }

  /**
   * Whom one may call and transfer to, at most 50, with presence.
   * @param {string} query part of a name; '' for all
   * @param {'agent' | 'queue'} [kind]
   * @returns {Promise<readonly any[]>} `{kind, id, name, state, reason, since, queues}` of agents, `{kind, name, label, waiting, available}` of queues
   */
  async directory(query, kind) {
    const reply = await this.#connection.request('directory', { query, ...(kind ? { kind } : {}) }, { volatile: true })
    return Object.freeze(Array.isArray(reply.entries) ? reply.entries.filter((/** @type {any} */ e) => e !== null && typeof e === 'object') : [])
  }

  /**
   * @param {string | undefined} id
   * @param {{outcome?: string, notes?: string, fields?: Record<string, string>, extend_s?: number, done?: boolean}} fields
   */
  saveWrapUp(id, fields) {
    const call = this.#one(id, c => c.phase === 'wrap_up')
    const type = fields.done ? 'wrapup' : fields.extend_s ? 'extend' : ''
    const send = () => this.#connection.request('wrapup', { call: call.id, ...fields })
    return type ? this.#while(type, call.id, send) : send()
  }

  /** Sound may start from now on: called from inside a press. */
  unlock() { this.#media?.unlock?.() }

  /** @param {{mic?: string, speaker?: string, ringer?: string, echo?: boolean, noise?: boolean, gain?: boolean, alsoSpeakers?: boolean}} devices ids, and switches */
  async chooseDevices(devices) {
    await this.#media?.choose?.(devices)
    this.#store.solved('device_lost', 'mic_silent')
  }

  /** @param {string} code @param {Record<string, any>} [detail] */
  raise(code, detail) { this.#problem(code, detail) }

  /** @param {...string} codes */
  dismiss(...codes) { this.#store.solved(...codes) }

  /** The missed call, or the one that could not be placed, was seen. */
  dismissCall() { this.#store.set({ missed: null, failed: null }) }

  // ---- requests

  /** @param {string} type @param {string} call @param {object} body */
  #ask(type, call, body) { return this.#while(type, call, () => this.#connection.request(type, body)) }

  /**
   * Shows that a request is on its way: until it is refused, or until the object that it causes is here.
   * @param {string} type @param {string} call @param {() => Promise<any>} send
   */
  async #while(type, call, send) {
    this.#store.ask(type, call)
    try {
      const reply = await send()
      if (call === '' || type === 'extend') this.#store.asked(type, call)
      return reply
    } catch (e) {
      this.#store.asked(type, call)
      throw e
    }
  }

  /**
   * As `#while`, for what is done later than its `ok`: what has had no effect after 8 s was not done, and the agent is told.
   * @param {string} type @param {string} call @param {object} body
   */
  async #settled(type, call, body) {
    const reply = await this.#ask(type, call, body)
    const timer = this.#clock.setTimeout(() => {
      this.#settling.delete(timer)
      if (!this.snapshot.asked.some(a => a.type === type && a.call === call)) return
      this.#store.asked(type, call)
      this.#problem('again')
    }, SETTLES)
    this.#settling.add(timer)
    return reply
  }

  /** @param {string | undefined} id @param {(c: any) => boolean} fits @param {(c: any) => boolean} [rather] where several fit */
  #one(id, fits, rather) {
    let calls = this.snapshot.calls.filter(c => (id === undefined ? fits(c) : c.id === id))
    if (calls.length > 1 && rather) calls = calls.filter(rather)
    if (calls.length === 1) return calls[0]
    throw new OffhookError(calls.length === 0 ? 'call_gone' : 'ambiguous_call', calls.length === 0 ? 'no such call' : 'which call?')
  }

  // ---- frames

  /** @param {any} frame */
  #welcome(frame) {
    const offset = Date.parse(frame.time) - this.#clock.now()
    const before = this.snapshot
    this.#sound.ice = frame.ice_servers
    this.#store.welcome(frame, Number.isFinite(offset) ? offset : 0)
    this.#store.solved('offline', 'elsewhere', 'signed_out', 'refused', 'protocol')
    const here = new Set(this.snapshot.calls.map(c => c.id))
    for (const call of before.calls) if (!here.has(call.id)) this.#gone({ ...call, phase: 'ended' })
    for (const call of this.snapshot.calls) this.#sound.changed(call)
    if (frame.agent?.state !== before.agent?.state) this.dispatchEvent(new AgentStateChangeEvent(frame.agent, before.agent))
  }

  /** After `welcome`, when requests may be sent again. */
  #resumed() {
    this.dispatchEvent(new ClientReadyEvent(this.snapshot.agent))
    for (const call of this.snapshot.calls) if (call.phase === 'offered') this.#offered(call)
    this.#sound.resumed(this.snapshot.calls)
    const { agent } = this.snapshot
    if (agent?.state === 'available' && this.#mic === 'early') this.#microphoneAgain()
  }

  /** A page that comes back available without a microphone would ring in vain. */
  async #microphoneAgain() {
    try {
      await this.openMicrophone()
    } catch {
      if (this.#connection.state === 'open') this.setState('away').catch(() => {})
    }
  }

  /** @param {any} frame */
  #frame(frame) {
    if (frame.type === 'call') this.#call(frame.call)
    else if (frame.type === 'agent') this.#agent(frame.agent)
    else if (frame.type === 'queue') this.#store.queue(frame.queue)
  }

  /** @param {any} agent */
  #agent(agent) {
    const previous = this.snapshot.agent
    this.#store.agent(agent)
    const now = this.snapshot.agent
    if (now !== previous && now?.state !== previous?.state) this.dispatchEvent(new AgentStateChangeEvent(now, previous))
  }

  /** @param {any} call */
  #call(call) {
    const before = this.snapshot.calls.find(c => c.id === call?.id)
    if (!this.#store.call(call)) return
    this.#sound.changed(call)
    if (call.phase === 'offered') this.#offered(call)
    for (const type of happened(call, before)) this.#tell(new CallEvent(type, call))
    if (call.phase === before?.phase) return
    if (call.phase === 'connecting' && before?.phase === 'offered') this.#sound.start(call.id)
    if (call.phase === 'wrap_up' || (call.phase === 'ended' && before?.phase !== 'wrap_up')) this.#over(call, before)
    if (call.phase === 'wrap_up') this.#tell(new WrapUpStartEvent(call, {}))
    if (call.phase === 'ended') this.#forget(call)
  }

  /** A call that ended while we were away. @param {any} call */
  #gone(call) {
    this.#over(call)
    this.#forget(call)
  }

  /** @param {any} call that is over: who has its object keeps it */
  #forget(call) {
    const handle = this.#handles.get(call.id)
    if (handle) handle.object = call
    this.#handles.delete(call.id)
  }

  /** @param {any} call */
  #offered(call) {
    if (this.#sound.offered(call, this.#welcomes)) this.#tell(new CallOfferedEvent(call))
  }

  /** @param {any} call @param {any} [before] */
  #over(call, before) {
    this.#sound.over(call.id)
    if (!this.snapshot.calls.some(isLive)) this.#store.solved('media_failed')
    this.#tell(new CallEndedEvent(call))
    this.#backFrom(call, before)
  }

  /** A consultation that was not answered, or was dropped here, leads back to the call that it was for. @param {any} call @param {any} before */
  #backFrom(call, before) {
    const first = this.snapshot.calls.find(c => c.id === call.consult_of)
    const dropped = call.cause?.by === 'agent' && call.cause.code !== 'transferred'
    if (!first || !heldByAgent(first) || !(dropped || PLACING_PHASES.includes(before?.phase))) return
    if (this.snapshot.calls.some(c => c.id !== first.id && isLive(c) && !heldByAgent(c))) return
    this.resume(first.id).catch(() => { /* the server did it, or the call is over */ })
  }

  /** The object that stands for a call. @param {any} call */
  #handle(call) {
    const known = this.#handles.get(call.id)
    if (known) return known
    const made = new Call(this, call)
    this.#handles.set(call.id, made)
    return made
  }

  /** Tells the page, and the object of the call that it is about. @param {import('./events.js').OffhookEvent} event */
  #tell(event) {
    this.#handles.get(event.detail.call?.id)?.dispatchEvent(event.again())
    this.dispatchEvent(event)
  }

  // ---- media

  #listenToMedia() {
    const media = this.#media
    if (!media) return
    media.addEventListener('quality', e => this.#measured(/** @type {any} */ (e).detail))
    media.addEventListener('problem', e => this.#problem(/** @type {any} */ (e).detail.code, /** @type {any} */ (e).detail))
    media.addEventListener('solved', e => this.#store.solved(/** @type {any} */ (e).detail.code))
    media.addEventListener('speaking', () => this.dispatchEvent(new Event('muted-speaking')))
    media.addEventListener('devices', e => {
      this.#store.set({ devices: /** @type {any} */ (e).detail })
      this.dispatchEvent(new DeviceChangeEvent(this.snapshot.devices))
    })
  }

  /** @param {any} detail */
  #measured({ call: id, ...sample }) {
    const call = this.snapshot.calls.find(c => c.id === id)
    if (!call || !isLive(call)) return
    const was = this.snapshot.quality?.bars
    this.#store.quality(sample)
    if (was !== sample.bars) this.#tell(new CallQualityChangeEvent(call, sample.bars, sample))
    const { rtt_ms, jitter_ms, loss_pct, mos } = sample
    this.#connection.request('quality', { call: id, rtt_ms, jitter_ms, loss_pct, mos }, { volatile: true }).catch(() => {})
  }

  // ---- connection

  /** @param {import('./store.js').ConnectionState} state @param {{attempt: number, code?: number, again?: boolean}} more */
  #moved(state, more) {
    const was = this.snapshot.connection
    const since = was.state === state ? was.since : this.#clock.now()
    this.#store.set({ connection: { state, since, ...more } })
    this.#clock.clearTimeout(this.#lostTimer)
    if (state === 'open') {
      this.#welcomes++
      queueMicrotask(() => { if (this.#connection.state === 'open') this.#resumed() })
    } else if (state === 'reconnecting') {
      if (was.state === 'open') this.dispatchEvent(new ClientLostEvent(true, more.code ?? 1006))
      const left = since + QUIET_RECONNECT - this.#clock.now()
      this.#lostTimer = this.#clock.setTimeout(() => this.#problem('offline'), Math.max(0, left))
    } else if (state === 'stopped') {
      this.#stopped(more.code ?? 1006)
    }
  }

  /** The server will not have us: what is left here stops, and the agent is told why. @param {number} code */
  #stopped(code) {
    this.#store.solved('offline')
    this.#store.set({ calls: [], asked: [] })
    this.#sound.close()
    this.#handles.clear()
    const problem = CLOSE_CODES[code]?.problem
    if (code === 4409 && this.#tabs) this.#elsewhere()
    else if (problem) this.#problem(problem)
    this.dispatchEvent(new ClientLostEvent(false, code))
  }

  /** @param {string} code @param {Record<string, any>} [detail] */
  #problem(code, detail) { this.#store.problem({ code, ...(detail ? { detail } : {}) }) }
}

/** Whose token it is. It is read, not trusted. @param {string} token */
function subjectOf(token) {
  try {
    const { sub } = JSON.parse(atob(token.split('.')[1].replace(/-/g, '+').replace(/_/g, '/')))
    return typeof sub === 'string' ? sub : ''
  } catch {
    return ''
  }
}

/** What a call's newest object says has happened since the one before. @param {any} call @param {any} before @returns {string[]} */
function happened(call, before) {
  const out = []
  const held = call.phase === 'held' || Boolean(call.held_by)
  const wasHeld = before !== undefined && (before.phase === 'held' || Boolean(before.held_by))
  if (call.phase === 'connected' && before?.phase !== 'connected' && !wasHeld) out.push('call-connected')
  if (isLive(call) && held && !wasHeld) out.push('call-held')
  if (call.phase === 'connected' && wasHeld && !held) out.push('call-resumed')
  if (before && isLive(call) && (call.recording ?? 'off') !== (before.recording ?? 'off')) out.push('call-recording-change')
  if (call.phase === 'transferring' && before?.phase !== 'transferring') out.push('call-transferring')
  if (call.cause?.code === 'transferred' && before && isLive(before)) out.push('call-transferred')
  return out
}
