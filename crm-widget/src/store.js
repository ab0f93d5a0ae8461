/**
 * Frames become one frozen snapshot; the element draws it and nothing else. No DOM, no clock, no socket.
 * @module
 */

import { LIVE_PHASES, PLACING_PHASES } from './messages.js'
import { weakNow } from './quality.js'

/**
 * @typedef {'idle' | 'connecting' | 'open' | 'reconnecting' | 'stopped'} ConnectionState
 * @typedef {{state: ConnectionState, attempt: number, since: number, code?: number, again?: boolean}} ConnectionView
 * @typedef {Readonly<Record<string, any>> & {id: string, rev: number, phase: string}} CallView
 * @typedef {{type: string, call: string, mark: string}} Asked `mark`: what the call was like then
 * @typedef {{code: string, detail?: Record<string, any>, call?: string}} Problem
 * @typedef {{was: 'dial' | 'consult' | 'transfer', call: any, code: string}} Failed `call`: the one placed, or the one that is back
 * @typedef {object} Snapshot
 * @property {ConnectionView} connection
 * @property {Readonly<Record<string, any>> | null} agent
 * @property {readonly CallView[]} calls what is not over, oldest first
 * @property {readonly any[]} queues
 * @property {readonly any[]} recents
 * @property {Readonly<Record<string, any>>} limits
 * @property {number} offset server's clock less ours, milliseconds
 * @property {Readonly<Record<string, boolean>>} muted by call, as the microphone really is
 * @property {Readonly<Record<string, string>>} media by call, the peer connection's state
 * @property {readonly Asked[]} asked requests whose effect has not arrived
 * @property {{bars: number, weak: boolean, weakSince: number, history: readonly any[]} | null} quality weakSince: when it was told to be weak, by our clock; 0: it is not
 * @property {{call: CallView, at: string} | null} missed
 * @property {CallView | null} over the call that ended last
 * @property {Failed | null} failed what was placed or given away last, if nobody took it
 * @property {Readonly<Record<string, number>>} heldSince by call, when its hold was told here, by the server's clock
 * @property {Readonly<Record<string, number>>} heldFor by call, how long it was on hold until its last hold began, milliseconds
 * @property {Readonly<Record<string, number>>} pausedUntil by call, when the pause of its recording ends, by the server's clock
 * @property {Readonly<Record<string, any>>} devices
 * @property {boolean} leader
 * @property {readonly Problem[]} problems newest last, one of a code
 */

/** @type {Snapshot} */
export const EMPTY = freeze({
  connection: { state: 'idle', attempt: 0, since: 0 },
  agent: null, calls: [], queues: [], recents: [], limits: {}, offset: 0, muted: {}, media: {}, asked: [], quality: null, missed: null, over: null, failed: null, heldSince: {}, heldFor: {}, pausedUntil: {},
  devices: {}, leader: true, problems: [],
})

const MAX_KNOWN_REVS = 256
const HISTORY = 40
const RECENTS = 20

/** @template T @param {T} value @returns {T} */
export function freeze(value) {
  if (value === null || typeof value !== 'object' || Object.isFrozen(value)) return value
  for (const key of Object.keys(value)) freeze(/** @type {any} */ (value)[key])
  return Object.freeze(value)
}

/** Holds the snapshot, tells its listeners. */
export class Store {
  #snapshot = EMPTY
  /** @type {Set<(s: Snapshot, before: Snapshot) => void>} */
  #listeners = new Set()
  /** @type {Map<string, number>} the newest rev of each call, also of those that are over */
  #revs = new Map()
  /** @type {Set<string>} calls that are over, of those in #revs */
  #over = new Set()
  #now

  /** @param {() => number} [now] our clock */
  constructor(now = () => Date.now()) { this.#now = now }

  get snapshot() { return this.#snapshot }

  /**
   * @param {(s: Snapshot, before: Snapshot) => void} listener called at once and after each change
   * @param {{signal?: AbortSignal}} [options]
   */
  subscribe(listener, { signal } = {}) {
    if (signal?.aborted) return
    this.#listeners.add(listener)
    signal?.addEventListener('abort', () => this.#listeners.delete(listener), { once: true })
    listener(this.#snapshot, this.#snapshot)
  }

  /** @param {Partial<Snapshot>} change */
  set(change) {
    const before = this.#snapshot
    this.#snapshot = /** @type {Snapshot} */ (Object.freeze({ ...before, ...freeze({ ...change }) }))
    for (const listener of [...this.#listeners]) listener(this.#snapshot, before)
  }

  /**
   * `welcome` is everything that the agent has: what was there before is gone.
   * @param {any} frame
   * @param {number} offset
   */
  welcome(frame, offset) {
    const calls = list(frame.calls).filter(isCall)
    for (const call of calls) this.#remember(call)
    const here = new Set(calls.map(c => c.id))
    this.set({
      agent: frame.agent ?? null,
      calls: calls.filter(c => c.phase !== 'ended'),
      queues: list(frame.queues),
      recents: list(frame.recents).slice(0, RECENTS),
      limits: frame.limits ?? {},
      offset,
      asked: this.#snapshot.asked.filter(a => a.call === '' || here.has(a.call)),
      muted: only(this.#snapshot.muted, here),
      media: only(this.#snapshot.media, here),
      heldSince: Object.fromEntries(calls.filter(c => c.held_by).map(c => [c.id, this.#snapshot.heldSince[c.id] ?? this.#now() + offset])),
      heldFor: only(this.#snapshot.heldFor, here),
      pausedUntil: only(this.#snapshot.pausedUntil, here),
      quality: calls.some(isLive) ? this.#snapshot.quality : null,
    })
  }

  /** @param {any} agent */
  agent(agent) {
    if (!agent || typeof agent !== 'object' || typeof agent.state !== 'string') return
    this.set({ agent, missed: agent.state === 'available' ? null : this.#snapshot.missed })
  }

  /**
   * The newest object of a call; an older one is dropped.
   * @param {any} call
   * @returns {boolean} false when it was dropped
   */
  call(call) {
    if (!isCall(call) || (this.#revs.get(call.id) ?? -1) > call.rev) return false
    this.#remember(call)
    const { calls, asked, missed, failed, quality, heldSince, heldFor, pausedUntil } = this.#snapshot
    const before = calls.find(c => c.id === call.id)
    const over = call.phase === 'ended'
    const rest = over ? calls.filter(c => c.id !== call.id)
      : before ? calls.map(c => (c.id === call.id ? call : c)) : [...calls, call]
    const gone = over ? new Set(rest.map(c => c.id)) : null
    const now = this.#now() + this.#snapshot.offset
    const resumed = before !== undefined && !call.held_by && call.id in heldSince
    const again = refusedAgain(call, before, asked)
    this.set({
      calls: rest,
      over: over ? call : this.#snapshot.over,
      recents: over ? recentOf(call, before, this.#snapshot.recents) : this.#snapshot.recents,
      asked: asked.filter(a => a.call !== call.id || (a.mark === markOf(call) && !(again && a.type === 'transfer'))),
      missed: over && call.cause?.code === 'missed' ? { call, at: call.ended_at ?? call.expires_at } : call.phase === 'offered' ? null : missed,
      failed: failureOf(call, before, again) ?? (call.phase === 'offered' || call.phase === 'transferring' || (!over && !before) ? null : failed),
      quality: rest.some(isLive) ? quality : null,
      heldSince: over || !call.held_by ? without(heldSince, call.id) : call.id in heldSince ? heldSince : { ...heldSince, [call.id]: now },
      heldFor: over ? without(heldFor, call.id) : resumed ? { ...heldFor, [call.id]: (heldFor[call.id] ?? 0) + Math.max(0, now - heldSince[call.id]) } : heldFor,
      pausedUntil: call.recording === 'paused' ? pausedUntil : without(pausedUntil, call.id),
      ...(gone ? { muted: only(this.#snapshot.muted, gone), media: only(this.#snapshot.media, gone) } : {}),
    })
    return true
  }

  /** Whether a call was here and is over. @param {string} id */
  isOver(id) { return this.#over.has(id) }

  /** @param {any} queue */
  queue(queue) {
    if (!queue || typeof queue.name !== 'string') return
    const { queues } = this.#snapshot
    const known = queues.some(q => q.name === queue.name)
    this.set({ queues: known ? queues.map(q => (q.name === queue.name ? queue : q)) : [...queues, queue] })
  }

  /** @param {string} type @param {string} call */
  ask(type, call) {
    const known = this.#snapshot.calls.find(c => c.id === call)
    this.set({ asked: [...this.#snapshot.asked.filter(a => a.type !== type || a.call !== call), { type, call, mark: known ? markOf(known) : '' }] })
  }

  /** @param {string} type @param {string} call */
  asked(type, call) {
    const { asked } = this.#snapshot
    if (asked.some(a => a.type === type && a.call === call)) this.set({ asked: asked.filter(a => a.type !== type || a.call !== call) })
  }

  /** @param {string} call @param {boolean} on */
  muted(call, on) { this.set({ muted: { ...this.#snapshot.muted, [call]: on } }) }

  /** When the pause of a recording ends; 0: it does not. @param {string} call @param {number} until by the server's clock */
  pausedUntil(call, until) {
    const { pausedUntil } = this.#snapshot
    this.set({ pausedUntil: until ? { ...pausedUntil, [call]: until } : without(pausedUntil, call) })
  }

  /** @param {string} call @param {string} state */
  media(call, state) { this.set({ media: { ...this.#snapshot.media, [call]: state } }) }

  /** @param {any} sample */
  quality(sample) {
    const was = this.#snapshot.quality
    const history = [...(was?.history ?? []), sample].slice(-HISTORY)
    const weak = weakNow(was?.weak ?? false, history)
    this.set({ quality: { bars: sample.bars, weak, weakSince: weak ? was?.weakSince || this.#now() : 0, history } })
  }

  /** @param {Problem} problem */
  problem(problem) {
    this.set({ problems: [...this.#snapshot.problems.filter(p => p.code !== problem.code), problem] })
  }

  /** @param {...string} codes */
  solved(...codes) {
    const { problems } = this.#snapshot
    if (problems.some(p => codes.includes(p.code))) this.set({ problems: problems.filter(p => !codes.includes(p.code)) })
  }

  /** @param {CallView} call */
  #remember(call) {
    this.#revs.delete(call.id)
    this.#revs.set(call.id, call.rev)
    if (call.phase === 'ended') this.#over.add(call.id)
    else this.#over.delete(call.id)
    if (this.#revs.size <= MAX_KNOWN_REVS) return
    const oldest = /** @type {string} */ (this.#revs.keys().next().value)
    this.#revs.delete(oldest)
    this.#over.delete(oldest)
  }
}

/** @param {any} call */
export const isLive = call => LIVE_PHASES.includes(call.phase)

/** Whether we hold a call, the far side too or not. @param {any} call */
export const heldByAgent = call => isLive(call) && call.phase !== 'transferring' && (call.held_by === 'agent' || call.held_by === 'both' || (call.phase === 'held' && !call.held_by))

/**
 * A call placed here that nobody answered and that was not ended here; a call given away that nobody took.
 * @param {any} call @param {any} before @param {boolean} again @returns {Failed | null}
 */
function failureOf(call, before, again) {
  if (before && passedInVain(call) && (again || before.phase === 'transferring' || passedInVain(call) !== passedInVain(before))) return { was: 'transfer', call, code: String(call.transfer.code ?? '') }
  const { code = '', by = '' } = call.cause ?? {}
  if (call.phase !== 'ended' || !wasPlaced(call, before) || by === 'agent' || ['normal', 'cancelled', 'transferred'].includes(code)) return null
  return { was: call.consult_of ? 'consult' : 'dial', call, code }
}

/**
 * Whether a call that is over was being placed. One that is refused at once may come here as ended alone: the server sends the newest object of a call.
 * @param {any} call @param {any} before
 */
function wasPlaced(call, before) {
  return before ? PLACING_PHASES.includes(before.phase) : call.direction !== 'inbound' && call.answered_at === undefined && call.offered_at === undefined
}

/**
 * The last calls with one that is over before them, as the server will list it at the next log-in; without it, if it was nobody's here.
 * @param {any} call @param {any} before @param {readonly any[]} recents
 */
function recentOf(call, before, recents) {
  const missed = call.cause?.code === 'missed'
  const ours = missed || call.answered_at !== undefined || (call.direction !== 'inbound' && wasPlaced(call, before))
  if (!ours) return recents
  const { id, direction, from, to, queue, cause, offered_at: offered, answered_at: answered, ended_at: ended } = call
  const talk = Math.max(0, Date.parse(ended) - Date.parse(answered)) || 0
  return [{ id, direction, from, to, queue, offered_at: offered, ended_at: ended, talk_ms: talk, missed, cause }, ...recents.filter(r => r.id !== id)].slice(0, RECENTS)
}

/** What a request can change in a call. @param {any} call */
function markOf(call) { return [call.phase, call.held_by ?? '', call.recording ?? '', passedInVain(call)].join() }

/** Which transfer of a call failed, '' if none. One that fails at once may come here as failed alone. @param {any} call */
function passedInVain(call) { return call.transfer?.state === 'failed' ? JSON.stringify(call.transfer) : '' }

/**
 * Whether a transfer was refused as the one before it was: while one is asked for, an object came that is not the next one, so the beginning of the
 * transfer was among those that the server left out (protocol: the newest object of a call is sent).
 * @param {any} call @param {any} before @param {readonly Asked[]} asked
 */
function refusedAgain(call, before, asked) {
  return before !== undefined && call.rev > before.rev + 1 && passedInVain(call) !== '' && passedInVain(call) === passedInVain(before)
    && call.phase !== 'transferring' && asked.some(a => a.type === 'transfer' && a.call === call.id)
}

/** @template T @param {Readonly<Record<string, T>>} record @param {string} key */
function without(record, key) { return key in record ? Object.fromEntries(Object.entries(record).filter(([k]) => k !== key)) : record }

/** @param {any} call @returns {call is CallView} */
function isCall(call) {
  return call !== null && typeof call === 'object' && typeof call.id === 'string' && call.id !== '' &&
    Number.isSafeInteger(call.rev) && typeof call.phase === 'string'
}

/** @param {unknown} value @returns {any[]} */
function list(value) { return Array.isArray(value) ? value.filter(v => v !== null && typeof v === 'object') : [] }

/** @template T @param {Readonly<Record<string, T>>} record @param {Set<string>} keys */
function only(record, keys) { return Object.fromEntries(Object.entries(record).filter(([k]) => keys.has(k))) }
