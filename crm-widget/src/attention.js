/**
 * What draws the eye and the ear to an offered call: the ring, the page's title, a notification when the page is hidden. Nothing of it
 * takes the focus.
 * @module
 */

import { PageIcon } from './page-icon.js'
import { Output, play } from './tones.js'

/**
 * @typedef {{id: string, name: string, body: string, seconds: number, title: string | null, doc: Document, softly: boolean}} Offer title null: the
 *   page keeps its own; softly: another call is live
 */

/** One element's; it is quiet until `offered`. Title and notification are for a page that is not seen. */
export class Attention {
  #ringer
  /** @type {Offer | null} */
  #offer = null
  /** @type {string | null} the page's own title, while ours stands in its place */
  #title = null
  /** @type {Notification | null} */
  #note = null
  #icon
  #seen = () => this.#look()

  /** @param {(blocked: boolean) => void} onBlocked @param {string} [icon] address of a green icon for the page's tab */
  constructor(onBlocked, icon = '') {
    this.#ringer = new Ringer(onBlocked)
    this.#icon = new PageIcon(icon)
  }

  /** @param {Offer} offer */
  offered(offer) {
    if (this.#offer?.id === offer.id) return
    this.over()
    this.#offer = offer
    this.#ringer.start(offer.seconds, offer.softly)
    offer.doc.addEventListener('visibilitychange', this.#seen)
    this.#look()
  }

  silence() { this.#ringer.stop() }

  /** The offer is over, however. */
  over() {
    this.#ringer.stop()
    this.#offer?.doc.removeEventListener('visibilitychange', this.#seen)
    this.#restoreTitle()
    this.#note?.close()
    this.#note = null
    this.#offer = null
  }

  /** @param {string} id of the ringer's device */
  set sink(id) { this.#ringer.sink = id }

  /** @param {boolean} on */
  set alsoSpeakers(on) { this.#ringer.alsoSpeakers = on }

  /** @param {string} name of RINGS, or `silent` */
  set tone(name) { this.#ringer.tone = name }

  /** @param {number} volume 0 to 1 */
  set volume(volume) { this.#ringer.volume = volume }

  /** One round, for the agent to hear where it rings. */
  test() { this.#ringer.test() }

  check() { this.#ringer.check() }
  unlock() { return this.#ringer.unlock() }
  close() { this.#ringer.close() }

  #look() {
    const offer = this.#offer
    if (!offer) return
    if (!offer.doc.hidden) return this.#restoreTitle()
    if (offer.title !== null && this.#title === null) {
      this.#title = offer.doc.title
      offer.doc.title = offer.title
      this.#icon.green(offer.doc)
    }
    if (!this.#note) this.#notify(offer)
  }

  /** A title that the page changed in the meantime stays. */
  #restoreTitle() {
    const offer = this.#offer
    if (offer && this.#title !== null && offer.doc.title === offer.title) offer.doc.title = this.#title
    this.#title = null
    this.#icon.restore()
  }

  /** @param {Offer} offer */
  #notify({ id, name, body, doc }) {
    if (globalThis.Notification?.permission !== 'granted') return
    try {
      this.#note = new Notification(name, /** @type {any} */ ({ body, tag: id, renotify: true, requireInteraction: true }))
      this.#note.addEventListener('click', () => doc.defaultView?.focus())
    } catch { /* a phone's browser wants a service worker for it */ }
  }
}

const LEVEL = 10 ** (-12 / 20)

/** Tones together, twice, then a pause; the first round is softer. */
const RING = { on: /** @type {const} */ ([[0, 0.4], [0.6, 0.4]]), every: 3, first: 0.35 }
/** Hz, by the name that an agent chooses. @type {Record<string, number[]>} */
export const RINGS = { classic: [660, 880], low: [392, 494], chime: [1047, 1319, 1568] }
/** One soft beep in the headset: a second call, while somebody speaks. */
const BEEP = { frequencies: [660], on: /** @type {const} */ ([[0, 0.2]]), every: 4, level: LEVEL * 0.2 }

/** Rings until it is stopped, at most for the time given. */
export class Ringer {
  #output
  /** the system's own speakers, where the agent wants them too */
  #also = new Output()
  /** ring on the system's own speakers as well */
  alsoSpeakers = false
  tone = 'classic'
  volume = 1
  /** @type {(() => void) | null} */
  #stop = null
  #onBlocked

  /** @param {(blocked: boolean) => void} onBlocked the browser keeps sound off until a press; called again when it plays */
  constructor(onBlocked) {
    this.#onBlocked = onBlocked
    this.#output = new Output(state => onBlocked(state === 'suspended'))
  }

  /** @param {string} id of the device, '' for the system's own */
  set sink(id) { this.#output.sink = id }

  /** Whether the browser lets us make a sound now; asks it, the first time. */
  check() {
    const { context } = this.#output
    if (context) this.#onBlocked(context.state === 'suspended')
  }

  /** Called from inside a press. */
  async unlock() {
    const { context } = this.#output
    if (context?.state === 'suspended') await context.resume().catch(() => {})
    if (context) this.#onBlocked(context.state === 'suspended')
  }

  /** @param {number} seconds until the offer expires @param {boolean} [softly] in a call */
  start(seconds, softly = false) {
    const { context } = this.#output
    if (!context || this.#stop) return
    const time = Math.min(120, Math.max(1, seconds))
    const stops = softly ? [play(this.#output, BEEP, time)] : this.#ring(time)
    this.#stop = () => { for (const stop of stops) stop() }
    if (context.state === 'suspended') this.unlock()
  }

  /** Where it rings, as the agent has chosen. @param {number} time seconds */
  #ring(time) {
    const frequencies = RINGS[this.tone]
    if (!frequencies || this.volume === 0) return []
    const ring = { ...RING, frequencies, level: LEVEL * this.volume ** 2 } // as ears count
    return (this.alsoSpeakers ? [this.#output, this.#also] : [this.#output]).map(output => play(output, ring, time))
  }

  /** One round; nothing while it rings. */
  test() {
    if (this.#stop) return
    this.unlock()
    const stops = this.#ring(1)
    setTimeout(() => { for (const stop of stops) stop() }, RING.every * 1000)
  }

  stop() {
    this.#stop?.()
    this.#stop = null
  }

  close() {
    this.stop()
    this.#output.close()
    this.#also.close()
  }
}
