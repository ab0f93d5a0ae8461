/**
 * What the server refuses is said in words for a while, and can be done again.
 * @module
 */

import { OffhookError } from '../messages.js'

const PASSING = 6000

export class Refusals {
  #host
  /** what is being done out of a press @type {(() => any) | null} */
  #doing = null
  /** what was refused, to be done again @type {(() => any) | null} */
  #deed = null
  /** @type {any} */
  #timer

  /** @param {import('./host.js').Host} host */
  constructor(host) { this.#host = host }

  /** Does what a press asks for; `again` does it once more if it is refused. @template T @param {() => any} again @param {() => T} now */
  do(again, now) {
    this.#doing = again
    try { return now() } finally { this.#doing = null }
  }

  again() {
    const deed = this.#deed
    this.#deed = null
    deed?.()
  }

  /** @template T @param {Promise<T>} asked a refusal is shown in words @returns {Promise<T | undefined>} */
  async attempt(asked) {
    const deed = this.#doing
    try {
      return await asked
    } catch (e) {
      this.#deed = deed
      this.#refused(e)
      return undefined
    }
  }

  stop() { clearTimeout(this.#timer) }

  /** @param {unknown} e */
  #refused(e) {
    const code = e instanceof OffhookError ? e.code : ''
    const client = this.#host.client()
    if (code.startsWith('mic_') || code === 'media_unsupported' || code === 'offline' || client?.snapshot.failed?.code === code) return
    client?.raise(code === 'call_gone' ? 'call_gone' : 'again')
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => client?.dismiss('call_gone', 'again'), PASSING)
  }
}
