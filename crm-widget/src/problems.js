/**
 * What can be in an agent's way: how each problem looks, what can be done, and which of several is shown.
 * @module
 */

import { clean } from './text.js'

/** @typedef {{icon: string, tone: 'stop' | 'hold' | 'accent' | 'wrap', actions: string[], passing?: boolean, quiet?: boolean}} ProblemLook */

/** @type {Readonly<Record<string, ProblemLook>>} */
export const PROBLEMS = Object.freeze({
  in_window: { icon: 'tab', tone: 'accent', actions: ['use'] },
  elsewhere: { icon: 'signOut', tone: 'accent', actions: ['use', 'close'] },
  signed_out: { icon: 'signOut', tone: 'accent', actions: ['signin'] },
  refused: { icon: 'frame', tone: 'stop', actions: ['copy'] },
  protocol: { icon: 'warning', tone: 'stop', actions: ['copy'] },
  media_unsupported: { icon: 'micOff', tone: 'stop', actions: ['copy'] },
  mic_denied: { icon: 'micOff', tone: 'stop', actions: ['retry', 'howto'] },
  mic_policy: { icon: 'frame', tone: 'stop', actions: ['window', 'copy'] },
  mic_missing: { icon: 'micOff', tone: 'stop', actions: ['choose', 'retry'] },
  mic_busy: { icon: 'micOff', tone: 'stop', actions: ['choose', 'retry'] },
  local_network: { icon: 'wifiOff', tone: 'hold', actions: ['allow'] },
  media_failed: { icon: 'warning', tone: 'hold', actions: ['end', 'copy'] },
  offline: { icon: 'wifiOff', tone: 'hold', actions: ['now'] },
  call_sound: { icon: 'speakerOff', tone: 'stop', actions: ['sound'] },
  mic_silent: { icon: 'micOff', tone: 'hold', actions: ['choose', 'close'] },
  device_lost: { icon: 'headphones', tone: 'hold', actions: ['keep', 'choose'] },
  unsaved: { icon: 'warning', tone: 'hold', actions: ['now'] },
  failed: { icon: 'alert', tone: 'stop', actions: ['redial', 'close'] },
  consult_failed: { icon: 'alert', tone: 'stop', actions: ['redial', 'elsewhere'] },
  transfer_failed: { icon: 'alert', tone: 'stop', actions: ['redial', 'elsewhere'] },
  follower: { icon: 'tab', tone: 'accent', actions: ['here'] },
  call_gone: { icon: 'incoming', tone: 'accent', actions: [], passing: true },
  again: { icon: 'warning', tone: 'hold', actions: ['repeat'], passing: true },
  weak: { icon: 'warning', tone: 'hold', actions: [] },
  autoplay: { icon: 'speakerOff', tone: 'hold', actions: ['sound'], quiet: true },
})

const RANK = Object.keys(PROBLEMS)

/**
 * The one problem that matters most now, or null.
 * @param {import('./store.js').Snapshot} s
 * @param {{ringerBlocked: boolean, windowed?: boolean}} ui
 * @param {string} kind
 * @param {number} _now
 */
export function problemToShow(s, ui, kind, _now) {
  const codes = s.problems.map(p => (p.code === 'elsewhere' && ui.windowed ? 'in_window' : shownAs(p)))
  if (ui.ringerBlocked && (kind === 'idle' || kind === 'offered') && !codes.includes('autoplay')) codes.push('autoplay')
  const code = RANK.find(c => codes.includes(c))
  if (!code) return null
  return { code, ...PROBLEMS[code], detail: s.problems.find(p => shownAs(p) === code)?.detail }
}

/**
 * The code whose words and look are shown: sound that the browser keeps off is another matter in a call than before one.
 * @param {import('./store.js').Problem} p
 */
export function shownAs(p) { return p.code === 'autoplay' && p.detail?.call ? 'call_sound' : p.code }

/**
 * @param {string} code
 * @param {any} detail
 * @param {import('./i18n.js').Translator['t']} t
 * @param {boolean} [live] a call is
 */
export function problemWords(code, detail, t, live = false) {
  const name = clean(detail?.name)
  const known = code === 'device_lost' && !name ? t('problem.device_lost.plain') : t(`problem.${code}.text`, { name })
  const text = code === 'device_lost' && live ? `${known} ${t('problem.device_lost.live')}` : known
  return { title: t(`problem.${code}`), text: detail?.text ? clean(detail.text, 300) : text }
}

/** Causes that calling again does not change. */
export const FINAL = Object.freeze(['forbidden', 'bad_request', 'not_found'])

/** Causes that have words of their own. */
const TOLD = ['busy_here', 'not_found', 'unreachable', 'timeout', 'declined', 'trunk_failed', 'forbidden', 'bad_request', 'no_common_codec']

/**
 * What became of a call that was placed, or given away, in vain.
 * @param {import('./store.js').Failed} failed
 * @param {string} name whom it was for
 * @param {string} back with whom the agent is again
 * @param {import('./i18n.js').Translator['t']} t
 */
export function failureWords(failed, name, back, t) {
  const { code } = failed
  const title = t(`failed.${TOLD.includes(code) ? code : 'other'}`, { name })
  return { title, text: failed.was === 'dial' ? '' : t('failed.back', { name: back }) }
}
