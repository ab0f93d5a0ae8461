/**
 * Choosing whom: to give a call to, or to call. A combobox with its list; what can be done with the chosen one stands on its row.
 * @module
 */

import { h } from '../dom.js'
import { icon } from '../icons.js'
import { clock, initials, since } from '../text.js'
import { reasonWords } from '../view.js'
import { control, iconButton } from './parts.js'

/** @typedef {import('./parts.js').View} View */
/** @typedef {import('./parts.js').Act} Act */

const TABS = [['people', 'find.people'], ['queues', 'find.queues'], ['number', 'find.number']]
const LOOKS = /** @type {Record<string, string>} */ ({ available: 'available', away: 'away', on_call: 'on_call', offered: 'on_call', wrap_up: 'wrap_up', offline: 'offline' })

/** Whom to give the call to. @param {View} v @param {Act} act */
export function transferFinder(v, act) {
  return h('div', { class: 'finder' },
    h('div', { key: 'head', class: 'finder-head' }, h('h2', { class: 'title', id: 'finder-title' }, v.t('transfer.title')), iconButton({ key: 'close-finder', icon: 'close', name: v.t('close'), press: () => act.toggle('transfer') })),
    finder(v, act, true))
}

/** The directory. @param {View} v @param {Act} act */
export function directoryFinder(v, act) { return h('div', { class: 'finder' }, finder(v, act, false)) }

/** @param {View} v @param {Act} act @param {boolean} giving a call is given away; else somebody is called */
function finder(v, act, giving) {
  const { t, ui } = v
  const { tab, text, rows, at, state } = ui.finder
  const number = tab === 'number'
  const active = rows.length && !number ? `found-${at}` : null
  return [
    h('div', { key: 'tabs', class: 'segments', role: 'tablist', 'aria-label': t('find.where'), 'data-toolbar': 'segments' }, TABS.map(([name, words]) => h('button', {
      key: name, type: 'button', class: 'segment', role: 'tab', 'data-control': `segment-${name}`, 'aria-selected': tab === name ? 'true' : 'false', on: { click: () => act.findTab(name) },
    }, t(words)))),
    h('div', { key: 'search', class: 'search' }, icon(number ? 'keypad' : 'search', 20),
      h('input', {
        class: 'field', type: 'text', inputmode: number ? 'tel' : 'search', autocomplete: 'off', maxlength: 128, 'data-first': '', 'data-control': 'find',
        'aria-label': t(number ? 'dial.number' : 'find.search'), placeholder: t(number ? 'dial.number' : 'find.search'),
        role: number ? null : 'combobox', 'aria-expanded': number ? null : String(rows.length > 0), 'aria-controls': number ? null : 'found', 'aria-activedescendant': active, 'aria-autocomplete': number ? null : 'list',
        prop: { value: text }, on: { input: (/** @type {any} */ e) => act.findText(e.target.value), keydown: (/** @type {any} */ e) => keyed(e, v, act, giving) },
      }),
      state === 'found' && !number ? h('span', { key: 'count', class: 'count small soft num', 'aria-hidden': 'true' }, t('find.found', { n: rows.length })) : null),
    number ? numberActions(v, act, giving) : found(v, act, giving),
  ]
}

/** ↑↓ choose, Enter consults or calls, Shift+Enter gives away at once. @param {KeyboardEvent} e @param {View} v @param {Act} act @param {boolean} giving */
function keyed(e, v, act, giving) {
  if (e.isComposing) return
  const { rows, at } = v.ui.finder
  const to = { ArrowDown: at + 1, ArrowUp: at - 1 }[e.key]
  if (to !== undefined && rows.length) {
    e.preventDefault()
    e.stopPropagation()
    return act.findAt((to + rows.length) % rows.length)
  }
  if (e.key !== 'Enter' || rows.length === 0) return
  e.preventDefault()
  if (!giving) act.callFound()
  else if (e.shiftKey) act.blind()
  else act.consult()
}

/** The list alone. @param {View} v @param {Act} act @param {boolean} giving */
export function found(v, act, giving) {
  const { t, ui } = v
  const { rows, at, state, tab } = ui.finder
  if (rows.length === 0) return h('p', { key: 'none', class: 'soft none' }, t(state === 'asking' ? 'find.asking' : state === 'failed' ? 'find.failed' : tab === 'queues' ? 'find.no_queues' : 'find.nobody'))
  return h('div', { key: 'rows', class: 'found', part: 'transfer-list', vars: { '--at': String(at) } },
    h('ul', { key: 'list', id: 'found', role: 'listbox', 'aria-label': t(tab === 'queues' ? 'find.queues' : 'find.people') }, rows.map((row, i) => h('li', {
      key: row.to, id: `found-${i}`, class: 'who-row', part: 'transfer-row', role: 'option', 'aria-selected': i === at ? 'true' : 'false', on: { click: () => act.findAt(i), dblclick: giving ? act.consult : act.callFound },
    }, face(row), h('span', { class: 'grow' }, h('span', { class: 'name ell', title: row.name }, h('bdi', null, row.name)), h('span', { class: 'small soft ell num' }, lineOf(v, row))),
    i === at ? null : h('span', { key: 'more', class: 'flip soft' }, icon('forward', 18))))),
    h('div', { key: 'actions', class: 'row-actions', role: 'group', 'aria-label': rows[at]?.name ?? '' }, rowActions(v, act, giving, rows[at]?.name ?? '')))
}

/** @param {View} v @param {Act} act @param {boolean} giving @param {string} name */
function rowActions(v, act, giving, name) {
  const { t } = v
  if (!giving) return control({ key: 'call-found', icon: 'phone', size: 18, name: t('recents.call', { name }), label: t('dial.call'), cls: 'btn small keep', busy: v.asked('dial'), off: v.lost, press: act.callFound })
  return [
    control({ key: 'blind', name: t('transfer.blind.name', { name }), label: t('transfer.blind'), cls: 'btn small keep', off: v.lost, press: act.blind }),
    control({ key: 'consult', name: t('transfer.consult.name', { name }), label: t('transfer.consult'), cls: 'btn small accent keep', off: v.lost, press: act.consult }),
  ]
}

/** @param {View} v @param {Act} act @param {boolean} giving */
function numberActions(v, act, giving) {
  const { t, ui, lost } = v
  const row = ui.finder.rows[0]
  const off = !row || lost
  return h('div', { key: 'number', class: 'number-actions' }, giving
    ? [
      control({ key: 'blind', name: t('transfer.blind.name', { name: row?.name ?? '' }), label: t('transfer.blind'), cls: 'btn keep', off, press: act.blind }),
      control({ key: 'consult', name: t('transfer.consult.name', { name: row?.name ?? '' }), label: t('transfer.consult'), cls: 'btn accent keep', off, press: act.consult }),
    ]
    : control({ key: 'call-found', icon: 'handset', name: t('dial.call'), label: t('dial.call'), cls: 'btn go keep', off, press: act.callFound }))
}

/** @param {import('../element/finder.js').Row} row */
function face({ name, entry }) {
  return h('span', { class: 'face', 'aria-hidden': 'true' }, h('span', { class: `avatar${entry.kind === 'queue' ? ' plain' : ''}` }, entry.kind === 'queue' ? icon('people', 18) : initials(name, '')),
    entry.kind === 'agent' ? h('i', { class: `presence ${LOOKS[entry.state] ?? 'offline'}` }) : null)
}

/** "Billing DE · On a call 3:12". @param {View} v @param {import('../element/finder.js').Row} row */
function lineOf(v, { entry }) {
  const { t, tr, s } = v
  if (entry.kind === 'queue') return [t('find.waiting', { n: Number(entry.waiting) || 0 }), t('find.ready', { n: Number(entry.available) || 0 })].join(' · ')
  const state = entry.state === 'away' && entry.reason ? reasonWords(s, String(entry.reason), tr) : tr.has(`presence.${entry.state}`) ? t(`presence.${entry.state}`) : ''
  const time = entry.state === 'on_call' ? ` ${clock(since(entry.since, v.now))}` : ''
  const team = Array.isArray(entry.queues) && typeof entry.queues[0] === 'string' ? (s.limits.queues?.[entry.queues[0]]?.label || entry.queues[0]) : ''
  return [String(team).slice(0, 60), state + time].filter(Boolean).join(' · ')
}
