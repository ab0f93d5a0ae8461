/**
 * What the element gives to its parts: they hold one thought each, and know nothing of one another.
 *
 * @typedef {import('../view.js').View} View
 * @typedef {object} Host
 * @property {HTMLElement} element
 * @property {ShadowRoot} shadow
 * @property {HTMLElement} root what is drawn into
 * @property {() => import('../client.js').OffhookClient | null} client
 * @property {() => import('../client.js').OffhookClient} need throws `no_token` where there is no client yet
 * @property {() => View} view made now
 * @property {() => View | null} drawn the one that was drawn last
 * @property {() => void} draw
 * @property {() => void} later draws soon, once
 * @property {<T>(asked: Promise<T>) => Promise<T | undefined>} attempt a refusal is shown in words
 * @property {(text: string, how?: 'polite' | 'assertive', again?: number) => void} say in a live region
 * @property {(event: Event) => boolean} tell the page; false: it was cancelled
 * @property {() => void} again does once more what was refused last
 * @property {() => Promise<string>} token a fresh one
 * @property {() => string} gateway the WebSocket address
 * @property {() => import('../i18n.js').Translator} tr
 * @property {() => string} layout
 * @module
 */

export {}
