/**
 * Each state in each size and theme: nothing overflows, nothing overlaps, sizes are those of the design, axe finds nothing; the longest words,
 * right to left, large text, forced colours, more contrast, less motion.
 */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { test } from 'node:test'

import { faultsOfGeometry, faultsOfReach } from '../geometry.js'
import { stage } from '../harness.js'
import { BETWEEN, LONG, SIZES, STATES } from '../matrix.js'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const ROLES = ['idle', 'offered', 'talking', 'wrap', 'consulting', 'two-calls'] // where a narrow bar shows other controls than a wide one
/** Where a colour stands on a ground that no other state has. */
const GROUNDS = [...ROLES, 'held', 'on-hold', 'muted', 'reconnecting', 'no-mic', 'missed', 'wrap-over', 'weak', 'keypad', 'transfer', 'devices', 'second-offered', 'over']
const LONGEST = ['idle', 'away', 'offered', 'joining', 'talking', 'muted', 'held', 'wrap', 'wrap-over', 'missed', 'reconnecting', 'elsewhere', 'no-mic', 'autoplay-call', 'device-lost']

const [BAR, BAR_760, BAR_400, PANEL] = SIZES

/** @param {any} page @param {string} theme */
const axeOf = (page, theme) => page.evaluate(async (source, colours) => {
  if (!window.axe) {
    const policy = window.trustedTypes?.createPolicy(`axe-${Math.random()}`, { createScript: s => s })
    window.eval(policy ? policy.createScript(source) : source)
  }
  const { violations } = await window.axe.run(document.querySelector('offhook-callbar'), { resultTypes: ['violations'], ...(colours ? { runOnly: ['color-contrast'] } : { rules: { region: { enabled: false } } }) })
  return violations.map(v => `${v.id}: ${v.nodes.map(n => `${n.target.flat().join(' ')}${v.id === 'color-contrast' ? ` ${n.any[0]?.message}` : ''}`).join(' | ')}`)
}, AXE, theme === 'dark')

/** @param {any} page @param {Record<string, string>} features */
async function media(page, features) {
  const session = await page.createCDPSession()
  await session.send('Emulation.setEmulatedMedia', { features: Object.entries(features).map(([name, value]) => ({ name, value })) })
}

const styleOf = (page, selector, names) => page.evaluate((s, all) => {
  const style = getComputedStyle(window.bar.shadowRoot.querySelector(s))
  return all.map(name => style[name])
}, selector, names)

/** The theme changes, and what fades has faded. @param {any} page @param {string} theme */
const dress = (page, theme) => page.evaluate(t => {
  document.documentElement.dataset.theme = t
  for (const root of [document, window.bar.shadowRoot]) for (const a of root.getAnimations()) if (a instanceof CSSTransition) a.finish()
}, theme)

/** @param {import('../harness.js').Engine} engine */
export default function story(engine) {
  const { name } = engine

  /** Looks at many states in one page. @param {any[]} looks @param {(page: any, look: any) => Promise<string[]>} faultsOf @param {{axe?: boolean}} [how] */
  async function look(looks, faultsOf, { axe = false } = {}) {
    const { page, faults } = await engine.page()
    if (axe) await page.setBypassCSP(true) // for axe alone; the policy itself is tested in behaviour.js
    const found = []
    for (const one of looks) {
      await stage(page, engine.server.url, one)
      for (const f of await faultsOf(page, one)) found.push(`${one.state} ${one.layout} ${one.width}: ${f}`)
    }
    await page.close()
    assert.deepEqual([...new Set(found)], [])
    assert.deepEqual(faults, [])
  }
  const geometry = (page, { layout, width }) => page.evaluate(faultsOfGeometry, layout, width)
  const across = (sizes, states, more = {}) => sizes.flatMap(size => states.map(state => ({ state, ...size, ...more })))

  for (const size of SIZES) {
    const main = size === BAR || size === PANEL
    const states = LONG || (main && name === 'chromium') ? STATES : name === 'chromium' ? BETWEEN : ROLES
    const themes = name === 'chromium' && (size === PANEL || (LONG && size === BAR)) ? ['light', 'dark'] : ['light']
    test(`${size.layout} ${size.width}: ${states.length} states, ${themes.join(' and ')}`, { timeout: 240_000 }, () => look(across([size], states), async (page, { state }) => {
      const found = []
      for (const theme of themes) {
        if (themes.length > 1) await dress(page, theme)
        found.push(...await geometry(page, size))
        if (name === 'chromium' && (LONG || (size === PANEL && (theme === 'light' || GROUNDS.includes(state))) || ROLES.includes(state))) found.push(...(await axeOf(page, theme)).map(f => `${theme}: ${f}`))
      }
      return found
    }, { axe: name === 'chromium' }))
  }

  test('the longest words (German) fit into bar 760, bar 1200 and panel', { timeout: 120_000 }, () => look(across([BAR, BAR_760, PANEL], LONGEST, { lang: 'de' }), async (page, one) => {
    assert.equal(await page.evaluate(() => window.bar.shadowRoot.querySelector('.root').lang), 'de')
    return geometry(page, one)
  }))

  test('right to left: mirrored, and nothing sticks out', { timeout: 120_000 }, () => look(across([BAR, BAR_400, PANEL], ROLES, { lang: 'ar' }), async (page, one) => {
    assert.equal(await page.evaluate(() => getComputedStyle(window.bar.shadowRoot.querySelector('.root')).direction), 'rtl')
    const faults = await geometry(page, one)
    if (one.layout === 'bar') {
      const [menu, middle] = await page.evaluate(() => {
        const host = window.bar.getBoundingClientRect()
        return [window.bar.shadowRoot.querySelector('[data-control=more]').getBoundingClientRect().left, host.left + host.width / 2]
      })
      if (!(menu < middle)) faults.push(`the menu stands at ${menu}, on the right`)
    }
    return faults
  }))

  test('text at 200 %: nothing that can be pressed is cut, covered or out of reach', { timeout: 120_000 }, () => look(across([BAR, PANEL], ['idle', 'offered', 'talking', 'wrap']), page => {
    return page.evaluate(`window.bar.style.setProperty('--offhook-font-size', '28px'); (${faultsOfReach})()`)
  }))

  if (name !== 'chromium') return // what follows switches media features by DevTools

  test('forced colours: edges on what can be pressed, and system colours only', { timeout: 120_000 }, async () => {
    const { page, done } = await engine.open({ state: 'signed-out' })
    await media(page, { 'forced-colors': 'active' })
    for (const [state, key] of [['offered', 'answer'], ['offered', 'decline'], ['talking', 'end']]) {
      await stage(page, engine.server.url, { state, ...BAR })
      assert.deepEqual(await styleOf(page, `[data-control=${key}]`, ['borderTopWidth', 'borderTopStyle']), ['2px', 'solid'], `${state} ${key}`)
    }
    const colours = await page.evaluate(() => {
      const probe = document.body.appendChild(document.createElement('i'))
      const system = new Set(['Canvas', 'CanvasText', 'ButtonFace', 'ButtonText', 'ButtonBorder', 'Field', 'FieldText', 'GrayText', 'Highlight', 'HighlightText', 'LinkText'].map(colour => { probe.style.color = colour; return getComputedStyle(probe).color }))
      probe.remove()
      return [...window.bar.shadowRoot.querySelectorAll('button, .caller, .timer, .chip')].map(e => getComputedStyle(e).color).filter(c => !system.has(c))
    })
    assert.deepEqual([...new Set(colours)], [])
    await done()
  })

  test('more contrast: no washes, strong borders, second text as dark as the first', { timeout: 120_000 }, async () => {
    const { page, done } = await engine.open({ state: 'offered', ...PANEL })
    const soft = await styleOf(page, '.rows dt', ['color'])
    assert.notDeepEqual(soft, await styleOf(page, '.big-name', ['color']))
    await media(page, { 'prefers-contrast': 'more' })
    assert.deepEqual(await styleOf(page, '.rows dt', ['color']), await styleOf(page, '.big-name', ['color']))
    assert.deepEqual(await styleOf(page, '.ring .avatar', ['backgroundColor']), ['rgb(255, 255, 255)'])
    assert.deepEqual(await styleOf(page, '.rows', ['borderTopColor']), ['rgb(125, 135, 149)'])
    await done()
  })

  test('less motion: nothing breathes, the ring is a number', { timeout: 120_000 }, async () => {
    const { page, done } = await engine.open({ state: 'offered' })
    assert.deepEqual(await styleOf(page, '.ring .avatar', ['animationName']), ['breathe'])
    await media(page, { 'prefers-reduced-motion': 'reduce' })
    assert.deepEqual(await styleOf(page, '.ring .avatar', ['animationName']), ['none'])
    assert.deepEqual(await styleOf(page, '.ring .arc', ['display']), ['none'])
    assert.match(await page.evaluate(() => window.bar.shadowRoot.querySelector('.rings').textContent), /Rings for \d+ s/)
    await done()
  })
}
