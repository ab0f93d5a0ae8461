/**
 * Clicks on `tel:` links of the page dial, where the attribute `capture-tel` asks for it; the page may cancel `dial-request`.
 * @module
 */

import { dialable } from './dialer.js'

/**
 * The number of a plain click on a telephone link; '' for any other click.
 * @param {MouseEvent} e
 */
export function numberOf(e) {
  if (e.defaultPrevented || e.button !== 0 || e.metaKey || e.ctrlKey || e.shiftKey || e.altKey) return ''
  for (const el of e.composedPath()) {
    const link = /** @type {HTMLAnchorElement} */ (el)
    if (link.localName === 'a' && /^tel:/i.test(link.getAttribute?.('href') ?? '')) return dialable(decoded(/** @type {string} */ (link.getAttribute('href'))))
  }
  return ''
}

/** @param {string} href */
function decoded(href) {
  try { return decodeURIComponent(href) } catch { return '' }
}
