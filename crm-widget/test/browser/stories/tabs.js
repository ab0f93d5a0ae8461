/**
 * Several tabs of one browser, with its own locks and channels; the small window that stays on top.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'

const leader = page => page.evaluate(() => window.bar.state.leader)
const sockets = page => page.evaluate(() => window.gateway.sockets.filter(s => s.readyState < 2).length)

/** @param {import('../harness.js').Engine} engine */
export default function story(engine) {
  const { name, open } = engine

  test('one leader; a follower draws its call and asks it; closed, the follower leads within a second with its session', { timeout: 40_000 }, async t => {
    const agent = `jonas-${Date.now()}`
    const one = await open({ state: 'talking', agent })
    const two = await open({ state: 'none', agent })
    await two.page.evaluate(() => window.client.connect())
    await two.page.waitForFunction(() => window.bar.state.calls[0]?.phase === 'connected')
    assert.deepEqual([await leader(one.page), await leader(two.page), await sockets(one.page), await sockets(two.page)], [true, false, 1, 0])
    assert.ok(await two.page.evaluate(() => window.bar.matches(':state(follower)')))
    assert.match(await two.page.evaluate(() => window.bar.shadowRoot.querySelector('[part=notice]').textContent), /Your call is in another tab/)
    await two.page.evaluate(() => window.bar.hold(true))
    await one.page.waitForFunction(() => window.gateway.sent('hold').length === 1)
    await two.page.waitForFunction(() => window.bar.state.calls[0].phase === 'held')
    const session = await one.page.evaluate(() => window.gateway.session)
    await two.page.evaluate(() => { window.client.addEventListener('leader-change', e => { if (e.isLeader) window.ledAt = performance.timeOrigin + window.realNow() }) })
    const closed = Date.now()
    await one.page.close()
    await two.page.waitForFunction(() => window.gateway.sent('hello').length === 1, { timeout: 5000 })
    assert.equal(await two.page.evaluate(() => window.gateway.sent('hello')[0].session), session)
    const took = await two.page.evaluate(() => window.ledAt) - closed
    t.diagnostic(`take-over: ${took} ms after the page was closed`)
    assert.ok(took < 2000, `${took} ms`)
    await two.page.close()
    assert.deepEqual([...one.faults, ...two.faults], [])
  })

  test('“Move the call here” by a press', { timeout: 30_000 }, async () => {
    const agent = `jonas-${Date.now()}`
    const one = await open({ state: 'talking', agent })
    const two = await open({ state: 'none', agent })
    await two.page.evaluate(() => window.client.connect())
    await two.page.waitForFunction(() => window.bar.shadowRoot.querySelector('[data-control=follower-here]'))
    await two.page.evaluate(() => { window.bar.shadowRoot.querySelector('[data-control=follower-here]').click() })
    await two.page.waitForFunction(() => window.bar.state.leader === true)
    await one.page.waitForFunction(() => window.bar.state.leader === false)
    assert.equal(await sockets(one.page), 0)
    assert.equal(await one.page.evaluate(() => window.gateway.sent('bye').length), 0)
    await one.page.close()
    await two.page.close()
    assert.deepEqual([...one.faults, ...two.faults], [])
  })

  test('the small window: the element moves there with its styles and keys, and comes home; the call knows nothing of it', { timeout: 30_000 }, async t => {
    const { page, faults } = await open({ state: 'talking' })
    if (!await page.evaluate(() => 'documentPictureInPicture' in window)) {
      await page.close()
      return t.skip('this browser has no Document Picture-in-Picture')
    }
    const at = await page.evaluate(() => { const r = window.bar.shadowRoot.querySelector('[data-control=popout]').getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2] })
    await page.mouse.click(at[0], at[1])
    await page.waitForFunction(() => window.documentPictureInPicture.window?.document.querySelector('offhook-callbar'), { timeout: 5000 })
    const there = await page.evaluate(async () => {
      await window.later(100)
      const win = window.documentPictureInPicture.window
      win.document.dispatchEvent(new win.KeyboardEvent('keydown', { code: 'KeyM', altKey: true, shiftKey: true, bubbles: true }))
      await window.later(50)
      return {
        sheets: window.bar.shadowRoot.adoptedStyleSheets.length, mini: window.bar.shadowRoot.querySelector('.mini') !== null, muted: window.bar.matches(':state(muted)'),
        colour: win.getComputedStyle(window.bar.shadowRoot.querySelector('.btn.stop')).backgroundColor, phase: window.bar.state.calls[0].phase, did: window.media.did.filter(d => d[0] === 'close').length,
      }
    })
    assert.deepEqual(there, { sheets: 3, mini: true, muted: true, colour: 'rgb(196, 43, 43)', phase: 'connected', did: 0 })
    await page.evaluate(() => { window.bar.shadowRoot.querySelector('[data-control=popin]').click() })
    await page.waitForFunction(() => document.querySelector('main > offhook-callbar') && window.bar.shadowRoot.querySelector('.bar'))
    assert.equal(await page.evaluate(() => window.bar.getAttribute('layout')), 'bar')
    assert.equal(await page.evaluate(() => window.gateway.sockets.length), 1)
    await page.close()
    assert.deepEqual(faults, [])
  })
}
