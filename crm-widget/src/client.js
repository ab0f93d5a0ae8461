/**
 * The headless client: everything that the callbar does, without a picture. It needs no DOM except for media.
 * @module
 */

import { Connection } from './connection.js'
import {
  AgentStateChangeEvent, CallEndedEvent, CallEvent, CallOfferedEvent, CallQualityChangeEvent, ClientLostEvent, ClientReadyEvent,
  DeviceChangeEvent, WrapUpStartEvent,
} from './events.js'
import { CLOSE_CODES, OffhookError } from './messages.js'
import { Store, isLive } from './store.js'

export const VERSION = '0.1.0'

const QUIET_RECONNECT = 10_000
const MEDIA_GIVES_UP = 4000
const MIC_PROBLEMS = ['mic_denied', 'mic_policy', 'mic_missing', 'mic_busy', 'media_unsupported']

/**
 * What the client needs of media; BrowserMedia is one, the tests have another.
 * @typedef {object} Media
 * @property {() => Promise<void>} openMicrophone rejects with an OffhookError of one of the mic codes
 * @property {() => void} closeMicrophone
 * @property {(call: string, offer: string, ice: any[]) => Promise<string>} answer new media for an offered call; the microphone stays silent
 * @property {(call: string, ice: any[]) => Promise<string>} offer new media for a live call
 * @property {(call: string, answer: string) => Promise<void>} accept the server's answer to offer
 * @property {(call: string) => Promise<void>} start sound both ways, from now on
 * @property {(call: string, on: boolean) => void} setMuted
 * @property {(call: string) => string} state of its peer connection, or 'none'
 * @property {(call?: string) => void} close one call's media, or all
 * @property {EventTarget['addEventListener']} addEventListener `state` `quality` `problem` `solved` `devices` `speaking` (while muted)
 * @property {() => void} [unlock] sound may start: the page was pressed
 * @property {(devices: Record<string, string>) => Promise<void>} [choose] device ids by kind
 * @typedef {{sdp: string, ready: Promise<string | undefined>, carried: boolean, told: number}} Offer
 */

/** @type {import('./connection.js').Clock} */
const SYSTEM_CLOCK = {
  now: () => Date.now(),
  setTimeout: (fn, ms) => setTimeout(fn, ms),
  clearTimeout: timer => clearTimeout(timer),
}

/** The one connection of one agent, its calls and their media. */
export class OffhookClient extends EventTarget {
  #store = new Store()
  /** @type {Connection} */
  #connection
  /** @type {Media | undefined} */
  #media
  /** @type {import('./connection.js').Clock} */
  #clock
  #mic
  /** @type {any[]} */
  #ice = []
  /** @type {Map<string, Offer>} the answer to each offer */
  #offers = new Map()
  /** @type {Set<string>} calls whose media are being made anew */
  #restarting = new Set()
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
   */
  constructor(options) {
    super()
    this.#media = options.media
    this.#mic = options.mic ?? 'early'
    this.#clock = options.clock ?? SYSTEM_CLOCK
    this.#connection = new Connection({
      gateway: options.gateway,
      tokenSource: options.tokenSource,
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
    this.#listenToMedia()
  }

  /** The frozen snapshot: connection, agent, calls, queues, devices, quality, problems. */
  get snapshot() { return this.#store.snapshot }

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
  connect() {
    return new Promise((resolve, reject) => {
      const done = new AbortController()
      this.subscribe(s => {
        if (s.connection.state === 'open') resolve()
        else if (s.connection.state === 'stopped') reject(new OffhookError(CLOSE_CODES[s.connection.code ?? 0]?.problem ?? 'offline'))
        else return
        done.abort()
      }, { signal: this.#reopened(done.signal) })
    })
  }

  /** @param {AbortSignal} signal */
  #reopened(signal) {
    if (this.#connection.state === 'stopped') this.#connection.close()
    this.#store.solved('elsewhere', 'signed_out', 'refused', 'protocol')
    this.#connection.open()
    return signal
  }

  /** Logs out: the agent is offline at once. Refused while a call is live. @returns {Promise<void>} */
  async disconnect() {
    if (this.snapshot.calls.some(isLive)) throw new OffhookError('wrong_phase', 'a call is live')
    if (this.#connection.state === 'open') await this.#connection.request('bye', {}, { volatile: true }).catch(() => {})
    this.#connection.forget()
    this.release()
  }

  /** Closes the socket, the microphone and all media without logging out. */
  release() {
    this.#clock.clearTimeout(this.#lostTimer)
    this.#connection.close()
    this.#media?.close()
    this.#media?.closeMicrophone()
    this.#offers.clear()
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
      const offer = this.#offers.get(call.id)
      const sdp = await offer?.ready
      const reply = await this.#connection.request('accept', { call: call.id, ...(sdp && !offer?.carried ? { sdp } : {}) })
      await this.#startMedia(call.id)
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
    const call = this.#one(id, c => isLive(c) || c.phase === 'dialing' || c.phase === 'ringing')
    return this.#ask('hangup', call.id, { call: call.id })
  }

  /**
   * The microphone is silent (or not) when this returns; the server is told.
   * @param {boolean} on
   * @param {string} [id]
   */
  async mute(on, id) {
    const call = this.#one(id, isLive)
    this.#media?.setMuted(call.id, on)
    this.#store.muted(call.id, on)
    this.dispatchEvent(new CallEvent('call-muted', call))
    return this.#connection.request('mute', { call: call.id, muted: on })
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

  /** @param {{mic?: string, speaker?: string, ringer?: string}} devices */
  async chooseDevices(devices) {
    await this.#media?.choose?.(devices)
    this.#store.solved('device_lost', 'mic_silent')
  }

  /** @param {string} code @param {Record<string, any>} [detail] */
  raise(code, detail) { this.#problem(code, detail) }

  /** @param {...string} codes */
  dismiss(...codes) { this.#store.solved(...codes) }

  /** The missed call was seen. */
  dismissMissed() { this.#store.set({ missed: null }) }

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

  /** @param {string | undefined} id @param {(c: any) => boolean} fits */
  #one(id, fits) {
    const calls = this.snapshot.calls.filter(c => (id === undefined ? fits(c) : c.id === id))
    if (calls.length === 1) return calls[0]
    throw new OffhookError(calls.length === 0 ? 'call_gone' : 'ambiguous_call', calls.length === 0 ? 'no such call' : 'which call?')
  }

  // ---- frames

  /** @param {any} frame */
  #welcome(frame) {
    const offset = Date.parse(frame.time) - this.#clock.now()
    const before = this.snapshot
    this.#ice = Array.isArray(frame.ice_servers) ? frame.ice_servers : []
    this.#store.welcome(frame, Number.isFinite(offset) ? offset : 0)
    this.#store.solved('offline', 'elsewhere', 'signed_out', 'refused', 'protocol')
    const here = new Set(this.snapshot.calls.map(c => c.id))
    for (const call of before.calls) if (!here.has(call.id)) this.#over({ ...call, phase: 'ended' })
    if (frame.agent?.state !== before.agent?.state) this.dispatchEvent(new AgentStateChangeEvent(frame.agent, before.agent))
  }

  /** After `welcome`, when requests may be sent again. */
  #resumed() {
    this.dispatchEvent(new ClientReadyEvent(this.snapshot.agent))
    for (const call of this.snapshot.calls) {
      if (call.phase === 'offered') this.#offered(call)
      else if (isLive(call) && this.#media && this.#media.state(call.id) !== 'connected') this.#restart(call)
    }
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
    if (call.phase === 'offered') this.#offered(call)
    if (call.phase === before?.phase) return
    if (call.phase === 'connected' && before?.phase !== 'held') this.dispatchEvent(new CallEvent('call-connected', call))
    else if (call.phase === 'held') this.dispatchEvent(new CallEvent('call-held', call))
    else if (call.phase === 'connected') this.dispatchEvent(new CallEvent('call-resumed', call))
    if (call.phase === 'connecting' && before?.phase === 'offered') this.#startMedia(call.id)
    if (call.phase === 'wrap_up' || (call.phase === 'ended' && before?.phase !== 'wrap_up')) this.#over(call)
    if (call.phase === 'wrap_up') this.dispatchEvent(new WrapUpStartEvent(call, {}))
  }

  /** @param {any} call */
  #over(call) {
    this.#media?.close(call.id)
    this.#offers.delete(call.id)
    this.#restarting.delete(call.id)
    if (!this.snapshot.calls.some(isLive)) this.#store.solved('media_failed')
    this.dispatchEvent(new CallEndedEvent(call))
  }

  // ---- media

  /**
   * Shows the server that this page rings, with the answer already in it: ICE and DTLS come up while it rings. The microphone is not
   * needed for that and stays silent until `accept`.
   * @param {any} call
   */
  #offered(call) {
    const sdp = call.sdp?.type === 'offer' ? String(call.sdp.sdp) : ''
    let offer = this.#offers.get(call.id)
    if (!offer || (sdp !== '' && offer.sdp !== sdp)) {
      offer = { sdp, carried: false, told: 0, ready: this.#answerTo(call.id, sdp) }
      this.#offers.set(call.id, offer)
      this.dispatchEvent(new CallOfferedEvent(call))
    } else if (offer.told === this.#welcomes) {
      return
    }
    offer.told = this.#welcomes
    this.#tellRinging(call.id, offer)
  }

  /** @param {string} id @param {Offer} offer */
  async #tellRinging(id, offer) {
    const sdp = await offer.ready
    if (this.#offers.get(id) !== offer) return
    offer.carried = sdp !== undefined
    try {
      await this.#connection.request('ringing', { call: id, ...(sdp === undefined ? {} : { sdp }) }, { volatile: true })
    } catch {
      offer.carried = false
    }
  }

  /** @param {string} id @param {string} sdp */
  async #answerTo(id, sdp) {
    if (!this.#media || sdp === '') return undefined
    try {
      return await this.#media.answer(id, sdp, this.#ice)
    } catch (e) {
      this.#problem(e instanceof OffhookError ? e.code : 'media_failed')
      return undefined
    }
  }

  /** @param {string} id */
  async #startMedia(id) {
    try {
      await this.#media?.start(id)
    } catch (e) {
      this.#problem(e instanceof OffhookError ? e.code : 'media_failed')
    }
  }

  /** New media for a live call: the old page, or the old network, is gone. @param {any} call */
  async #restart(call) {
    if (!this.#media || this.#restarting.has(call.id)) return
    this.#restarting.add(call.id)
    const muted = this.snapshot.muted[call.id] ?? call.muted === true
    try {
      await this.openMicrophone().catch(() => {})
      const sdp = await this.#media.offer(call.id, this.#ice)
      const reply = await this.#connection.request('restart', { call: call.id, sdp }, { volatile: true })
      await this.#media.accept(call.id, String(reply.sdp?.sdp ?? ''))
      this.#media.setMuted(call.id, muted)
      this.#store.muted(call.id, muted)
      await this.#startMedia(call.id)
      this.#store.solved('media_failed')
    } catch (e) {
      if (!(e instanceof OffhookError && (e.code === 'offline' || e.code === 'call_gone'))) this.#problem('media_failed')
    } finally {
      this.#restarting.delete(call.id)
    }
  }

  #listenToMedia() {
    const media = this.#media
    if (!media) return
    media.addEventListener('state', e => this.#mediaMoved(/** @type {any} */ (e).detail))
    media.addEventListener('quality', e => this.#measured(/** @type {any} */ (e).detail))
    media.addEventListener('problem', e => this.#problem(/** @type {any} */ (e).detail.code, /** @type {any} */ (e).detail))
    media.addEventListener('solved', e => this.#store.solved(/** @type {any} */ (e).detail.code))
    media.addEventListener('speaking', () => this.dispatchEvent(new Event('muted-speaking')))
    media.addEventListener('devices', e => {
      this.#store.set({ devices: /** @type {any} */ (e).detail })
      this.dispatchEvent(new DeviceChangeEvent(this.snapshot.devices))
    })
  }

  /** @param {{call: string, state: string}} detail */
  #mediaMoved({ call: id, state }) {
    this.#store.media(id, state)
    if (state === 'connected') return this.#store.solved('media_failed')
    const wait = state === 'failed' ? 0 : state === 'disconnected' ? MEDIA_GIVES_UP : -1
    if (wait < 0) return
    this.#clock.setTimeout(() => {
      const call = this.snapshot.calls.find(c => c.id === id)
      if (!call || !isLive(call) || this.#media?.state(id) === 'connected' || this.#connection.state !== 'open') return
      this.#problem('media_failed')
      this.#restart(call)
    }, wait)
  }

  /** @param {any} detail */
  #measured({ call: id, ...sample }) {
    const call = this.snapshot.calls.find(c => c.id === id)
    if (!call || !isLive(call)) return
    const was = this.snapshot.quality?.bars
    this.#store.quality(sample)
    if (was !== sample.bars) this.dispatchEvent(new CallQualityChangeEvent(call, sample.bars, sample))
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
    this.#media?.close()
    this.#media?.closeMicrophone()
    this.#offers.clear()
    this.#store.set({ calls: [], asked: [] })
    const problem = CLOSE_CODES[code]?.problem
    if (problem) this.#problem(problem)
    this.dispatchEvent(new ClientLostEvent(false, code))
  }

  /** @param {string} code @param {Record<string, any>} [detail] */
  #problem(code, detail) { this.#store.problem({ code, ...(detail ? { detail } : {}) }) }
}

/** This tab's storage; where a page has none (sandboxed frames), the page's memory. @returns {import('./connection.js').StorageLike} */
function tabStorage() {
  try {
    if (globalThis.sessionStorage) return globalThis.sessionStorage
  } catch { /* storage is forbidden here */ }
  /** @type {Map<string, string>} */
  const memory = new Map()
  return {
    getItem: key => memory.get(key) ?? null,
    setItem: (key, value) => void memory.set(key, value),
    removeItem: key => void memory.delete(key),
  }
}

/** @type {Map<string, {client: OffhookClient, users: Set<object>}>} */
const GROUPS = new Map()

/**
 * @param {string} name of the group, '' for none
 * @param {object} user
 * @param {() => OffhookClient} make
 */
export function join(name, user, make) {
  if (name === '') return make()
  const known = GROUPS.get(name) ?? { client: make(), users: new Set() }
  known.users.add(user)
  GROUPS.set(name, known)
  return known.client
}

/**
 * @param {string} name
 * @param {object} user
 * @returns {boolean} whether nobody uses the client any more
 */
export function leave(name, user) {
  const known = GROUPS.get(name)
  if (!known) return true
  known.users.delete(user)
  if (known.users.size > 0) return false
  GROUPS.delete(name)
  return true
}
