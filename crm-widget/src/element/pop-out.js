/**
 * A small window of its own that stays on top (Document Picture-in-Picture): the element itself moves there and back, the call knows nothing of
 * it. It is opened by a press, in a page that is not in a frame.
 * @module
 */

const SIZE = { width: 360, height: 200 }
const KEYPAD = 300
const SHEET = 'body { margin: 0; block-size: 100vh; } html { background: Canvas; }'

export class PopOut {
  #host
  /** @type {(Window & typeof globalThis) | null} */
  #window = null
  /** @type {{parent: Node, next: Node | null, layout: string | null} | null} where the element was */
  #home = null

  /** @param {import('./host.js').Host} host */
  constructor(host) { this.#host = host }

  get open() { return this.#window !== null }

  /** Called from inside a press. @returns {Promise<boolean>} whether the window is open */
  async out() {
    const { element } = this.#host
    const parent = element.parentNode
    if (this.#window || !parent || !this.#host.view().ui.canPop) return this.open
    const opened = await /** @type {any} */ (globalThis).documentPictureInPicture.requestWindow(SIZE).catch(() => null)
    if (!opened) return false
    this.#window = opened
    this.#home = { parent, next: element.nextSibling, layout: element.getAttribute('layout') }
    const sheet = new opened.CSSStyleSheet()
    sheet.replaceSync(SHEET)
    opened.document.adoptedStyleSheets = [sheet]
    opened.document.title = element.ownerDocument.title
    opened.document.documentElement.lang = element.ownerDocument.documentElement.lang
    opened.addEventListener('pagehide', () => this.#back(), { once: true })
    opened.document.body.append(element)
    element.setAttribute('layout', 'mini')
    return true
  }

  /** Back to the page. */
  in() { this.#window?.close() }

  /** The keypad needs more room. @param {boolean} keypad */
  resize(keypad) { if (this.#window) try { this.#window.resizeTo(SIZE.width, keypad ? KEYPAD : SIZE.height) } catch { /* only in a press: the page scrolls */ } }

  /** The window goes, the element comes home; where its place is gone, to the end of what was around it. */
  #back() {
    const home = this.#home
    this.#window = this.#home = null
    if (!home) return
    const { element } = this.#host
    home.parent.insertBefore(element, home.next?.parentNode === home.parent ? home.next : null)
    if (home.layout === null) element.removeAttribute('layout')
    else element.setAttribute('layout', home.layout)
  }
}
