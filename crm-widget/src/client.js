/**
 * The headless client: everything that the callbar does, without a picture. It needs no DOM except for media.
 * @module
 */

import { Call } from './call.js'
import { CallMedia } from './call-media.js'
import { COMMANDS, Commands } from './commands.js'
import { Connection } from './connection.js'
import { CallQualityChangeEvent, ClientLostEvent, DeviceChangeEvent, LeaderChangeEvent } from './events.js'
import { Happenings } from './happenings.js'
import { CLOSE_CODES, OffhookError } from './messages.js'
import { SYSTEM_CLOCK, localNetworkAsked, tabStorage } from './platform.js'
import { Store, isLive } from './store.js'

export const VERSION = '0.1.0'

const QUIET_RECONNECT = 10_000

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
  #sound
  #commands
  #happenings
  /** @type {Map<string, Call>} the objects given out for calls that are not over */
  #handles = new Map()
  /** @type {import('./tabs.js').Tabs | null} the other tabs of this agent */
  #tabs = null
  #leader
  #platform
  #gateway
  #tokenSource
  /** a token that was asked for to know the agent: good for the first socket */
  #firstToken = ''
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
      onWelcome: frame => this.#happenings.welcome(frame),
      onFrame: frame => this.#happenings.frame(frame),
      onState: (state, more) => this.#moved(state, more),
    })
    this.#sound = new CallMedia(options.media, {
      request: (type, body, how) => this.#connection.request(type, body, how),
      isOpen: () => this.#connection.state === 'open',
      openMicrophone: () => this.#commands.openMicrophone(),
      problem: (code, detail) => this.#problem(code, detail),
      store: this.#store, clock: this.#clock,
    })
    const core = {
      store: this.#store, connection: () => this.#connection, sound: () => this.#sound, media: options.media, clock: this.#clock, mic: options.mic ?? 'early',
      now: () => this.now(), handle: (/** @type {any} */ call) => this.#handle(call), tell: (/** @type {import('./events.js').OffhookEvent} */ event) => this.#tell(event),
      forget: (/** @type {any} */ call) => this.#forget(call), problem: (/** @type {string} */ code, /** @type {any} */ detail) => this.#problem(code, detail),
    }
    this.#commands = new Commands(core)
    this.#happenings = new Happenings(core, this.#commands)
    this.#listenToMedia()
    this.subscribe(() => this.#tabs?.tell())
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
    if (this.#follows) return this.#remote('connect', [])
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
      const { Tabs, browserPlatform, subjectOf } = await import('./tabs.js')
      const agent = subjectOf(this.#firstToken)
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
    if (this.#follows) return this.#remote('disconnect', [])
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
    this.#commands.stop()
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
    const before = this.snapshot
    this.#store.set({ ...snapshot, leader: false })
    this.#happenings.followed(before, this.snapshot)
  }

  /** @param {string} name @param {any[]} args */
  async #perform(name, args) {
    if (!['connect', 'disconnect', ...COMMANDS].includes(name)) throw new OffhookError('bad_request', `no such command: ${name}`)
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

  /** Sound may start from now on: called from inside a press. */
  unlock() { this.#media?.unlock?.() }

  /** Opens the microphone of this tab, or says what is in the way (also as a problem). */
  openMicrophone() { return this.#commands.openMicrophone() }

  /** @param {string} code @param {Record<string, any>} [detail] */
  raise(code, detail) { this.#problem(code, detail) }

  /** @param {...string} codes */
  dismiss(...codes) { this.#store.solved(...codes) }

  // ---- commands, told whole in commands.js; a follower passes them on

  /** @template {import('./commands.js').Command} K @param {K} name @param {Parameters<Commands[K]>} args @returns {ReturnType<Commands[K]>} */
  #do(name, args) { return /** @type {any} */ (this.#follows ? this.#remote(name, args) : /** @type {any} */ (this.#commands)[name](...args)) }

  /** Becomes available, or away: in a call or in wrap-up, what comes after. @param {Parameters<Commands['setState']>} args */
  setState(...args) { return this.#do('setState', args) }

  /** Answers the offered call. @param {Parameters<Commands['answer']>} args */
  answer(...args) { return this.#do('answer', args) }

  /** Refuses it; the caller keeps the place. @param {Parameters<Commands['decline']>} args */
  decline(...args) { return this.#do('decline', args) }

  /** Ends a call in whatever phase; waits for the connection if there is none. @param {Parameters<Commands['hangUp']>} args */
  hangUp(...args) { return this.#do('hangUp', args) }

  /** The microphone is silent (or not) when this returns; the server is told. @param {Parameters<Commands['mute']>} args */
  mute(...args) { return this.#do('mute', args) }

  /** Places a call. @param {Parameters<Commands['dial']>} args */
  dial(...args) { return this.#do('dial', args) }

  /** Stops the far side’s media: it hears music. @param {Parameters<Commands['hold']>} args */
  hold(...args) { return this.#do('hold', args) }

  /** Back to a call on hold; one that is connected is held instead. @param {Parameters<Commands['resume']>} args */
  resume(...args) { return this.#do('resume', args) }

  /** Sends tones. @param {Parameters<Commands['dtmf']>} args */
  dtmf(...args) { return this.#do('dtmf', args) }

  /** Gives a call away without asking first. @param {Parameters<Commands['transfer']>} args */
  transfer(...args) { return this.#do('transfer', args) }

  /** Takes a blind transfer back while it rings. @param {Parameters<Commands['takeBack']>} args */
  takeBack(...args) { return this.#do('takeBack', args) }

  /** Calls somebody about a call, which waits on hold. @param {Parameters<Commands['consult']>} args */
  consult(...args) { return this.#do('consult', args) }

  /** Joins the two of a consultation, and leaves them. @param {Parameters<Commands['completeTransfer']>} args */
  completeTransfer(...args) { return this.#do('completeTransfer', args) }

  /** Recording on, off, or paused. @param {Parameters<Commands['record']>} args */
  record(...args) { return this.#do('record', args) }

  /** Whom one may call and transfer to. @param {Parameters<Commands['directory']>} args */
  directory(...args) { return this.#do('directory', args) }

  /** After-call work. @param {Parameters<Commands['saveWrapUp']>} args */
  saveWrapUp(...args) { return this.#do('saveWrapUp', args) }

  /** Other devices, and switches. @param {Parameters<Commands['chooseDevices']>} args */
  chooseDevices(...args) { return this.#do('chooseDevices', args) }

  /** The missed call, or the one that could not be placed, was seen. @param {Parameters<Commands['dismissCall']>} args */
  dismissCall(...args) { return this.#do('dismissCall', args) }

  /** Back to the call on hold, the connected one is held. */
  swap() { return this.resume() }

  // ---- objects of calls

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

  /** A call is over: who has its object keeps it. @param {any} call */
  #forget(call) {
    const handle = this.#handles.get(call.id)
    if (handle) handle.object = call
    this.#handles.delete(call.id)
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
    const lost = state === 'reconnecting' && was.state === state // what it was lost by, not what the last try met
    this.#store.set({ connection: { state, since, ...more, ...(lost && was.code !== undefined ? { code: was.code } : {}) } })
    this.#clock.clearTimeout(this.#lostTimer)
    if (state === 'open') {
      queueMicrotask(() => { if (this.#connection.state === 'open') this.#happenings.resumed() })
    } else if (state === 'reconnecting') {
      if (was.state === 'open') this.dispatchEvent(new ClientLostEvent(true, more.code ?? 1006))
      if (!this.snapshot.agent) localNetworkAsked(this.#gateway).then(asked => { if (asked && this.#connection.state === 'reconnecting') this.#problem('local_network') })
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
