/**
 * The callbar in a window of its own, served by the gateway at `/window/`: for a frame that gets no microphone, for a second screen, and where the
 * browser has no small window that stays on top. The window asks this page for each token it needs; it gets them at the gateway's origin only.
 * @module
 */

const NAME = 'offhook'
const LOOKS = 'popup,width=400,height=680'

export class OwnWindow {
  #host
  /** @type {Window | null} */
  #window = null
  /** @type {AbortController | null} */
  #listens = null

  /** @param {import('./host.js').Host} host */
  constructor(host) { this.#host = host }

  /** It was opened from here and is still there. */
  get isOpen() { return this.#window !== null && !this.#window.closed }

  /** Out of a press; a second one brings the window to the front. @returns {boolean} whether there is one */
  open() {
    const view = this.#host.element.ownerDocument.defaultView
    const url = new URL('/window/', this.#host.gateway().replace(/^ws/, 'http'))
    const opened = view?.open(this.isOpen ? '' : url.href, NAME, LOOKS) ?? null
    if (!view || !opened) return false
    opened.focus()
    this.#window = opened
    this.#listen(view, opened, url.origin)
    this.#host.later()
    return true
  }

  /** The element is gone: nobody here has tokens any more. */
  stop() {
    this.#listens?.abort()
    this.#listens = null
  }

  /** @param {Window} view @param {Window} opened @param {string} origin */
  #listen(view, opened, origin) {
    this.stop()
    this.#listens = new AbortController()
    view.addEventListener('message', async e => {
      const { data } = e
      if (e.source !== opened || e.origin !== origin || data === null || typeof data !== 'object' || data.offhook !== 1 || data.type !== 'token') return
      const token = await this.#host.token().catch(() => '')
      opened.postMessage({ offhook: 1, type: 'token', id: data.id, data: token }, origin)
    }, { signal: this.#listens.signal })
  }
}
