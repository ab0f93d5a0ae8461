/**
 * What can open, by name: in a bar as a popover, in a panel in the body's place. What is in it comes with late.js.
 * @module
 */

import { h } from '../dom.js'
import { wait } from './parts.js'

/** @typedef {import('./parts.js').View} View */
/** @typedef {import('./parts.js').Act} Act */

/** @type {Readonly<Record<string, string>>} the words of its name */
const TITLES = Object.freeze({
  state: 'state.menu', more: 'menu', save: 'wrap.more', decline: 'decline.menu', quality: 'quality.button', devices: 'devices', shortcuts: 'shortcuts', howto: 'action.howto', problem: 'details.problem',
  keypad: 'keypad', transfer: 'transfer.title', dialpad: 'dial.keypad', find: 'find.people', calls: 'calls.others',
})
const MENUS = ['state', 'more', 'save', 'decline']

export const MENU_NAMES = Object.freeze(Object.keys(TITLES))

/** Which control a menu hangs on, where it is not the one of its name. */
export const ANCHORS = /** @type {Record<string, string>} */ ({ save: 'save-more', shortcuts: 'more', howto: 'mic_denied-howto', find: 'dial' })

/** @param {View} v @param {string} name */
export function titleOf(v, name) { return v.t(TITLES[name], { level: v.quality.word.toLocaleLowerCase(v.tr.lang) }) }

/** What is in it; a line that says to wait, for the moment in which it is not loaded. @param {View} v @param {Act} act @param {string} name */
export function contentOf(v, act, name) { return v.late ? v.late.menuContent(v, act, name) : wait(v) }

/** @param {View} v @param {Act} act @param {string} name */
export function popover(v, act, name) {
  const isMenu = MENUS.includes(name) && v.late
  return h('div', {
    key: `popover-${name}`, class: `popover of-${name}`, part: 'popover', popover: 'auto', 'data-menu-root': name,
    'data-keeps-focus': name === 'find' ? '' : null, 'data-align': name === 'transfer' ? 'end' : name === 'keypad' ? 'center' : null, role: isMenu ? null : 'dialog', 'aria-label': isMenu ? null : titleOf(v, name),
    on: { toggle: (/** @type {any} */ e) => { if (e.newState === 'closed') act.closed(name) } },
  }, contentOf(v, act, name))
}
