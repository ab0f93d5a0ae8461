/**
 * Elements come and go: nothing of them is left on the page, in the heap or among the tabs; groups share a client.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { LONG } from '../matrix.js'

const MOUNTS = LONG ? 500 : 150
const SLACK = 300_000 + 1000 * MOUNTS // bytes: compiled code and caches grow a little; a forgotten element has 22 000

/** @param {import('../harness.js').Engine} engine */
export default function story(engine) {
  const open = async () => {
    const { page, faults } = await engine.page()
    await page.goto(`${engine.server.url}/test/browser/pages/lifetime.html`)
    await page.waitForFunction('window.ready === true', { timeout: 25_000 })
    return { page, async done() { await page.close(); assert.deepEqual(faults, []) } }
  }

  test('an element that is removed leaves no listener, no timer, no socket and no lock', { timeout: 120_000 }, async () => {
    const { page, done } = await open()
    const counts = () => page.evaluate(async () => {
      const { held, pending } = await navigator.locks.query()
      return { listening: window.listening(), timers: window.waiting(), sockets: window.gateway.sockets.length, locks: held.length + pending.length }
    })
    const before = await counts()
    await page.evaluate(async () => { window.bar = await window.mount() })
    const there = await counts()
    assert.ok(there.listening.length > before.listening.length && there.timers > before.timers && there.locks === 1, `it is counted: ${JSON.stringify(there)}`)
    await page.evaluate(async () => { window.bar.remove(); window.bar = null; await window.mounts(6) })
    assert.deepEqual(await counts(), before)
    await done()
  })

  test(`the heap is flat over ${MOUNTS} mounts`, { timeout: 90_000 }, async t => {
    const { page, done } = await open()
    if (engine.name === 'firefox') { // it tells nobody of its heap; listeners can be counted
      const before = await page.evaluate(() => window.listening())
      await page.evaluate(n => window.mounts(n), MOUNTS / 3)
      assert.deepEqual(await page.evaluate(() => window.listening()), before)
      return done()
    }
    const session = await page.createCDPSession()
    await session.send('Performance.enable')
    const weigh = async () => {
      for (let i = 0; i < 2; i++) await session.send('HeapProfiler.collectGarbage')
      const { metrics } = await session.send('Performance.getMetrics')
      const of = name => metrics.find(m => m.name === name).value
      return { heap: of('JSHeapUsedSize'), nodes: of('Nodes'), listeners: of('JSEventListeners') }
    }
    await page.evaluate(() => window.mounts(30))
    const before = await weigh()
    await page.evaluate(n => window.mounts(n), MOUNTS)
    const after = await weigh()
    const grown = after.heap - before.heap
    t.diagnostic(`${MOUNTS} mounts: heap ${grown >= 0 ? '+' : ''}${(grown / 1024).toFixed(0)} KiB, nodes ${before.nodes} → ${after.nodes}, listeners ${before.listeners} → ${after.listeners}`)
    assert.ok(grown < SLACK, `${grown} bytes more`)
    assert.ok(after.nodes <= before.nodes + 20, `${after.nodes - before.nodes} nodes more`)
    assert.ok(after.listeners <= before.listeners + 5, `${after.listeners - before.listeners} listeners more`)
    await done()
  })

  test('two elements of one group share a client until the last goes; those of two groups do not', { timeout: 120_000 }, async () => {
    const { page, done } = await open()
    const seen = await page.evaluate(async () => {
      const open = () => window.gateway.sockets.filter(s => s.readyState === 1).length
      const [a, b] = [await window.mount({ group: 'sales' }), await window.mount({ group: 'sales', layout: 'panel' })]
      const other = await window.mount({ group: 'service' })
      const out = { shared: a.client === b.client, apart: a.client !== other.client, sockets: [open()] }
      for (const bar of [a, b, other]) {
        bar.remove()
        await window.settled()
        out.sockets.push(open())
      }
      return out
    })
    assert.deepEqual(seen, { shared: true, apart: true, sockets: [2, 2, 1, 0] })
    await done()
  })
}
