/**
 * Who holds a call for a minute is reminded, and again after each further one, unless the agent does not want it.
 * @module
 */

const EVERY = 60_000

export class Reminder {
  #host
  #told = ''
  on = true

  /** @param {import('./host.js').Host} host */
  constructor(host) { this.#host = host }

  toggle() {
    this.on = !this.on
    this.#host.later()
  }

  /** With each drawing. @param {import('../view.js').View} v */
  look(v) {
    const minutes = Math.floor((v.hold?.ms ?? 0) / EVERY)
    const mark = minutes > 0 ? `${v.call.id} ${minutes}` : ''
    if (!mark || mark === this.#told) return
    this.#told = mark
    if (!this.on) return
    this.#host.say(v.t('say.hold_reminder', { time: v.t('minutes', { n: minutes }), name: v.caller?.name ?? '' }), 'assertive')
    this.#host.client()?.media?.beep?.()
  }
}
