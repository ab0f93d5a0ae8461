/**
 * The icon of the page's tab: green while it rings there unseen. A page whose policy lets no such image in keeps its own.
 * @module
 */

const GREEN = 'data:image/svg+xml,' + encodeURIComponent('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><rect width="24" height="24" rx="6" fill="#0a7a4b"/><path transform="translate(4.2 4.2) scale(.65)" fill="#fff" d="M3.3 4.5c0-.7.5-1.2 1.2-1.2h3.4c.6 0 1.1.5 1.2 1.1.1 1.2.3 2.4.7 3.5.1.4 0 .9-.3 1.2l-2.2 2.2a15.4 15.4 0 0 0 5.4 5.4l2.2-2.2c.3-.3.8-.4 1.2-.3 1.1.4 2.3.6 3.5.7.6.1 1.1.6 1.1 1.2v3.4c0 .7-.5 1.2-1.2 1.2C10.6 20.7 3.3 13.4 3.3 4.5z"/></svg>')

/** Whether a policy refused it once: it is not tried again, so that no page's log fills. */
let refused = false

export class PageIcon {
  /** @type {HTMLLinkElement | null} ours */
  #link = null
  /** @type {HTMLLinkElement[]} the page's own, taken out meanwhile */
  #own = []

  /** @param {Document} doc */
  green(doc) {
    if (refused || this.#link || !doc.head) return
    doc.addEventListener('securitypolicyviolation', e => { if (e.blockedURI.startsWith('data')) { refused = true; this.restore() } }, { once: true })
    this.#own = [...doc.head.querySelectorAll('link[rel~=icon]')].map(el => /** @type {HTMLLinkElement} */ (el))
    for (const link of this.#own) link.remove()
    this.#link = Object.assign(doc.createElement('link'), { rel: 'icon', href: GREEN })
    doc.head.append(this.#link)
  }

  restore() {
    const head = this.#link?.parentNode
    this.#link?.remove()
    this.#link = null
    for (const link of this.#own) head?.appendChild(link)
    this.#own = []
  }
}
