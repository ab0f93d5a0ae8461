/**
 * Twelve keys: for tones in a call, and for a number to call.
 * @module
 */

import { h } from '../dom.js'
import { icon } from '../icons.js'
import { formatNumber, spellNumber } from '../text.js'
import { control, iconButton, timer } from './parts.js'

/** @typedef {import('./parts.js').View} View */
/** @typedef {import('./parts.js').Act} Act */

const KEYS = [['1', ''], ['2', 'ABC'], ['3', 'DEF'], ['4', 'GHI'], ['5', 'JKL'], ['6', 'MNO'], ['7', 'PQRS'], ['8', 'TUV'], ['9', 'WXYZ'], ['*', ''], ['0', '+'], ['#', '']]

/** @param {View} v @param {(key: string) => void} press @param {'tones' | 'number'} kind */
function keys(v, press, kind) {
  return h('div', { key: 'keys', class: 'keys12', role: 'group', 'aria-label': v.t('dial.keypad') }, KEYS.map(([digit, letters], i) => h('button', {
    key: digit, type: 'button', class: 'key', part: 'key', 'data-pressed': kind === 'tones' && v.ui.keypad.pressed === digit ? '' : null, 'data-first': i === 0 && kind === 'tones' ? '' : null,
    'aria-label': [nameOf(v, digit), letters === '+' ? '' : [...letters].join(' ')].filter(Boolean).join(', '),
    on: {
      click: () => press(digit),
      contextmenu: (/** @type {any} */ e) => { if (digit === '0' && kind === 'number') { e.preventDefault(); press('+') } },
    },
  }, h('span', { class: 'digit' }, digit === '*' ? '∗' : digit), letters || i === 0 ? h('span', { class: 'letters', 'aria-hidden': 'true', 'data-letters': letters || '\u00a0' }) : null)))
}

/** @param {View} v @param {string} digit */
function nameOf(v, digit) { return digit === '*' ? v.t('key.star') : digit === '#' ? v.t('key.hash') : digit }

/** Tones in a call. @param {View} v @param {Act} act */
export function tonePad(v, act) {
  const { t } = v
  const { typed } = v.ui.keypad
  return h('div', { class: 'pad', 'data-keys': 'tones' },
    h('div', { key: 'line', class: 'pad-line' },
      h('output', { class: 'typed num', 'aria-live': 'off', 'aria-label': t('keypad.sent', { digits: spellNumber(typed) }) }, typed || '\u00a0'),
      iconButton({ key: 'copy-keys', icon: 'copy', name: t('keypad.copy'), off: typed === '', press: act.copyKeys })),
    keys(v, act.key, 'tones'),
    h('p', { key: 'hint', class: 'small soft hint' }, t('keypad.hint')))
}

/** The same with less around it: what was sent, and how long we talk. @param {View} v @param {Act} act */
export function smallTonePad(v, act) {
  const { typed } = v.ui.keypad
  return h('div', { class: 'pad', 'data-keys': 'tones' },
    h('div', { key: 'line', class: 'line small-line' },
      h('output', { class: 'typed num grow', 'aria-live': 'off', 'aria-label': v.t('keypad.sent', { digits: spellNumber(typed) }) }, typed || '\u00a0'),
      v.kind === 'talking' ? timer(v.talk.clock, v.talk.words, 'soft') : null),
    keys(v, act.key, 'tones'))
}

/** A number to call, in little room. @param {View} v @param {Act} act */
export function smallDialPad(v, act) {
  return h('div', { class: 'pad dialling', 'data-keys': 'number' },
    h('div', { key: 'line', class: 'line small-line' }, numberField(v, act), backspace(v, act),
      control({ key: 'dial-go', icon: 'handset', name: v.t('dial.call'), cls: 'btn go', busy: v.asked('dial'), off: v.ui.dial.text.trim() === '' || v.lost, press: act.dialNow })),
    keys(v, act.dialKey, 'number'))
}

/** @param {View} v @param {Act} act */
function numberField({ t, ui }, act) {
  return h('input', {
    class: 'typed num grow', type: 'text', inputmode: 'tel', autocomplete: 'off', 'aria-label': t('dial.number'), placeholder: t('dial.number'), maxlength: 128, 'data-first': '', 'data-control': 'dial-number',
    prop: { value: ui.dial.text }, on: {
      input: (/** @type {any} */ e) => act.dialText(e.target.value),
      keydown: (/** @type {any} */ e) => { if (e.key === 'Enter' && !e.isComposing) { e.preventDefault(); act.dialNow() } },
    },
  })
}

/** @param {View} v @param {Act} act */
function backspace({ t, ui }, act) { return iconButton({ key: 'backspace', icon: 'backspace', cls: 'flip', name: t('dial.back'), off: ui.dial.text === '', press: act.dialBack }) }

/** A number to call, and the number to call from. @param {View} v @param {Act} act @param {boolean} [button] with Call below */
export function dialPad(v, act, button = false) {
  const { t, ui, s } = v
  const from = fromNumbers(s.limits)
  return h('div', { class: 'pad dialling', 'data-keys': 'number' },
    h('div', { key: 'line', class: 'pad-line number-line' },
      numberField(v, act), backspace(v, act)),
    from.length > 0 ? h('label', { key: 'from', class: 'call-as' }, h('span', { class: 'soft' }, t('dial.as')),
      h('span', { class: 'select' }, h('select', { prop: { value: ui.dial.from }, on: { change: (/** @type {any} */ e) => act.dialFrom(e.target.value) } },
        h('option', { key: '', value: '' }, t('dial.as.default')), from.map(n => h('option', { key: n, value: n }, formatNumber(n)))), icon('chevron', 16))) : null,
    keys(v, act.dialKey, 'number'),
    button ? callButton(v, act) : null)
}

/** @param {View} v @param {Act} act */
export function callButton(v, act) {
  return control({ key: 'dial-go', icon: 'handset', size: 22, name: v.t('dial.call'), label: v.t('dial.call'), cls: 'btn go whole', busy: v.asked('dial'), off: v.ui.dial.text.trim() === '' || v.lost, press: act.dialNow })
}

/** @param {any} limits @returns {string[]} */
function fromNumbers(limits) { return Array.isArray(limits.from) ? limits.from.filter((/** @type {any} */ n) => typeof n === 'string').slice(0, 50) : [] }
