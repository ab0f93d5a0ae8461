/**
 * Notes and outcome: kept in the browser on each change, sent to the server soon after, and never lost.
 * @module
 */

import { Drafts } from '../drafts.js'
import { WrapUpSavedEvent } from '../events.js'
import { OffhookError } from '../messages.js'
import { NONE } from './blank.js'

const SAVE_AFTER = 1000
const SAVE_AGAIN = 5000

export class WrapUp {
  #host
  #drafts = new Drafts()
  /** @type {string} the call that is written about */
  #call = ''
  /** @type {any} */
  #timer
  draft = NONE
  /** why it was not saved, for the agent to read */
  error = ''

  /** @param {import('./host.js').Host} host */
  constructor(host) { this.#host = host }

  /** The call that is written about from now on. @param {string} id '' for none */
  about(id) {
    if (id === this.#call) return
    clearTimeout(this.#timer)
    this.#call = id
    this.error = ''
    this.draft = id ? this.#drafts.get(id) : NONE
  }

  /** @param {Partial<import('../drafts.js').Draft>} change */
  typed(change) {
    if (!this.#call) return
    this.draft = { ...this.draft, ...change, saved: 0 }
    this.error = change.outcome ? '' : this.error
    this.#drafts.set(this.#call, this.draft)
    if (this.#object()?.phase === 'wrap_up') this.#soon(SAVE_AFTER)
    this.#host.later()
  }

  /** What is typed so far goes to the server; the form stays open. */
  async keep() {
    const { draft } = this
    const call = this.#object()
    if (call?.phase !== 'wrap_up') return
    try {
      await this.#host.need().saveWrapUp(call.id, fieldsOf(draft))
      this.#host.client()?.dismiss('unsaved')
      if (this.draft !== draft) return
      this.draft = { ...draft, saved: Date.now() }
      this.#drafts.set(call.id, this.draft)
      this.#host.later()
    } catch {
      if (this.#call !== call.id) return
      this.#host.client()?.raise('unsaved')
      this.#soon(SAVE_AGAIN)
    }
  }

  /** Saves and ends wrap-up. @param {'available' | 'away'} next */
  async finish(next) {
    const v = this.#host.view()
    const client = this.#host.client()
    if (!v.call || v.kind !== 'wrap_up' || !client) return
    if (v.wrap.missing) return this.#refused(v.t('say.unsaved'))
    const fields = { ...fieldsOf(this.draft), ...this.#slotted() }
    const event = new WrapUpSavedEvent(v.call, fields)
    if (!this.#host.tell(event)) return this.#refused(event.error)
    clearTimeout(this.#timer)
    const { id } = v.call
    client.setState(next).catch(() => { /* the problem is shown; wrap-up ends all the same */ })
    try {
      await client.saveWrapUp(id, { ...fields, done: true })
      this.#drafts.drop(id)
      client.dismiss('unsaved')
      this.#host.say(v.t('say.saved'))
    } catch (e) {
      if (e instanceof OffhookError && e.code === 'call_gone') client.raise('call_gone')
      else client.raise('unsaved')
    }
  }

  stop() { clearTimeout(this.#timer) }

  #object() { return this.#host.client()?.snapshot.calls.find(c => c.id === this.#call) }

  /** @param {number} ms */
  #soon(ms) {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.keep(), ms)
  }

  /** @param {string} why */
  #refused(why) {
    this.error = why
    this.#host.say(why, 'assertive')
    this.#host.draw()
    const field = /** @type {HTMLElement | null} */ (this.#host.root.querySelector('[data-control=outcome], .option[tabindex="0"]'))
    field?.focus()
  }

  /** Named fields that the page put into the wrap-up slot. */
  #slotted() {
    /** @type {Record<string, string>} */
    const fields = {}
    for (const el of this.#host.element.querySelectorAll('[slot="wrap-up"][name], [slot="wrap-up"] [name]')) {
      const { name, value } = /** @type {HTMLInputElement} */ (el)
      if (name && typeof value === 'string') fields[name] = value
    }
    return Object.keys(fields).length ? { fields } : {}
  }
}

/** @param {import('../drafts.js').Draft} draft */
function fieldsOf(draft) {
  return { ...(draft.outcome ? { outcome: draft.outcome } : {}), notes: draft.notes }
}
