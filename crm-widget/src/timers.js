/**
 * Times on the screen come from the server's timestamps and its clock, never from counting ticks.
 * @module
 */

/** @param {unknown} timestamp RFC 3339 @returns {number} milliseconds, NaN if it is none */
export function at(timestamp) { return typeof timestamp === 'string' ? Date.parse(timestamp) : NaN }

/** Milliseconds since a moment, not below 0. @param {unknown} timestamp @param {number} now */
export function since(timestamp, now) {
  const t = at(timestamp)
  return Number.isNaN(t) ? 0 : Math.max(0, now - t)
}

/** Milliseconds left until a moment, not below 0. @param {unknown} timestamp @param {number} now */
export function left(timestamp, now) {
  const t = at(timestamp)
  return Number.isNaN(t) ? 0 : Math.max(0, t - now)
}

/** Rounds a countdown: the whole second, but not one more for the jitter between two clocks. @param {number} s */
export function countdown(s) { return Math.ceil(s - 0.1) }

/** "2:47", "1:02:03". @param {number} ms @param {(n: number) => number} [round] */
export function clock(ms, round = Math.floor) {
  const s = Math.max(0, round(ms / 1000))
  const two = (/** @type {number} */ n) => String(n).padStart(2, '0')
  return s >= 3600 ? `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}` : `${Math.floor(s / 60)}:${two(s % 60)}`
}

/** One timer that calls back in step with the server's seconds; who is called sets it again. */
export class Ticker {
  /** @type {any} */
  #timer
  #every = 0
  #tick

  /** @param {() => void} tick */
  constructor(tick) { this.#tick = tick }

  /** The next call, unless it is set so already. @param {number} every milliseconds, 0 to stop @param {number} now the server's clock */
  set(every, now) {
    if (every === this.#every) return
    this.stop()
    this.#every = every
    if (every > 0) this.#next(now)
  }

  stop() {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#every = 0
  }

  /** @param {number} now */
  #next(now) {
    this.#timer = setTimeout(() => {
      this.#every = 0
      this.#tick()
    }, this.#every - (Math.floor(now) % this.#every) + 5)
  }
}
