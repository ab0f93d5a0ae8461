/**
 * What has happened: frames of the server become the snapshot, events for the page, and work for the media. In a follower, the same events out of
 * what the leader's snapshot has become.
 * @module
 */

import {
  AgentStateChangeEvent, CallEndedEvent, CallEvent, CallOfferedEvent, CallQualityChangeEvent, ClientLostEvent, ClientReadyEvent, DeviceChangeEvent, WrapUpStartEvent,
} from './events.js'
import { PLACING_PHASES } from './messages.js'
import { heldByAgent, isLive } from './store.js'

/** @typedef {import('./store.js').Snapshot} Snapshot */

export class Happenings {
  #core
  #store
  #commands
  /** how often we were welcomed: an offer is confirmed once in each */
  #welcomes = 0

  /** @param {import('./commands.js').Core & {forget: (call: any) => void}} core @param {import('./commands.js').Commands} commands */
  constructor(core, commands) {
    this.#core = core
    this.#store = core.store
    this.#commands = commands
  }

  /** @param {any} frame */
  welcome(frame) {
    const offset = Date.parse(frame.time) - this.#core.clock.now()
    const before = this.#store.snapshot
    this.#core.sound().ice = frame.ice_servers
    this.#store.welcome(frame, Number.isFinite(offset) ? offset : 0)
    this.#store.solved('offline', 'local_network', 'elsewhere', 'signed_out', 'refused', 'protocol')
    const here = new Set(this.#store.snapshot.calls.map(c => c.id))
    for (const call of before.calls) if (!here.has(call.id)) this.#gone({ ...call, phase: 'ended' })
    for (const call of this.#store.snapshot.calls) this.#core.sound().changed(call)
    if (frame.agent?.state !== before.agent?.state) this.#core.tell(new AgentStateChangeEvent(frame.agent, before.agent))
  }

  /** After `welcome`, when requests may be sent again. */
  resumed() {
    this.#welcomes++
    this.#core.tell(new ClientReadyEvent(this.#store.snapshot.agent))
    for (const call of this.#store.snapshot.calls) if (call.phase === 'offered') this.#offered(call)
    this.#core.sound().resumed(this.#store.snapshot.calls)
    const { agent } = this.#store.snapshot
    if (agent?.state === 'available' && this.#core.mic === 'early') this.#microphoneAgain()
  }

  /** A page that comes back available without a microphone would ring in vain. */
  async #microphoneAgain() {
    try {
      await this.#commands.openMicrophone()
    } catch {
      if (this.#core.connection().state === 'open') this.#commands.setState('away').catch(() => {})
    }
  }

  /** @param {any} frame */
  frame(frame) {
    if (frame.type === 'call') this.#call(frame.call)
    else if (frame.type === 'agent') this.#agent(frame.agent)
    else if (frame.type === 'queue') this.#store.queue(frame.queue)
  }

  /** @param {any} agent */
  #agent(agent) {
    const previous = this.#store.snapshot.agent
    this.#store.agent(agent)
    const now = this.#store.snapshot.agent
    if (now !== previous && now?.state !== previous?.state) this.#core.tell(new AgentStateChangeEvent(now, previous))
  }

  /** @param {any} call */
  #call(call) {
    const before = this.#store.snapshot.calls.find(c => c.id === call?.id)
    if (!this.#store.call(call)) return
    this.#core.sound().changed(call)
    if (call.phase === 'offered') this.#offered(call)
    for (const type of happened(call, before)) this.#core.tell(new CallEvent(type, call))
    if (call.phase === before?.phase) return
    if (call.phase === 'connecting' && before?.phase === 'offered') this.#core.sound().start(call.id)
    if (call.phase === 'wrap_up' || (call.phase === 'ended' && before?.phase !== 'wrap_up')) this.#over(call, before)
    if (call.phase === 'wrap_up') this.#core.tell(new WrapUpStartEvent(call, {}))
    if (call.phase === 'ended') this.#core.forget(call)
  }

  /** A call that ended while we were away. @param {any} call */
  #gone(call) {
    this.#over(call)
    this.#core.forget(call)
  }

  /** @param {any} call */
  #offered(call) {
    if (this.#core.sound().offered(call, this.#welcomes)) this.#core.tell(new CallOfferedEvent(call))
  }

  /** @param {any} call @param {any} [before] */
  #over(call, before) {
    this.#core.sound().over(call.id)
    if (!this.#store.snapshot.calls.some(isLive)) this.#store.solved('media_failed')
    this.#core.tell(new CallEndedEvent(call))
    this.#backFrom(call, before)
  }

  /** A consultation that was not answered, or was dropped here, leads back to the call that it was for. @param {any} call @param {any} before */
  #backFrom(call, before) {
    const first = this.#store.snapshot.calls.find(c => c.id === call.consult_of)
    const dropped = call.cause?.by === 'agent' && call.cause.code !== 'transferred'
    if (!first || !heldByAgent(first) || !(dropped || PLACING_PHASES.includes(before?.phase))) return
    if (this.#store.snapshot.calls.some(c => c.id !== first.id && isLive(c) && !heldByAgent(c))) return
    this.#commands.resume(first.id).catch(() => { /* the server did it, or the call is over */ })
  }

  /**
   * A follower draws what its leader sends; its page hears of the calls as the leader's page does.
   * @param {Snapshot} before @param {Snapshot} now
   */
  followed(before, now) {
    const { tell } = this.#core
    const [was, is] = [before.connection.state, now.connection.state]
    if (is === 'open' && was !== 'open') tell(new ClientReadyEvent(now.agent))
    if (is === 'reconnecting' && was === 'open') tell(new ClientLostEvent(true, now.connection.code ?? 1006))
    if (now.agent?.state !== before.agent?.state) tell(new AgentStateChangeEvent(now.agent, before.agent))
    for (const call of now.calls) this.#moved(call, before, now)
    for (const call of before.calls) if (!now.calls.some(c => c.id === call.id)) this.#left(call, now)
    if (now.devices !== before.devices && JSON.stringify(now.devices) !== JSON.stringify(before.devices)) tell(new DeviceChangeEvent(now.devices))
    const call = now.calls.find(isLive)
    const sample = now.quality?.history.at(-1)
    if (call && sample && before.quality?.bars !== sample.bars) tell(new CallQualityChangeEvent(call, sample.bars, sample))
  }

  /** @param {any} call @param {Snapshot} before @param {Snapshot} now */
  #moved(call, before, now) {
    const { tell } = this.#core
    const was = before.calls.find(c => c.id === call.id)
    if (call.phase === 'offered' && was?.phase !== 'offered') tell(new CallOfferedEvent(call))
    if (!was && !before.agent) return // it was there before we were
    for (const type of happened(call, was)) tell(new CallEvent(type, call))
    if (was && now.muted[call.id] !== undefined && now.muted[call.id] !== before.muted[call.id]) tell(new CallEvent('call-muted', call))
    if (call.phase !== 'wrap_up' || was?.phase === 'wrap_up') return
    tell(new CallEndedEvent(call))
    tell(new WrapUpStartEvent(call, {}))
  }

  /** @param {any} call that is not there any more @param {Snapshot} now */
  #left(call, now) {
    const over = now.over?.id === call.id ? now.over : { ...call, phase: 'ended' }
    if (call.phase !== 'wrap_up') {
      for (const type of happened(over, call)) this.#core.tell(new CallEvent(type, over))
      this.#core.tell(new CallEndedEvent(over))
    }
    this.#core.forget(over)
  }
}

/** What a call's newest object says has happened since the one before. @param {any} call @param {any} before @returns {string[]} */
function happened(call, before) {
  const out = []
  const held = call.phase === 'held' || Boolean(call.held_by)
  const wasHeld = before !== undefined && (before.phase === 'held' || Boolean(before.held_by))
  if (call.phase === 'connected' && before?.phase !== 'connected' && !wasHeld) out.push('call-connected')
  if (isLive(call) && held && !wasHeld) out.push('call-held')
  if (call.phase === 'connected' && wasHeld && !held) out.push('call-resumed')
  if (before && isLive(call) && (call.recording ?? 'off') !== (before.recording ?? 'off')) out.push('call-recording-change')
  if (call.phase === 'transferring' && before?.phase !== 'transferring') out.push('call-transferring')
  if (call.cause?.code === 'transferred' && before && isLive(before)) out.push('call-transferred')
  return out
}
