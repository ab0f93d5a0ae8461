/**
 * The mini: 360 by 200, for a window of its own that stays on top. Who, how long, the controls; what needs more room is in the panel.
 * @module
 */

import { h } from '../dom.js'
import { icon, mark } from '../icons.js'
import { IN_CALL, heldWords } from '../view.js'
import { callControls, complete, declineButton, moving, movingWords } from './controls.js'
import { tonePad } from './keypad.js'
import { avatar, control, iconButton, notice, noticeActions, outcomeSelect, ring, stateDot, timer } from './parts.js'

export { MINI as STYLES } from '../mini-styles.js'

/** @typedef {import('./parts.js').View} View */
/** @typedef {import('./parts.js').Act} Act */

/** @param {View} v @param {Act} act */
export function draw(v, act) {
  const n = notice(v)
  const keypad = v.ui.open === 'keypad'
  const body = keypad ? [miniKeypad(v, act)] : n && !IN_CALL.includes(v.kind) && v.kind !== 'offered' ? told(v, act, n) : [who(v, n), feet(v, act)]
  return h('div', { key: 'mini', class: `mini ${v.kind}${v.hold ? ' held' : ''}${keypad ? ' with-keypad' : ''}`, part: 'mini' }, head(v, act), body)
}

/** @param {View} v @param {Act} act */
function head(v, act) {
  const beside = v.others.find(c => c.look === 'offered')
  if (beside && v.ui.open !== 'keypad') {
    return h('div', { key: 'head', class: 'mini-head offered', part: 'header' }, icon('incoming', 18), h('span', { class: 'grow second ell' }, v.t('calls.incoming', { name: beside.who.name })),
      control({ key: 'decline-beside', icon: 'close', size: 18, name: v.t('calls.decline', { name: beside.who.name }), cls: 'btn icon-only', off: v.lost, busy: v.asked('reject', beside.id), press: () => act.decline(beside.id) }),
      control({ key: 'answer-beside', icon: 'handset', size: 16, name: v.t('calls.answer', { name: beside.who.name }), label: v.t('answer'), cls: 'btn go keep', off: v.lost, busy: v.asked('accept', beside.id), press: () => act.answer(beside.id) }))
  }
  return h('div', { key: 'head', class: 'mini-head', part: 'header' }, mark(20), h('span', { class: 'grow second soft ell' }, headWords(v)),
    v.ui.open === 'keypad' ? iconButton({ key: 'hide-keypad', icon: 'close', name: v.t('keypad.hide'), press: () => act.toggle('keypad') })
      : v.ui.popped ? iconButton({ key: 'popin', icon: 'undo', name: v.t('popin'), press: act.popIn }) : null)
}

/** @param {View} v */
function headWords(v) {
  const { agent, caller, consult, t } = v
  if (consult) return [t('consult.title'), consult.first.look === 'held' ? t('mini.held', { name: consult.first.who.short }) : ''].filter(Boolean).join(' · ')
  if (v.ui.open === 'keypad') return [agent.title, caller?.name].filter(Boolean).join(' · ')
  return [v.held ? heldWords(v) : agent.title, v.held === 'agent' ? caller?.name : caller?.queue].filter(Boolean).join(' · ')
}

/** @param {View} v @param {ReturnType<typeof notice>} n */
function who(v, n) {
  const { caller, agent, t, kind } = v
  if (!caller) {
    return h('div', { key: 'who', class: 'mini-who' }, stateDot(agent.look), h('span', { class: 'grow' }, h('span', { class: 'name ell', part: 'name' }, agent.title),
      h('span', { class: 'second soft ell num' }, agent.line)))
  }
  const words = n ? n.title : kind === 'offered' ? t('ring.for', { n: v.ring.seconds }) : kind !== 'talking' && kind !== 'wrap_up' ? v.talk.joining : moving(v) ? movingWords(v) : ''
  const line = words || (v.consult && !v.hold ? t('consult.talking') : caller.company || caller.number)
  const time = v.hold ?? v.talk
  return h('div', { key: 'who', class: 'mini-who', part: 'caller' }, kind === 'offered' ? ring(v, 52) : avatar(v),
    h('span', { class: 'grow' }, h('span', { class: 'name ell', part: 'name', title: caller.name }, caller.name), h('span', { class: `second ell num ${n ? `tone-${n.tone}` : v.consult && !v.hold ? 'talking-line' : 'soft'}` }, line)),
    kind === 'wrap_up' ? timer(v.wrap.clock, v.wrap.line) : kind === 'talking' && !moving(v) ? timer(time.clock, time.words, v.hold ? 'holding' : '') : null)
}

/** @param {View} v @param {Act} act @param {NonNullable<ReturnType<typeof notice>>} n */
function told(v, act, n) {
  return [
    h('div', { key: 'told', class: 'mini-told', part: 'notice' }, h('span', { class: `tone-${n.tone}` }, icon(n.icon, 20)), h('span', { class: 'grow' }, h('span', { class: 'name' }, n.title), h('span', { class: 'second soft' }, n.text))),
    h('div', { key: 'feet', class: 'mini-feet', role: 'toolbar', 'aria-label': v.t('call.toolbar'), 'data-toolbar': 'mini' }, noticeActions(v, act, n, true)),
  ]
}

/** @param {View} v @param {Act} act */
function feet(v, act) {
  return h('div', { key: 'feet', class: 'mini-feet', part: 'controls', role: 'toolbar', 'aria-label': v.t('call.toolbar'), 'data-toolbar': 'mini' }, FEET[v.kind](v, act))
}

/** @type {Record<import('../view.js').Kind, (v: View, act: Act) => any>} */
const FEET = {
  out: (v, act) => control({ key: 'sign-in', name: v.t('sign_in'), label: v.t('sign_in'), cls: 'btn accent wide keep', press: act.signIn }),
  connecting: v => h('span', { class: 'soft' }, v.t('connecting')),
  idle: (v, act) => {
    const away = v.s.agent?.state === 'available'
    const words = v.t(away ? 'state.away' : 'state.available')
    return control({ key: 'state', name: words, label: words, cls: 'btn wide keep', off: v.lost, busy: v.asked('state'), press: () => act.state(away ? 'away' : 'available') })
  },
  offered: (v, act) => [
    declineButton(v, act, 'btn decline wide keep'),
    control({ key: 'answer', part: 'answer', icon: 'handset', name: v.t('answer'), label: v.t('answer'), cls: 'btn go wide keep', busy: v.busy('accept'), press: () => act.answer(), off: v.lost }),
  ],
  placing: inCall, joining: inCall, talking: inCall,
  wrap_up: (v, act) => [
    v.wrap.outcomes.length ? outcomeSelect(v, act) : null,
    control({ key: 'extend', name: v.t('wrap.extend.name'), label: v.t('wrap.extend'), cls: 'btn keep', busy: v.busy('extend'), press: act.extend }),
    control({ key: 'save', name: v.t('wrap.save'), label: v.t('wrap.save.short'), cls: 'btn wrap keep', busy: v.busy('wrapup'), press: () => act.save('available') }),
  ],
}

/** @param {View} v @param {Act} act */
function inCall(v, act) {
  const { t, consult } = v
  const all = callControls(v, act)
  const shown = consult ? [all[0], all[1], all[4]] : [all[0], all[1], all[2], moving(v) ? all[3] : { ...all[3], press: act.popIn, off: all[3].off || !v.ui.popped }]
  const icons = shown.map(c => control({ ...c, label: undefined, size: 20, cls: `btn square${c.on ? ' on' : ''}${c.tone ? ` ${c.tone}` : ''}` }))
  const end = consult ? control({ ...complete(v, act), cls: 'btn accent keep' })
    : control({ key: 'end', part: 'control-end', icon: 'hangup', name: t('end'), label: t('end'), cls: 'btn stop keep', busy: v.busy('hangup'), press: act.end })
  return [icons, h('span', { key: 'gap', class: 'grow' }), end]
}

/** @param {View} v @param {Act} act */
function miniKeypad(v, act) { return h('div', { key: 'keypad', class: 'mini-pad', 'data-menu-root': 'keypad', role: 'group', 'aria-label': v.t('keypad') }, tonePad(v, act)) }
