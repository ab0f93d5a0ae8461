/**
 * The colours, light and dark: the one place where they stand. Each is `--offhook-NAME`, so a page may set its own; a test computes the
 * contrast of each pair in PAIRS.
 * @module
 */

/** @type {Readonly<Record<string, readonly [light: string, dark: string]>>} */
export const TOKENS = Object.freeze({
  'surface': ['#ffffff', '#14171d'],
  'surface-2': ['#f5f6f8', '#1c2028'],
  'surface-3': ['#e9ecf0', '#282e38'],
  'text': ['#12161c', '#f2f4f7'],
  'text-2': ['#4f5866', '#aab3c0'],
  'border': ['#dfe3e8', '#2f3641'],
  'border-strong': ['#7d8795', '#7b8696'],
  'accent': ['#1b5fd9', '#336ae0'],
  'accent-text': ['#1650bd', '#92b6ff'],
  'accent-soft': ['#e8f0fe', '#1a2a4a'],
  'go': ['#0a7a4b', '#12834f'],
  'go-text': ['#086840', '#5fd39a'],
  'go-soft': ['#e3f5ec', '#12301f'],
  'stop': ['#c42b2b', '#d43c3c'],
  'stop-text': ['#b02424', '#ff9d97'],
  'stop-soft': ['#fdebea', '#3b1a1c'],
  'hold': ['#9a5b00', '#a66400'],
  'hold-text': ['#7f4a00', '#f3bd5c'],
  'hold-soft': ['#fff3dc', '#35270c'],
  'wrap': ['#6b3fc0', '#7f55d6'],
  'wrap-text': ['#5b33a8', '#c3a8ff'],
  'wrap-soft': ['#f1ebfc', '#2a2142'],
  'focus': ['#1b5fd9', '#92b6ff'],
  'on-color': ['#ffffff', '#ffffff'],
})

/** Which colour stands on which, and the least contrast it must have there. */
export const PAIRS = Object.freeze(/** @type {const} */ ([
  ['text', 'surface', 7], ['text', 'surface-2', 7], ['text-2', 'surface', 4.5], ['text-2', 'surface-2', 4.5], ['text-2', 'surface-3', 4.5],
  ['text-2', 'go-soft', 4.5], ['text-2', 'hold-soft', 4.5], ['text', 'accent-soft', 7],
  ['border-strong', 'surface', 3], ['border-strong', 'surface-2', 3], ['focus', 'surface', 3],
  ['accent-text', 'surface', 4.5], ['accent-text', 'accent-soft', 4.5], ['go-text', 'surface', 4.5], ['go-text', 'go-soft', 4.5],
  ['stop-text', 'surface', 4.5], ['stop-text', 'stop-soft', 4.5], ['hold-text', 'surface', 4.5], ['hold-text', 'hold-soft', 4.5],
  ['wrap-text', 'surface', 4.5], ['wrap-text', 'wrap-soft', 4.5],
  ['on-color', 'accent', 4.5], ['on-color', 'go', 4.5], ['on-color', 'stop', 4.5], ['on-color', 'hold', 4.5], ['on-color', 'wrap', 4.5],
  ['accent', 'surface', 3], ['go', 'surface', 3], ['stop', 'surface', 3], ['hold', 'surface', 3], ['wrap', 'surface', 3],
]))
