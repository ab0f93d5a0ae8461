import assert from 'node:assert/strict'
import { test } from 'node:test'

import { PAIRS, TOKENS } from '../src/styles.js'

/** Relative luminance of WCAG 2.x. @param {string} hex */
function luminance(hex) {
  const [r, g, b] = [1, 3, 5].map(i => parseInt(hex.slice(i, i + 2), 16) / 255).map(c => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

/** @param {string} a @param {string} b */
function contrast(a, b) {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x)
  return (light + 0.05) / (dark + 0.05)
}

test('the formula gives 21 for black on white', () => assert.equal(contrast('#000000', '#ffffff'), 21))

for (const [ink, ground, least] of PAIRS) {
  for (const [i, theme] of ['light', 'dark'].entries()) {
    test(`${ink} on ${ground}, ${theme}: at least ${least}`, () => {
      const ratio = contrast(TOKENS[ink][i], TOKENS[ground][i])
      assert.ok(ratio >= least, `${TOKENS[ink][i]} on ${TOKENS[ground][i]} has ${ratio.toFixed(2)}`)
    })
  }
}
