/**
 * Pictures of each state against the approved ones in test/pictures: three sizes, in light, dark and forced colours. The time stands still, the font
 * comes with the tests, nothing moves. `npm run pictures` looks at all and replaces those that are not alike any more: look at them before they are
 * committed. What was seen instead of an approved picture lies in .shots.
 */

import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { stage } from '../harness.js'
import { LONG, SIZES, STATES } from '../matrix.js'

const APPROVE = process.env.OFFHOOK_APPROVE === '1'
const PICTURES = fileURLToPath(new URL('../../pictures/', import.meta.url))
const SHOTS = fileURLToPath(new URL('../../../.shots/', import.meta.url))
const [BAR, , , PANEL, MINI] = SIZES
/** The small window offers no directory and no transfer: it opens the panel for them. */
const NOT_MINI = ['transfer', 'transfer-queues', 'transfer-number', 'transferring', 'transfer-failed', 'consult-failed', 'directory']
/** In `make test`: what an agent sees all day, and each colour of the design. */
const CHOSEN = { light: ['idle', 'offered', 'talking', 'on-hold', 'wrap', 'consulting', 'reconnecting'], dark: ['offered', 'wrap'], forced: ['offered', 'talking'] }

/** Runs in the page: everything that moves is where it will come to rest, nothing blinks; where the picture is. */
async function calm() {
  for (let frame = 0; frame < 2; frame++) {
    for (const a of window.bar.shadowRoot.getAnimations()) {
      if (a.effect.getComputedTiming().endTime === Infinity) a.cancel()
      else a.finish()
    }
    await new Promise(requestAnimationFrame)
  }
  window.bar.style.setProperty('caret-color', 'transparent')
  const boxes = [window.bar, ...window.bar.shadowRoot.querySelectorAll('.popover')].map(e => e.getBoundingClientRect())
  const x = Math.min(...boxes.map(b => b.left)) - 4
  const y = Math.min(...boxes.map(b => b.top)) - 4
  return { x, y, width: Math.max(...boxes.map(b => b.right)) + 4 - x, height: Math.max(...boxes.map(b => b.bottom)) + 4 - y }
}

/** Runs in the page: how many pixels are strangers, and how many may be. */
async function compared(was, now) {
  const { allowed, strangers } = await import('/test/browser/compare.js')
  const [a, b] = await Promise.all([was, now].map(async text => {
    const bitmap = await createImageBitmap(new Blob([Uint8Array.from(atob(text), c => c.charCodeAt(0))]))
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d')
    canvas.drawImage(bitmap, 0, 0)
    return canvas.getImageData(0, 0, bitmap.width, bitmap.height)
  }))
  return { sizes: [a, b].map(p => `${p.width} × ${p.height}`), strange: strangers(a, b), allowed: allowed(a) }
}

/** @param {import('../harness.js').Engine} engine */
export default function story(engine) {
  if (engine.name !== 'chromium') return
  for (const [theme, chosen] of Object.entries(CHOSEN)) {
    const looks = [BAR, PANEL, MINI].flatMap(size => (LONG ? STATES : chosen).filter(state => size !== MINI || !NOT_MINI.includes(state)).map(state => ({ state, ...size })))
    test(`pictures: ${looks.length} in ${theme} colours are as approved`, { timeout: 300_000 }, async () => {
      const { page, faults } = await engine.page()
      const session = await page.createCDPSession()
      if (theme === 'forced') await session.send('Emulation.setEmulatedMedia', { features: [{ name: 'forced-colors', value: 'active' }] })
      const folder = `${PICTURES}${theme}/`
      mkdirSync(folder, { recursive: true })
      const found = []
      for (const look of looks) {
        const name = `${look.layout}-${look.state}.webp`
        await stage(page, engine.server.url, { ...look, theme: theme === 'dark' ? 'dark' : 'light', still: '' })
        const now = await page.screenshot({ clip: await page.evaluate(calm), type: 'webp', quality: 50, encoding: 'base64' })
        const was = existsSync(folder + name) ? readFileSync(folder + name, 'base64') : null
        const { sizes, strange, allowed } = was ? await page.evaluate(compared, was, now) : { sizes: ['nothing', 'a picture'], strange: Infinity, allowed: 0 }
        if (strange <= allowed) continue
        if (APPROVE) {
          writeFileSync(folder + name, now, 'base64')
          continue
        }
        mkdirSync(SHOTS, { recursive: true })
        writeFileSync(`${SHOTS}${theme}-${name}`, now, 'base64')
        found.push(`${theme}/${name}: ${sizes[0] === sizes[1] ? `${strange} pixels differ, ${allowed} may` : `was ${sizes[0]}, is ${sizes[1]}`}`)
      }
      await page.close()
      assert.deepEqual(found, [], 'see .shots; `npm run pictures` approves')
      assert.deepEqual(faults, [])
    })
  }
}
