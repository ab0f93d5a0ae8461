/**
 * What draws the eye and the ear to an offered call: the ring, the page's title, a notification when the page is hidden. Nothing of it
 * takes the focus.
 * @module
 */

/** @typedef {{id: string, name: string, body: string, seconds: number, title: string | null, doc: Document}} Offer title null: the page keeps its own */

/** One element's; it is quiet until `offered`. Title and notification are for a page that is not seen. */
export class Attention {
  #ringer
  /** @type {Offer | null} */
  #offer = null
  /** @type {string | null} the page's own title, while ours stands in its place */
  #title = null
  /** @type {Notification | null} */
  #note = null
  #seen = () => this.#look()

  /** @param {(blocked: boolean) => void} onBlocked */
  constructor(onBlocked) { this.#ringer = new Ringer(onBlocked) }

  /** @param {Offer} offer */
  offered(offer) {
    if (this.#offer?.id === offer.id) return
    this.over()
    this.#offer = offer
    this.#ringer.start(offer.seconds)
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
    }
    if (!this.#note) this.#notify(offer)
  }

  /** A title that the page changed in the meantime stays. */
  #restoreTitle() {
    const offer = this.#offer
    if (offer && this.#title !== null && offer.doc.title === offer.title) offer.doc.title = this.#title
    this.#title = null
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

const ON = 0.4
const GAP = 0.2
const PAUSE = 2
const ROUND = ON + GAP + ON + PAUSE
const TONES = [660, 880]
const LEVEL = 10 ** (-12 / 20) / TONES.length
const SOFT = 0.35
const RAMP = 0.015
const STOP = 0.03

/** Rings until it is stopped, at most for the time given. */
export class Ringer {
  /** @type {AudioContext | null} */
  #context = null
  /** @type {{gain: GainNode, tones: OscillatorNode[]} | null} */
  #ringing = null
  #onBlocked

  /** @param {(blocked: boolean) => void} onBlocked the browser keeps sound off until a press; called again when it plays */
  constructor(onBlocked) { this.#onBlocked = onBlocked }

  /** Whether the browser lets us make a sound now; asks it, the first time. */
  check() {
    const context = this.#open()
    if (!context) return
    this.#onBlocked(context.state === 'suspended')
  }

  /** Called from inside a press. */
  async unlock() {
    const context = this.#open()
    if (context?.state === 'suspended') await context.resume().catch(() => {})
    if (context) this.#onBlocked(context.state === 'suspended')
  }

  /** @param {number} seconds until the offer expires */
  start(seconds) {
    const context = this.#open()
    if (!context || this.#ringing) return
    const gain = context.createGain()
    gain.gain.value = 0
    gain.connect(context.destination)
    const tones = TONES.map(frequency => {
      const tone = new OscillatorNode(context, { type: 'sine', frequency })
      tone.connect(gain)
      tone.start()
      return tone
    })
    this.#ringing = { gain, tones }
    schedule(gain.gain, context.currentTime + 0.02, Math.min(120, Math.max(1, seconds)))
    if (context.state === 'suspended') this.unlock()
  }

  stop() {
    const ringing = this.#ringing
    const context = this.#context
    if (!ringing || !context) return
    this.#ringing = null
    const now = context.currentTime
    ringing.gain.gain.cancelScheduledValues(now)
    ringing.gain.gain.setTargetAtTime(0, now, STOP / 5)
    for (const tone of ringing.tones) tone.stop(now + STOP)
    ringing.tones[0].addEventListener('ended', () => ringing.gain.disconnect())
  }

  close() {
    this.stop()
    this.#context?.close().catch(() => {})
    this.#context = null
  }

  #open() {
    if (!globalThis.AudioContext) return null
    if (!this.#context) {
      this.#context = new AudioContext()
      this.#context.addEventListener('statechange', () => {
        if (this.#context && this.#context.state !== 'closed') this.#onBlocked(this.#context.state === 'suspended')
      })
    }
    return this.#context
  }
}

/** @param {AudioParam} gain @param {number} from @param {number} seconds */
function schedule(gain, from, seconds) {
  for (let round = 0; round * ROUND < seconds; round++) {
    const level = LEVEL * (round === 0 ? SOFT : 1)
    for (const start of [from + round * ROUND, from + round * ROUND + ON + GAP]) {
      gain.setValueAtTime(0, start)
      gain.linearRampToValueAtTime(level, start + RAMP)
      gain.setValueAtTime(level, start + ON - RAMP)
      gain.linearRampToValueAtTime(0, start + ON)
    }
  }
}
