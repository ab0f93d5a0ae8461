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

  test('one leader; a follower draws its call and asks it; closed, the follower leads within a second with its session', { timeout: 120_000 }, async t => {
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
    await two.page.waitForFunction(() => window.gateway.sent('hello').length === 1, { timeout: 25_000 })
    assert.equal(await two.page.evaluate(() => window.gateway.sent('hello')[0].session), session)
    const took = await two.page.evaluate(() => window.ledAt) - closed
    t.diagnostic(`take-over: ${took} ms after the page was closed`)
    assert.ok(took < 2000, `${took} ms`)
    await two.page.close()
    assert.deepEqual([...one.faults, ...two.faults], [])
  })

  test('“Move the call here” by a press', { timeout: 120_000 }, async () => {
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

  /** Three tabs of one agent; the first leads. @param {string} state of the first */
  async function three(state) {
    const agent = `jonas-${Date.now()}`
    const tabs = [await open({ state, agent })]
    for (let i = 0; i < 2; i++) {
      const tab = await open({ state: 'none', agent })
      await tab.page.evaluate(() => window.client.connect())
      await tab.page.waitForFunction(() => window.bar.state.agent !== null && window.bar.state.leader === false)
      tabs.push(tab)
    }
    return { pages: tabs.map(t => t.page), faults: () => tabs.flatMap(t => t.faults) }
  }
  const leads = page => page.waitForFunction(() => window.bar.state.leader && window.gateway.sent('hello').length === 1, { timeout: 25_000, polling: 50 }) // a page behind another draws no frames
  /** As a background tab. */
  const hide = page => page.evaluate(() => {
    Object.defineProperty(document, 'hidden', { get: () => true, configurable: true })
    document.dispatchEvent(new Event('visibilitychange'))
  })

  test('three tabs: a call rings in one of them only, and is answered from another', { timeout: 120_000 }, async () => {
    const { pages, faults } = await three('idle')
    for (const page of pages) {
      await page.evaluate(() => {
        window.ringing = 0
        const { start } = AudioScheduledSourceNode.prototype
        AudioScheduledSourceNode.prototype.start = function counted(...at) { window.ringing = 1; return start.apply(this, at) }
      })
    }
    await pages[0].evaluate(() => { window.gateway.offer() })
    for (const page of pages) await page.waitForFunction(() => window.bar.matches(':state(ringing)'))
    if (name !== 'firefox') await pages[0].waitForFunction(() => window.ringing > 0, { polling: 50 })
    await pages[0].evaluate(() => window.really(100)) // the others have had the time
    const rings = []
    for (const page of pages) rings.push(await page.evaluate(() => window.ringing))
    assert.deepEqual(rings, name === 'firefox' ? [rings[0], 0, 0] : [1, 0, 0], 'where there is no sound card Firefox rings nowhere')
    await pages[2].evaluate(() => { window.bar.shadowRoot.querySelector('[data-control=answer]').click() })
    for (const page of pages) await page.waitForFunction(() => window.bar.state.calls[0]?.phase === 'connected')
    const counts = []
    for (const page of pages) counts.push([await sockets(page), await page.evaluate(() => window.media.did.filter(d => d[0] === 'answer').length)])
    assert.deepEqual(counts, [[1, 1], [0, 0], [0, 0]], 'one socket, one microphone')
    for (const page of pages.reverse()) await page.close()
    assert.deepEqual(faults(), [])
  })

  test('TestFaultLeaderGone: a hidden tab leaves the lead to one that is seen', { timeout: 120_000 }, async () => {
    const { pages: [one, two, third], faults } = await three('talking')
    await hide(two)
    await one.close()
    await leads(third)
    assert.deepEqual([await leader(two), await sockets(two), await sockets(third)], [false, 0, 1])
    await third.close()
    await leads(two) // nobody is seen: a hidden one is better than none
    await two.close()
    assert.deepEqual(faults(), [])
  })

  test('TestFaultCrash: the renderer of the leader is killed; one of the others goes on with its session, the last follows', { timeout: 40_000, skip: name === 'firefox' && 'only DevTools kills the renderer of one page' }, async t => {
    const { pages: [one, two, third] } = await three('talking')
    const session = await one.evaluate(() => window.gateway.session)
    const killed = Date.now()
    one.createCDPSession().then(s => s.send('Page.crash')).catch(() => {})
    const next = await Promise.race([two, third].map(async page => { await leads(page); return page }))
    t.diagnostic(`take-over: ${Date.now() - killed} ms after the renderer was killed`)
    const last = next === two ? third : two
    assert.equal(await next.evaluate(() => window.gateway.sent('hello')[0].session), session)
    assert.deepEqual([await leader(last), await sockets(next), await sockets(last)], [false, 1, 0])
    await Promise.all([one, two, third].map(page => page.close().catch(() => {})))
  })

  test('TestFaultFreeze: a leader that the browser froze is pushed aside by “Move the call here”, and follows when it thaws', { timeout: 40_000, skip: name === 'firefox' && 'only DevTools freezes a page' }, async () => {
    const { pages: [one, two, third], faults } = await three('talking')
    const devtools = await one.createCDPSession()
    await devtools.send('Page.setWebLifecycleState', { state: 'frozen' })
    await two.evaluate(() => { window.bar.shadowRoot.querySelector('[data-control=follower-here]').click() })
    await leads(two)
    await devtools.send('Page.setWebLifecycleState', { state: 'active' })
    await one.waitForFunction(() => !window.bar.state.leader && window.gateway.sockets.every(s => s.readyState > 1), { timeout: 25_000, polling: 50 })
    assert.deepEqual([await leader(two), await leader(third), await sockets(two), await sockets(third)], [true, false, 1, 0])
    assert.equal(await one.evaluate(() => window.gateway.sent('bye').length + window.gateway.sent('hangup').length), 0)
    for (const page of [third, one, two]) await page.close()
    assert.deepEqual(faults(), [])
  })

  test('the small window: the element moves there with its styles and keys, and comes home; the call knows nothing of it', { timeout: 120_000 }, async t => {
    const { page, faults } = await open({ state: 'talking' })
    if (!await page.evaluate(() => 'documentPictureInPicture' in window)) {
      await page.close()
      return t.skip('this browser has no Document Picture-in-Picture')
    }
    const at = await page.evaluate(() => { const r = window.bar.shadowRoot.querySelector('[data-control=popout]').getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2] })
    await page.mouse.click(at[0], at[1])
    await page.waitForFunction(() => window.documentPictureInPicture.window?.document.querySelector('offhook-callbar'), { timeout: 25_000 })
    await page.waitForFunction(() => window.bar.shadowRoot.querySelector('.mini .btn.stop')) // its layout is on its way
    await page.evaluate(() => {
      const win = window.documentPictureInPicture.window
      win.document.dispatchEvent(new win.KeyboardEvent('keydown', { code: 'KeyM', altKey: true, shiftKey: true, bubbles: true }))
    })
    await page.waitForFunction(() => window.bar.matches(':state(muted)'))
    const there = await page.evaluate(() => {
      const win = window.documentPictureInPicture.window
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

  test('the small window is refused quietly where nobody pressed; closed by its own cross, the element comes home', { timeout: 120_000 }, async t => {
    const { page, done } = await open({ state: 'talking' })
    if (!await page.evaluate(() => 'documentPictureInPicture' in window)) {
      await done()
      return t.skip('this browser has no Document Picture-in-Picture')
    }
    const at = await page.evaluate(() => { const r = window.bar.shadowRoot.querySelector('[data-control=popout]').getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2] })
    await page.mouse.click(at[0], at[1])
    await page.waitForFunction(() => window.documentPictureInPicture.window?.document.querySelector('offhook-callbar'))
    await page.evaluate(() => window.documentPictureInPicture.window.close())
    await page.waitForFunction(() => document.querySelector('main > offhook-callbar') && window.bar.shadowRoot.querySelector('.bar'))
    assert.deepEqual(await page.evaluate(async () => { // a script of a test may count as a press, once
      await window.bar.popOut()
      window.documentPictureInPicture.window?.close()
      for (let i = 0; i < 200 && window.documentPictureInPicture.window; i++) await window.really(5)
      return [await window.bar.popOut(), document.querySelector('main > offhook-callbar') !== null, window.bar.state.problems.length]
    }), [false, true, 0])
    assert.deepEqual(await page.evaluate(() => [window.bar.state.calls[0].phase, window.gateway.sockets.length, window.bar.shadowRoot.adoptedStyleSheets.length]), ['connected', 1, 3])
    await done()
  })
}
