/**
 * What an element listens to while it is in a page: presses, keys, links, whether the page is seen and the network there, its own size.
 * @module
 */

/**
 * @typedef {object} Heard
 * @property {() => void} press anywhere on the page
 * @property {(e: KeyboardEvent) => void} shortcut
 * @property {(e: MouseEvent) => void} click
 * @property {() => void} resized
 * @property {() => boolean} busy the page should not be left unasked
 */

/** @param {import('./host.js').Host} host @param {Heard} heard @param {AbortSignal} signal */
export function listenToPage({ element, client }, heard, signal) {
  const doc = element.ownerDocument
  const view = doc.defaultView
  const wake = () => { if (!doc.hidden) client()?.wake() }
  doc.addEventListener('pointerdown', heard.press, { signal, capture: true, passive: true })
  doc.addEventListener('keydown', heard.press, { signal, capture: true, passive: true })
  doc.addEventListener('keydown', heard.shortcut, { signal })
  doc.addEventListener('click', heard.click, { signal })
  doc.addEventListener('visibilitychange', wake, { signal })
  doc.addEventListener('resume', wake, { signal })
  view?.addEventListener('online', wake, { signal })
  view?.addEventListener('pageshow', wake, { signal })
  view?.addEventListener('beforeunload', e => { if (heard.busy()) e.preventDefault() }, { signal })
  if (!view?.ResizeObserver) return
  const sizes = new view.ResizeObserver(heard.resized)
  sizes.observe(element)
  signal.addEventListener('abort', () => sizes.disconnect())
}

/** @param {HTMLElement} root @param {() => import('./keyboard.js').Keyboard | undefined} keyboard once it is loaded @param {AbortSignal} signal */
export function listenToKeys(root, keyboard, signal) {
  root.addEventListener('keydown', e => keyboard()?.down(e), { signal })
  root.addEventListener('keyup', e => keyboard()?.up(e), { signal })
  root.addEventListener('paste', e => keyboard()?.paste(e), { signal })
}
