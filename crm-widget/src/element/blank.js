/**
 * What the callbar shows of its parts before they are here.
 * @module
 */

/** @type {Readonly<import('../drafts.js').Draft>} nothing was typed */
export const NONE = Object.freeze({ outcome: '', notes: '', saved: 0 })

/** @type {import('./finder.js').Found} nobody was looked for */
export const NOTHING = Object.freeze({ tab: 'people', text: '', rows: Object.freeze([]), at: 0, state: 'asking' })

/** The views' own part of the element's memory. */
export const BLANK = Object.freeze({
  draft: NONE, wrapError: '', dial: Object.freeze({ text: '', from: '' }), keypad: Object.freeze({ typed: '', pressed: '' }), finder: NOTHING,
  target: Object.freeze({ call: '', name: '', to: '' }), remind: true, meter: null, popped: false, autoAt: 0, windowed: false,
})
