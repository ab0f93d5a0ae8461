/**
 * The keyboard: shortcuts by place of the key, not by its letter, and moving inside a toolbar with the arrow keys.
 * @module
 */

/** @typedef {Record<string, string | null>} Keymap shortcut → `event.code`, or null to turn it off */

/** @type {Readonly<Record<string, string>>} with Alt and Shift */
export const KEYMAP = Object.freeze({
  answer: 'KeyA', decline: 'KeyD', end: 'KeyE', mute: 'KeyM', hold: 'KeyH', keypad: 'KeyK', transfer: 'KeyT', swap: 'KeyX', state: 'KeyS', dial: 'KeyN', extend: 'Equal',
  shortcuts: 'Slash',
})

const LABELS = /** @type {Record<string, string>} */ ({ Equal: '+', Slash: '/' })

/** The list for people. @param {Keymap} keymap @returns {[string, string[]][]} */
export function shortcuts(keymap) {
  const alt = /Mac|iP/.test(globalThis.navigator?.platform ?? '') ? '⌥' : 'Alt'
  const own = Object.keys(KEYMAP).filter(name => keymap[name] !== null)
    .map(name => /** @type {[string, string[]]} */ ([name, [alt, 'Shift', label(keymap[name] ?? KEYMAP[name])]]))
  return [...own, ['save', ['Ctrl', 'Enter']], ['talk', ['Space']], ['move', ['←', '→']]]
}

/** @param {string} code */
function label(code) { return LABELS[code] ?? code.replace(/^(Key|Digit)/, '') }

/**
 * The shortcut that an event is, or ''.
 * @param {KeyboardEvent} e
 * @param {Keymap} keymap
 */
export function shortcutOf(e, keymap) {
  if (e.defaultPrevented || e.isComposing || e.repeat || !e.altKey || !e.shiftKey || e.ctrlKey || e.metaKey) return ''
  return Object.keys(KEYMAP).find(name => (name in keymap ? keymap[name] : KEYMAP[name]) === e.code) ?? ''
}

/** @param {Element} el */
const seen = el => el.getClientRects().length > 0

/** The controls of a toolbar that can be seen. @param {Element} toolbar @returns {HTMLElement[]} */
export function controlsOf(toolbar) {
  return /** @type {HTMLElement[]} */ ([...toolbar.querySelectorAll('[data-control]')].filter(seen))
}

/**
 * One Tab stop a toolbar: the one used last, or the one that matters now.
 * @param {Element} toolbar
 * @param {string | undefined} wanted key of the control that shall be the stop
 */
export function rove(toolbar, wanted) {
  const all = /** @type {HTMLElement[]} */ ([...toolbar.querySelectorAll('[data-control]')])
  const visible = all.filter(seen)
  const stop = visible.find(el => el.dataset.control === wanted) ?? visible[0]
  for (const el of all) {
    const index = el === stop ? 0 : -1
    if (el.tabIndex !== index || !el.hasAttribute('tabindex')) el.tabIndex = index
  }
}

/**
 * Arrow keys, Home and End inside a toolbar. In a text field the arrows move the caret, and leave it at its ends.
 * @param {KeyboardEvent} e
 * @param {Element} toolbar
 * @param {boolean} rtl
 * @returns {boolean} whether the key was used
 */
export function move(e, toolbar, rtl) {
  if (e.defaultPrevented || e.altKey || e.ctrlKey || e.metaKey || e.shiftKey) return false
  const target = /** @type {HTMLElement | undefined} */ (e.composedPath()[0])
  const step = { ArrowRight: rtl ? -1 : 1, ArrowLeft: rtl ? 1 : -1, Home: -Infinity, End: Infinity }[e.key]
  if (!target || step === undefined || (target instanceof Object && isText(target) && !atEdge(/** @type {any} */ (target), e.key))) return false
  const all = controlsOf(toolbar)
  const from = all.findIndex(el => el === target || el.contains(target))
  if (from < 0) return false
  const to = step === Infinity ? all.length - 1 : step === -Infinity ? 0 : (from + step + all.length) % all.length
  e.preventDefault()
  rove(toolbar, all[to].dataset.control)
  all[to].focus()
  return true
}

/** @param {Element} el */
function isText(el) { return el.localName === 'input' || el.localName === 'textarea' }

/** @param {HTMLInputElement} el @param {string} key */
function atEdge(el, key) {
  if (el.readOnly || el.value === '') return true
  if (key === 'ArrowLeft') return el.selectionStart === 0 && el.selectionEnd === 0
  if (key === 'ArrowRight') return el.selectionStart === el.value.length
  return false
}

/**
 * What the keys of a headset do; a browser that does not know a key (Firefox) throws, and goes without.
 * @param {Record<string, (() => void) | null>} does
 */
export function mediaKeys(does) {
  for (const [key, handler] of Object.entries(does)) {
    try {
      navigator.mediaSession?.setActionHandler(/** @type {any} */ (key), handler)
    } catch { /* not a key here */ }
  }
}

/** The light of a headset's mute key. @param {boolean} on */
export function microphoneShown(on) { /** @type {any} */ (navigator.mediaSession)?.setMicrophoneActive?.(on)?.catch?.(() => {}) }

/**
 * Arrow keys, Home, End and first letters inside a menu.
 * @param {KeyboardEvent} e
 * @param {Element} root
 */
export function moveInMenu(e, root) {
  const items = /** @type {HTMLElement[]} */ ([...root.querySelectorAll('[role^=menuitem]')].filter(seen))
  if (items.length === 0 || e.altKey || e.ctrlKey || e.metaKey) return false
  const at = items.indexOf(/** @type {HTMLElement} */ (e.composedPath()[0]))
  const to = { ArrowDown: at + 1, ArrowUp: at < 0 ? items.length - 1 : at - 1, Home: 0, End: items.length - 1 }[e.key]
  if (to !== undefined) {
    e.preventDefault()
    items[(to + items.length) % items.length].focus()
    return true
  }
  if (e.key.length !== 1 || e.key === ' ') return false
  const order = [...items.slice(at + 1), ...items.slice(0, at + 1)]
  const hit = order.find(el => (el.textContent ?? '').trim().toLocaleLowerCase().startsWith(e.key.toLocaleLowerCase()))
  hit?.focus()
  return hit !== undefined
}
