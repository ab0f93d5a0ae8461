/**
 * What is in each thing that opens: menus, cards, pages.
 * @module
 */

import { h } from '../dom.js'
import { icon, signal } from '../icons.js'
import { shortcuts } from '../keys.js'
import { problemWords } from '../problems.js'
import { clean, farParty } from '../text.js'
import { IN_CALL, reasonWords } from '../view.js'
import { otherCalls } from './calls.js'
import { callControls } from './controls.js'
import { devicePage } from './devices.js'
import { found, transferFinder } from './finder.js'
import { dialPad, tonePad } from './keypad.js'
import { control, notice, stateDot } from './parts.js'

/** @typedef {import('./parts.js').View} View */
/** @typedef {import('./parts.js').Act} Act */

/** @type {Record<string, (v: View, act: Act) => any>} by the names of popover.js */
const MENUS = {
  state: stateMenu,
  more: moreMenu,
  save: saveMenu,
  decline: declineMenu,
  quality: qualityCard,
  devices: devicePage,
  shortcuts: shortcutList,
  howto: howTo,
  problem: problemDetails,
  keypad: tonePad,
  transfer: transferFinder,
  dialpad: (v, act) => dialPad(v, act, true),
  find: (v, act) => found(v, act, false),
  calls: otherCalls,
}

/** @param {View} v @param {Act} act @param {string} name */
export function menuContent(v, act, name) { return MENUS[name]?.(v, act) }

/**
 * @param {object} o
 * @param {string} o.key @param {string} o.label @param {any} [o.image] @param {() => void} [o.press] @param {any} [o.end] @param {boolean} [o.checked] @param {boolean} [o.off] @param {string} [o.why] @param {string} [o.cls]
 */
function item(o) {
  return h('button', {
    key: o.key, type: 'button', class: `item ${o.cls ?? ''}`, 'data-item': o.key, role: o.checked === undefined ? 'menuitem' : 'menuitemradio', tabindex: -1,
    'aria-checked': o.checked === undefined ? null : String(o.checked), 'aria-disabled': o.off ? 'true' : null, title: o.why ?? null,
    on: { click: () => { if (!o.off) o.press?.() } },
  }, o.image ?? null, h('span', { class: 'ell' }, o.label), o.end ? h('span', { class: 'end num' }, o.end) : null)
}

/** @param {View} v @param {any[]} items @param {string} label */
function menu(v, items, label) {
  return h('div', { class: 'menu', part: 'menu', role: 'menu', 'aria-label': label }, items)
}

/** @param {View} v @param {Act} act */
function stateMenu(v, act) {
  const { s, t } = v
  const agent = s.agent ?? {}
  const during = !['available', 'away'].includes(agent.state)
  const state = during ? agent.next || 'available' : agent.state
  const reason = during ? agent.next_reason : agent.reason
  const reasons = Array.isArray(s.limits.reasons) && s.limits.reasons.length ? s.limits.reasons : [{ name: '' }]
  const off = v.lost
  const missing = state === 'away' && reason && !reasons.some((/** @type {any} */ r) => r.name === reason)
  return menu(v, [
    item({ key: 'available', label: t('state.available'), image: stateDot('available'), checked: state === 'available', end: state === 'available' ? icon('check', 18) : null, off, press: () => act.state('available') }),
    missing ? item({ key: 'now', label: reasonWords(s, reason, v.tr), image: stateDot('away'), checked: true, end: icon('check', 18), off: true }) : null,
    reasons.map((/** @type {any} */ r) => {
      const checked = state === 'away' && (reason ?? '') === r.name
      const limit = r.limit_s ? t('minutes.short', { n: Math.round(r.limit_s / 60) }) : null
      return item({
        key: `r-${r.name}`, label: r.name ? reasonWords(s, r.name, v.tr) : t('state.away'), image: stateDot('away'), checked, end: checked ? icon('check', 18) : limit, off, press: () => act.state('away', r.name || undefined),
      })
    }),
    h('div', { key: 'rule', class: 'rule', role: 'separator' }),
    item({ key: 'out', label: t('sign_out'), image: icon('power', 20), off: off || IN_CALL.includes(v.kind), press: act.signOut }),
  ], t('state.menu'))
}

/** @param {View} v @param {Act} act */
function moreMenu(v, act) {
  const { t } = v
  const call = IN_CALL.includes(v.kind)
  const [, , keypad, transfer, , record] = call ? callControls(v, act) : []
  const told = notice(v)
  const hidden = told !== null && told.code !== 'weak' // the bar has room for two controls beside it
  const number = v.kind === 'wrap_up' ? String(farParty(v.call).number ?? '') : ''
  const move = (/** @type {import('./controls.js').Control} */ c) => item({
    key: c.key, label: String(c.name), image: icon(String(c.icon), 20), off: c.off || c.busy, why: c.why, cls: hidden ? 'only-bar' : 'only-small', press: () => { act.toggle(''); c.press?.(null) },
  })
  return menu(v, [
    call && !v.s.leader ? item({ key: 'here', label: t('action.here'), image: icon('popout', 20), press: () => { act.toggle(''); act.solve('here', 'follower') } }) : null,
    call ? [move(keypad), move(transfer)] : null,
    call ? item({ key: 'record', label: String(record.label), image: icon(String(record.icon), 20), off: record.off || record.busy, press: () => { act.toggle(''); record.press?.(null) }, cls: v.consult ? '' : 'only-bar' }) : null,
    number ? item({ key: 'callback', label: t('wrap.callback', { name: v.caller?.short ?? '' }), image: icon('callback', 20), off: v.lost || v.asked('dial'), press: () => act.dial(number, 'recent', v.caller?.name) }) : null,
    item({ key: 'quality', label: t('quality.button', { level: v.quality.word.toLocaleLowerCase(v.tr.lang) }), image: signal(v.quality.bars), press: () => act.toggle('quality', 'more'), cls: v.kind === 'offered' || hidden ? '' : 'only-small' }),
    item({ key: 'devices', label: t('devices'), image: icon('headphones', 20), press: () => act.toggle('devices', 'more') }),
    told && told.code !== 'missed' ? item({ key: 'problem', label: t('details.problem'), image: icon('alert', 20), press: () => act.toggle('problem', 'more') }) : null,
    v.ui.canNotify ? item({ key: 'notify', label: t('notify.me'), image: icon('bell', 20), press: act.notifyMe }) : null,
    item({ key: 'shortcuts', label: t('shortcuts'), image: icon('keyboard', 20), press: () => act.toggle('shortcuts') }),
    h('slot', { key: 'slot', name: 'menu' }),
  ], t('menu'))
}

/** @param {View} v @param {Act} act */
function saveMenu(v, act) {
  return menu(v, [
    item({ key: 'available', label: v.t('wrap.save'), image: stateDot('available'), press: () => act.save('available') }),
    item({ key: 'away', label: v.t('wrap.away'), image: stateDot('away'), press: () => act.save('away') }),
    item({ key: 'extend', label: v.t('wrap.extend.name'), image: icon('timer', 20), press: act.extend, cls: 'only-narrow' }),
  ], v.t('wrap.more'))
}

/** @param {View} v @param {Act} act */
function declineMenu(v, act) {
  return menu(v, ['busy', 'decline'].map(reason => item({ key: reason, label: v.t(`decline.${reason}`), image: icon('close', 20), press: () => act.declineWith(reason) })), v.t('decline.menu'))
}

/** @param {View} v */
function qualityCard(v) {
  const { t, tr, quality } = v
  const last = quality.history.at(-1)
  const row = (/** @type {string} */ label, /** @type {string} */ value) => h('div', { key: label, class: 'row' }, h('span', { class: 'soft' }, label), h('span', { class: 'num medium' }, value))
  return h('div', { class: 'card figures-card', tabindex: -1 },
    h('div', { key: 'head', class: 'row' }, h('span', { class: 'row' }, signal(quality.bars), h('span', { class: 'strong' }, t(`quality.is.${quality.bars}`))), last ? h('span', { class: 'strong num' }, tr.number(last.mos, 1)) : null),
    last ? [
      row(t('quality.rtt'), t('quality.ms', { n: tr.number(last.rtt_ms) })), row(t('quality.jitter'), t('quality.ms', { n: tr.number(last.jitter_ms) })),
      row(t('quality.loss'), t('quality.percent', { n: tr.number(last.loss_pct, 1) })), (last.far_loss_pct ?? 0) > 0 ? row(t('quality.far'), t('quality.percent', { n: tr.number(last.far_loss_pct, 1) })) : null,
      last.codec ? row(t('quality.codec'), [clean(last.codec, 20), tr.has(`quality.path.${last.path}`) ? t(`quality.path.${last.path}`) : ''].filter(Boolean).join(', ')) : null,
      h('div', { key: 'chart', class: 'chart', role: 'img', 'aria-label': t('quality.chart', { list: quality.history.map((/** @type {any} */ q) => tr.number(q.mos, 1)).join(', ') }) },
        quality.history.map((/** @type {any} */ q, /** @type {number} */ i) => h('i', { key: i, class: q.bars < 3 ? 'weak' : '', vars: { '--h': String(Math.round(25 * (q.mos - 0.6))) } }))),
      h('div', { key: 'axis', class: 'row small soft num' }, h('span', null, ago(v, (quality.history.length - 1) * 5)), h('span', null, t('quality.now'))),
    ] : h('p', { key: 'none', class: 'soft' }, t('quality.none')))
}

/** @param {View} v @param {number} s */
function ago({ t }, s) { return s < 60 ? t('quality.ago', { n: s }) : t('quality.ago.min', { n: Math.round(s / 60) }) }

/** What an administrator asks for. @param {View} v @param {Act} act */
function problemDetails(v, act) {
  const { t } = v
  const n = notice(v)
  const call = n?.code.includes('failed') ? v.s.failed?.call?.id ?? v.call?.id : v.call?.id
  const code = v.s.failed && n?.code.endsWith('failed') && n.code !== 'media_failed' ? v.s.failed.code : n?.code ?? ''
  const rows = [[t('details.code'), code], [t('details.call'), call ?? ''], [t('details.time'), new Date(v.now).toISOString()]].filter(([, value]) => value)
  return h('div', { class: 'card', tabindex: -1 }, h('h2', { key: 'h', class: 'strong' }, n?.title ?? ''),
    rows.map(([label, value]) => h('div', { key: label, class: 'row' }, h('span', { class: 'soft' }, label), h('span', { class: 'num ell' }, clean(value, 64)))),
    control({ key: 'details-copy', icon: 'copy', size: 18, name: t('action.copy'), label: t('action.copy'), cls: 'btn small keep', press: () => act.copyDetails(rows.map(r => r.join(': ')).join(', ')) }))
}

/** @param {View} v @param {Act} act */
function shortcutList(v, act) {
  return h('div', { class: 'card shortcuts', tabindex: -1 }, h('h2', { key: 'h', class: 'strong' }, v.t('shortcuts')), shortcuts(act.keymap()).map(([name, keys]) => h('div', { key: name, class: 'row' },
    h('span', null, v.t(`shortcut.${name}`)), h('span', { class: 'kbd' }, keys.map(k => h('kbd', { key: k }, k))))))
}

/** @param {View} v */
function howTo(v) {
  const { title } = problemWords('mic_denied', null, v.t)
  return h('div', { class: 'card', tabindex: -1 }, h('h2', { class: 'strong' }, title), h('p', { class: 'soft' }, v.t('problem.howto.text')))
}
