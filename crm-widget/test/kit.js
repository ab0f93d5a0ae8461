/** What the tests of the client share: a client on a fake gateway, a clock and media that stand still until they are told. */

import { OffhookClient } from '../src/client.js'
import { FakeClock, settled } from '../testing/fake-clock.js'
import { FakeGateway, FakeMedia } from '../testing/fake-gateway.js'

export function memory() {
  const m = new Map()
  return { getItem: (/** @type {string} */ k) => m.get(k) ?? null, setItem: (/** @type {string} */ k, /** @type {string} */ v) => void m.set(k, v), removeItem: (/** @type {string} */ k) => void m.delete(k) }
}

const EVENTS = [
  'client-ready', 'client-lost', 'call-offered', 'call-connected', 'call-ended', 'call-muted', 'agent-state-change', 'call-held', 'call-resumed', 'call-transferring',
  'call-transferred', 'call-recording-change',
]

/** @param {any} [more] */
export function setUp(more = {}) {
  const clock = more.clock ?? new FakeClock()
  const gateway = more.gateway ?? new FakeGateway({ clock: () => clock.now() })
  const media = more.media ?? new FakeMedia()
  const tokens = /** @type {string[]} */ ([])
  const client = new OffhookClient({
    gateway: 'ws://fake/agent', clock, media, socket: gateway.socket, storage: more.storage ?? memory(), random: more.random ?? (() => 1),
    tokenSource: more.tokenSource ?? (() => { tokens.push('t'); return `token-${tokens.length}` }), mic: more.mic,
  })
  /** @type {any[]} */
  const events = []
  for (const type of EVENTS) client.addEventListener(type, e => events.push(e))
  return { clock, gateway, media, client, events, tokens }
}

/** @param {any} [more] */
export async function ringing(more) {
  const all = setUp(more)
  await all.client.connect()
  await all.client.setState('available')
  const call = all.gateway.offer()
  await settled()
  return { ...all, call }
}

/** @param {any} [more] */
export async function talking(more) {
  const all = await ringing(more)
  await all.client.answer()
  await settled()
  return all
}
