/**
 * Measures the microphone while the device page is open, and no longer.
 * @module
 */

export class Meter {
  #host
  /** @type {(() => void) | null} */
  #stop = null
  #wanted = false
  /** 0 to 1, null while nothing is measured @type {number | null} */
  level = null

  /** @param {import('./host.js').Host} host */
  constructor(host) { this.#host = host }

  /** With each drawing. @param {boolean} open the page is seen */
  look(open) {
    if (open === this.#wanted) return
    this.#wanted = open
    if (open) this.#start()
    else this.stop()
  }

  stop() {
    this.#wanted = false
    this.#stop?.()
    this.#stop = null
    this.level = null
  }

  async #start() {
    const media = this.#host.client()?.media
    if (!media?.meter) return
    const stop = await media.meter(level => {
      if (!this.#wanted) return
      this.level = level
      this.#host.later()
    }).catch(() => null)
    if (this.#wanted) this.#stop = stop
    else stop?.()
  }
}
