/**
 * Each state in each size and theme: nothing overflows, nothing overlaps, sizes are those of the design, axe finds nothing.
 */

import assert from 'node:assert/strict'
import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { after, before, describe, test } from 'node:test'

import { launch, missing, pageOf, serve, stage } from './harness.js'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const STATES = [
  'signed-out', 'connecting', 'idle', 'away', 'over', 'offered', 'joining', 'talking', 'muted', 'weak', 'wrap', 'wrap-over', 'missed', 'reconnecting', 'reconnecting-idle',
  'elsewhere', 'refused', 'signed-out-4401', 'no-mic', 'autoplay', 'autoplay-call', 'held', 'device-lost', 'offline',
  'on-hold', 'both', 'paused', 'dialing', 'ringback', 'early', 'busy', 'keypad', 'dialpad', 'find', 'transfer', 'transfer-queues', 'transfer-number', 'directory', 'consulting',
  'consult-ringing', 'swapped', 'transferring', 'consult-failed', 'transfer-failed', 'two-calls', 'second-offered', 'devices', 'follower',
]
const SIZES = [{ layout: 'bar', width: 1200 }, { layout: 'bar', width: 760 }, { layout: 'bar', width: 400 }, { layout: 'panel', width: 360 }, { layout: 'mini', width: 360 }]
const ROLES = ['idle', 'offered', 'talking', 'wrap', 'consulting', 'two-calls'] // where a narrow bar shows other controls than a wide one
const SHOTS = process.env.OFFHOOK_SHOTS
// The whole matrix takes minutes. Without OFFHOOK_LONG=1 dark and the audit are for the panel, which has the most to show, and for the main
// states; the sizes between show those states in which they differ from the widest bar.
const BETWEEN = [
  'signed-out', 'idle', 'offered', 'joining', 'talking', 'muted', 'wrap', 'wrap-over', 'missed', 'reconnecting', 'no-mic', 'held', 'on-hold', 'dialing', 'keypad', 'transfer', 'consulting', 'transferring',
  'transfer-failed', 'two-calls', 'second-offered', 'follower',
]
const LONG = process.env.OFFHOOK_LONG === '1'

/** Runs in the page: what is wrong with the geometry. */
function faultsOfGeometry(layout, width) {
  const root = window.bar.shadowRoot
  const host = window.bar.getBoundingClientRect()
  const faults = []
  const want = layout === 'panel' ? [360, 600] : layout === 'mini' ? [360, window.bar.matches(':state(keypad-open)') ? 300 : 200] : [width, 56]
  if (Math.abs(host.width - want[0]) > 0.5 || Math.abs(host.height - want[1]) > 0.5) faults.push(`host is ${host.width} × ${host.height}, wanted ${want}`)
  const seen = [...root.querySelectorAll('button, input, select, textarea, .caller, .time, .strip, .avatar, .timer')].filter(e => e.getClientRects().length > 0)
  const body = root.querySelector('.body, .mini-told, .mini-pad')
  const popover = root.querySelector('.popover')
  if (popover) {
    const p = popover.getBoundingClientRect()
    if (p.left < 0 || p.top < 0 || p.right > innerWidth || p.bottom > innerHeight) faults.push(`the popover leaves the page: ${p.left}–${p.right}, ${p.top}–${p.bottom}`)
    if (popover.scrollWidth > popover.clientWidth + 1) faults.push(`the popover scrolls sideways: ${popover.scrollWidth} > ${popover.clientWidth}`)
  }
  for (const e of seen) {
    const r = e.getBoundingClientRect()
    if (popover?.contains(e)) {
      const p = popover.getBoundingClientRect()
      if (r.left < p.left - 0.5 || r.right > p.right + 0.5) faults.push(`${e.className} sticks out of the popover: ${r.left}–${r.right} of ${p.left}–${p.right}`)
      continue
    }
    const scrolled = body?.contains(e)
    if (r.left < host.left - 0.5 || r.right > host.right + 0.5) faults.push(`${e.className} sticks out sideways: ${r.left}–${r.right} of ${host.left}–${host.right}`)
    if (!scrolled && (r.top < host.top - 0.5 || r.bottom > host.bottom + 0.5)) faults.push(`${e.className} sticks out: ${r.top}–${r.bottom} of ${host.top}–${host.bottom}`)
  }
  const pressed = seen.filter(e => e.matches('button, input, select, textarea'))
  pressed.forEach((a, i) => pressed.slice(i + 1).forEach(b => {
    const x = a.getBoundingClientRect()
    const y = b.getBoundingClientRect()
    const over = Math.min(x.right, y.right) - Math.max(x.left, y.left) > 1 && Math.min(x.bottom, y.bottom) - Math.max(x.top, y.top) > 1
    const framed = a.closest('.dial') && a.closest('.dial') === b.closest('.dial')
    if (over && !framed && !body?.contains(a) && !body?.contains(b) && popover?.contains(a) === popover?.contains(b)) faults.push(`${a.dataset.control} lies on ${b.dataset.control}`)
  }))
  for (const label of root.querySelectorAll('.bar .title, .bar .caller, .bar .timer, .bar .words')) {
    const x = label.getBoundingClientRect()
    for (const e of pressed) {
      const y = e.getBoundingClientRect()
      const over = Math.min(x.right, y.right) - Math.max(x.left, y.left) > 1 && Math.min(x.bottom, y.bottom) - Math.max(x.top, y.top) > 1
      if (x.width > 1 && over && !e.contains(label)) faults.push(`${label.className} “${label.textContent}” lies under ${e.dataset.control}`)
    }
  }
  for (const e of pressed) {
    if (e.localName === 'button' && e.scrollWidth > e.clientWidth + 1) faults.push(`the label of ${e.dataset.control ?? e.className} is cut`)
    if (e.matches('.btn') && !e.querySelector('svg') && ![...e.querySelectorAll('.label')].some(l => l.getClientRects().length)) faults.push(`${e.dataset.control} is empty`)
    const r = e.getBoundingClientRect()
    if (r.height < 23.9 || r.width < 23.9) faults.push(`${e.dataset.control ?? e.className} is ${r.width} × ${r.height}: too small to hit`)
  }
  if (body && body.scrollWidth > body.clientWidth + 1) faults.push(`the body scrolls sideways: ${body.scrollWidth} > ${body.clientWidth}`)
  return faults
}

const axeOf = (page, theme) => page.evaluate(async (source, colours) => {
  if (!window.axe) {
    const policy = window.trustedTypes?.createPolicy(`axe-${Math.random()}`, { createScript: s => s })
    window.eval(policy ? policy.createScript(source) : source)
  }
  const { violations } = await window.axe.run(document.querySelector('offhook-callbar'), colours ? { runOnly: ['color-contrast'] } : { rules: { region: { enabled: false } } })
  return violations.map(v => `${v.id}: ${v.nodes.map(n => `${n.target.flat().join(' ')}${v.id === 'color-contrast' ? ` ${n.any[0]?.message}` : ''}`).join(' | ')}`)
}, AXE, theme === 'dark')

describe('chromium', { skip: missing('chromium') }, () => {
  let server
  let running
  before(async () => { server = await serve(); running = await launch('chromium') })
  after(async () => { await running?.close(); server?.close() })

  for (const size of SIZES) {
    const themes = size.layout === 'panel' || (LONG && size.width === 1200) ? ['light', 'dark'] : ['light']
    const states = LONG || size.width === 1200 || size.layout === 'panel' ? STATES : BETWEEN
    test(`${size.layout} ${size.width}: ${states.length} states, ${themes.join(' and ')}`, { timeout: 240_000 }, async () => {
      const { page, faults } = await pageOf(running.browser)
      await page.setBypassCSP(true) // for axe alone; the policy itself is tested in behaviour.test.js
      const found = []
      for (const state of states) {
        await stage(page, server.url, { state, ...size })
        for (const theme of themes) {
          await page.evaluate(t => { document.documentElement.dataset.theme = t }, theme)
          if (themes.length > 1 || SHOTS) await new Promise(resolve => { setTimeout(resolve, 250) })
          for (const f of await page.evaluate(faultsOfGeometry, size.layout, size.width)) found.push(`${state}: ${f}`)
          if (LONG || theme === 'dark' || (size.layout === 'panel' && theme === 'light') || ROLES.includes(state)) for (const f of await axeOf(page, theme)) found.push(`${state}, ${theme}: ${f}`)
          if (SHOTS) {
            mkdirSync(SHOTS, { recursive: true })
            await page.screenshot({ path: `${SHOTS}/${state}-${size.layout}-${size.width}-${theme}.png` })
          }
        }
      }
      await page.close()
      assert.deepEqual([...new Set(found)], [])
      assert.deepEqual(faults, [])
    })
  }

  test('the longest words (German) fit into bar 760, bar 1200 and panel', { timeout: 60_000 }, async () => {
    const { page, faults } = await pageOf(running.browser)
    const found = []
    for (const size of [SIZES[0], SIZES[1], SIZES[3]]) {
      for (const state of ['idle', 'away', 'offered', 'joining', 'talking', 'muted', 'held', 'wrap', 'wrap-over', 'missed', 'reconnecting', 'elsewhere', 'no-mic', 'autoplay-call', 'device-lost']) {
        await stage(page, server.url, { state, ...size, lang: 'de' })
        for (const f of await page.evaluate(faultsOfGeometry, size.layout, size.width)) found.push(`${state} ${size.layout} ${size.width}: ${f}`)
      }
    }
    assert.equal(await page.evaluate(() => window.bar.shadowRoot.querySelector('.root').lang), 'de')
    await page.close()
    assert.deepEqual(found, [])
    assert.deepEqual(faults, [])
  })

  test('text at 200 %: nothing that can be pressed is cut, covered or out of reach', { timeout: 30_000 }, async () => {
    const { page } = await pageOf(running.browser)
    const found = []
    for (const size of [SIZES[0], SIZES[3]]) {
      for (const state of ['idle', 'offered', 'talking', 'wrap']) {
        await stage(page, server.url, { state, ...size })
        await page.evaluate(() => { window.bar.style.setProperty('--offhook-font-size', '28px') })
        for (const f of await page.evaluate(faultsOfReach)) found.push(`${state} ${size.layout}: ${f}`)
      }
    }
    await page.close()
    assert.deepEqual(found, [])
  })

  test('forced colours: edges on what can be pressed, and system colours only', { timeout: 20_000 }, async () => {
    const { page } = await pageOf(running.browser)
    await media(page, { 'forced-colors': 'active' })
    for (const [state, key] of [['offered', 'answer'], ['offered', 'decline'], ['talking', 'end']]) {
      await stage(page, server.url, { state, ...SIZES[0] })
      assert.deepEqual(await styleOf(page, `[data-control=${key}]`, ['borderTopWidth', 'borderTopStyle']), ['2px', 'solid'], `${state} ${key}`)
    }
    const colours = await page.evaluate(() => {
      const probe = document.body.appendChild(document.createElement('i'))
      const system = new Set(['Canvas', 'CanvasText', 'ButtonFace', 'ButtonText', 'ButtonBorder', 'Field', 'FieldText', 'GrayText', 'Highlight', 'HighlightText', 'LinkText'].map(name => { probe.style.color = name; return getComputedStyle(probe).color }))
      probe.remove()
      return [...window.bar.shadowRoot.querySelectorAll('button, .caller, .timer, .chip')].map(e => getComputedStyle(e).color).filter(c => !system.has(c))
    })
    assert.deepEqual([...new Set(colours)], [])
    await page.close()
  })

  test('more contrast: no washes, strong borders, second text as dark as the first', { timeout: 20_000 }, async () => {
    const { page } = await pageOf(running.browser)
    await stage(page, server.url, { state: 'offered', ...SIZES[3] })
    const soft = await styleOf(page, '.rows dt', ['color'])
    assert.notDeepEqual(soft, await styleOf(page, '.big-name', ['color']))
    await media(page, { 'prefers-contrast': 'more' })
    assert.deepEqual(await styleOf(page, '.rows dt', ['color']), await styleOf(page, '.big-name', ['color']))
    assert.deepEqual(await styleOf(page, '.ring .avatar', ['backgroundColor']), ['rgb(255, 255, 255)'])
    assert.deepEqual(await styleOf(page, '.rows', ['borderTopColor']), ['rgb(125, 135, 149)'])
    await page.close()
  })

  test('less motion: nothing breathes, the ring is a number', { timeout: 20_000 }, async () => {
    const { page } = await pageOf(running.browser)
    await stage(page, server.url, { state: 'offered', ...SIZES[0] })
    assert.deepEqual(await styleOf(page, '.ring .avatar', ['animationName']), ['breathe'])
    await media(page, { 'prefers-reduced-motion': 'reduce' })
    assert.deepEqual(await styleOf(page, '.ring .avatar', ['animationName']), ['none'])
    assert.deepEqual(await styleOf(page, '.ring .arc', ['display']), ['none'])
    assert.match(await page.evaluate(() => window.bar.shadowRoot.querySelector('.rings').textContent), /Rings for \d+ s/)
    await page.close()
  })
})

/** @param {any} page @param {Record<string, string>} features */
async function media(page, features) {
  const session = await page.createCDPSession()
  await session.send('Emulation.setEmulatedMedia', { features: Object.entries(features).map(([name, value]) => ({ name, value })) })
}

const styleOf = (page, selector, names) => page.evaluate((s, all) => {
  const style = getComputedStyle(window.bar.shadowRoot.querySelector(s))
  return all.map(name => style[name])
}, selector, names)

/** Runs in the page: what cannot be read or hit any more. */
function faultsOfReach() {
  const host = window.bar.getBoundingClientRect()
  const faults = []
  for (const e of window.bar.shadowRoot.querySelectorAll('button, select, textarea')) {
    if (e.getClientRects().length === 0) continue
    const body = e.closest('.body')
    const r = e.getBoundingClientRect()
    if (r.left < host.left - 1 || r.right > host.right + 1) faults.push(`${e.dataset.control ?? e.className} sticks out: ${r.left}–${r.right} of ${host.left}–${host.right}`)
    if (!body && (r.top < host.top - 1 || r.bottom > host.bottom + 1)) faults.push(`${e.dataset.control ?? e.className} sticks out: ${r.top}–${r.bottom} of ${host.top}–${host.bottom}`)
    if (e.localName === 'button' && e.scrollWidth > e.clientWidth + 1) faults.push(`the label of ${e.dataset.control ?? e.className} is cut`)
  }
  return faults
}

describe('firefox', { skip: missing('firefox') }, () => {
  let server
  let running
  before(async () => { server = await serve(); running = await launch('firefox') })
  after(async () => { await running?.close(); server?.close() })

  test('the same geometry in the main states', { timeout: 90_000 }, async () => {
    const { page, faults } = await pageOf(running.browser)
    const found = []
    for (const size of [SIZES[0], SIZES[2], SIZES[3]]) {
      for (const state of ['idle', 'offered', 'talking', 'muted', 'wrap', 'reconnecting']) {
        await stage(page, server.url, { state, ...size })
        for (const f of await page.evaluate(faultsOfGeometry, size.layout, size.width)) found.push(`${state} ${size.layout} ${size.width}: ${f}`)
      }
    }
    assert.deepEqual(found, [])
    assert.deepEqual(faults, [])
  })
})
