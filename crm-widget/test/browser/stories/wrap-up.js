/** After-call work in a real page: what is typed is never lost; time, more time, and a server that does not take it. */

import assert from 'node:assert/strict'
import { test } from 'node:test'

/** @param {import('../harness.js').Engine} engine */
export default function story(engine) {
  const write = (page, words) => page.evaluate(text => {
    const field = window.bar.shadowRoot.querySelector('.notes')
    field.value = text
    field.dispatchEvent(new Event('input', { bubbles: true }))
  }, words)
  const choose = page => page.evaluate(() => { window.bar.shadowRoot.querySelector('[role=radio]').click() })
  const press = (page, key) => page.evaluate(k => { window.bar.shadowRoot.querySelector(`[data-control=${k}]`).click() }, key)
  const words = page => page.evaluate(() => window.bar.shadowRoot.querySelector('.root').textContent)
  const shows = (page, text) => page.waitForFunction(t => window.bar.shadowRoot.querySelector('.root').textContent.includes(t), { timeout: 25_000 }, text)

  test('TestFaultCrashInWrapUp: the renderer is killed; the notes are there in the next page', { timeout: 30_000, skip: engine.name === 'firefox' && 'only DevTools kills the renderer of one page' }, async () => {
    const { page } = await engine.open({ state: 'wrap' })
    await write(page, 'VAT number missing')
    await page.evaluate(() => window.settled())
    page.createCDPSession().then(s => s.send('Page.crash')).catch(() => {})
    await new Promise(resolve => { page.once('error', resolve) }) // “Page crashed!”
    await page.close()
    const { page: next, done } = await engine.open({ state: 'wrap' })
    assert.equal(await next.evaluate(() => window.bar.shadowRoot.querySelector('.notes').value), 'VAT number missing')
    await next.evaluate(() => localStorage.clear())
    await done()
  })

  test('time: 15 seconds are told of, + 30 s moves the end, and when it is over the outcome is still asked for', { timeout: 120_000 }, async () => {
    const { page, done } = await engine.open({ state: 'wrap', still: '', layout: 'panel', width: 360 })
    const left = () => page.evaluate(() => (Date.parse(window.bar.state.calls[0].wrap_up_until) - Date.now()) / 1000)
    assert.equal(await left(), 42)
    await page.evaluate(() => { setInterval(() => window.gateway.beat(), 2000); return window.skip(28_000) })
    assert.match(await page.evaluate(() => window.bar.shadowRoot.querySelector('[data-live=polite]').textContent), /15 seconds left/)
    await press(page, 'extend')
    await page.waitForFunction(() => window.gateway.sent('wrapup').some(f => f.extend_s === 30))
    await page.evaluate(() => window.settled())
    assert.equal(await left(), 44)
    await page.evaluate(() => window.skip(46_000))
    await shows(page, 'Choose an outcome to finish')
    await choose(page)
    await press(page, 'save')
    await page.waitForFunction(() => window.bar.state.calls.length === 0)
    assert.deepEqual(await page.evaluate(() => window.gateway.sent('wrapup').filter(f => f.done).map(f => f.outcome)), ['explained'])
    await done()
  })

  test('TestFaultNotSaved: the server does not take it; the words stay and say so, and go when it does', { timeout: 120_000 }, async () => {
    const { page, done } = await engine.open({ state: 'wrap', still: '', layout: 'panel', width: 360 })
    await page.evaluate(() => {
      setInterval(() => window.gateway.beat(), 2000)
      window.taken = []
      window.gateway.on('wrapup', (frame, g) => { if (window.fails) return g.error(frame, 'internal'); window.taken.push(frame.notes); g.ok(frame) })
      window.fails = true
    })
    await write(page, 'Call back on Monday')
    await page.evaluate(() => window.skip(5000))
    await shows(page, 'Not saved yet')
    assert.equal(await page.evaluate(() => window.bar.shadowRoot.querySelector('.notes').value), 'Call back on Monday')
    await page.evaluate(() => { window.fails = false; return window.skip(30_000) })
    assert.deepEqual(await page.evaluate(() => [...new Set(window.taken)]), ['Call back on Monday'])
    assert.doesNotMatch(await words(page), /Not saved yet/)
    await page.evaluate(() => localStorage.clear())
    await done()
  })
}
