/**
 * One socket at a time to the gateway: hello and welcome, requests with ids and their replies, beats, reconnecting. It knows frames, not
 * calls. Where it stands is one of idle, connecting, open, reconnecting, stopped.
 * @module
 */

import { CLOSE_CODES, OffhookError } from './messages.js'

export const SUBPROTOCOL = 'offhook.v1'

const STEPS = [0, 500, 1000, 2000, 4000, 8000, 15000]
const HELLO_ID = 1
const WELCOME_WITHIN = 8000
// A server that welcomes and closes at once is not come back to at once.
const STEADY = 5000
const REPLY_WITHIN = 10_000
const MAX_PENDING = 64
const TOKEN_AHEAD = 60_000
const MAX_FRAME = 1 << 20

/**
 * @typedef {{now(): number, setTimeout(fn: () => void, ms: number): any, clearTimeout(timer: any): void}} Clock
 * @typedef {{send(text: string): void, close(code?: number): void, readyState: number, addEventListener(type: string, fn: (e: any) => void): void}} SocketLike
 * @typedef {{getItem(key: string): string | null, setItem(key: string, value: string): void, removeItem(key: string): void}} StorageLike
 * @typedef {{id: number, type: string, body: object, volatile: boolean, sent: boolean, timer: any, resolve: (reply: any) => void, reject: (e: Error) => void}} Pending
 * @typedef {object} Options
 * @property {string} gateway
 * @property {(url: string, protocol: string) => SocketLike} socket
 * @property {() => string | Promise<string>} tokenSource
 * @property {Clock} clock
 * @property {() => number} random 0 to 1
 * @property {StorageLike} storage of this tab, for the session
 * @property {string} name client name and version
 * @property {() => boolean} busy a call is offered or live: beats come every 5 s
 * @property {(frame: any) => void} onWelcome
 * @property {(frame: any) => void} onFrame
 * @property {(state: import('./store.js').ConnectionState, more: {attempt: number, code?: number, again?: boolean}) => void} onState
 */

export class Connection {
  /** @type {Options} */
  #o
  /** @type {SocketLike | null} */
  #socket = null
  /** @type {import('./store.js').ConnectionState} */
  #state = 'idle'
  /** @type {Map<number, Pending>} */
  #pending = new Map()
  #lastID = HELLO_ID
  /** the highest id of this session that had a reply */
  #lastReplied = 0
  #attempt = 0
  #heard = 0
  #welcomedAt = Infinity
  #freshToken = false
  #round = 0
  #wish = ''
  /** @type {any} */
  #retry
  /** @type {any} */
  #watch
  /** @type {any} */
  #renew

  /** @param {Options} options */
  constructor(options) { this.#o = options }

  get state() { return this.#state }

  /** The agent state last wished for; it goes with each hello. @param {string} state */
  set wish(state) { this.#wish = state }

  /** The secret by which this session is resumed, '' for none; tabs of one agent share it. */
  get session() { return this.#o.storage.getItem(this.#key()) ?? '' }
  set session(session) { this.#o.storage.setItem(this.#key(), session) }

  /** Opens the socket, unless it is open or on its way. */
  open() {
    if (this.#state === 'open' || this.#state === 'connecting' || this.#state === 'reconnecting') return
    this.#attempt = 0
    this.#move('connecting')
    this.#dial()
  }

  /** Back at once: the network is there again, the page is seen again. */
  wake() {
    if (this.#state === 'reconnecting' || this.#state === 'connecting') {
      if (this.#retry === undefined) return
      this.#dial()
    } else if (this.#state === 'open' && this.#o.clock.now() - this.#heard > this.#silence()) {
      this.#lost(1006)
    }
  }

  /** Closes without a word to the server: the session lives on there. What waits is refused. */
  close() {
    this.#drop()
    this.#refuseAll(new OffhookError('offline', 'the connection was closed'))
    this.#move('idle')
  }

  /** Forgets the session, so that a next hello is a new log-in. */
  forget() { this.#o.storage.removeItem(this.#key()) }

  /**
   * Sends a request; the promise settles with the server's reply. While the socket is lost it waits, and is sent after `welcome`.
   * @param {string} type
   * @param {object} [body]
   * @param {{volatile?: boolean}} [options] volatile requests are refused when the socket is lost: they are made anew after `welcome`
   * @returns {Promise<any>}
   */
  request(type, body = {}, { volatile = false } = {}) {
    const waiting = this.#state === 'reconnecting' || (this.#state === 'connecting' && !volatile)
    if (this.#state !== 'open' && !(waiting && !volatile)) return Promise.reject(new OffhookError('offline', `${type}: not connected`))
    if (this.#pending.size >= MAX_PENDING) return Promise.reject(new OffhookError('too_many_requests', `${type}: too many unanswered requests`))
    return new Promise((resolve, reject) => {
      /** @type {Pending} */
      const p = { id: ++this.#lastID, type, body, volatile, sent: false, timer: undefined, resolve, reject }
      this.#pending.set(p.id, p)
      if (this.#state === 'open') this.#send(p)
    })
  }

  async #dial() {
    this.#drop()
    const round = this.#round
    let token
    try {
      token = await this.#o.tokenSource()
    } catch (e) {
      if (round === this.#round) this.#again('yes', 0)
      return
    }
    if (round !== this.#round) return
    if (typeof token !== 'string' || token === '') return this.#stop(4401)
    this.#freshToken = true
    let socket
    try {
      socket = this.#o.socket(this.#o.gateway, SUBPROTOCOL)
    } catch {
      return this.#stop(4400)
    }
    this.#socket = socket
    const mine = () => socket === this.#socket
    socket.addEventListener('open', () => { if (mine()) this.#hello(token) })
    socket.addEventListener('message', e => { if (mine()) this.#message(e.data, token) })
    socket.addEventListener('close', e => { if (mine()) this.#lost(e.code ?? 1006) })
    this.#watch = this.#o.clock.setTimeout(() => { if (mine()) this.#lost(1006) }, WELCOME_WITHIN)
  }

  /** @param {string} token */
  #hello(token) {
    const session = this.#o.storage.getItem(this.#key())
    this.#write({
      type: 'hello', id: HELLO_ID, token, client: this.#o.name,
      ...(session ? { session } : {}), ...(this.#wish ? { state: this.#wish } : {}),
    })
  }

  /** @param {unknown} data @param {string} token */
  #message(data, token) {
    const frame = parse(data)
    if (!frame) return
    this.#heard = this.#o.clock.now()
    if (frame.type === 'welcome') return this.#welcomed(frame, token)
    if (frame.type === 'error' && frame.id === HELLO_ID && this.#state !== 'open') return
    if (this.#state !== 'open') return
    if (frame.type === 'beat') this.#write({ type: 'beat' })
    else if (frame.type === 'ok' || frame.type === 'error') this.#replied(frame)
    else this.#o.onFrame(frame)
  }

  /** @param {any} frame @param {string} token */
  #welcomed(frame, token) {
    if (typeof frame.session === 'string') this.#o.storage.setItem(this.#key(), frame.session)
    const forgotten = this.#goOnAbove(frame.last_id)
    this.#welcomedAt = this.#o.clock.now()
    this.#freshToken = false
    this.#o.onWelcome(frame)
    this.#move('open')
    this.#listen()
    this.#renewBefore(token)
    if (forgotten) this.#refuseAll(new OffhookError('lost', 'the server forgot the session'), p => p.sent)
    for (const p of [...this.#pending.values()].sort((a, b) => a.id - b.id)) this.#send(p)
  }

  /**
   * Ids go on above what the server has seen. A server that has not seen what it once replied to does not know the session any more: nobody
   * knows what became of the requests under way, and they must not be done twice.
   * @param {unknown} last
   * @returns {boolean} whether the session is forgotten
   */
  #goOnAbove(last) {
    if (typeof last !== 'number' || !Number.isSafeInteger(last)) return false
    const forgotten = last < this.#lastReplied
    if (forgotten) this.#lastReplied = 0
    this.#lastID = Math.max(this.#lastID, last)
    return forgotten
  }

  /** @param {any} frame */
  #replied(frame) {
    const p = this.#pending.get(frame.id)
    if (!p) return
    this.#forgetPending(p)
    this.#lastReplied = Math.max(this.#lastReplied, p.id)
    if (frame.type === 'ok') p.resolve(frame)
    else p.reject(new OffhookError(String(frame.code ?? 'bad_request'), String(frame.message ?? ''), { sip: frame.sip, retry: frame.retry === true }))
  }

  /** @param {Pending} p */
  #send(p) {
    p.sent = true
    this.#o.clock.clearTimeout(p.timer)
    p.timer = this.#o.clock.setTimeout(() => {
      this.#forgetPending(p)
      p.reject(new OffhookError('timeout', `${p.type}: no reply`))
    }, REPLY_WITHIN)
    this.#write({ type: p.type, id: p.id, ...p.body })
  }

  /** @param {Pending} p */
  #forgetPending(p) {
    this.#o.clock.clearTimeout(p.timer)
    this.#pending.delete(p.id)
  }

  /** @param {Error} error @param {(p: Pending) => boolean} [which] */
  #refuseAll(error, which = () => true) {
    for (const p of [...this.#pending.values()].filter(which)) {
      this.#forgetPending(p)
      p.reject(error)
    }
  }

  /** @param {object} frame */
  #write(frame) {
    if (this.#socket?.readyState === 1) this.#socket.send(JSON.stringify(frame))
  }

  /** Two beats missed: the socket is lost. */
  #listen() {
    this.#o.clock.clearTimeout(this.#watch)
    const left = () => this.#heard + this.#silence() - this.#o.clock.now()
    const look = () => {
      if (left() <= 0) this.#lost(1006)
      else this.#watch = this.#o.clock.setTimeout(look, Math.min(left(), 5000))
    }
    this.#watch = this.#o.clock.setTimeout(look, 5000)
  }

  #silence() { return this.#o.busy() ? 12_000 : 32_000 }

  /** @param {number} code */
  #lost(code) {
    this.#drop()
    if (this.#o.clock.now() - this.#welcomedAt >= STEADY) this.#attempt = 0
    this.#welcomedAt = Infinity
    for (const p of this.#pending.values()) this.#o.clock.clearTimeout(p.timer)
    this.#refuseAll(new OffhookError('offline', 'the connection was lost'), p => p.volatile)
    const rule = CLOSE_CODES[code] ?? { again: 'yes' }
    const spent = rule.again === 'token' && this.#freshToken
    if (rule.again === 'no' || spent) return this.#stop(code)
    this.#again(rule.again === 'later' ? 'later' : 'yes', code)
  }

  /** @param {'yes' | 'later'} how @param {number} code */
  #again(how, code) {
    if (how === 'later') this.#attempt = Math.max(this.#attempt, 3)
    const step = STEPS[Math.min(this.#attempt, STEPS.length - 1)]
    this.#attempt++
    this.#move('reconnecting', code)
    this.#retry = this.#o.clock.setTimeout(() => this.#dial(), step * this.#o.random())
  }

  /** @param {number} code */
  #stop(code) {
    this.#drop()
    this.#refuseAll(new OffhookError(CLOSE_CODES[code]?.problem ?? 'offline', `closed with ${code}`))
    if (code === 1000) this.forget()
    this.#move('stopped', code)
  }

  #drop() {
    this.#round++
    for (const t of [this.#retry, this.#watch, this.#renew]) this.#o.clock.clearTimeout(t)
    this.#retry = this.#watch = this.#renew = undefined
    const socket = this.#socket
    this.#socket = null
    if (socket && socket.readyState < 2) socket.close()
  }

  /** @param {string} token */
  #renewBefore(token) {
    const exp = expiry(token)
    if (!exp) return
    const wait = Math.max(5000, exp - TOKEN_AHEAD - this.#o.clock.now())
    this.#renew = this.#o.clock.setTimeout(() => this.#renewNow(), Math.min(wait, 2 ** 31 - 1))
  }

  async #renewNow() {
    const round = this.#round
    try {
      const token = await this.#o.tokenSource()
      if (round !== this.#round || typeof token !== 'string') return
      await this.request('token', { token }, { volatile: true })
      this.#renewBefore(token)
    } catch {
      if (round === this.#round) this.#renew = this.#o.clock.setTimeout(() => this.#renewNow(), 30_000)
    }
  }

  /** @param {import('./store.js').ConnectionState} state @param {number} [code] */
  #move(state, code) {
    this.#state = state
    this.#o.onState(state, { attempt: this.#attempt, code, again: state === 'reconnecting' })
  }

  #key() { return `offhook.session:${this.#o.gateway}` }
}

/**
 * A frame from the server, or null for what is not one: it is ignored, never an exception.
 * @param {unknown} data
 * @returns {Record<string, any> | null}
 */
export function parse(data) {
  if (typeof data !== 'string' || data.length > MAX_FRAME) return null
  try {
    const frame = JSON.parse(data)
    return frame !== null && typeof frame === 'object' && !Array.isArray(frame) && typeof frame.type === 'string' ? frame : null
  } catch {
    return null
  }
}

/** When a token ends, in our milliseconds; 0 if it does not say. It is read, not trusted. @param {string} token */
function expiry(token) {
  try {
    const body = token.split('.')[1].replace(/-/g, '+').replace(/_/g, '/')
    const exp = JSON.parse(atob(body)).exp
    return Number.isFinite(exp) ? exp * 1000 : 0
  } catch {
    return 0
  }
}
