/**
 * What opens: one at a time, anchored to its button in a bar, in the body's place in a panel; focus goes in and comes back.
 * @module
 */

import { ANCHORS } from '../views/popover.js'

const REOPEN = 300

export class Popups {
  #host
  #anchor = ''
  #dismissed = { name: '', at: 0 }
  /** the open one, '' for none */
  open = ''

  /** @param {import('./host.js').Host} host */
  constructor(host) { this.#host = host }

  /** @param {string} name @param {string} [from] the menu it was chosen in */
  toggle(name, from) {
    if (from === undefined && name && this.#dismissed.name === name && performance.now() - this.#dismissed.at < REOPEN) {
      this.#dismissed.name = ''
      return
    }
    if (!name || this.open === name) return this.close()
    this.show(name, from)
  }

  /** @param {string} name @param {string} [from] */
  show(name, from) {
    this.#anchor = from ?? ANCHORS[name] ?? name
    this.open = name
    this.#host.draw()
    if (this.#host.layout() !== 'bar') focusFirst(this.#host.root.querySelector('[data-menu-root]'))
  }

  close() {
    if (!this.open) return
    const had = this.#host.shadow.activeElement?.closest('[data-menu-root]') || this.#host.layout() === 'bar'
    this.open = ''
    this.#host.draw()
    if (had) this.#focusAnchor()
  }

  /** Without a word: what it was about is gone. */
  drop() { this.open = '' }

  /** The browser closed it: a press elsewhere. @param {string} name */
  dismissed(name) {
    if (this.open !== name) return
    this.#dismissed = { name, at: performance.now() }
    const { shadow, element } = this.#host
    const inside = shadow.activeElement === null || shadow.activeElement.closest('[data-menu-root]') !== null
    this.open = ''
    this.#host.draw()
    if (inside && element.matches(':focus-within')) this.#focusAnchor()
  }

  /** Shows what was drawn, in its place. */
  place() {
    const { root } = this.#host
    const el = /** @type {HTMLElement | null} */ (root.querySelector('.popover'))
    if (!el) return
    const fresh = !el.matches(':popover-open')
    if (fresh) el.showPopover()
    place(el, seen(root, this.#anchor) ?? seen(root, 'more') ?? root, this.#host.tr().dir === 'rtl')
    if (fresh && el.dataset.keepsFocus === undefined) focusFirst(el)
  }

  #focusAnchor() {
    const { root } = this.#host
    const el = seen(root, this.#anchor) ?? seen(root, 'more') ?? seen(root, 'state')
    el?.focus()
  }
}

/** @param {Element} root @param {string} key @returns {HTMLElement | null} */
function seen(root, key) {
  const el = /** @type {HTMLElement | null} */ (root.querySelector(`[data-control="${key}"]`))
  return el && el.getClientRects().length > 0 ? el : null
}

/** @param {Element | null} root */
export function focusFirst(root) {
  const first = root?.querySelector('[data-first]') ?? root?.querySelector('[role=menuitemradio][aria-checked=true], [role^=menuitem]')
    ?? root?.querySelector('select, input, button:not([data-control=back]), [tabindex]')
  if (first) (/** @type {HTMLElement} */ (first)).focus({ preventScroll: first.matches('[tabindex="-1"]') }) // a page is read from its top
}

/** Between a button and what it opens: 9 px below the bar that the button is in. */
const GAP = 17

/**
 * Puts a popover below its button, or above where there is more room, and inside the page.
 * @param {HTMLElement} el
 * @param {Element} anchor
 * @param {boolean} rtl
 */
function place(el, anchor, rtl) {
  const view = /** @type {Window} */ (el.ownerDocument.defaultView)
  const a = anchor.getBoundingClientRect()
  const { width, height } = el.getBoundingClientRect()
  const below = view.innerHeight - a.bottom
  const top = below < height + GAP && a.top > below ? a.top - height - GAP : a.bottom + GAP
  const start = el.dataset.align === 'center' ? (a.left + a.right - width) / 2 : rtl !== (el.dataset.align === 'end') ? a.right - width : a.left
  const left = Math.max(8, Math.min(start, view.innerWidth - width - 8))
  el.style.setProperty('top', `${Math.max(8, Math.round(top))}px`)
  el.style.setProperty('left', `${Math.round(left)}px`)
}

/** What an open page needs; without it, it closes. @type {Record<string, (v: import('../view.js').View) => boolean>} */
export const NEEDS = {
  keypad: v => (v.kind === 'talking' && !v.hold && v.call.phase !== 'transferring') || v.call?.phase === 'early',
  transfer: v => v.kind === 'talking' && !v.consult && v.call.phase !== 'transferring',
  dialpad: v => v.kind === 'idle',
  find: v => v.kind === 'idle',
  calls: v => v.others.length > 0,
}
