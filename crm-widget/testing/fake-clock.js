/**
 * A clock that stands still until it is told: `clock.advance(ms)` runs the timers due, in order, and lets promises settle between them.
 * @module
 */

export class FakeClock {
  #now
  #next = 1
  /** @type {Map<number, {at: number, fn: () => void}>} */
  #timers = new Map()

  /** @param {number} [start] milliseconds since 1970 */
  constructor(start = Date.UTC(2026, 0, 5, 9)) { this.#now = start }

  now() { return this.#now }

  /** @param {() => void} fn @param {number} ms */
  setTimeout(fn, ms) {
    const id = this.#next++
    this.#timers.set(id, { at: this.#now + Math.max(0, ms), fn })
    return id
  }

  /** @param {number | undefined} id */
  clearTimeout(id) { if (id !== undefined) this.#timers.delete(id) }

  /** How many timers wait. */
  get waiting() { return this.#timers.size }

  /** Milliseconds until the next one, or Infinity. */
  get nextIn() { return Math.min(Infinity, ...[...this.#timers.values()].map(t => t.at - this.#now)) }

  /** @param {number} ms */
  async advance(ms) {
    const end = this.#now + ms
    await settled()
    for (;;) {
      const due = [...this.#timers].filter(([, t]) => t.at <= end).sort((a, b) => a[1].at - b[1].at || a[0] - b[0])[0]
      if (!due) break
      this.#now = due[1].at
      this.#timers.delete(due[0])
      due[1].fn()
      await settled()
    }
    this.#now = end
  }
}

/** Lets everything that waits in promises happen. */
export async function settled() {
  for (let i = 0; i < 50; i++) await Promise.resolve()
}
