/**
 * Answer and End never share a place within 700 ms: a double press on Answer does not hang up, and one on End does not answer.
 * @module
 */

const WAIT = 700

export class Guard {
  #end = 0
  #answer = 0

  /** @param {string | undefined} was the phase of the call shown @param {string | undefined} now */
  moved(was, now) {
    if (was === now) return
    const until = performance.now() + WAIT
    if ((now === 'connecting' || now === 'connected') && was !== 'held' && was !== 'transferring') this.#end = until
    if (now === 'offered') this.#answer = was ? until : Math.max(this.#answer, 0)
    if (was && was !== 'offered' && now !== 'connected') this.#answer = until
  }

  get mayEnd() { return performance.now() >= this.#end }
  get mayAnswer() { return performance.now() >= this.#answer }
}
