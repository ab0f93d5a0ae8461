/**
 * The far side's sound in the page: on the chosen device, and tried again where the browser keeps it off until something is pressed.
 * @module
 */

const PLAY_AGAIN = 1000

/** @typedef {import('./media.js').Leg} Leg */

export class Playback {
  /** @type {Set<Leg>} whose sound the browser keeps off */
  #silent = new Set()
  /** @type {AbortController | null} */
  #presses = null
  #chosen
  #tell

  /** @param {{speaker: string}} chosen the device's id; emptied when it is gone @param {(type: string, detail: any) => void} tell */
  constructor(chosen, tell) {
    this.#chosen = chosen
    this.#tell = tell
  }

  /** @param {Leg} leg */
  async play(leg) {
    await this.route(leg)
    try {
      await leg.audio.play()
      this.#heard(leg)
    } catch (e) {
      if (/** @type {any} */ (e)?.name === 'NotAllowedError' && leg.live) this.#unheard(leg)
    }
  }

  /** The page was pressed, or the microphone captures: what the browser kept silent may play. */
  unlock() {
    for (const leg of this.#silent) this.play(leg)
  }

  /** @param {Leg} leg that is over */
  forget(leg) { if (this.#silent.has(leg)) this.#heard(leg) }

  /** @param {Leg} leg */
  async route(leg) {
    if (!('setSinkId' in leg.audio)) return
    if (leg.audio.sinkId === this.#chosen.speaker) return
    await leg.audio.setSinkId(this.#chosen.speaker).catch(() => { this.#chosen.speaker = '' })
  }

  /** Tries again at each press on the page, and by itself: a page whose microphone captures may play, a moment later. @param {Leg} leg */
  #unheard(leg) {
    if (this.#silent.has(leg)) return
    this.#silent.add(leg)
    this.#tell('problem', { code: 'autoplay', call: leg.call })
    if (this.#presses) return
    const { signal } = this.#presses = new AbortController()
    const again = setInterval(() => this.unlock(), PLAY_AGAIN)
    signal.addEventListener('abort', () => clearInterval(again))
    for (const press of ['pointerdown', 'pointerup', 'keydown']) document.addEventListener(press, () => this.unlock(), { signal, capture: true, passive: true })
  }

  /** @param {Leg} leg */
  #heard(leg) {
    this.#silent.delete(leg)
    if (this.#silent.size > 0) return
    this.#presses?.abort()
    this.#presses = null
    this.#tell('solved', { code: 'autoplay' })
  }
}
