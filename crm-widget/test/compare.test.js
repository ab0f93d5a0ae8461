import assert from 'node:assert/strict'
import { test } from 'node:test'

import { allowed, strangers } from './browser/compare.js'

/** A white picture with a black frame, as if a control were drawn. @param {{left?: number, ink?: number[], grey?: number, gap?: boolean}} [how] */
function picture({ left = 40, ink = [18, 22, 28], grey = 255, gap = false } = {}) {
  const [width, height] = [200, 56]
  const data = new Uint8ClampedArray(width * height * 4).fill(255)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const edge = x >= left && x < left + 60 && y >= 8 && y < 48 && (x < left + 2 || x >= left + 58 || y < 10 || y >= 46)
      const colour = edge && !(gap && y < 24) ? ink : [grey, grey, grey]
      data.set(colour, (y * width + x) * 4)
    }
  }
  return { width, height, data }
}

const seen = (/** @type {any} */ how) => strangers(picture(), picture(how)) > allowed(picture())

test('the same picture is the same', () => assert.equal(strangers(picture(), picture()), 0))
test('what another machine draws otherwise is not seen: a pixel to the side, a few levels', () => {
  assert.equal(seen({ left: 41 }), false)
  assert.equal(seen({ ink: [26, 30, 36], grey: 250 }), false)
})
test('moved, missing and coloured otherwise is seen', () => {
  for (const how of [{ left: 44 }, { gap: true }, { ink: [196, 43, 43] }, { grey: 236 }]) assert.equal(seen(how), true, JSON.stringify(how))
})
test('another size is another picture', () => {
  const small = { width: 10, height: 10, data: new Uint8ClampedArray(400) }
  assert.equal(strangers(picture(), small), 200 * 56)
})
