/** A follower's page hears of calls as the leader's page does. */

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { OffhookClient } from '../src/client.js'
import { FakeClock, settled } from '../testing/fake-clock.js'
import { FakeGateway, FakeMedia } from '../testing/fake-gateway.js'
import { FakeBrowser } from '../testing/fake-tabs.js'
import { memory } from './kit.js'

const TOKEN = `x.${Buffer.from(JSON.stringify({ sub: 'jonas' })).toString('base64url')}.y`
const HEARD = [
  'client-ready', 'client-lost', 'agent-state-change', 'call-offered', 'call-connected', 'call-held', 'call-resumed', 'call-muted', 'call-recording-change', 'call-ended', 'wrap-up-start',
]
const moment = async () => { for (let i = 0; i < 3; i++) { await new Promise(resolve => { setImmediate(resolve) }); await settled() } }

/** Two tabs of an agent, and what each one's page heard. */
async function tabs() {
  const clock = new FakeClock()
  const gateway = new FakeGateway({ clock: () => clock.now() })
  const browser = new FakeBrowser(clock)
  const open = async () => {
    const client = new OffhookClient({ gateway: 'ws://fake/agent', clock, media: new FakeMedia(), socket: gateway.socket, storage: memory(), random: () => 1, tokenSource: () => TOKEN, tabs: browser.tab() })
    const heard = /** @type {any[]} */ ([])
    for (const type of HEARD) client.addEventListener(type, e => heard.push(e))
    await client.connect()
    await moment()
    return { client, heard, types: () => heard.map(e => e.type) }
  }
  const one = await open()
  await one.client.setState('available')
  const two = await open()
  return { clock, gateway, open, one, two }
}

test('both pages hear of one call in the same order', async () => {
  const { gateway, one, two } = await tabs()
  one.heard.length = two.heard.length = 0
  const { id } = gateway.offer()
  await moment()
  await two.client.answer()
  await moment()
  await two.client.hold()
  await moment()
  await one.client.resume()
  await moment()
  await two.client.mute(true)
  await moment()
  gateway.hangUp(id, 'caller')
  await moment()
  await one.client.saveWrapUp(id, { done: true })
  await moment()
  const calls = (/** @type {any} */ t) => t.types().filter((/** @type {string} */ type) => type !== 'agent-state-change')
  assert.deepEqual(calls(two), calls(one))
  assert.deepEqual(calls(two), ['call-offered', 'call-connected', 'call-held', 'call-resumed', 'call-muted', 'call-ended', 'wrap-up-start'])
  assert.equal(two.heard.find(e => e.type === 'call-ended').cause.by, 'caller')
  assert.deepEqual(two.heard.filter(e => e.type === 'agent-state-change').map(e => e.agent.state), one.heard.filter(e => e.type === 'agent-state-change').map(e => e.agent.state))
})

test('a call that ends at once tells its cause to a follower too', async () => {
  const { gateway, two } = await tabs()
  two.heard.length = 0
  const { id } = gateway.offer({ queue: '' })
  await moment()
  gateway.miss(id)
  await moment()
  assert.equal(two.heard.find(e => e.type === 'call-ended')?.cause.code, 'missed')
})

test('what was there before a tab came is no news to it', async () => {
  const { gateway, one, open } = await tabs()
  gateway.offer()
  await moment()
  await one.client.answer()
  await moment()
  const three = await open()
  assert.equal(three.client.snapshot.calls[0].phase, 'connected')
  assert.deepEqual(three.types().filter(t => t.startsWith('call')), [])
})

test('objects of calls are told in a follower', async () => {
  const { gateway, one, two } = await tabs()
  const { id } = gateway.offer()
  await moment()
  const [call] = two.client.calls
  const told = /** @type {string[]} */ ([])
  for (const type of ['call-connected', 'call-ended']) call.addEventListener(type, () => told.push(type))
  await one.client.answer()
  await moment()
  gateway.hangUp(id)
  await moment()
  assert.deepEqual(told, ['call-connected', 'call-ended'])
})
