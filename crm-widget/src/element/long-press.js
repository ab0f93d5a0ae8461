/**
 * A press that was held on a button with a menu behind it (`data-menu`) opens the menu, and is no press on the button. It opens when the press
 * ends: a browser closes what has opened under a finger as soon as that is lifted.
 * @module
 */

const HELD = 500

/** @param {HTMLElement} root @param {(menu: string) => void} open @param {AbortSignal} signal */
export function listenToLongPresses(root, open, signal) {
  let began = Infinity
  const buttonOf = (/** @type {Event} */ e) => /** @type {HTMLElement | null} */ (/** @type {HTMLElement} */ (e.target).closest?.('[data-menu]'))
  root.addEventListener('pointerdown', e => { began = e.button === 0 && buttonOf(e) ? e.timeStamp : Infinity }, { signal })
  root.addEventListener('click', e => {
    const button = buttonOf(e)
    const long = e.timeStamp - began >= HELD
    began = Infinity
    if (!button || !long || button.getAttribute('aria-disabled') === 'true') return
    e.preventDefault()
    e.stopPropagation()
    open(String(button.dataset.menu))
  }, { signal, capture: true })
}
