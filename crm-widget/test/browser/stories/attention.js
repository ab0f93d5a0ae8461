/**
 * What tells of a call when nobody looks: a notice, the title; and a ringer that the browser keeps silent until a press.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'

/** @param {import('../harness.js').Engine} engine */
export default function story(engine) {
  /** The stage's policy lets no `data:` picture in, so the green icon is refused: once, and nothing else. @param {any} query */
  const open = async query => {
    const { page, faults } = await engine.open(query)
    return { page, async done() { await page.close(); assert.deepEqual(faults.filter(f => !/data:image\/svg.*img-src|img-src.*data:image\/svg/s.test(f)), []); assert.ok(faults.length <= 1, `${faults.length} times`) } }
  }
  /** A page in the background, and notices that are kept in a list. @param {any} page @param {'granted' | 'denied'} permission */
  const background = (page, permission) => page.evaluate(may => {
    window.notices = []
    window.Notification = class Notice extends EventTarget {
      static permission = may
      static requestPermission = () => { throw new Error('nobody pressed anything') }
      constructor(title, options) {
        super()
        window.notices.push(this)
        Object.assign(this, { title, ...options, open: true })
      }
      close() { this.open = false }
    }
    Object.defineProperty(document, 'hidden', { get: () => true, configurable: true })
    document.dispatchEvent(new Event('visibilitychange'))
  }, permission)
  const notices = page => page.evaluate(() => window.notices.map(n => [n.title, n.body, n.open]))

  test('hidden, with permission: a notice with who calls, closed when another tab answers; a press on it answers nothing', { timeout: 120_000 }, async () => {
    const { page, done } = await open({ state: 'idle' })
    await background(page, 'granted')
    await page.evaluate(() => { window.gateway.offer() })
    await page.waitForFunction(() => window.notices.length === 1, { polling: 50 })
    assert.match((await notices(page))[0][0], /Mara Lindqvist/)
    assert.match((await notices(page))[0][1], /^Billing DE · \+49 30/)
    assert.match(await page.title(), /Mara Lindqvist/)
    assert.deepEqual(await page.evaluate(() => { const [n] = window.notices; return [n.tag === window.bar.state.calls[0].id, n.renotify, n.requireInteraction] }), [true, true, true])
    await page.evaluate(() => { window.notices[0].dispatchEvent(new Event('click')) })
    assert.equal(await page.evaluate(() => window.gateway.sent('accept').length), 0)
    await page.evaluate(() => { const [id] = window.gateway.calls.keys(); window.gateway.callIs(id, { phase: 'connected', answered_at: window.gateway.time() }) })
    await page.waitForFunction(() => !window.notices[0].open, { polling: 50 })
    assert.equal(await page.title(), 'Stage')
    assert.equal((await notices(page)).length, 1)
    await done()
  })

  test('hidden, denied: the title alone; private-notifications: nobody’s name anywhere', { timeout: 120_000 }, async () => {
    const { page, done } = await open({ state: 'idle' })
    await background(page, 'denied')
    await page.evaluate(() => { window.gateway.offer() })
    await page.waitForFunction(() => document.title.includes('Mara'), { polling: 50 })
    assert.deepEqual(await notices(page), [])
    await page.evaluate(() => {
      window.Notification.permission = 'granted'
      window.gateway.miss([...window.gateway.calls.keys()][0])
      window.bar.toggleAttribute('private-notifications', true)
      window.gateway.offer()
    })
    await page.waitForFunction(() => window.notices.length === 1, { polling: 50 })
    assert.doesNotMatch([...(await notices(page))[0], await page.title()].join(), /Mara|49/)
    await done()
  })

  test('a ringer that the browser keeps silent is a problem in words; one press clears it', { timeout: 120_000 }, async () => {
    const { page, done } = await engine.open({ state: 'signed-out', layout: 'panel', width: 360 })
    await page.evaluate(() => {
      window.pressed = false
      const Real = window.AudioContext
      window.AudioContext = class extends Real {
        get state() { return window.pressed ? 'running' : 'suspended' }
        async resume() { if (window.pressed) this.dispatchEvent(new Event('statechange')) }
      }
    })
    await page.evaluate(() => window.go.idle())
    const shown = () => page.evaluate(() => window.bar.shadowRoot.querySelector('.root').textContent.includes('Turn on the ringer'))
    await page.waitForFunction(() => window.bar.shadowRoot.querySelector('.root').textContent.includes('Turn on the ringer'))
    await page.evaluate(() => { window.pressed = true })
    assert.equal(await shown(), true, 'not before a press')
    await page.mouse.click(4, 4)
    await page.waitForFunction(() => !window.bar.shadowRoot.querySelector('.root').textContent.includes('Turn on the ringer'))
    await done()
  })
}
