/**
 * Two live regions, created empty: polite and assertive. A message is cleared after 3 s and never repeated within 5 s; a new assertive one
 * takes the place of the old. Only a visible tab speaks.
 * @module
 */

const CLEAR = 3000
const AGAIN = 5000

export class Announcer {
  /** @type {Record<'polite' | 'assertive', HTMLElement>} */
  #regions
  /** @type {Map<string, number>} */
  #said = new Map()
  /** @type {Record<string, any>} */
  #timers = {}
  #now

  /**
   * @param {HTMLElement} polite
   * @param {HTMLElement} assertive
   * @param {() => number} [now]
   */
  constructor(polite, assertive, now = () => Date.now()) {
    this.#regions = { polite, assertive }
    this.#now = now
  }

  /**
   * @param {string} text
   * @param {'polite' | 'assertive'} [how]
   * @param {number} [again] milliseconds in which it is not said twice
   * @param {boolean} [instead] of what is being said politely: it says that too
   */
  say(text, how = 'polite', again = AGAIN, instead = false) {
    const now = this.#now()
    const region = this.#regions[how]
    if (!text || region.ownerDocument.hidden || now - (this.#said.get(text) ?? -Infinity) < again) return
    for (const [old, when] of this.#said) if (now - when > 60_000) this.#said.delete(old)
    this.#said.set(text, now)
    const old = region.textContent
    region.textContent = how === 'polite' && old && !instead ? `${old} ${text}` : text
    clearTimeout(this.#timers[how])
    this.#timers[how] = setTimeout(() => { region.textContent = '' }, CLEAR)
  }

  stop() {
    for (const how of Object.keys(this.#timers)) clearTimeout(this.#timers[how])
    this.#timers = {}
    this.#regions.polite.textContent = ''
    this.#regions.assertive.textContent = ''
  }
}
