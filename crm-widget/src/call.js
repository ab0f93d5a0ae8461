/**
 * One call as an object: its newest state as fields, what can be done with it as methods, its events. For people with their own UI.
 * @module
 */

/**
 * A view of a call of the client. It stays good after the call is over: then its fields are the last ones.
 * @fires call-offered call-connected call-held call-resumed call-muted call-recording-change call-transferring call-transferred call-ended
 */
export class Call extends EventTarget {
  #client
  #last

  /** @param {import('./client.js').OffhookClient} client @param {any} last its newest object */
  constructor(client, last) {
    super()
    this.#client = client
    this.#last = last
    /** @readonly */
    this.id = String(last.id)
  }

  /** The whole object as the server sent it, frozen. */
  get object() {
    this.#last = this.#client.snapshot.calls.find(c => c.id === this.id) ?? this.#last
    return this.#last
  }

  /** @param {any} last for the client: the object that a call ends with */
  set object(last) { this.#last = last }

  get rev() { return this.object.rev }
  get direction() { return this.object.direction }
  get phase() { return this.object.phase }
  get from() { return this.object.from }
  get to() { return this.object.to }
  get queue() { return this.object.queue }
  get data() { return this.object.data ?? {} }
  get heldBy() { return this.object.held_by ?? '' }
  get recording() { return this.object.recording ?? 'off' }
  get cause() { return this.object.cause ?? null }
  /** As the microphone really is. */
  get muted() { return this.#client.snapshot.muted[this.id] ?? this.object.muted === true }

  answer() { return this.#client.answer(this.id) }
  /** @param {string} [reason] */
  decline(reason) { return this.#client.decline(this.id, reason) }
  hangUp() { return this.#client.hangUp(this.id) }
  /** @param {boolean} on */
  mute(on) { return this.#client.mute(on, this.id) }
  hold() { return this.#client.hold(this.id) }
  resume() { return this.#client.resume(this.id) }
  /** @param {string} digits */
  sendDigits(digits) { return this.#client.dtmf(digits, this.id) }
  /** @param {string} to */
  transfer(to) { return this.#client.transfer(this.id, to) }
  takeBack() { return this.#client.takeBack(this.id) }
  /** @param {string} to */
  consult(to) { return this.#client.consult(this.id, to) }
  completeTransfer() { return this.#client.completeTransfer(this.id) }
  /** @param {boolean} on @param {{pauseS?: number}} [options] */
  record(on, options) { return this.#client.record(on, { ...options, id: this.id }) }
  /** @param {{outcome?: string, notes?: string, fields?: Record<string, string>, extend_s?: number, done?: boolean}} fields */
  saveWrapUp(fields) { return this.#client.saveWrapUp(this.id, fields) }
}
