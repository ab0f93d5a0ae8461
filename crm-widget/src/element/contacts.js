/**
 * Who is calling, by the page's own knowledge: `contactLookup` is asked once for each call and waited for 1.5 s.
 * @module
 */

import { farParty } from '../text.js'

const WAIT = 1500

/** @typedef {(number: string, call: any) => Promise<any>} Lookup */

export class Contacts {
  /** @type {Lookup | null} */
  lookup = null
  /** @type {Map<string, import('../view.js').Contact | null>} by call */
  #known = new Map()
  #changed

  /** @param {() => void} changed */
  constructor(changed) { this.#changed = changed }

  /** @param {string} call @returns {import('../view.js').Contact | null} */
  of(call) { return this.#known.get(call) ?? null }

  /** The calls that there are now: new ones are looked up, those that are over forgotten. @param {readonly any[]} calls */
  follow(calls) {
    const here = new Set(calls.map(c => c.id))
    for (const id of this.#known.keys()) if (!here.has(id)) this.#known.delete(id)
    for (const call of calls) if (!this.#known.has(call.id)) this.#ask(call)
  }

  /** @param {any} call */
  async #ask(call) {
    this.#known.set(call.id, null)
    if (!this.lookup) return
    /** @type {any} */
    let timer
    const late = new Promise(resolve => { timer = setTimeout(() => resolve(null), WAIT) })
    try {
      const contact = await Promise.race([this.lookup(String(farParty(call).number ?? ''), call), late])
      if (!contact || typeof contact !== 'object' || !this.#known.has(call.id)) return
      this.#known.set(call.id, contact)
      this.#changed()
    } catch { /* a page whose lookup fails has a card without a name */ } finally {
      clearTimeout(timer)
    }
  }
}
