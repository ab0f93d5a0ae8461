/**
 * Whether two pictures are the same to an eye. Works on `{width, height, data}` as canvases have them, under Node and in a page.
 *
 * Machines draw the edges of letters differently: a pixel is the same if it is like one of the nine around its place in the other picture, both ways.
 * So a grey edge may fall a pixel to the side, while what is moved, missing, cut or of another colour is seen.
 * @module
 */

/** How far two colours may be apart, in levels of one channel: washes of two states are at least 14 apart. */
export const NEAR = 12

/** @typedef {{width: number, height: number, data: Uint8ClampedArray}} Picture */

/** How many pixels have nothing like them in the other picture; all, if one is of another size. @param {Picture} a @param {Picture} b */
export function strangers(a, b) {
  if (a.width !== b.width || a.height !== b.height) return a.width * a.height
  return lonely(a, b) + lonely(b, a)
}

/** How many may be: letters that fall together or part, rounded corners. @param {Picture} a */
export const allowed = a => Math.max(24, Math.round(a.width * a.height * 0.0003))

/** @param {Picture} a @param {Picture} b */
function lonely({ width, height, data }, b) {
  let count = 0
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i += 4) {
      if (!alike(data, i, b.data, i) && !known(data, i, b, x, y)) count++
    }
  }
  return count
}

/** @param {Uint8ClampedArray} a @param {number} i @param {Uint8ClampedArray} b @param {number} j */
const alike = (a, i, b, j) => Math.abs(a[i] - b[j]) <= NEAR && Math.abs(a[i + 1] - b[j + 1]) <= NEAR && Math.abs(a[i + 2] - b[j + 2]) <= NEAR

/** Whether a colour lies between the darkest and the lightest around its place. @param {Uint8ClampedArray} a @param {number} i @param {Picture} b @param {number} x @param {number} y */
function known(a, i, { width, height, data }, x, y) {
  const least = [255, 255, 255]
  const most = [0, 0, 0]
  for (let v = Math.max(0, y - 1); v <= Math.min(height - 1, y + 1); v++) {
    for (let u = Math.max(0, x - 1); u <= Math.min(width - 1, x + 1); u++) {
      for (let c = 0; c < 3; c++) {
        const level = data[(v * width + u) * 4 + c]
        if (level < least[c]) least[c] = level
        if (level > most[c]) most[c] = level
      }
    }
  }
  return least.every((low, c) => a[i + c] >= low - NEAR && a[i + c] <= most[c] + NEAR)
}
