/**
 * Tones in a call: by press, by the keyboard, pasted. The server queues them; what was sent is shown.
 * @module
 */

const SHOWN = 20
const FLASH = 140

/** Digits and what else a keypad takes. @param {string} text */
export const keysIn = text => [...text.toUpperCase()].filter(c => /[0-9A-D*#,]/.test(c)).join('')

export class Keypad {
  #host
  #call = ''
  /** @type {any} */
  #flash
  typed = ''
  pressed = ''

  /** @param {import('./host.js').Host} host */
  constructor(host) { this.#host = host }

  /** The call that is heard from now on; another call begins with an empty line. @param {string} id */
  about(id) {
    if (id === this.#call) return
    this.#call = id
    this.typed = ''
  }

  /** @param {string} key */
  press(key) {
    this.#show(key)
    this.#send(key)
  }

  /** @param {string} text */
  paste(text) {
    const keys = keysIn(text)
    if (!keys) return
    this.typed = (this.typed + keys).slice(-SHOWN)
    const { t } = this.#host.tr()
    this.#host.say(t('say.pasted', { n: keys.length }))
    this.#host.later()
    this.#send(keys)
  }

  copy() { navigator.clipboard?.writeText(this.typed).catch(() => {}) }

  stop() { clearTimeout(this.#flash) }

  /** @param {string} keys */
  #send(keys) { this.#host.attempt(Promise.resolve().then(() => this.#host.need().dtmf(keys))) }

  /** @param {string} key */
  #show(key) {
    this.typed = (this.typed + key).slice(-SHOWN)
    this.pressed = key
    clearTimeout(this.#flash)
    this.#flash = setTimeout(() => { this.pressed = ''; this.#host.later() }, FLASH)
    this.#host.later()
  }
}
