/**
 * The controls of a call: always the same at the same places. In a consultation Hold becomes Swap and Transfer becomes Complete; while a call
 * is on its way to somebody else, Transfer becomes Take back.
 * @module
 */

import { clean, formatNumber } from '../text.js'
import { control } from './parts.js'

/** @typedef {import('./parts.js').View} View */
/** @typedef {import('./parts.js').Act} Act */
/** @typedef {Parameters<typeof import('./parts.js').control>[0] & {on: boolean, tone?: string}} Control */

/** @param {View} v @param {Act} act @returns {Control[]} mute, hold, keypad, transfer, person, record */
export function callControls(v, act) {
  return [mute(v, act), v.consult ? swap(v, act) : hold(v, act), keypad(v, act), giving(v, act), person(v), record(v, act)]
}

/**
 * @param {string} key @param {string} icon @param {string} name
 * @param {Partial<Control>} more
 * @returns {Control}
 */
function made(key, icon, name, more) {
  return { key, icon, name, label: name, part: `control control-${key}`, on: false, ...more }
}

/** @param {View} v @param {Act} act */
function mute({ t, muted, kind }, act) {
  return made('mute', muted ? 'micOff' : 'mic', t(muted ? 'unmute' : 'mute'), {
    on: muted, off: kind === 'joining', press: act.mute, more: { 'data-talk': muted ? '1' : null },
  })
}

/** @param {View} v @param {Act} act */
function hold(v, act) {
  const { t, lost } = v
  const resume = v.hold !== null
  return made('hold', resume ? 'play' : 'pause', t(resume ? 'resume' : 'hold'), {
    on: resume, tone: resume ? 'hold' : undefined, off: v.kind !== 'talking' || lost || moving(v), busy: v.busy('hold') || v.busy('resume'), press: act.hold,
  })
}

/** @param {View} v @param {Act} act */
export function swap(v, act) {
  const consult = /** @type {NonNullable<View['consult']>} */ (v.consult)
  return made('swap', 'swap', v.t('swap'), { off: !consult.ready || v.lost, busy: v.asked('resume'), press: act.swap })
}

/** @param {View} v @param {Act} act */
function keypad(v, act) {
  const { t, ui, call } = v
  return made('keypad', 'keypad', t('keypad'), {
    on: ui.open === 'keypad', off: !(v.kind === 'talking' || call?.phase === 'early') || v.hold !== null || moving(v), press: () => act.toggle('keypad'),
    more: { 'aria-haspopup': 'dialog', 'aria-expanded': ui.open === 'keypad' ? 'true' : 'false' },
  })
}

/** @param {View} v @param {Act} act */
function giving(v, act) {
  const { t, ui } = v
  if (v.consult) return complete(v, act)
  if (moving(v)) return made('takeback', 'undo', t('takeback'), { off: v.lost, busy: v.busy('transfer'), press: act.takeBack })
  return made('transfer', 'transfer', t('transfer'), {
    on: ui.open === 'transfer', off: v.kind !== 'talking' || v.lost, busy: v.busy('transfer') || v.asked('dial'), press: () => act.toggle('transfer'),
    more: { 'aria-haspopup': 'dialog', 'aria-expanded': ui.open === 'transfer' ? 'true' : 'false' },
  })
}

/** @param {View} v @param {Act} act */
export function complete(v, act) {
  const { t, consult } = v
  return made('complete', 'transfer', t('complete'), {
    label: t('complete.short'), tone: 'accent', off: !consult?.ready || v.lost, busy: v.asked('transfer'), why: consult?.ready ? undefined : t('complete.wait', { name: consult?.target.who.name ?? '' }),
    press: act.complete,
  })
}

/** @param {View} v */
function person({ t, consult }) {
  const name = t(consult ? 'merge' : 'person')
  return made('person', consult ? 'merge' : 'person', name, { off: true, why: `${name}: ${t('not_yet')}` })
}

/** @param {View} v @param {Act} act */
function record(v, act) {
  const { t, rec } = v
  const label = t(rec.state === 'on' ? 'pause' : rec.state === 'paused' ? 'rec.resume' : 'rec.start')
  const name = [label, rec.left].filter(Boolean).join(' ')
  return made('record', rec.state === 'on' ? 'pauseCircle' : 'record', name, {
    label, off: v.kind !== 'talking' || v.lost || moving(v), busy: v.asked('record'), press: act.record,
  })
}

/** On its way to somebody else. @param {View} v */
export function moving(v) { return v.call?.phase === 'transferring' }

/** @param {View} v @param {Act} act @param {string} cls */
export function declineButton(v, act, cls) {
  return control({
    key: 'decline', part: 'decline', icon: 'close', size: 18, name: v.t('decline'), label: v.t('decline'), cls, busy: v.busy('reject'), press: act.decline, off: v.lost,
    more: { on: { contextmenu: (/** @type {any} */ e) => { e.preventDefault(); act.toggle('decline') } }, 'data-menu': 'decline' },
  })
}

/** How long the server keeps the call of an agent it does not hear, in seconds from now. @param {View} v */
export function keptFor(v) { return Math.max(0, Math.ceil((v.s.connection.since + (Number(v.s.limits.resume_for_s) || 30) * 1000 - v.local) / 1000)) }

/** @param {View} v */
export function movingWords({ t, call, ui }) {
  const { to } = call.transfer ?? {}
  const name = clean(to?.name) || formatNumber(to?.number) || (ui.target.call === call.id ? ui.target.name : '')
  return name ? t(call.transfer?.state === 'ringing' ? 'transfer.ringing' : 'transfer.to', { name }) : t('phase.transferring')
}

/** @param {View} v @param {Act} act */
export function endWhole(v, act) {
  return control({ key: 'end', part: 'control-end', icon: 'hangup', size: 24, name: v.t('end.call'), label: v.t('end.call'), cls: 'btn stop whole', busy: v.busy('hangup'), press: act.end })
}
