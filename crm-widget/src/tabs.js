/**
 * Several tabs of one agent: exactly one is the leader and holds the socket, the microphone, the sound and the notices; the rest draw what it
 * sends and ask it to do things.
 *
 * Leadership is a Web Lock, held until the tab goes; messages go over a BroadcastChannel of the same name. Where a page has neither (plain
 * HTTP, other storage partitions), each tab is a leader and the server arbitrates: the newest `hello` has the calls.
 * @module
 */

import { OffhookError } from './messages.js'

const WHO_HIDDEN = 150
const WHO_ELSEWHERE = 300
const YIELD = 1000
const REPLY = 10_000

/**
 * @typedef {{postMessage(message: any): void, close(): void, addEventListener(type: string, fn: (e: any) => void): void}} ChannelLike
 * @typedef {{request(name: string, options: any, held: (lock: any) => any): Promise<any>}} LocksLike
 * @typedef {object} Platform what tabs need of the browser; the tests have another
 * @property {LocksLike} locks
 * @property {(name: string) => ChannelLike} channel
 * @property {() => boolean} visible
 * @property {import('./connection.js').Clock} clock
 * @property {() => string} id one for each tab
 *
 * @typedef {object} Host what tabs need of their client
 * @property {() => void} lead open the socket
 * @property {() => void} follow close it without a word, and stop the tracks
 * @property {() => any} snapshot what followers draw
 * @property {(snapshot: any, session: string) => void} draw
 * @property {() => string} session the secret by which a next leader resumes
 * @property {(name: string, args: any[]) => Promise<any>} perform a command of a follower
 * @property {() => void} signedOut the leader logged out
 */

/** The platform of a real page, or null where tabs cannot find each other. @param {import('./connection.js').Clock} clock @returns {Platform | null} */
export function browserPlatform(clock) {
  if (!globalThis.navigator?.locks || !globalThis.BroadcastChannel || !globalThis.document) return null
  return {
    locks: /** @type {any} */ (navigator.locks), channel: name => new BroadcastChannel(name), visible: () => !document.hidden, clock,
    id: () => crypto.randomUUID(),
  }
}

/** Whose token it is. It is read, not trusted. @param {string} token */
export function subjectOf(token) {
  try {
    const { sub } = JSON.parse(atob(token.split('.')[1].replace(/-/g, '+').replace(/_/g, '/')))
    return typeof sub === 'string' ? sub : ''
  } catch {
    return ''
  }
}

/** One tab among those of an agent. */
export class Tabs {
  #p
  #host
  #name
  #me
  /** @type {ChannelLike | null} */
  #channel = null
  /** @type {'waiting' | 'leading' | 'gone'} */
  #state = 'waiting'
  /** @type {(() => void) | null} gives the lock back */
  #release = null
  /** @type {AbortController | null} ends the waiting for the lock */
  #queue = null
  #commands = 0
  /** @type {Map<number, {resolve: (value: any) => void, reject: (e: Error) => void, timer: any}>} */
  #asked = new Map()
  /** @type {((visible: boolean, leader: boolean) => void) | null} who hears answers to `who` */
  #hears = null
  /** the tab that the leader made way for */
  #heir = ''

  #never

  /** @param {string} name of gateway and agent @param {Platform} platform @param {Host} host @param {boolean} [never] this tab only follows */
  constructor(name, platform, host, never = false) {
    this.#never = never
    this.#name = `offhook:${name}`
    this.#p = platform
    this.#host = host
    this.#me = platform.id()
  }

  get leading() { return this.#state === 'leading' }

  /** Joins the others: leads, or asks the leader what to draw. */
  join() {
    this.#state = 'waiting'
    if (!this.#channel) {
      this.#channel = this.#p.channel(this.#name)
      this.#channel.addEventListener('message', e => this.#message(e.data))
    }
    this.#send({ type: 'who', from: this.#me })
    this.#wait()
  }

  /** Leaves them; if this was the leader, another tab is. @param {boolean} [signedOut] nobody shall lead */
  leave(signedOut = false) {
    if (signedOut) this.#send({ type: 'signed-out' })
    this.#state = 'gone'
    this.#letGo()
    this.#channel?.close()
    this.#channel = null
    for (const { reject, timer } of this.#asked.values()) {
      this.#p.clock.clearTimeout(timer)
      reject(new OffhookError('offline', 'the tab was left'))
    }
    this.#asked.clear()
  }

  /** The leader's snapshot changed. */
  tell() { if (this.leading) this.#send({ type: 'snapshot', snapshot: this.#host.snapshot(), session: this.#host.session() }) }

  /** Asks the leader to do something. @param {string} name @param {any[]} args @returns {Promise<any>} */
  command(name, args) {
    return new Promise((resolve, reject) => {
      const id = ++this.#commands
      const timer = this.#p.clock.setTimeout(() => {
        this.#asked.delete(id)
        reject(new OffhookError('timeout', `${name}: the leading tab does not answer`))
      }, REPLY)
      this.#asked.set(id, { resolve, reject, timer })
      this.#send({ type: 'command', from: this.#me, id, name, args })
    })
  }

  /** "Move the call here": the leader makes way; one that is silent for a second is pushed aside. */
  takeOver() {
    if (this.leading) return
    this.#heir = this.#me
    this.#send({ type: 'yield', to: this.#me })
    this.#p.clock.setTimeout(() => { if (this.#state === 'waiting') this.#wait(true) }, YIELD)
  }

  /**
   * The server closed with 4409: somebody else has the calls. Whether it is a tab that we can see, asked for 300 ms. If it is none, we keep the
   * lead: the next tab shall not take the calls back from another computer unless somebody wants it.
   * @returns {Promise<boolean>} true: we follow it
   */
  async elsewhere() {
    const led = await this.#ask(WHO_ELSEWHERE, (_, leader) => leader)
    if (!led || this.#state === 'gone') return false
    this.#letGo()
    this.#state = 'waiting'
    this.#wait()
    return true
  }

  // ---- the lock

  /** @param {boolean} [steal] */
  #wait(steal = false) {
    if (this.#never) return
    this.#queue?.abort()
    const queue = this.#queue = new AbortController()
    const held = (/** @type {any} */ lock) => (lock && queue === this.#queue ? this.#granted() : undefined)
    this.#p.locks.request(this.#name, steal ? { steal: true } : { signal: queue.signal }, held).then(
      () => {},
      e => { if (e?.name === 'AbortError' && this.leading && queue === this.#queue) this.#pushedAside() })
  }

  /** The lock is ours until the promise settles. */
  async #granted() {
    if (this.#heir && this.#heir !== this.#me) return this.#again()
    const mine = this.#heir === this.#me
    this.#heir = ''
    if (!mine && !this.#p.visible() && await this.#ask(WHO_HIDDEN, visible => visible)) return this.#again()
    if (this.#state === 'gone') return undefined
    const until = new Promise(resolve => { this.#release = () => resolve(undefined) })
    this.#state = 'leading'
    this.#host.lead()
    return until
  }

  /** Not us: the lock goes to the next in the queue, and we stand at its end. */
  #again() {
    this.#heir = ''
    queueMicrotask(() => { if (this.#state === 'waiting') this.#wait() })
  }

  #letGo() {
    const release = this.#release
    this.#release = null
    release?.()
    this.#queue?.abort()
    this.#queue = null
  }

  /** Somebody took the lock by force. */
  #pushedAside() {
    this.#release = null
    this.#state = 'waiting'
    this.#host.follow()
    this.#wait()
  }

  // ---- messages

  /** @param {any} message */
  #send(message) { this.#channel?.postMessage(message) }

  /** @param {any} m */
  #message(m) {
    if (m === null || typeof m !== 'object' || this.#state === 'gone') return
    if (m.type === 'who') this.#answer()
    else if (m.type === 'here') this.#hears?.(m.visible === true, m.leader === true)
    else if (m.type === 'yield') this.#yield(String(m.to))
    else if (m.type === 'command') this.#perform(m)
    else if (m.type === 'result') this.#result(m)
    else if (this.leading) return
    else if (m.type === 'snapshot') this.#host.draw(m.snapshot, String(m.session ?? ''))
    else if (m.type === 'signed-out') this.#host.signedOut()
  }

  #answer() {
    this.#send({ type: 'here', visible: this.#p.visible(), leader: this.leading })
    this.tell()
  }

  /** @param {string} to */
  #yield(to) {
    this.#heir = to
    if (!this.leading || to === this.#me) return
    this.#state = 'waiting'
    this.#host.follow()
    this.#letGo()
    this.#heir = ''
    this.#wait()
  }

  /** @param {any} m */
  async #perform(m) {
    if (!this.leading) return
    try {
      const value = await this.#host.perform(String(m.name), Array.isArray(m.args) ? m.args : [])
      this.#send({ type: 'result', to: m.from, id: m.id, value })
    } catch (e) {
      const { code = 'bad_request', message = '' } = /** @type {any} */ (e)
      this.#send({ type: 'result', to: m.from, id: m.id, error: { code: String(code), message: String(message) } })
    }
  }

  /** @param {any} m */
  #result(m) {
    const asked = m.to === this.#me ? this.#asked.get(m.id) : undefined
    if (!asked) return
    this.#asked.delete(m.id)
    this.#p.clock.clearTimeout(asked.timer)
    if (m.error) asked.reject(new OffhookError(String(m.error.code), String(m.error.message)))
    else asked.resolve(m.value)
  }

  /**
   * Asks the others who they are.
   * @param {number} wait @param {(visible: boolean, leader: boolean) => boolean} is
   * @returns {Promise<boolean>} whether one of them is so
   */
  #ask(wait, is) {
    return new Promise(resolve => {
      const timer = this.#p.clock.setTimeout(() => done(false), wait)
      const done = (/** @type {boolean} */ found) => {
        this.#p.clock.clearTimeout(timer)
        this.#hears = null
        resolve(found)
      }
      this.#hears = (visible, leader) => { if (is(visible, leader)) done(true) }
      this.#send({ type: 'who', from: this.#me })
    })
  }
}
