/**
 * The mini: 360 by 200, for a window of its own that stays on top. Who, how long, the controls; what needs more room is in the panel.
 * @module
 */

import { h } from '../dom.js'
import { icon, mark } from '../icons.js'
import { IN_CALL, heldWords } from '../view.js'
import { callControls, complete, declineButton, moving, movingWords } from './controls.js'
import { smallDialPad, smallTonePad } from './keypad.js'
import { avatar, control, dialField, figures, iconButton, incomingWords, notice, noticeActions, outcomeSelect, phoneNumber, ring, stateDot, timer } from './parts.js'

export { MINI as STYLES } from '../mini-styles.js'

/** @typedef {import('./parts.js').View} View */
/** @typedef {import('./parts.js').Act} Act */

/** @param {View} v @param {Act} act */
export function draw(v, act) {
  const n = notice(v)
  const pad = v.ui.open === 'keypad' || (v.ui.open === 'dialpad' && v.kind === 'idle')
  const telling = n && !IN_CALL.includes(v.kind) && v.kind !== 'offered' && v.kind !== 'wrap_up'
  const body = pad ? miniPad(v, act) : telling ? told(v, act, n) : [WHO[v.kind](v, act, n), feet(v, act)]
  return h('div', { key: 'mini', class: `mini ${v.kind}${v.hold ? ' held' : ''}${pad ? ' with-keypad' : ''}`, part: 'mini' }, head(v, act, pad), body)
}

/** @param {View} v @param {Act} act @param {boolean} pad */
function head(v, act, pad) {
  const beside = v.others.find(c => c.look === 'offered')
  if (beside && !pad) {
    return h('div', { key: 'head', class: 'mini-head offered', part: 'header' }, icon('incoming', 18), h('span', { class: 'grow second ell' }, v.t('calls.incoming', { name: beside.who.name })),
      control({ key: 'decline-beside', icon: 'close', size: 18, name: v.t('calls.decline', { name: beside.who.name }), cls: 'btn icon-only', off: v.lost, busy: v.asked('reject', beside.id), press: () => act.decline(beside.id) }),
      control({ key: 'answer-beside', icon: 'handset', size: 16, name: v.t('calls.answer', { name: beside.who.name }), label: v.t('answer'), cls: 'btn go keep', off: v.lost, busy: v.asked('accept', beside.id), press: () => act.answer(beside.id) }))
  }
  return h('div', { key: 'head', class: 'mini-head', part: 'header' }, mark(20), h('span', { class: 'grow small soft ell' }, headWords(v, pad)),
    v.ui.popped ? iconButton({ key: 'popin', icon: 'undo', name: v.t('popin'), press: act.popIn, size: 16 }) : null,
    pad ? iconButton({ key: 'hide-keypad', icon: 'close', name: v.t('keypad.hide'), press: () => act.toggle(v.ui.open), size: 16 }) : null)
}

/** @param {View} v @param {boolean} pad */
function headWords(v, pad) {
  const { agent, caller, consult, t } = v
  if (v.kind === 'idle' || v.kind === 'connecting') return pad ? t('dial.keypad') : 'offhook'
  if (v.kind === 'offered') return incomingWords(v)
  if (consult) return [t('consult.title'), consult.first.look === 'held' ? t('mini.held', { name: consult.first.who.short }) : ''].filter(Boolean).join(' · ')
  if (pad || v.kind === 'wrap_up') return [agent.title, caller?.name].filter(Boolean).join(' · ')
  return [v.held ? heldWords(v) : agent.title, v.held === 'agent' ? caller?.name : caller?.queue].filter(Boolean).join(' · ')
}

/** @type {Record<import('../view.js').Kind, (v: View, act: Act, n: ReturnType<typeof notice>) => any>} */
const WHO = { out: nobody, connecting: nobody, idle: ready, offered: whoRings, placing: whoTalks, joining: whoTalks, talking: whoTalks, wrap_up: whatCame }

/** @param {View} v */
function nobody({ agent }) { return h('div', { key: 'who', class: 'mini-who' }, stateDot(agent.look), h('span', { class: 'name ell', part: 'name' }, agent.title)) }

/** @param {View} v @param {Act} act */
function ready(v, act) {
  const { agent, t } = v
  const away = v.s.agent?.state === 'available'
  return h('div', { key: 'who', class: 'mini-ready' },
    h('div', { class: 'line' },
      h('button', {
        key: 'state', type: 'button', class: 'mini-state', part: 'state-button', 'data-control': 'state', title: t(away ? 'state.away' : 'state.available'), 'aria-label': `${agent.title}. ${t('state.button')}: ${t(away ? 'state.away' : 'state.available')}`,
        'aria-disabled': v.lost ? 'true' : null, on: { click: () => { if (!v.lost && !v.asked('state')) act.state(away ? 'away' : 'available') } },
      }, stateDot(agent.look), h('span', { class: 'name ell', part: 'name' }, agent.title)),
      h('span', { class: `soft num${agent.over ? ' over' : ''}` }, agent.line)),
    v.ui.hide.has('queues') ? null : h('div', { key: 'figures', class: 'figures second soft' }, figures(v).filter((_, i) => i !== 2).map(([label, value]) => h('span', { key: label, class: 'ell' }, `${label} `, h('b', { class: 'num' }, value)))))
}

/** @param {View} v @param {Act} _act @param {ReturnType<typeof notice>} n */
function whoRings(v, _act, n) {
  const { caller, t } = v
  if (!caller) return null
  return h('div', { key: 'who', class: 'mini-who', part: 'caller' }, ring(v, 56),
    h('span', { class: 'grow' }, h('span', { class: 'name ell', part: 'name', title: caller.name }, h('bdi', null, caller.name)),
      n ? h('span', { key: 'notice', class: `second ell tone-${n.tone}` }, n.title) : caller.company ? h('span', { key: 'company', class: 'second soft ell' }, caller.company) : null,
      caller.number ? h('span', { key: 'number', class: 'second soft ell' }, phoneNumber(caller.number)) : null),
    h('span', { key: 'left', class: `second soft num rings${v.auto === null ? ' still' : ''}` }, v.auto === null ? t('ring.left', { n: v.ring.seconds }) : t('ring.auto', { n: v.auto })))
}

/** @param {View} v @param {Act} _act @param {ReturnType<typeof notice>} n */
function whoTalks(v, _act, n) {
  const { caller, t, kind } = v
  if (!caller) return null
  const words = n ? n.title : kind !== 'talking' ? v.talk.joining : moving(v) ? movingWords(v) : ''
  const talking = v.consult && !v.hold
  const line = words || (talking ? t('consult.talking') : caller.company || caller.number)
  const time = v.hold ?? v.talk
  return h('div', { key: 'who', class: 'mini-who', part: 'caller' }, avatar(v),
    h('span', { class: 'grow' }, h('span', { class: 'name ell', part: 'name', title: caller.name }, h('bdi', null, caller.name)), h('span', { class: `second ell num ${n ? `tone-${n.tone}` : talking ? 'talking-line' : 'soft'}` }, line)),
    kind === 'talking' && !moving(v) ? timer(time.clock, time.words, v.hold ? 'holding' : '') : null)
}

/** The outcome, and the time left for it. @param {View} v @param {Act} act @param {ReturnType<typeof notice>} n */
function whatCame(v, act, n) {
  const { wrap, caller } = v
  const line = n ? h('p', { key: 'told', class: `second mini-line tone-${n.tone}`, part: 'notice' }, [n.title, n.text].filter(Boolean).join('. ')) : null
  return [h('div', { key: 'who', class: 'mini-who wrap', part: 'caller' },
    wrap.outcomes.length ? outcomeSelect(v, act) : h('span', { key: 'name', class: 'grow name ell', part: 'name' }, caller?.name ?? ''),
    timer(wrap.clock, wrap.line, 'wrapping')), line]
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
  if (v.kind === 'idle') return h('div', { key: 'feet', class: 'mini-feet dialer' }, v.ui.hide.has('dial') ? null : dialField(v, act))
  return h('div', { key: 'feet', class: 'mini-feet', part: 'controls', role: 'toolbar', 'aria-label': v.t('call.toolbar'), 'data-toolbar': 'mini' }, FEET[v.kind](v, act))
}

/** @type {Record<import('../view.js').Kind, (v: View, act: Act) => any>} */
const FEET = {
  out: (v, act) => control({ key: 'sign-in', name: v.t('sign_in'), label: v.t('sign_in'), cls: 'btn accent wide keep', press: act.signIn }),
  connecting: () => null,
  idle: () => null,
  offered: (v, act) => [
    declineButton(v, act, 'btn decline wide keep'),
    control({ key: 'answer', part: 'answer', icon: 'handset', name: v.t('answer'), label: v.t('answer'), cls: 'btn go wide keep', busy: v.busy('accept'), press: () => act.answer(), off: v.lost }),
  ],
  placing: inCall, joining: inCall, talking: inCall,
  wrap_up: (v, act) => [
    control({ key: 'extend', name: v.t('wrap.extend.name'), label: v.t('wrap.extend'), cls: 'btn keep', busy: v.busy('extend'), press: act.extend }),
    control({ key: 'save', name: v.t('wrap.save'), label: v.t('wrap.save'), cls: 'btn wrap wide keep', busy: v.busy('wrapup'), press: () => act.save('available') }),
  ],
}

/** @param {View} v @param {Act} act */
function inCall(v, act) {
  const { t, consult } = v
  const all = callControls(v, act)
  const shown = consult ? [all[0], all[1], all[4]] : [all[0], all[1], all[2], moving(v) ? all[3] : { ...all[3], press: act.popIn, off: all[3].off || !v.ui.popped }]
  const icons = shown.map(c => control({ ...c, label: undefined, size: 22, cls: `btn square${c.on ? ' on' : ''}${c.tone ? ` ${c.tone}` : ''}` }))
  const end = consult ? control({ ...complete(v, act), cls: 'btn accent keep' })
    : control({ key: 'end', part: 'control-end', icon: 'hangup', name: t('end'), label: t('end'), cls: 'btn stop keep', busy: v.busy('hangup'), press: act.end })
  return [icons, h('span', { key: 'gap', class: 'grow' }), end]
}

/** @param {View} v @param {Act} act */
function miniPad(v, act) {
  const dialling = v.ui.open === 'dialpad'
  return h('div', { key: 'keypad', class: 'mini-pad', 'data-menu-root': v.ui.open, role: 'group', 'aria-label': v.t(dialling ? 'dial.keypad' : 'keypad') }, dialling ? smallDialPad(v, act) : smallTonePad(v, act))
}
