/**
 * What a look at the running callbar has found and that no picture shows: menus that repeat what is there, a lost focus, a cut title, another state's words.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'

const text = (page, selector) => page.evaluate(s => window.bar.shadowRoot.querySelector(s)?.textContent.trim() ?? null, selector)
const items = page => page.evaluate(() => [...window.bar.shadowRoot.querySelectorAll('[data-item]')].filter(e => e.getClientRects().length > 0).map(e => e.dataset.item))

/** @param {import('../harness.js').Engine} engine */
export default function story({ open }) {
  test('the menu offers what the callbar has no room for, and nothing twice', { timeout: 120_000 }, async () => {
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

  test('a page that is opened out of the menu by keyboard has the focus, and Escape gives it back', { timeout: 120_000 }, async () => {
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

  test('what is in the way is written in full in a wide bar', { timeout: 120_000 }, async () => {
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

  test('a mini that connects says so once, and one that was signed out says nothing of being available', { timeout: 120_000 }, async () => {
    for (const [state, head] of [['connecting', 'offhook'], ['elsewhere', 'Signed out']]) {
      const { page, done } = await open({ state, layout: 'mini', width: 360 })
      assert.equal(await text(page, '.mini-head'), head)
      if (state === 'connecting') assert.equal(await text(page, '.mini'), 'offhookConnecting…')
      await done()
    }
  })

  test('how it rings is chosen: one of three tones or none, and how loud', { timeout: 120_000 }, async () => {
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

  test('Decline held for half a second asks why, and declines nothing; pressed shortly it declines', { timeout: 120_000 }, async () => {
    for (const held of [700, 0]) {
      const { page, done } = await open({ state: 'offered' })
      const at = await page.evaluate(() => {
        const r = window.bar.shadowRoot.querySelector('[data-control=decline]').getBoundingClientRect()
        return [r.x + r.width / 2, r.y + r.height / 2]
      })
      await page.mouse.move(at[0], at[1])
      await page.mouse.down()
      if (held) await page.evaluate(ms => window.really(ms), held)
      await page.mouse.up()
      await page.evaluate(() => window.settled())
      if (held) await page.waitForFunction(() => window.bar.shadowRoot.querySelector('.popover.of-decline:popover-open'))
      assert.equal(await page.evaluate(() => window.gateway.sent('reject').length), held ? 0 : 1)
      await done()
    }
  })

  test('a server that restarts is told of only after 10 s; a cut line at once', { timeout: 120_000 }, async () => {
    for (const [code, at] of /** @type {[number, boolean][]} */ ([[1001, false], [4503, false], [1006, true]])) {
      const { page, done } = await open({ state: 'idle' })
      const told = () => page.evaluate(() => window.bar.shadowRoot.querySelector('.strip .title')?.textContent ?? null)
      await page.evaluate(async c => { window.gateway.down = true; window.gateway.drop(c); await window.settled() }, code)
      assert.equal(/^(Reconnecting…|You are offline)$/.test(await told()), at, `${code} at once: ${await told()}`) // where there is no sound card, Firefox says that the ringer is off
      await page.evaluate(() => window.skip(11_500))
      await page.evaluate(() => window.settled())
      assert.equal(await told(), 'You are offline', `${code} later`)
      await done()
    }
  })

  test('where the browser asks for the device that sound goes to, it is asked out of the list', { timeout: 120_000 }, async () => {
    const { page, done } = await open({ state: 'idle', layout: 'panel', width: 360 })
    const chosen = await page.evaluate(async () => {
      const got = []
      let answer = async () => ({ deviceId: 'desk' })
      Object.defineProperty(navigator, 'mediaDevices', { configurable: true, value: { selectAudioOutput: () => answer(), enumerateDevices: async () => [], addEventListener() {} } })
      window.media.choose = async what => { got.push(what) }
      window.bar.shadowRoot.querySelector('[data-control=tab-settings]').click()
      await window.settled()
      const pick = async kind => {
        const el = window.bar.shadowRoot.querySelector(`[data-control=device-${kind}]`)
        el.value = [...el.options].at(-1).value
        el.dispatchEvent(new Event('change', { bubbles: true }))
        await window.settled()
        return window.bar.shadowRoot.querySelector(`[data-control=device-${kind}]`).value
      }
      await pick('speaker')
      answer = async () => { throw new DOMException('closed', 'NotAllowedError') }
      return [got, await pick('ringer'), window.bar.state.problems.length]
    })
    assert.deepEqual(chosen, [[{ speaker: 'desk' }], '', 0])
    await done()
  })
}
