import assert from 'node:assert/strict'
import { test } from 'node:test'

import { parse } from '../src/connection.js'
import { Store } from '../src/store.js'

const call = (/** @type {any} */ more) => ({ id: 'a', rev: 1, phase: 'offered', ...more })

test('an older rev is dropped, also after the call has ended', () => {
  const s = new Store()
  s.call(call({ rev: 3, phase: 'connected' }))
  assert.equal(s.call(call({ rev: 2 })), false)
  assert.equal(s.snapshot.calls[0].phase, 'connected')
  s.call(call({ rev: 4, phase: 'ended', cause: { code: 'normal' } }))
  assert.equal(s.call(call({ rev: 3, phase: 'connected' })), false)
  assert.deepEqual(s.snapshot.calls, [])
})

test('the same call may be offered again with a higher rev', () => {
  const s = new Store()
  s.call(call({ rev: 1 }))
  s.call(call({ rev: 2, phase: 'ended', cause: { code: 'missed' }, ended_at: '2026-01-05T10:42:00.000Z' }))
  assert.equal(s.snapshot.missed?.at, '2026-01-05T10:42:00.000Z')
  assert.equal(s.call(call({ rev: 3 })), true)
  assert.equal(s.snapshot.missed, null)
})

test('a call that was refused at once, and comes as ended alone, has failed all the same', () => {
  const ended = { phase: 'ended', direction: 'outbound', to: { number: '+493088' }, cause: { code: 'busy_here', by: 'callee' }, ended_at: '2026-01-05T10:42:00.000Z' }
  const s = new Store()
  s.call(call(ended))
  assert.equal(s.snapshot.failed?.code, 'busy_here')
  assert.equal(s.snapshot.failed?.was, 'dial')
  assert.deepEqual(s.snapshot.recents.map((/** @type {any} */ r) => r.id), ['a'])
  const t = new Store()
  t.call(call({ ...ended, answered_at: '2026-01-05T10:41:00.000Z' })) // it was talked on, on another page perhaps
  assert.equal(t.snapshot.failed, null)
  const u = new Store()
  u.call(call({ ...ended, cause: { code: 'busy_here', by: 'agent' } }))
  assert.equal(u.snapshot.failed, null)
})

test('a transfer that fails at once, and comes as failed alone, has failed all the same, and is asked for no more', () => {
  const transfer = { to: { number: '+493088' }, state: 'failed', code: 'busy_here', sip: 486 }
  const s = new Store()
  s.call(call({ phase: 'connected' }))
  s.ask('transfer', 'a')
  s.call(call({ rev: 2, phase: 'connected', muted: true }))
  assert.equal(s.snapshot.failed, null)
  assert.equal(s.snapshot.asked.length, 1)
  s.call(call({ rev: 3, phase: 'connected', transfer }))
  assert.equal(s.snapshot.failed?.was, 'transfer')
  assert.equal(s.snapshot.failed?.code, 'busy_here')
  assert.deepEqual(s.snapshot.asked, [])
  s.set({ failed: null }) // the agent closes the notice
  s.call(call({ rev: 4, phase: 'held', held_by: 'agent', transfer }))
  assert.equal(s.snapshot.failed, null)
})

test('a second transfer that is refused as the first was is told too, though only its failure comes', () => {
  const transfer = { to: { number: '+493088' }, state: 'failed', code: 'busy_here', sip: 486 }
  const s = new Store()
  s.call(call({ phase: 'connected' }))
  s.call(call({ rev: 3, phase: 'connected', transfer }))
  s.set({ failed: null })
  s.ask('transfer', 'a')
  s.call(call({ rev: 4, phase: 'connected', muted: true, transfer })) // the next object: something else
  assert.equal(s.snapshot.failed, null)
  assert.equal(s.snapshot.asked.length, 1)
  s.call(call({ rev: 6, phase: 'connected', muted: true, transfer })) // `transferring` was left out
  assert.equal(s.snapshot.failed?.code, 'busy_here')
  assert.deepEqual(s.snapshot.asked, [])
  s.call(call({ rev: 7, phase: 'transferring', transfer: { to: { number: '+493099' }, state: 'trying' } }))
  assert.equal(s.snapshot.failed, null, 'a new one, of another page perhaps')
})

test('welcome replaces everything', () => {
  const s = new Store()
  s.call(call({ id: 'old' }))
  s.muted('old', true)
  s.welcome({ agent: { state: 'away' }, calls: [call({ id: 'new', rev: 9 }), { nonsense: true }, null], queues: null }, 5)
  assert.deepEqual(s.snapshot.calls.map(c => c.id), ['new'])
  assert.deepEqual(s.snapshot.muted, {})
  assert.equal(s.snapshot.offset, 5)
})

test('the snapshot is frozen to the bottom', () => {
  const s = new Store()
  s.call(call({ from: { name: 'Mara' } }))
  assert.throws(() => { s.snapshot.calls[0].from.name = 'x' }, TypeError)
  assert.throws(() => { /** @type {any} */ (s.snapshot).calls.push(1) }, TypeError)
})

test('what was asked is forgotten when the phase changes, not before', () => {
  const s = new Store()
  s.call(call({}))
  s.ask('accept', 'a')
  s.call(call({ rev: 2, muted: true }))
  assert.equal(s.snapshot.asked.length, 1)
  s.call(call({ rev: 3, phase: 'connecting' }))
  assert.equal(s.snapshot.asked.length, 0)
})

test('TestSecurityFrames: what is not a frame is ignored', () => {
  for (const bad of ['', '{', 'null', '[]', '5', '"x"', '{"type":5}', new ArrayBuffer(4), undefined, `{"type":"x","a":"${'x'.repeat(1 << 20)}"}`]) assert.equal(parse(bad), null)
  const s = new Store()
  for (const odd of [null, 5, [], {}, { id: 'a' }, { id: 'a', rev: '1', phase: 'offered' }, { id: '', rev: 1, phase: 'x' }, { id: 'a', rev: 1.5, phase: 'x' }]) assert.equal(s.call(odd), false)
  s.agent(null)
  s.agent({ state: 5 })
  s.queue({ waiting: 1 })
  assert.equal(s.snapshot.agent, null)
  assert.deepEqual(s.snapshot.queues, [])
})

test('a listener leaves with its signal', () => {
  const s = new Store()
  const stop = new AbortController()
  let n = 0
  s.subscribe(() => { n++ }, { signal: stop.signal })
  s.call(call({}))
  stop.abort()
  s.call(call({ rev: 2 }))
  assert.equal(n, 2)
})
