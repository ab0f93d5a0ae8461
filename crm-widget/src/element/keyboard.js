/**
 * The element's keyboard: shortcuts of the whole page, keys inside toolbars, menus, keypad and form, and Space held on Mute.
 * @module
 */

import { move, moveInMenu, shortcutOf } from '../keys.js'
import { IN_CALL } from '../view.js'
import { ANCHORS, MENU_NAMES } from '../views/popover.js'
import { keysIn } from './keypad.js'

const TALK_HELD = 300

export class Keyboard {
  #host
  #act
  #popups
  #keymap
  #talkingSince = 0

  /** @param {import('./host.js').Host} host @param {import('../views/parts.js').Act} act @param {{popups: import('./popups.js').Popups, keymap: () => import('../keys.js').Keymap}} own */
  constructor(host, act, { popups, keymap }) {
    this.#host = host
    this.#act = act
    this.#popups = popups
    this.#keymap = keymap
  }

  /** A key anywhere on the page. @param {KeyboardEvent} e */
  shortcut(e) {
    const { element } = this.#host
    const v = this.#host.drawn()
    if (element.hasAttribute('no-shortcuts') || !v) return
    const name = shortcutOf(e, this.#keymap())
    if (!name || !this.#host.client()) return
    e.preventDefault()
    SHORTCUTS[name]?.(v, this.#act)
  }

  /** A key inside the element. @param {KeyboardEvent} e */
  down(e) {
    const el = /** @type {HTMLElement} */ (e.composedPath()[0])
    const menu = el.closest?.('[data-menu-root]')
    if (e.key === 'Escape' && this.#popups.open) {
      e.preventDefault()
      return this.#popups.close()
    }
    if (menu && moveInMenu(e, menu)) return
    const pad = /** @type {HTMLElement | null} */ (el.closest?.('[data-keys]'))
    if (pad && this.#keypad(e, el, pad)) return
    const bar = el.closest?.('[data-toolbar]')
    if (bar && move(e, bar, this.#host.tr().dir === 'rtl')) return
    if (e.key === 'ArrowDown' && !e.altKey) this.#openFrom(e, el)
    if (el.dataset?.talk && e.key === ' ') this.#talk(e)
    if (this.#host.drawn()?.kind === 'wrap_up') this.#wrapKey(e, el)
  }

  /** @param {KeyboardEvent} e */
  up(e) {
    if (e.key !== ' ' || !this.#talkingSince) return
    e.preventDefault()
    const held = performance.now() - this.#talkingSince
    this.#talkingSince = 0
    if (held >= TALK_HELD) this.#host.client()?.mute(true).catch(() => {})
  }

  /** Digits pasted into a keypad. @param {ClipboardEvent} e */
  paste(e) {
    const el = /** @type {HTMLElement} */ (e.composedPath()[0])
    if (!el.closest?.('[data-keys="tones"]')) return
    const text = e.clipboardData?.getData('text') ?? ''
    if (!keysIn(text)) return
    e.preventDefault()
    this.#act.paste(text)
  }

  /** Digits are keys wherever the focus is in the keypad; the arrows go from key to key. @param {KeyboardEvent} e @param {HTMLElement} el @param {HTMLElement} pad */
  #keypad(e, el, pad) {
    if (e.ctrlKey || e.metaKey || e.altKey || e.isComposing || el.localName === 'input' || el.localName === 'select') return false
    if (/^[0-9*#]$/.test(e.key) || (pad.dataset.keys === 'tones' && /^[,a-dA-D]$/.test(e.key))) {
      e.preventDefault()
      this.#act[pad.dataset.keys === 'tones' ? 'key' : 'dialKey'](e.key.toUpperCase())
      return true
    }
    const keys = /** @type {HTMLElement[]} */ ([...pad.querySelectorAll('.key')])
    const at = keys.indexOf(el)
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 3, ArrowUp: -3 }[e.key]
    if (at < 0 || !step) return false
    e.preventDefault()
    keys[(at + step + keys.length) % keys.length].focus()
    return true
  }

  /** ↓ opens the menu of a menu button. @param {KeyboardEvent} e @param {HTMLElement} el */
  #openFrom(e, el) {
    const name = el.dataset?.menu ?? (el.getAttribute?.('aria-haspopup') === 'menu' ? (ANCHORS.save === el.dataset.control ? 'save' : el.dataset.control) : undefined)
    if (!name || !MENU_NAMES.includes(name)) return
    e.preventDefault()
    this.#popups.toggle(name)
  }

  /** Space held on Mute: talk while it is held. @param {KeyboardEvent} e */
  #talk(e) {
    e.preventDefault()
    if (e.repeat || this.#talkingSince) return
    this.#talkingSince = performance.now()
    this.#host.client()?.mute(false).catch(() => {})
  }

  /** @param {KeyboardEvent} e @param {HTMLElement} el */
  #wrapKey(e, el) {
    if (e.isComposing || e.altKey || e.shiftKey) return
    if (e.key === 'Enter' && (e.ctrlKey || e.metaKey)) {
      e.preventDefault()
      return this.#act.save('available')
    }
    const typing = el.localName === 'textarea' || el.localName === 'input' || (el.localName === 'select' && el.dataset.control !== 'outcome')
    const outcome = /^[1-9]$/.test(e.key) && !typing && !e.ctrlKey && !e.metaKey ? this.#host.drawn()?.wrap.outcomes[Number(e.key) - 1] : null
    if (!outcome) return
    e.preventDefault() // or the list looks for an outcome that begins with a digit
    this.#act.outcome(outcome.name)
  }
}

/** What each shortcut does now. @type {Record<string, (v: import('../view.js').View, act: import('../views/parts.js').Act) => any>} */
const SHORTCUTS = {
  answer: (v, act) => v.kind === 'offered' && act.answer(),
  decline: (v, act) => v.kind === 'offered' && act.decline(),
  end: (v, act) => IN_CALL.includes(v.kind) && (v.consult ? act.drop() : act.end()),
  mute: (v, act) => (v.kind === 'offered' ? act.silence() : IN_CALL.includes(v.kind) && act.mute()),
  hold: (v, act) => v.kind === 'talking' && (v.consult ? act.swap() : v.call.phase !== 'transferring' && act.hold()),
  keypad: (v, act) => (v.kind === 'talking' && !v.hold) || v.call?.phase === 'early' ? act.toggle('keypad') : undefined,
  transfer: (v, act) => v.kind === 'talking' && (v.consult ? act.toComplete() : v.call.phase !== 'transferring' && act.toggle('transfer')),
  swap: (v, act) => v.consult && act.swap(),
  state: (_, act) => act.toggle('state'),
  dial: (v, act) => v.kind === 'idle' && act.toggle('dialpad'),
  extend: (v, act) => v.kind === 'wrap_up' && act.extend(),
  shortcuts: (_, act) => act.toggle('shortcuts'),
}
