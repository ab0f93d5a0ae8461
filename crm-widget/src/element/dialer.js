/**
 * The field for a name or a number, the number to call from, and the call that comes of it.
 * @module
 */

import { DialRequestEvent } from '../events.js'

const SPACES = /[\s().\-/\u00a0\u2011\u2013]/g

/**
 * What may be dialled, out of what was typed or stands in a link; '' if it is a name.
 * @param {string} text
 */
export function dialable(text) {
  const plain = text.trim().replace(/^tel:/i, '').replace(/;.*$/, '')
  if (/^(agent|queue):./.test(plain) || /^sips?:[^\s]+@[^\s]+$/i.test(plain)) return plain
  const number = plain.replace(SPACES, '')
  return /^\+?[0-9*#]+$/.test(number) ? number : ''
}

/**
 * @typedef {'field' | 'tel-link' | 'adapter' | 'recent' | 'directory' | 'again'} Source where a wish to call comes from
 */

export class Dialer {
  #host
  text = ''
  from = ''
  /** @type {{to: string, how: 'dial' | 'consult' | 'blind', call: string, name: string, options?: any}} whom we called last, to try again */
  last = { to: '', how: 'dial', call: '', name: '' }

  /** @param {import('./host.js').Host} host */
  constructor(host) { this.#host = host }

  /** @param {string} text */
  type(text) {
    this.text = text.slice(0, 128)
    this.#host.later()
  }

  /** @param {string} key */
  press(key) {
    this.type(this.text + key)
    this.#host.client()?.media?.keyTones?.(key)
  }

  back() { this.type(this.text.slice(0, -1)) }

  /** @param {string} number */
  chooseFrom(number) {
    this.from = number
    this.#host.later()
  }

  /**
   * Calls, after the page was asked.
   * @param {string} to @param {Source} source @param {{from?: string, data?: Record<string, string>, name?: string}} [options]
   * @returns {Promise<import('../call.js').Call | undefined>}
   */
  async dial(to, source, { from = this.from, data, name = '' } = {}) {
    if (!to || !this.#host.tell(new DialRequestEvent(to, source, data ?? {}))) return undefined
    this.last = { to, how: 'dial', call: '', name, options: { from, data } }
    const call = await this.#host.need().dial(to, { ...(from ? { from } : {}), ...(data ? { data } : {}) })
    if (source === 'field') this.type('')
    return call
  }

  /** @param {string} call @param {string} to @param {string} name */
  consult(call, to, name) {
    this.last = { to, how: 'consult', call, name }
    return this.#host.need().consult(call, to)
  }

  /** @param {string} call @param {string} to @param {string} name */
  give(call, to, name) {
    this.last = { to, how: 'blind', call, name }
    return this.#host.need().transfer(call, to)
  }

  /** Once more, in the way of before. @returns {Promise<any>} */
  async again() {
    const { to, how, call, name, options } = this.last
    if (how === 'consult') return this.consult(call, to, name)
    if (how === 'blind') return this.give(call, to, name)
    return this.dial(to, 'again', { ...options, name })
  }
}
