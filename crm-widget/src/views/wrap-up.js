/**
 * Wrap-up: outcome and notes.
 * @module
 */

import { h } from '../dom.js'
import { icon } from '../icons.js'

/** @typedef {import('./parts.js').View} View */
/** @typedef {import('./parts.js').Act} Act */

/** @param {View} v @param {Act} act */
export function outcomeSelect(v, act) {
  const { t, wrap, ui } = v
  const name = wrap.required ? `${t('wrap.outcome')}, ${t('wrap.required')}` : t('wrap.outcome')
  return h('span', { key: 'outcome', class: 'select outcome' },
    h('select', {
      class: 'field', part: 'outcome', 'aria-label': name, 'aria-required': wrap.required ? 'true' : null, 'aria-invalid': ui.wrapError ? 'true' : null, 'data-control': 'outcome',
      prop: { value: ui.draft.outcome }, on: { change: (/** @type {any} */ e) => act.outcome(e.target.value) },
    }, h('option', { key: '', value: '' }, wrap.required ? t('wrap.choose') : t('wrap.none')),
    wrap.outcomes.map((/** @type {any} */ o) => h('option', { key: o.name, value: o.name }, o.label))),
    icon('chevron', 18))
}

/** Nine outcomes or fewer are seen all at once; more go into a list. @param {View} v @param {Act} act */
export function outcomes(v, act) {
  const { t, wrap, ui } = v
  if (wrap.outcomes.length === 0) return null
  const star = wrap.required ? h('span', { class: 'req', 'aria-hidden': 'true' }, ' *') : null
  const label = h('div', { key: 'outcome-label', class: 'lab' }, h('span', { class: 'l', id: 'outcome-label' }, t('wrap.outcome'), star))
  if (wrap.outcomes.length > 9) return [label, outcomeSelect(v, act)]
  const chosen = wrap.outcomes.findIndex((/** @type {any} */ o) => o.name === ui.draft.outcome)
  return [label, h('div', {
    key: 'outcomes', class: 'options', part: 'outcome', role: 'radiogroup', 'aria-labelledby': 'outcome-label', 'aria-required': wrap.required ? 'true' : null, 'aria-invalid': ui.wrapError ? 'true' : null,
  }, wrap.outcomes.map((/** @type {any} */ o, /** @type {number} */ i) => h('button', {
    key: o.name, type: 'button', class: 'option', role: 'radio', 'aria-checked': i === chosen ? 'true' : 'false', tabindex: i === Math.max(0, chosen) ? 0 : -1,
    on: { click: () => act.outcome(o.name), keydown: (/** @type {any} */ e) => roam(e, i, wrap.outcomes, act) },
  }, h('span', { class: 'knob', 'aria-hidden': 'true' }), h('span', null, o.label))))]
}

/** Arrow keys choose, as in any radio group. @param {any} e @param {number} i @param {any[]} all @param {Act} act */
function roam(e, i, all, act) {
  const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[/** @type {'ArrowDown'} */ (e.key)]
  if (!step) return
  e.preventDefault()
  const to = (i + step + all.length) % all.length
  act.outcome(all[to].name)
  e.currentTarget?.getRootNode().querySelectorAll('.option')[to]?.focus()
}

/** @param {View} v @param {Act} act @param {number} rows */
export function notes(v, act, rows) {
  const { t, ui, kind } = v
  if (ui.hide.has('notes')) return null
  return [
    h('div', { key: 'notes-label', class: 'lab' }, h('label', { for: 'notes' }, t('notes')), h('span', { class: 'second soft num' }, kind === 'wrap_up' ? savedWords(v) : t('notes.kept'))),
    h('textarea', {
      key: 'notes', id: 'notes', class: 'field notes', part: 'notes', rows, maxlength: 4000, prop: { value: ui.draft.notes }, on: { input: (/** @type {any} */ e) => act.notes(e.target.value) },
    }),
  ]
}

/** @param {View} v */
function savedWords(v) {
  const { saved, notes: text } = v.ui.draft
  if (saved > 0) return v.t('notes.saved.ago', { n: Math.max(0, Math.floor((v.local - saved) / 1000)) })
  return text ? v.t('notes.here') : ''
}
