/**
 * What the snapshot means to an agent right now. Pure: snapshot, time and language in, everything that the views draw out.
 * @module
 */

import { problemToShow } from './problems.js'
import { heldByAgent, isLive } from './store.js'
import { at, clean, clock, countdown, farParty, formatNumber, initials, left, since } from './text.js'

/**
 * @typedef {'out' | 'connecting' | 'idle' | 'offered' | 'placing' | 'joining' | 'talking' | 'wrap_up'} Kind
 * @typedef {{name?: string, company?: string, url?: string, rows?: readonly {label: string, value: string}[]}} Contact
 * @typedef {{outcome: string, notes: string, saved: number}} Draft
 * @typedef {object} UI what the element itself remembers between two drawings
 * @property {string} open the open menu or page, '' for none
 * @property {string} tab of the panel
 * @property {boolean} silenced
 * @property {(call: string) => Contact | null} contactOf a call
 * @property {Draft} draft of the call shown
 * @property {boolean} ringerBlocked
 * @property {boolean} hasToken
 * @property {boolean} canNotify the browser would ask whether we may notify
 * @property {boolean} notifies we may notify
 * @property {boolean} outputs the browser asks which device sound goes to (Firefox), and lists no other
 * @property {number | null} meter how loud the microphone is, 0 to 1, while the device page is open
 * @property {ReadonlySet<string>} hide
 * @property {string} wrapError
 * @property {{text: string, from: string}} dial the dial field, and the number to call from ('' for the server's choice)
 * @property {{typed: string, pressed: string}} keypad what was sent in this call, and the key that is down
 * @property {import('./element/finder.js').Found} finder
 * @property {{call: string, name: string, to: string}} target whom we called, or gave a call to, last
 * @property {boolean} remind of a call on hold
 * @property {boolean} popped the element is in a window of its own
 * @property {boolean} canPop this page can have such a window
 * @property {number} autoAt when an offered call is answered by itself, milliseconds by the server's clock; 0: it is not
 * @property {boolean} windowed the callbar was opened in a window of its own
 * @property {import('./element/late.js').Late | null} late what is loaded after the start
 */

const ORDER = ['connected', 'early', 'ringing', 'dialing', 'connecting', 'offered', 'transferring', 'held', 'wrap_up']
const KINDS = /** @type {Record<string, Kind>} */ ({ offered: 'offered', connecting: 'joining', wrap_up: 'wrap_up', dialing: 'placing', ringing: 'placing', early: 'placing' })
const SLOW_JOIN = 4000
const MAX_ROWS = 3
const WEAK_TOLD = 12_000
const LOSSY = 3

/** The call that the callbar is about: the one with sound, else the one that wants something. @param {readonly any[]} calls */
export function mainCall(calls) {
  const rank = (/** @type {any} */ c) => { const i = ORDER.indexOf(heldByAgent(c) ? 'held' : c.phase === 'held' ? 'connected' : c.phase); return i < 0 ? ORDER.length : i }
  return [...calls].sort((a, b) => rank(a) - rank(b))[0] ?? null
}

/** The two of a consultation, while both are there. @param {readonly any[]} calls @returns {{target: any, first: any} | null} */
export function consultation(calls) {
  for (const target of calls) {
    const first = target.consult_of && isLive(target) ? calls.find(c => c.id === target.consult_of && isLive(c)) : null
    if (first) return { target, first }
  }
  return null
}

/** The call that notes are about: in a consultation the one that it is for. @param {readonly any[]} calls */
export function subject(calls) { return consultation(calls)?.first ?? mainCall(calls) }

/**
 * @param {import('./store.js').Snapshot} s
 * @param {number} now by the server's clock
 * @param {number} local by ours
 * @param {import('./i18n.js').Translator} tr
 * @param {UI} ui
 */
export function present(s, now, local, tr, ui) {
  const call = mainCall(s.calls)
  const kind = kindOf(s, call)
  const lost = s.connection.state === 'reconnecting'
  const who = (/** @type {any} */ c) => callerView(c, tr, ui.contactOf(c.id))
  const card = (/** @type {any} */ c) => cardView(s, c, now, tr, who(c))
  const two = consultation(s.calls)
  const about = two ? two.first : call
  return {
    s, now, local, tr, t: tr.t, ui, call, kind, lost, late: ui.late,
    lostTold: lost && !quietly(s, local),
    agent: agentView(s, now, tr, call, kind, lost),
    caller: call ? who(call) : null,
    consult: two ? { target: card(two.target), first: card(two.first), ready: two.target.answered_at !== undefined && isLive(two.target) } : null,
    others: s.calls.filter(c => c !== call && c !== two?.target && c !== two?.first && c.phase !== 'wrap_up').map(card),
    hold: holdView(s, call, now, tr),
    rec: recView(s, about, now),
    talk: talkView(s, call, now, tr),
    ring: ringView(call, now),
    auto: kind === 'offered' && ui.autoAt > 0 ? Math.max(0, seconds(ui.autoAt - now)) : null,
    weak: kind === 'talking' && !lost ? weakView(s, local, tr, who(call)) : null,
    supervised: about?.supervised === true,
    wrap: wrapView(s, call, now, tr, ui.draft),
    muted: call ? s.muted[call.id] ?? call.muted === true : false,
    held: heldBy(call),
    busy: (/** @type {string} */ type) => s.asked.some(a => a.type === type && (a.call === '' || a.call === call?.id)),
    asked: (/** @type {string} */ type, /** @type {string} */ id = '') => s.asked.some(a => a.type === type && (id === '' || a.call === id)),
    quality: qualityView(s, tr, lost),
    problem: problemToShow(s, ui, kind, now),
  }
}

/** A server that restarts, or is full for a moment, is back before anybody needs to know. */
const QUIET_CODES = [1001, 4503]
const QUIET_FOR = 10_000

/** Whether the connection is lost without a word so far. @param {import('./store.js').Snapshot} s @param {number} local */
export function quietly({ connection }, local) { return QUIET_CODES.includes(connection.code ?? 0) && local - connection.since < QUIET_FOR }

/** @typedef {ReturnType<typeof present>} View */

/** @typedef {ReturnType<typeof cardView>} Card a call in a list */

/** Kinds in which a call is ours. */
export const IN_CALL = Object.freeze(['placing', 'joining', 'talking'])

/** Who holds the call: a far side may do so while the phase stays connected. @param {any} call @returns {'' | 'agent' | 'remote'} */
function heldBy(call) {
  if (call?.held_by === 'agent' || call?.held_by === 'both') return 'agent'
  if (call?.held_by === 'remote') return 'remote'
  return call?.phase === 'held' ? 'agent' : ''
}

/** What is said of it. @param {View} v */
export function heldWords(v) { return v.held === 'remote' ? v.t('held.remote', { name: v.caller?.name ?? '' }) : v.held ? v.t('held') : '' }

/** @param {import('./store.js').Snapshot} s @param {any} call @returns {Kind} */
function kindOf(s, call) {
  const { state } = s.connection
  if (state === 'idle' || state === 'stopped') return 'out'
  if (!s.agent) return 'connecting'
  if (!call) return 'idle'
  return KINDS[call.phase] ?? 'talking'
}

/**
 * The state button: its look, its two lines, its limit.
 * @param {import('./store.js').Snapshot} s @param {number} now @param {import('./i18n.js').Translator} tr @param {any} call @param {Kind} kind @param {boolean} lost
 */
function agentView(s, now, tr, call, kind, lost) {
  const { t } = tr
  const agent = s.agent
  if (!agent || kind === 'out') return { look: 'offline', title: t(kind === 'connecting' ? 'connecting' : 'state.offline'), line: '', over: false, lost }
  if (kind === 'offered') return { look: 'offered', title: t(call.callback === true ? 'state.callback' : 'state.offered'), line: t('ring.left', { n: seconds(left(call.expires_at, now)) }), over: false, lost }
  if (kind === 'wrap_up') return { look: 'wrap_up', title: t('state.wrap_up'), line: t('wrap.left', { time: clock(left(call.wrap_up_until, now), countdown) }), over: false, lost }
  if (IN_CALL.includes(kind)) {
    return { look: 'on_call', title: t('state.on_call'), line: t('state.then', { next: nextWords(s, tr) }), over: false, lost }
  }
  const limit = reasonOf(s, agent.reason)?.limit_s ?? 0
  const used = since(agent.since, now)
  const title = agent.state === 'away' && agent.reason ? reasonWords(s, agent.reason, tr) : t(`state.${agent.state}`)
  const line = agent.state === 'away' && limit > 0
    ? t('state.of', { used: Math.floor(used / 60_000), limit: t('minutes.short', { n: Math.round(limit / 60) }) })
    : clock(used)
  return { look: agent.state, title, line, over: limit > 0 && used > limit * 1000, lost }
}

/** @param {import('./store.js').Snapshot} s @param {import('./i18n.js').Translator} tr */
function nextWords(s, tr) {
  const { next, next_reason: reason } = /** @type {any} */ (s.agent)
  if (next === 'away' && reason) return reasonWords(s, reason, tr)
  return tr.t(`state.${next || 'available'}`)
}

/** @param {import('./store.js').Snapshot} s @param {string} name */
function reasonOf(s, name) { return (s.limits.reasons ?? []).find((/** @type {any} */ r) => r.name === name) }

/** @param {import('./store.js').Snapshot} s @param {string} name @param {import('./i18n.js').Translator} tr */
export function reasonWords(s, name, tr) {
  return clean(reasonOf(s, name)?.label) || (tr.has(`reason.${name}`) ? tr.t(`reason.${name}`) : clean(name))
}

/** @param {any} call @param {import('./i18n.js').Translator} tr @param {Contact | null} contact */
function callerView(call, tr, contact) {
  const party = farParty(call)
  const number = formatNumber(party.number)
  const name = clean(contact?.name) || clean(party.name) || number || clean(party.uri, 64) || tr.t('unknown')
  const bare = name === number || name === tr.t('unknown')
  const data = Object.entries(call.data ?? {}).filter(([k, v]) => k !== 'company' && typeof v === 'string').map(([k, v]) => ({ label: labelOf(k), value: clean(v) }))
  const told = (contact?.rows ?? []).map(r => ({ label: clean(r.label, 40), value: clean(r.value) }))
  return {
    name,
    initials: initials(bare ? '' : name, String(party.number ?? '')),
    plain: bare,
    company: clean(contact?.company) || clean(call.data?.company) || (call.direction === 'internal' && !party.number ? tr.t('internal') : ''),
    number: bare && name === number ? '' : number,
    short: bare ? name : name.split(/[\s,]+/)[0],
    queue: clean(call.queue, 40),
    callback: call.callback === true,
    waited: clock(Number(call.waited_ms) || 0),
    verified: party.verified === true,
    rows: [...told, ...data].filter(r => r.label && r.value).slice(0, MAX_ROWS - 1),
  }
}

/** "x-case-number" → "Case number". @param {string} key */
function labelOf(key) {
  const words = clean(key, 40).replace(/^x-/i, '').replace(/[-_]+/g, ' ').trim()
  return words.charAt(0).toLocaleUpperCase() + words.slice(1)
}

/**
 * A call as it stands in a list, or on one of the two cards of a consultation.
 * @param {import('./store.js').Snapshot} s @param {any} call @param {number} now @param {import('./i18n.js').Translator} tr @param {ReturnType<typeof callerView>} who
 */
function cardView(s, call, now, tr, who) {
  const held = heldByAgent(call)
  const look = held ? 'held' : call.phase === 'offered' ? 'offered' : call.phase === 'connected' || call.phase === 'held' ? 'talking' : 'waiting'
  const ms = held ? Math.max(0, now - (s.heldSince[call.id] ?? now)) : since(call.answered_at, now)
  const words = held ? tr.t('held') : look === 'talking' ? (heldBy(call) === 'remote' ? tr.t('held.by') : tr.t('consult.talking')) : phaseWords(call, tr)
  return { id: String(call.id), call, who, look, words, clock: look === 'waiting' || look === 'offered' ? '' : clock(ms), spoken: tr.duration(ms) }
}

/** @param {any} call @param {import('./i18n.js').Translator} tr */
function phaseWords(call, tr) { return tr.has(`phase.${call.phase}`) ? tr.t(`phase.${call.phase}`) : '' }

/** How long we hold the call. @param {import('./store.js').Snapshot} s @param {any} call @param {number} now @param {import('./i18n.js').Translator} tr */
function holdView(s, call, now, tr) {
  if (!call || !heldByAgent(call)) return null
  const ms = Math.max(0, now - (s.heldSince[call.id] ?? now))
  return { ms, clock: clock(ms), words: tr.duration(ms) }
}

/** @param {import('./store.js').Snapshot} s @param {any} call @param {number} now */
function recView(s, call, now) {
  const until = s.pausedUntil[call?.id] ?? 0
  return { state: call?.recording ?? 'off', left: call?.recording === 'paused' && until > now ? clock(until - now, countdown) : '' }
}

/** @param {import('./store.js').Snapshot} s @param {any} call @param {number} now @param {import('./i18n.js').Translator} tr */
function talkView(s, call, now, tr) {
  const ms = since(call?.answered_at, now)
  const placing = KINDS[call?.phase] === 'placing'
  const slow = call?.phase === 'connecting' && since(call.answered_at ?? call.offered_at, now) > SLOW_JOIN
  const media = call ? s.media[call.id] ?? 'none' : 'none'
  return { ms, clock: clock(ms), words: tr.duration(ms), joining: placing ? phaseWords(call, tr) : slow && tr.has(`ice.${media}`) ? tr.t(`ice.${media}`) : tr.t('audio.connecting') }
}

/** @param {any} call @param {number} now */
function ringView(call, now) {
  const whole = at(call?.expires_at) - at(call?.offered_at)
  const ms = left(call?.expires_at, now)
  return { seconds: seconds(ms), part: whole > 0 ? Math.min(1, ms / whole) : 0 }
}

/** @param {import('./store.js').Snapshot} s @param {any} call @param {number} now @param {import('./i18n.js').Translator} tr @param {Draft} draft */
function wrapView(s, call, now, tr, draft) {
  const rules = s.limits.queues?.[call?.queue] ?? {}
  const outcomes = (rules.outcomes ?? []).map((/** @type {any} */ o) => ({ name: String(o.name), label: clean(o.label) || clean(o.name) }))
  const ms = left(call?.wrap_up_until, now)
  const whole = Math.max((rules.wrap_up_s ?? 0) * 1000, at(call?.wrap_up_until) - at(call?.ended_at) || 0, 1)
  const talked = clock(Math.max(0, at(call?.ended_at) - at(call?.answered_at)) || 0)
  const queue = clean(rules.label) || clean(call?.queue, 40)
  const held = s.heldFor[call?.id] ?? 0
  return {
    outcomes,
    required: rules.outcome_required === true && outcomes.length > 0,
    missing: rules.outcome_required === true && outcomes.length > 0 && draft.outcome === '',
    ms,
    clock: clock(ms, countdown),
    part: Math.min(1, ms / whole),
    over: call?.phase === 'wrap_up' && ms <= 0,
    line: [queue ? tr.t('wrap.talked', { queue, time: talked }) : tr.t('wrap.talked.plain', { time: talked }), held >= 1000 ? tr.t('wrap.held', { time: clock(held) }) : ''].filter(Boolean).join(' · '),
  }
}

/** @param {import('./store.js').Snapshot} s @param {import('./i18n.js').Translator} tr @param {boolean} lost */
function qualityView(s, tr, lost) {
  const bars = lost || s.connection.state !== 'open' ? 0 : s.quality?.bars ?? 4
  return { bars, word: tr.t(`quality.${bars}`), history: s.quality?.history ?? [] }
}

/**
 * A network that has become weak is told once, for a while; whose sound suffers is told apart.
 * @param {import('./store.js').Snapshot} s @param {number} local @param {import('./i18n.js').Translator} tr @param {ReturnType<typeof callerView>} who
 */
function weakView(s, local, tr, who) {
  const { quality } = s
  if (!quality?.weak || local - quality.weakSince > WEAK_TOLD) return null
  const last = quality.history.at(-1)
  const far = (last.far_loss_pct ?? 0) > LOSSY
  const loss = far ? last.far_loss_pct : last.loss_pct
  return { title: tr.t(far ? 'weak.far' : 'weak.own', { name: who.short }), text: tr.t(loss > LOSSY ? 'weak.loss' : 'weak.slow', { n: tr.number(loss) }) }
}

/** @param {number} ms */
function seconds(ms) { return countdown(ms / 1000) }

