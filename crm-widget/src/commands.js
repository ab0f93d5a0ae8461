/**
 * What an agent can do, as requests to the server: each checks what can be checked here, shows that it is on its way, and settles with the reply.
 * A follower asks its leader instead (client.js).
 * @module
 */

import { CallEvent } from './events.js'
import { OffhookError } from './messages.js'
import { heldByAgent, isLive } from './store.js'

const SETTLES = 8000
const MAX_DIGITS = 64
const NOT_PLACED = ['forbidden', 'bad_request', 'busy_here', 'not_found', 'unreachable', 'timeout', 'declined', 'trunk_failed', 'no_common_codec']
const MIC_PROBLEMS = ['mic_denied', 'mic_policy', 'mic_missing', 'mic_busy', 'media_unsupported']

/** @typedef {import('./call.js').Call} Call */

/** What a follower may ask its leader to do, besides `connect` and `disconnect`. */
export const COMMANDS = Object.freeze(/** @type {const} */ ([
  'setState', 'answer', 'decline', 'hangUp', 'mute', 'dial', 'hold', 'resume', 'dtmf', 'transfer', 'takeBack', 'consult', 'completeTransfer', 'record', 'directory', 'saveWrapUp',
  'chooseDevices', 'dismissCall',
]))

/** @typedef {typeof COMMANDS[number]} Command */

/**
 * What commands and happenings need of their client.
 * @typedef {object} Core
 * @property {import('./store.js').Store} store
 * @property {() => import('./connection.js').Connection} connection
 * @property {() => import('./call-media.js').CallMedia} sound
 * @property {import('./call-media.js').Media | undefined} media
 * @property {import('./connection.js').Clock} clock
 * @property {'early' | 'late'} mic
 * @property {() => number} now by the server's clock
 * @property {(call: any) => Call} handle the object that stands for a call
 * @property {(event: import('./events.js').OffhookEvent) => void} tell the page, and the object of the call that it is about
 * @property {(code: string, detail?: Record<string, any>) => void} problem
 */

export class Commands {
  #core
  #store
  /** @type {Set<any>} timers of requests whose effect is waited for */
  #settling = new Set()

  /** @param {Core} core */
  constructor(core) {
    this.#core = core
    this.#store = core.store
  }

  /** Nothing is waited for any more. */
  stop() {
    for (const timer of this.#settling) this.#core.clock.clearTimeout(timer)
    this.#settling.clear()
  }

  /**
   * @param {'available' | 'away'} state
   * @param {string} [reason]
   */
  async setState(state, reason) {
    if (state === 'available' && this.#core.mic === 'early') await this.openMicrophone()
    this.#core.connection().wish = state
    return this.#ask('state', '', { state, ...(reason ? { reason } : {}) })
  }

  /** Opens the microphone, or says what is in the way (also as a problem). */
  async openMicrophone() {
    if (!this.#core.media) return
    try {
      await this.#core.media.openMicrophone()
      this.#store.solved(...MIC_PROBLEMS, 'device_lost')
    } catch (e) {
      this.#core.problem(e instanceof OffhookError ? e.code : 'mic_missing')
      throw e
    }
  }

  /** Answers the offered call. @param {string} [id] */
  async answer(id) {
    const call = this.#one(id, c => c.phase === 'offered')
    return this.#while('accept', call.id, async () => {
      await this.openMicrophone()
      const sdp = await this.#core.sound().answerFor(call.id)
      const reply = await this.#core.connection().request('accept', { call: call.id, ...(sdp ? { sdp } : {}) })
      await this.#core.sound().start(call.id)
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
    this.#core.media?.setMuted(call.id, on)
    this.#store.muted(call.id, on)
    this.#core.tell(new CallEvent('call-muted', call))
    return this.#core.connection().request('mute', { call: call.id, muted: on })
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
      const { key, sdp } = await this.#core.sound().place()
      try {
        const reply = await this.#core.connection().request('dial', {
          to, sdp, ...(from ? { from } : {}), ...(data ? { data } : {}), ...(consultOf ? { consult_of: consultOf } : {}),
        })
        const id = String(reply.call)
        this.#core.sound().placed(key, id, reply.id)
        return this.#core.handle(this.#store.snapshot.calls.find(c => c.id === id) ?? { id })
      } catch (e) {
        this.#core.sound().unplaced(key)
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
    this.#core.media?.keyTones?.(all)
    for (let at = 0; at < all.length; at += MAX_DIGITS) await this.#core.connection().request('dtmf', { call: call.id, digits: all.slice(at, at + MAX_DIGITS) })
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
    this.#store.pausedUntil(call.id, on && pauseS ? this.#core.now() + pauseS * 1000 : 0)
    return reply
  }

  /**
   * Whom one may call and transfer to, at most 50, with presence.
   * @param {string} query part of a name; '' for all
   * @param {'agent' | 'queue'} [kind]
   * @returns {Promise<readonly any[]>} `{kind, id, name, state, reason, since, queues}` of agents, `{kind, name, label, waiting, available}` of queues
   */
  async directory(query, kind) {
    const reply = await this.#core.connection().request('directory', { query, ...(kind ? { kind } : {}) }, { volatile: true })
    return Object.freeze(Array.isArray(reply.entries) ? reply.entries.filter((/** @type {any} */ e) => e !== null && typeof e === 'object') : [])
  }

  /**
   * @param {string | undefined} id
   * @param {{outcome?: string, notes?: string, fields?: Record<string, string>, extend_s?: number, done?: boolean}} fields
   */
  saveWrapUp(id, fields) {
    const call = this.#one(id, c => c.phase === 'wrap_up')
    const type = fields.done ? 'wrapup' : fields.extend_s ? 'extend' : ''
    const send = () => this.#core.connection().request('wrapup', { call: call.id, ...fields })
    return type ? this.#while(type, call.id, send) : send()
  }

  /** @param {{mic?: string, speaker?: string, ringer?: string, echo?: boolean, noise?: boolean, gain?: boolean, alsoSpeakers?: boolean, tone?: string, volume?: number}} devices ids, and switches; `tone` of the ring: `classic`, `low`, `chime`, `silent`; its volume 0 to 1 */
  async chooseDevices(devices) {
    await this.#core.media?.choose?.(devices)
    this.#store.solved('device_lost', 'mic_silent')
  }

  /** The missed call, or the one that could not be placed, was seen. */
  async dismissCall() { this.#store.set({ missed: null, failed: null }) }

  // ---- requests

  /** @param {string} type @param {string} call @param {object} body */
  #ask(type, call, body) { return this.#while(type, call, () => this.#core.connection().request(type, body)) }

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
    const timer = this.#core.clock.setTimeout(() => {
      this.#settling.delete(timer)
      if (!this.#store.snapshot.asked.some(a => a.type === type && a.call === call)) return
      this.#store.asked(type, call)
      this.#core.problem('again')
    }, SETTLES)
    this.#settling.add(timer)
    return reply
  }

  /** @param {string | undefined} id @param {(c: any) => boolean} fits @param {(c: any) => boolean} [rather] where several fit */
  #one(id, fits, rather) {
    let calls = this.#store.snapshot.calls.filter(c => (id === undefined ? fits(c) : c.id === id))
    if (calls.length > 1 && rather) calls = calls.filter(rather)
    if (calls.length === 1) return calls[0]
    throw new OffhookError(calls.length === 0 ? 'call_gone' : 'ambiguous_call', calls.length === 0 ? 'no such call' : 'which call?')
  }
}
