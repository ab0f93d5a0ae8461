/**
 * Answers an offered call by itself, after a tone in the headset: `auto-answer="3"` waits three seconds. The server has to allow it
 * (`limits.auto_answer`); the tab that leads does it, once for each offer.
 * @module
 */

const MOST = 60

export class AutoAnswer {
  #host
  #call = ''
  #done = false
  /** when, by the server's clock in milliseconds; 0: not */
  at = 0

  /** @param {import('./host.js').Host} host */
  constructor(host) { this.#host = host }

  /** With each drawing. @param {import('../view.js').View} v */
  look(v) {
    const offered = v.kind === 'offered' && v.s.leader && v.s.limits.auto_answer === true
    const wait = offered ? secondsOf(this.#host.element.getAttribute('auto-answer')) : null
    if (wait === null) return this.#forget()
    if (v.call.id !== this.#call) this.#begin(v, wait)
    if (this.#done || v.lost || v.now < this.at) return
    this.#done = true
    this.#host.attempt(Promise.resolve().then(() => this.#host.need().answer(v.call.id)))
  }

  /** @param {import('../view.js').View} v @param {number} wait seconds */
  #begin(v, wait) {
    this.#call = v.call.id
    this.#done = false
    this.at = v.now + wait * 1000
    this.#host.client()?.media?.beep?.()
    this.#host.say(v.t('say.auto', { n: wait }))
    this.#host.later()
  }

  #forget() {
    this.#call = ''
    this.at = 0
  }
}

/** @param {string | null} text @returns {number | null} null: calls wait for the agent */
function secondsOf(text) {
  const n = text === null || text.trim() === '' ? NaN : Number(text)
  return n >= 0 && n <= MOST ? n : null
}
