/**
 * Each new problem is told to the page, which may keep it from being shown, and said aloud.
 * @module
 */

import { ProblemEvent } from '../events.js'
import { problemWords, shownAs } from '../problems.js'

export class ProblemTeller {
  #host
  #seen = new Set()

  /** @param {import('./host.js').Host} host */
  constructor(host) { this.#host = host }

  /** @param {import('../store.js').Snapshot} s */
  tell(s) {
    const now = new Set(s.problems.map(p => p.code))
    for (const p of s.problems) {
      if (this.#seen.has(p.code)) continue
      const { title, text } = problemWords(shownAs(p), p.detail, this.#host.tr().t)
      const shown = this.#host.tell(new ProblemEvent(p.code, `${title}. ${text}`.trim(), p.detail ?? null))
      if (!shown) queueMicrotask(() => this.#host.client()?.dismiss(p.code))
      else this.#host.say(`${title}. ${text}`.trim(), 'assertive')
    }
    this.#seen = now
  }
}
