/**
 * Tabs of one browser without a browser: Web Locks, BroadcastChannels and visibility, for clients that meet each other.
 *
 *     const browser = new FakeBrowser(clock)
 *     const one = browser.tab()                       // what goes into a client's option `tabs`
 *     const two = browser.tab({ visible: false })
 *     browser.crash(one)                              // its locks are free, its channels are silent
 * @module
 */

/** @typedef {{name: string, tab: any, held: (lock: any) => any, resolve: (v: any) => void, reject: (e: any) => void, signal?: AbortSignal}} Wish */

export class FakeBrowser {
  /** @type {Map<string, Wish>} by name, who holds it */
  #held = new Map()
  /** @type {Wish[]} */
  #queue = []
  /** @type {Set<{name: string, tab: any, listeners: Set<(e: any) => void>, closed: boolean}>} */
  #channels = new Set()
  #made = 0

  /** @param {import('./fake-clock.js').FakeClock} clock */
  constructor(clock) { this.clock = clock }

  /** @param {{visible?: boolean}} [how] */
  tab({ visible = true } = {}) {
    const id = `tab-${++this.#made}`
    /** @type {any} */
    const tab = { crashed: false, seen: visible }
    return Object.assign(tab, {
      clock: this.clock, id: () => id, visible: () => tab.seen,
      channel: (/** @type {string} */ name) => this.#channel(name, tab),
      locks: { request: (/** @type {string} */ name, /** @type {any} */ options, /** @type {any} */ held) => this.#request(name, tab, options, held) },
    })
  }

  /** The tab is gone without a word. @param {any} tab */
  crash(tab) {
    tab.crashed = true
    this.#queue = this.#queue.filter(w => w.tab !== tab)
    for (const [name, wish] of this.#held) if (wish.tab === tab) this.#free(name, wish)
  }

  /** @param {string} name @param {any} tab */
  #channel(name, tab) {
    const mine = { name, tab, listeners: /** @type {Set<(e: any) => void>} */ (new Set()), closed: false }
    this.#channels.add(mine)
    return {
      addEventListener: (/** @type {string} */ _, /** @type {(e: any) => void} */ fn) => { mine.listeners.add(fn) },
      close: () => { mine.closed = true; this.#channels.delete(mine) },
      postMessage: (/** @type {any} */ message) => {
        if (tab.crashed || mine.closed) return
        const data = structuredClone(message)
        for (const other of this.#channels) {
          if (other === mine || other.name !== name) continue
          queueMicrotask(() => { if (!other.closed && !other.tab.crashed) for (const fn of other.listeners) fn({ data }) })
        }
      },
    }
  }

  /** @param {string} name @param {any} tab @param {any} options @param {(lock: any) => any} held @returns {Promise<any>} */
  #request(name, tab, { steal = false, signal }, held) {
    return new Promise((resolve, reject) => {
      /** @type {Wish} */
      const wish = { name, tab, held, resolve, reject, signal }
      signal?.addEventListener('abort', () => {
        if (!this.#queue.includes(wish)) return
        this.#queue = this.#queue.filter(w => w !== wish)
        reject(new DOMException('aborted', 'AbortError'))
      })
      const holder = this.#held.get(name)
      if (steal && holder) {
        this.#held.delete(name)
        holder.reject(new DOMException('stolen', 'AbortError'))
      }
      if (this.#held.has(name)) this.#queue.push(wish)
      else this.#grant(wish)
    })
  }

  /** @param {Wish} wish */
  #grant(wish) {
    this.#held.set(wish.name, wish)
    queueMicrotask(async () => {
      if (wish.tab.crashed) return
      const value = await wish.held({ name: wish.name })
      if (this.#held.get(wish.name) !== wish) return
      this.#free(wish.name, wish)
      wish.resolve(value)
    })
  }

  /** @param {string} name @param {Wish} wish */
  #free(name, wish) {
    if (this.#held.get(name) === wish) this.#held.delete(name)
    const next = this.#queue.find(w => w.name === name)
    if (!next) return
    this.#queue = this.#queue.filter(w => w !== next)
    this.#grant(next)
  }
}
