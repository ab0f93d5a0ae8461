/**
 * The icon of the page's tab: green while it rings there unseen. A page that names no icon keeps its own, as does one whose policy lets ours not in.
 * @module
 */

/** Whether a policy refused it once: it is not tried again, so that no page's log fills. */
let refused = false

export class PageIcon {
  #url
  /** @type {HTMLLinkElement | null} ours */
  #link = null
  /** @type {HTMLLinkElement[]} the page's own, taken out meanwhile */
  #own = []
  /** @type {AbortController | null} */
  #watch = null

  /** @param {string} url of the green icon, '' for none */
  constructor(url) { this.#url = url }

  /** @param {Document} doc */
  green(doc) {
    const own = /** @type {HTMLLinkElement[]} */ ([...doc.head?.querySelectorAll('link[rel~=icon]') ?? []])
    if (refused || this.#link || !this.#url || own.length === 0) return
    this.#watch = new AbortController()
    doc.addEventListener('securitypolicyviolation', e => { if (e.blockedURI === this.#url) { refused = true; this.restore() } }, { signal: this.#watch.signal })
    for (const link of own) link.remove()
    this.#own = own
    this.#link = Object.assign(doc.createElement('link'), { rel: 'icon', href: this.#url })
    doc.head.append(this.#link)
  }

  restore() {
    this.#watch?.abort()
    this.#watch = null
    const head = this.#link?.parentNode
    this.#link?.remove()
    this.#link = null
    for (const link of this.#own) head?.appendChild(link)
    this.#own = []
  }
}
