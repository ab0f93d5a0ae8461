/** What the snapshot keeps of a call's day, what the browser is asked before a private address, a microphone that gives nothing. */

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { PageIcon } from '../src/page-icon.js'
import { localNetworkAsked } from '../src/platform.js'
import { Store } from '../src/store.js'
import { settled } from '../testing/fake-clock.js'
import { talking } from './kit.js'

test('how long a call was on hold adds up over its holds', async () => {
  const { client, clock, gateway, call } = await talking()
  for (const ms of [6000, 5000]) {
    await client.hold()
    await settled()
    await clock.advance(ms)
    gateway.beat()
    await client.resume()
    await settled()
  }
  assert.equal(client.snapshot.heldFor[call.id], 11_000)
  gateway.hangUp(call.id)
  await settled()
  assert.equal(client.snapshot.heldFor[call.id], 11_000, 'wrap-up tells it')
  await client.saveWrapUp(call.id, { done: true })
  await settled()
  assert.deepEqual(client.snapshot.heldFor, {})
})

test('a call that is over stands first among the last ones; one that nobody here had does not', () => {
  const store = new Store(() => 0)
  const base = { id: 'a', rev: 1, direction: 'inbound', from: { number: '+491' }, to: {}, queue: 'q' }
  const times = { offered_at: '2026-01-05T09:00:00.000Z', answered_at: '2026-01-05T09:00:05.000Z', ended_at: '2026-01-05T09:01:05.000Z' }
  store.call({ ...base, phase: 'connected', ...times })
  store.call({ ...base, rev: 2, phase: 'ended', ...times, cause: { code: 'normal', by: 'caller' } })
  assert.deepEqual(store.snapshot.recents.map(r => [r.id, r.talk_ms, r.missed]), [['a', 60_000, false]])
  store.call({ ...base, id: 'b', phase: 'offered' })
  store.call({ ...base, id: 'b', rev: 2, phase: 'ended', cause: { code: 'answered_elsewhere', by: 'system' } })
  assert.equal(store.snapshot.recents.length, 1)
  store.call({ ...base, id: 'c', phase: 'offered' })
  store.call({ ...base, id: 'c', rev: 2, phase: 'ended', cause: { code: 'missed', by: 'system' } })
  assert.deepEqual(store.snapshot.recents.map(r => [r.id, r.missed]), [['c', true], ['a', false]])
  for (let i = 0; i < 30; i++) store.call({ ...base, id: `n${i}`, phase: 'ended', ...times, cause: { code: 'normal', by: 'caller' } })
  assert.equal(store.snapshot.recents.length, 20)
  assert.equal(store.snapshot.over?.id, 'n29')
})

test('a network is weak since the moment it was told, and not any more', () => {
  let now = 1000
  const store = new Store(() => now)
  const lossy = { rtt_ms: 40, jitter_ms: 4, loss_pct: 7, mos: 3, bars: 2 }
  for (let i = 0; i < 3; i++, now += 5000) store.quality(lossy)
  assert.deepEqual([store.snapshot.quality?.weak, store.snapshot.quality?.weakSince], [true, 11_000])
  store.quality(lossy)
  assert.equal(store.snapshot.quality?.weakSince, 11_000)
  for (let i = 0; i < 4; i++) store.quality({ ...lossy, loss_pct: 0, mos: 4.4, bars: 4 })
  assert.deepEqual([store.snapshot.quality?.weak, store.snapshot.quality?.weakSince], [false, 0])
})

test('the browser is asked about the local network only for a private address, and believed', async () => {
  const answers = /** @type {Record<string, any>} */ ({ state: 'prompt', asked: 0 })
  Object.defineProperty(globalThis, 'navigator', { configurable: true, value: { permissions: { query: async () => { answers.asked++; return { state: answers.state } } } } })
  for (const url of ['wss://10.1.2.3/agent', 'wss://192.168.0.9:8443/agent', 'wss://172.20.1.1/agent', 'wss://[fd00::1]/agent', 'wss://pbx.local/agent', 'wss://gateway/agent']) assert.equal(await localNetworkAsked(url), true, url)
  assert.equal(answers.asked, 6)
  for (const url of ['wss://gateway.example/agent', 'wss://8.8.8.8/agent', 'wss://172.40.1.1/agent', 'ws://localhost/agent', 'nonsense']) assert.equal(await localNetworkAsked(url), false, url)
  assert.equal(answers.asked, 6)
  answers.state = 'granted'
  assert.equal(await localNetworkAsked('wss://10.1.2.3/agent'), false)
  Object.defineProperty(globalThis, 'navigator', { configurable: true, value: { permissions: { query: async () => { throw new TypeError('no such permission') } } } })
  assert.equal(await localNetworkAsked('wss://10.1.2.3/agent'), false)
})

test('the icon of the tab is green while it rings, and the page’s own comes back', () => {
  const children = /** @type {any[]} */ ([])
  const link = (/** @type {any} */ more = {}) => Object.assign({ parentNode: head, remove() { children.splice(children.indexOf(this), 1) } }, more)
  const head = { querySelectorAll: () => [...children], append: (/** @type {any} */ el) => children.push(el), appendChild: (/** @type {any} */ el) => children.push(el) }
  const own = link({ href: 'crm.svg' })
  children.push(own)
  const doc = /** @type {any} */ (Object.assign(new EventTarget(), { head, createElement: () => link() }))
  const icon = new PageIcon('https://gateway.example/widget/call.svg')
  icon.green(doc)
  icon.green(doc)
  assert.equal(children.length, 1)
  assert.equal(children[0].href, 'https://gateway.example/widget/call.svg')
  icon.restore()
  assert.deepEqual(children, [own])
  icon.green(doc)
  doc.dispatchEvent(Object.assign(new Event('securitypolicyviolation'), { blockedURI: 'https://gateway.example/widget/call.svg' }))
  assert.deepEqual(children, [own], 'a policy that lets it not in')
  icon.green(doc)
  assert.deepEqual(children, [own], 'is not tried again')
})
