/**
 * The bar: one line, 56 high. With its style sheet, it is loaded by the elements that show it (element/layouts.js).
 * @module
 */

import { h } from '../dom.js'
import { icon, mark } from '../icons.js'
import { IN_CALL, heldWords } from '../view.js'
import { callControls, declineButton, keptFor, moving, movingWords } from './controls.js'
import {
  avatar, control, dialField, figures, iconButton, moreButton, notice, noticeActions, outcomeSelect, phoneNumber, popoutButton, qualityButton, recChip, ring, stateButton, timer,
} from './parts.js'

export { BAR as STYLES } from '../bar-styles.js'

/** @typedef {import('./parts.js').View} View */
/** @typedef {import('./parts.js').Act} Act */

/** @param {View} v @param {Act} act */
export function draw(v, act) {
  const told = notice(v)
  const n = told?.code === 'weak' ? null : told // the bars say it
  const kind = IN_CALL.includes(v.kind) ? 'in-call' : v.kind
  return h('div', {
    key: 'bar', class: `bar ${kind}${n?.code === 'reconnecting' ? ' amber' : ''}${v.hold && !v.consult ? ' held' : ''}${v.consult ? ' consulting' : ''}${v.others.length && !n ? ' with-others' : ''}`, part: 'bar', role: 'toolbar', 'aria-label': v.t('call.toolbar'), 'data-toolbar': 'bar',
  }, h('span', { key: 'brand', class: 'brand' }, h('slot', { name: 'brand' }, mark())), BODIES[v.kind](v, act, n))
}

/** @type {Record<import('../view.js').Kind, (v: View, act: Act, n: ReturnType<typeof notice>) => any>} */
const BODIES = { out, connecting, idle, offered, placing: inCall, joining: inCall, talking: inCall, wrap_up: wrapUp }

const divider = (/** @type {string} */ of) => h('span', { key: `divider-${of}`, class: `divider of-${of}` })
const spacer = () => h('span', { key: 'spacer', class: 'spacer' })

/** @param {View} v @param {Act} act @param {ReturnType<typeof notice>} n */
function strip(v, act, n) {
  if (!n) return null
  return [
    h('span', { key: 'strip', class: `strip ${n.tone}${n.actions.length ? ' has-actions' : ''}`, part: 'notice', title: `${n.title}. ${n.text}` }, icon(n.icon, 22),
      h('span', { class: 'title ell' }, n.title), h('span', { class: 'text soft ell' }, n.text), n.code === 'offline' ? h('span', { key: 'left', class: 'soft num' }, v.t('ring.left', { n: keptFor(v) })) : null),
    spacer(),
    IN_CALL.includes(v.kind) ? null : noticeActions(v, act, n),
  ]
}

/** @param {View} v @param {Act} act @param {ReturnType<typeof notice>} n */
function out(v, act, n) {
  return [
    n ? strip(v, act, n) : spacer(),
    n ? null : control({ key: 'sign-in', name: v.t('sign_in'), label: v.t('sign_in'), cls: 'btn accent keep', press: act.signIn }),
  ]
}

/** @param {View} v @param {Act} act @param {ReturnType<typeof notice>} n */
function connecting(v, act, n) {
  if (n && v.problem) return strip(v, act, n)
  return [h('span', { key: 'skeleton', class: 'skeleton', 'aria-hidden': 'true' }), h('span', { key: 'words', class: 'soft' }, v.t('connecting')), spacer()]
}

/** @param {View} v @param {Act} act @param {ReturnType<typeof notice>} n */
function idle(v, act, n) {
  const { ui } = v
  return [
    stateButton(v, act),
    n ? strip(v, act, n) : [
      ui.hide.has('queues') ? null : [divider('queues'), queueFigures(v)],
      v.ui.hide.has('dial') ? spacer() : dialField(v, act, true),
    ],
    divider('tail'),
    tail(v, act, true),
  ]
}

/** @param {View} v */
function queueFigures(v) {
  return h('div', { key: 'queues', class: 'queues' }, figures(v).map(([label, value]) => h('div', { key: label }, h('span', { class: 'small soft' }, label), h('b', { class: 'num' }, value))))
}

/** @param {View} v @param {Act} act @param {boolean} [devices] */
function tail(v, act, devices = false) {
  return h('span', { key: 'tail', class: 'tail' },
    v.kind === 'offered'
      ? iconButton({ key: 'silence', icon: v.ui.silenced ? 'speakerOff' : 'speaker', name: v.ui.silenced ? v.t('ring.silenced') : v.t('ring.silence'), press: act.silence, off: v.ui.silenced })
      : qualityButton(v, act, true),
    devices ? iconButton({ key: 'devices', icon: 'headphones', cls: 'headphones', name: v.t('devices'), press: () => act.toggle('devices'), more: { 'aria-haspopup': 'dialog', 'aria-expanded': v.ui.open === 'devices' ? 'true' : 'false' } }) : null,
    v.ui.hide.has('pop-out') ? null : popoutButton(v, act),
    moreButton(v, act))
}

/** @param {View} v @param {Act} act @param {ReturnType<typeof notice>} n */
function offered(v, act, n) {
  const { t, caller } = v
  if (!caller) return null
  return [
    ring(v, 44),
    h('span', { key: 'caller', class: 'caller', part: 'caller' },
      h('span', { class: 'line' }, h('span', { class: 'strong ell', part: 'name', title: caller.name }, h('bdi', null, caller.name)), caller.company ? h('span', { class: 'soft ell company' }, caller.company) : null),
      h('span', { class: 'line second soft' }, phoneNumber(caller.number), caller.callback ? h('span', { key: 'back', class: 'chip white back' }, icon('callback', 13), t('ring.callback.plain')) : null, caller.queue ? h('span', { class: 'chip white queue' }, caller.queue) : null,
        h('span', { class: 'waited num' }, t('ring.waited', { time: caller.waited })))),
    spacer(),
    n ? h('span', { key: 'strip', class: `strip ${n.tone}`, part: 'notice', title: `${n.title}. ${n.text}` }, icon(n.icon, 20), h('span', { class: 'title ell' }, n.title)) : null,
    h('span', { key: 'rings', class: 'second rings num' }, v.auto === null ? t('ring.for', { n: v.ring.seconds }) : t('ring.auto', { n: v.auto })),
    declineButton(v, act, 'btn decline keep'),
    control({ key: 'answer', part: 'answer', icon: 'handset', name: t('answer'), label: t('answer'), cls: 'btn go keep', busy: v.busy('accept'), press: act.answer, off: v.lost }),
    divider('tail'),
    tail(v, act),
  ]
}

/** @param {View} v @param {Act} act @param {ReturnType<typeof notice>} n */
function inCall(v, act, n) {
  const { caller } = v
  if (!caller) return null
  const words = v.kind !== 'talking' ? v.talk.joining : moving(v) ? movingWords(v) : ''
  const big = v.hold ?? v.talk
  return [
    n ? strip(v, act, n) : [
      stateButton(v, act, true), divider('state'), avatar(v),
      h('span', { key: 'caller', class: 'caller', part: 'caller' }, h('span', { class: 'strong ell', part: 'name', title: caller.name }, h('bdi', null, caller.name)),
        h('span', { class: `second soft ell under-name company-line${v.consult ? ' talking-line' : ''}` }, underName(v)),
        h('span', { class: 'second soft only-small inline num ell' }, words || [big.clock, v.held ? v.t('held') : ''].filter(Boolean).join(' · '))),
      divider('time'),
      timeBlock(v, words), v.late?.othersButton(v, act), spacer(),
    ],
    n ? h('span', { key: 'time', class: 'time' }, words ? null : timer(big.clock, big.words)) : null,
    tray(v, act, n ? 2 : 4),
    n ? noticeActions(v, act, n) : null,
    endButton(v, act),
    divider('tail'), n ? moreButton(v, act) : tail(v, act),
  ]
}

/** @param {View} v */
function underName(v) {
  const { caller, held, consult } = v
  if (consult) return v.hold ? v.t('held') : v.kind === 'talking' ? v.t('consult.talking') : caller?.number || caller?.queue
  return (held === 'remote' ? heldWords(v) : '') || caller?.company || caller?.number || caller?.queue
}

/** The other one of a consultation. @param {NonNullable<View['consult']>} consult @param {string} shown */
function otherLine(consult, shown) {
  const other = consult.target.id === shown ? consult.first : consult.target
  return [other.who.short, other.words.toLocaleLowerCase(), other.clock].filter(Boolean).join(' ')
}

/** @param {View} v @param {Act} act */
function endButton(v, act) {
  const { t, consult } = v
  if (!consult) return control({ key: 'end', part: 'control-end', icon: 'hangup', name: t('end'), label: t('end'), cls: 'btn stop keep', busy: v.busy('hangup'), press: act.end })
  const name = t('consult.drop', { name: consult.first.who.short, other: consult.target.who.short })
  return control({ key: 'drop', part: 'control-end', icon: 'hangup', name, label: t('consult.drop.short'), cls: 'btn stop keep', busy: v.asked('hangup'), press: act.drop })
}

/** @param {View} v @param {string} words in place of a time */
function timeBlock(v, words) {
  const { t, hold, talk, consult } = v
  const other = consult ? h('span', { key: 'under', class: 'small other-line under num ell' }, otherLine(consult, v.call.id)) : null
  if (words) return h('span', { key: 'time', class: 'time side words soft' }, h('span', { key: 'joining', class: 'ell', title: words }, words), other)
  const under = other ?? (hold ? h('span', { key: 'under', class: 'small soft under num ell' }, t('held.talked', { time: talk.clock }))
    : v.muted ? h('span', { key: 'under', class: 'small muted-line under' }, t('muted')) : v.supervised ? h('span', { key: 'under', class: 'small heard-line under ell' }, t('supervised')) : h('span', { key: 'under', class: 'small soft under ell' }, v.caller?.queue ?? ''))
  return h('span', { key: 'time', class: `time side${hold ? ' holding' : ''}` }, h('span', { class: 'line' }, hold ? timer(hold.clock, hold.words) : timer(talk.clock, talk.words), hold && !consult ? null : recChip(v)), under)
}

/** @param {View} v @param {Act} act @param {number} many what is not here is in the menu */
function tray(v, act, many) {
  return h('span', { key: 'tray', class: 'tray', part: 'controls' }, callControls(v, act).slice(0, many).map(c => control({ ...c, cls: `btn control-${c.key}${c.on ? ' on' : ''}${c.tone ? ` ${c.tone}` : ''}` })))
}

/** @param {View} v @param {Act} act @param {ReturnType<typeof notice>} n */
function wrapUp(v, act, n) {
  const { t, caller, wrap } = v
  const busy = v.busy('wrapup')
  return [
    stateButton(v, act),
    divider('wrap'),
    n ? h('span', { key: 'strip', class: `strip ${n.tone}`, part: 'notice', title: `${n.title}. ${n.text}` }, icon(n.icon, 20), h('span', { class: 'title ell' }, n.title))
      : h('span', { key: 'caller', class: 'caller wrap-caller', part: 'caller' }, h('span', { class: 'strong ell', part: 'name' }, h('bdi', null, caller?.name ?? '')), h('span', { class: 'small soft num ell' }, wrap.line)),
    spacer(),
    wrap.outcomes.length ? outcomeSelect(v, act) : null,
    v.ui.hide.has('notes') ? null : h('input', {
      key: 'notes', class: 'field notes', part: 'notes', type: 'text', 'aria-label': t('notes'), placeholder: t('notes'), 'data-control': 'notes', autocomplete: 'off', maxlength: 4000,
      prop: { value: v.ui.draft.notes.replace(/\n+/g, ' ') }, on: { input: (/** @type {any} */ e) => act.notes(e.target.value) },
    }),
    control({ key: 'extend', name: t('wrap.extend.name'), label: t('wrap.extend'), cls: 'btn keep extend', busy: v.busy('extend'), press: act.extend }),
    h('span', { key: 'split', class: 'split' },
      control({
        key: 'save', name: t('wrap.save'), cls: 'btn wrap keep', busy, press: () => act.save('available'),
        after: [h('span', { class: 'label long', key: 'l' }, t('wrap.save')), h('span', { class: 'label short', key: 's', 'aria-hidden': 'true' }, t('wrap.save.short'))],
      }),
      control({ key: 'save-more', icon: 'chevron', size: 18, name: t('wrap.more'), cls: 'btn wrap', busy, press: () => act.toggle('save'), more: { 'aria-haspopup': 'menu', 'aria-expanded': v.ui.open === 'save' ? 'true' : 'false' } })),
    divider('tail'),
    moreButton(v, act),
    h('span', { key: 'progress', class: 'progress', 'aria-hidden': 'true', vars: { '--done': String(Math.round(wrap.part * 1000) / 1000) } }, h('i', null)),
  ]
}
