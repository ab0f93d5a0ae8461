/**
 * What a change of the snapshot is worth saying, and how urgently.
 * @module
 */

import { countdown } from './text.js'
import { quietly } from './view.js'
import { notice } from './views/parts.js'

/** @typedef {[how: 'polite' | 'assertive', text: string, instead?: boolean]} Saying */

/**
 * What a change of the snapshot is worth saying.
 * @param {import('./store.js').Snapshot} s
 * @param {import('./store.js').Snapshot} before
 * @param {import('./view.js').View} v
 * @returns {Saying[]}
 */
export function sayings(s, before, v) {
  const { t, call, caller } = v
  /** @type {Saying[]} */
  const out = []
  const was = before.calls.find(c => c.id === call?.id)
  const gone = before.calls.find(c => !s.calls.some(n => n.id === c.id))
  const beside = v.others.find(c => c.look === 'offered' && !before.calls.some(b => b.id === c.id && b.phase === 'offered'))
  const offered = call?.phase === 'offered' && was?.phase !== 'offered' ? caller : beside?.who
  if (offered) {
    const who = [offered.name, offered.company].filter(Boolean).join(', ')
    out.push(['assertive', [t(offered.callback ? 'say.callback' : 'say.offered', { who }), offered.queue ? t('say.queue', { queue: offered.queue }) : ''].filter(Boolean).join(' ')])
  }
  out.push(...saidOfMoves(s, before, v))
  if (call?.phase === 'connected' && was && was.phase !== 'connected' && was.phase !== 'held') out.push(['polite', t('say.connected')])
  if (call?.phase === 'wrap_up' && was && was.phase !== 'wrap_up') {
    out.push(['polite', [t('say.wrap', { n: countdown(v.wrap.ms / 1000) }), v.wrap.required ? t('say.required') : ''].filter(Boolean).join(' ')])
  } else if (gone && !['offered', 'wrap_up'].includes(gone.phase) && !s.failed && s.calls.length === 0) out.push(['polite', t('say.ended')])
  if (call && s.muted[call.id] !== before.muted[call.id] && before.muted[call.id] !== undefined) out.push(['polite', t(s.muted[call.id] ? 'say.muted' : 'say.unmuted')])
  else if (call && s.muted[call.id] === true && before.muted[call.id] === undefined) out.push(['polite', t('say.muted')])
  if (call && was && call.held_by !== was.held_by && call.phase !== 'wrap_up' && !v.consult && call.phase !== 'transferring' && was.phase !== 'transferring' && !s.failed) out.push(['polite', v.held === 'remote' ? `${t('held.remote', { name: caller?.name ?? '' })}.` : t(v.held ? 'say.held' : 'say.resumed')])
  if (s.missed && s.missed !== before.missed) out.push(['polite', t('say.missed')])
  else if (s.agent?.state !== before.agent?.state && before.agent && (s.agent?.state === 'available' || s.agent?.state === 'away')) out.push(['polite', t(`say.${s.agent.state}`)])
  const lost = s.connection.state === 'reconnecting'
  const wasLost = before.connection.state === 'reconnecting'
  if (lost && !wasLost && before.agent && v.lostTold) out.push(['assertive', t(v.kind === 'talking' ? 'say.lost' : 'say.lost.idle')])
  if (!lost && wasLost && s.connection.state === 'open' && !quietly(before, v.local)) out.push(['polite', t('say.back')])
  if (s.quality && before.quality && s.quality.weak !== before.quality.weak) out.push(['polite', t(s.quality.weak ? 'say.weak' : 'say.good')])
  return out
}

/**
 * Calling, consulting, giving away, recording.
 * @param {import('./store.js').Snapshot} s @param {import('./store.js').Snapshot} before @param {import('./view.js').View} v
 * @returns {Saying[]}
 */
function saidOfMoves(s, before, v) {
  const { t, call, consult, caller } = v
  /** @type {Saying[]} */
  const out = []
  const fresh = call && !before.calls.some(c => c.id === call.id)
  const was = before.calls.find(c => c.id === call?.id)
  if (fresh && v.kind === 'placing') {
    out.push(['polite', consult ? t('say.consulting', { other: consult.target.who.name, name: consult.first.who.name }) : t('say.calling', { name: caller?.name ?? '' }), consult !== null])
  }
  if (was && call.phase === 'transferring' && was.phase !== 'transferring') out.push(['polite', t('say.transferring')])
  if (was?.phase === 'transferring' && call.phase === 'connected' && !s.failed) out.push(['polite', t('say.back_with', { name: caller?.name ?? '' })])
  if (s.failed && s.failed !== before.failed) {
    const n = notice(v)
    if (n?.code.endsWith('failed') && n.code !== 'media_failed') out.push(['assertive', [n.title, n.code === 'failed' ? '' : t('say.back_with', { name: caller?.name ?? '' }).replace(/\.$/, '')].filter(Boolean).map(x => `${x}.`).join(' ')])
  }
  const rec = call?.recording ?? 'off'
  if (was && rec !== (was.recording ?? 'off') && v.kind === 'talking') out.push(['polite', t(rec === 'on' ? 'say.rec_on' : rec === 'paused' ? 'say.rec_paused' : 'say.rec_off')])
  return out
}
