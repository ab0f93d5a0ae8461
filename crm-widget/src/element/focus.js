/**
 * Where the focus is: one Tab stop a toolbar, and a place to go to when the focused control vanishes. State changes never move it.
 * @module
 */

import { rove } from '../keys.js'

const SUCCESSORS = /** @type {Record<string, string[]>} */ ({
  answer: ['mute', 'end', 'state'], decline: ['state'], end: ['outcome', 'save', 'resume', 'state', 'sign-in'], save: ['state'], 'save-more': ['state'], 'save-away': ['state'],
  complete: ['transfer', 'outcome', 'save', 'state'], drop: ['mute', 'state'], swap: ['hold', 'mute'], takeback: ['transfer', 'mute'], transfer: ['complete', 'takeback', 'outcome', 'state'],
  'dial-call': ['end', 'state'], dial: ['end', 'state'], hold: ['swap', 'mute'], keypad: ['mute', 'state'],
})
const ELSE = ['mute', 'answer', 'outcome', 'state', 'sign-in']

export class Focus {
  #host
  /** @type {Record<string, string>} by toolbar, the control used last */
  #stops = {}

  /** @param {import('./host.js').Host} host */
  constructor(host) { this.#host = host }

  /** The Tab stops, after something was drawn or resized. */
  rove() {
    const { root, shadow } = this.#host
    const v = this.#host.drawn()
    for (const bar of root.querySelectorAll('[data-toolbar]')) {
      const name = /** @type {HTMLElement} */ (bar).dataset.toolbar ?? ''
      const focus = /** @type {HTMLElement | null} */ (shadow.activeElement)
      const inside = focus && bar.contains(focus) ? focus.dataset.control : undefined
      rove(bar, inside ?? (v?.kind === 'offered' ? 'answer' : name === 'tabs' ? `tab-${v?.ui.tab}` : this.#stops[name]))
    }
  }

  /** The focused control is gone: on to what stands in its place. @param {HTMLElement | null} active */
  keep(active) {
    if (!active || active.isConnected || this.#host.shadow.activeElement) return // or what was opened has it
    const key = active.dataset.control ?? ''
    for (const next of [key, ...(SUCCESSORS[key] ?? ELSE)]) {
      const el = /** @type {HTMLElement | null} */ (next ? this.#host.root.querySelector(`[data-control="${next}"]`) : null)
      if (el && el.getClientRects().length > 0) return el.focus()
    }
  }

  /** @param {FocusEvent} e */
  moved(e) {
    const el = /** @type {HTMLElement} */ (e.composedPath()[0])
    const bar = /** @type {HTMLElement | null} */ (el.closest?.('[data-toolbar]'))
    const key = el.dataset?.control
    if (!bar || !key) return
    this.#stops[bar.dataset.toolbar ?? ''] = key
    this.rove()
  }
}
