/**
 * What a look at the running callbar has found and that no picture shows: menus that repeat what is there, a lost focus, a cut title, another state's words.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'

const text = (page, selector) => page.evaluate(s => window.bar.shadowRoot.querySelector(s)?.textContent.trim() ?? null, selector)
const items = page => page.evaluate(() => [...window.bar.shadowRoot.querySelectorAll('[data-item]')].filter(e => e.getClientRects().length > 0).map(e => e.dataset.item))

/** @param {import('../harness.js').Engine} engine */
export default function story({ open }) {
  test('the menu offers what the callbar has no room for, and nothing twice', { timeout: 40_000 }, async () => {
    for (const [look, wanted, not] of /** @type {[Record<string, any>, string[], string[]][]} */ ([
      [{ layout: 'bar', width: 1200 }, ['record', 'devices', 'shortcuts'], ['keypad', 'transfer', 'quality']],
      [{ layout: 'bar', width: 400 }, ['keypad', 'transfer', 'record', 'quality', 'devices'], []],
      [{ layout: 'panel', width: 360 }, ['devices', 'shortcuts'], ['keypad', 'transfer', 'record', 'quality']],
    ])) {
      const { page, done } = await open({ state: 'menu', ...look })
      const there = await items(page)
      assert.deepEqual([wanted.filter(i => !there.includes(i)), not.filter(i => there.includes(i))], [[], []], `${look.layout} ${look.width}: ${there}`)
      await done()
    }
  })

  test('a page that is opened out of the menu by keyboard has the focus, and Escape gives it back', { timeout: 30_000 }, async () => {
    const { page, done } = await open({ state: 'idle' })
    const focus = () => page.evaluate(() => {
      const el = window.bar.shadowRoot.activeElement
      return el?.closest('.popover')?.dataset.menuRoot ?? el?.dataset.control ?? null
    })
    for (const [item, back] of [['shortcuts', 'more'], ['devices', 'more']]) {
      await page.evaluate(i => {
        window.bar.shadowRoot.querySelector('[data-control=more]').focus()
        window.bar.shadowRoot.querySelector('[data-control=more]').click()
        const el = window.bar.shadowRoot.querySelector(`[data-item=${i}]`)
        el.focus()
        el.click()
      }, item)
      await page.evaluate(() => window.settled())
      assert.equal(await focus(), item)
      await page.keyboard.press('Escape')
      await page.waitForFunction(() => !window.bar.shadowRoot.querySelector('.popover'))
      assert.equal(await focus(), back)
    }
    await done()
  })

  test('what is in the way is written in full in a wide bar', { timeout: 30_000 }, async () => {
    for (const state of ['no-mic', 'autoplay-call', 'device-lost', 'reconnecting']) {
      const { page, done } = await open({ state })
      const [shown, whole] = await page.evaluate(() => {
        const title = window.bar.shadowRoot.querySelector('.strip .title')
        const range = document.createRange()
        range.selectNodeContents(title)
        return [title.getBoundingClientRect().width, range.getBoundingClientRect().width]
      })
      assert.ok(shown >= whole, `${state}: ${shown} of ${whole}`)
      await done()
    }
  })

  test('a mini that connects says so once, and one that was signed out says nothing of being available', { timeout: 20_000 }, async () => {
    for (const [state, head] of [['connecting', 'Connecting…'], ['elsewhere', 'Signed out']]) {
      const { page, done } = await open({ state, layout: 'mini', width: 360 })
      assert.equal(await text(page, '.mini-head'), head)
      assert.equal(await text(page, '.mini-feet .soft'), null)
      await done()
    }
  })

  test('how it rings is chosen: one of three tones or none, and how loud', { timeout: 20_000 }, async () => {
    const { page, done } = await open({ state: 'devices', layout: 'panel', width: 360 })
    const chosen = await page.evaluate(async () => {
      const got = []
      window.media.choose = async what => { got.push(what) }
      const set = (key, value) => {
        const el = window.bar.shadowRoot.querySelector(`[data-control=${key}]`)
        el.value = value
        el.dispatchEvent(new Event('change', { bubbles: true }))
      }
      const names = [...window.bar.shadowRoot.querySelectorAll('[data-control=ring-tone] option')].map(o => o.value)
      set('ring-tone', 'chime')
      set('ring-volume', '40')
      await window.settled()
      return [names, got]
    })
    assert.deepEqual(chosen, [['classic', 'low', 'chime', 'silent'], [{ tone: 'chime' }, { volume: 0.4 }]])
    await done()
  })
}
