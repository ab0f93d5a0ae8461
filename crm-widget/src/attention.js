/**
 * What draws the eye and the ear to an offered call: the ring, the page's title, a notification when the page is hidden. Nothing of it
 * takes the focus.
 * @module
 */

import { Ringer } from './ringer.js'

/** One element's; it is quiet until `offered`. */
export class Attention {
  #ringer
  /** @type {string | null} */
  #title = null
  /** @type {Notification | null} */
  #note = null
  #call = ''

  /** @param {(blocked: boolean) => void} onBlocked */
  constructor(onBlocked) { this.#ringer = new Ringer(onBlocked) }

  /** @param {{id: string, name: string, body: string, seconds: number, title: string | null, doc: Document}} offer title null: the page keeps its own */
  offered(offer) {
    if (this.#call === offer.id) return
    this.over(offer.doc)
    this.#call = offer.id
    this.#ringer.start(offer.seconds)
    if (offer.title !== null) {
      this.#title = offer.doc.title
      offer.doc.title = offer.title
    }
    if (offer.doc.hidden) this.#notify(offer)
  }

  silence() { this.#ringer.stop() }

  /** The offer is over, however. @param {Document} doc */
  over(doc) {
    this.#ringer.stop()
    if (this.#title !== null) {
      doc.title = this.#title
      this.#title = null
    }
    this.#note?.close()
    this.#note = null
    this.#call = ''
  }

  check() { this.#ringer.check() }
  unlock() { return this.#ringer.unlock() }
  close() { this.#ringer.close() }

  /** @param {{id: string, name: string, body: string, doc: Document}} offer */
  #notify({ id, name, body, doc }) {
    if (globalThis.Notification?.permission !== 'granted') return
    try {
      this.#note = new Notification(name, /** @type {any} */ ({ body, tag: id, renotify: true, requireInteraction: true }))
      this.#note.addEventListener('click', () => doc.defaultView?.focus())
    } catch { /* a phone's browser wants a service worker for it */ }
  }
}
