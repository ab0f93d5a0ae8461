import assert from 'node:assert/strict'
import { test } from 'node:test'

import { OffhookClient } from '../src/client.js'
import { FakeClock, settled } from '../testing/fake-clock.js'
import { FakeGateway, FakeMedia } from '../testing/fake-gateway.js'
import { FakeBrowser } from '../testing/fake-tabs.js'
import { memory } from './kit.js'

const TOKEN = `x.${Buffer.from(JSON.stringify({ sub: 'jonas' })).toString('base64url')}.y`

/** One gateway, one browser, and tabs of an agent in it. */
function desk() {
  const clock = new FakeClock()
  const gateway = new FakeGateway({ clock: () => clock.now() })
  const browser = new FakeBrowser(clock)
  const open = (/** @type {any} */ how = {}) => {
    const tab = browser.tab(how)
    const media = new FakeMedia()
    const client = new OffhookClient({
      gateway: 'ws://fake/agent', clock, media, socket: gateway.socket, storage: memory(), random: () => 1, tokenSource: how.tokenSource ?? (() => how.token ?? TOKEN), tabs: tab, leader: how.leader,
    })
    const leads = /** @type {boolean[]} */ ([])
    client.addEventListener('leader-change', e => leads.push(/** @type {any} */ (e).isLeader))
    return { tab, media, client, leads }
  }
  const sockets = () => gateway.sockets.filter((/** @type {any} */ s) => s.readyState < 2).length
  return { clock, gateway, browser, open, sockets }
}

/** Lets what needs a moment happen: a module is loaded, a lock is granted. */
const moment = async () => { for (let i = 0; i < 3; i++) { await new Promise(resolve => { setImmediate(resolve) }); await settled() } }

/** Two tabs, a call in the first. */
async function calling() {
  const all = desk()
  const one = all.open()
  await one.client.connect()
  await one.client.setState('available')
  all.gateway.offer()
  await settled()
  await one.client.answer()
  const two = all.open()
  await two.client.connect()
  await moment()
  return { ...all, one, two }
}

test('two tabs: one socket; the second draws what the first has', async () => {
  const { one, two, sockets, gateway } = await calling()
  assert.equal(sockets(), 1)
  assert.equal(gateway.sent('hello').length, 1)
  assert.deepEqual([one.client.snapshot.leader, two.client.snapshot.leader], [true, false])
  assert.equal(two.client.snapshot.calls[0].phase, 'connected')
  assert.deepEqual(two.media.did, [], 'no microphone, no sound')
})

test('a follower’s commands are done by the leader, refusals come back', async () => {
  const { two, gateway, one } = await calling()
  await two.client.hold()
  await moment()
  assert.equal(gateway.sent('hold').length, 1)
  assert.equal(two.client.snapshot.calls[0].phase, 'held')
  await assert.rejects(two.client.takeBack(), { code: 'call_gone' })
  await two.client.resume()
  const consult = await two.client.consult(undefined, 'agent:devon')
  await moment()
  assert.equal(consult.phase, 'ringing')
  assert.equal(one.client.snapshot.calls.length, 2)
  assert.ok(!two.media.did.some((/** @type {any} */ d) => d[0] === 'offer'))
})

test('the leader is closed: the next one resumes the session and takes the call over', async () => {
  for (const how of ['crash', 'release']) {
    const { one, two, gateway, browser, sockets, clock } = await calling()
    if (how === 'crash') browser.crash(one.tab)
    one.client.release()
    await moment()
    await clock.advance(1)
    await moment()
    assert.equal(two.client.snapshot.leader, true, how)
    assert.equal(sockets(), 1)
    assert.equal(gateway.resumed, 1, `${how}: the session went with the snapshot`)
    assert.deepEqual(gateway.sent('restart').length, 1)
    assert.deepEqual(two.leads, [false, true])
  }
})

test('“Move the call here”: the leader makes way, without a word to the server', async () => {
  const { one, two, gateway, sockets } = await calling()
  two.client.moveCallHere()
  await moment()
  assert.deepEqual([one.client.snapshot.leader, two.client.snapshot.leader], [false, true])
  assert.equal(sockets(), 1)
  assert.equal(gateway.sent('bye').length, 0)
  assert.ok(one.media.did.some((/** @type {any} */ d) => d[0] === 'closeMicrophone'), 'its tracks stop')
  assert.equal(one.client.snapshot.calls[0].phase, 'connected', 'it follows now')
  assert.equal(gateway.sent('restart').length, 1)
})

test('TestFaultLeaderHangs: a leader that does not answer is pushed aside after a second', async () => {
  const { one, two, clock } = await calling()
  one.tab.crashed = true // its script hangs: the lock stays, nothing is heard
  two.client.moveCallHere()
  await clock.advance(900)
  assert.equal(two.client.snapshot.leader, false)
  await clock.advance(200)
  await moment()
  assert.equal(two.client.snapshot.leader, true)
})

test('a hidden tab leaves the lead to one that is seen', async () => {
  const { one, browser, open, clock, two } = await calling()
  two.tab.seen = false
  const three = open()
  three.client.connect()
  await moment()
  browser.crash(one.tab)
  await moment()
  await clock.advance(200)
  await moment()
  assert.deepEqual([two.client.snapshot.leader, three.client.snapshot.leader], [false, true])
})

test('4409 from another computer: no tab takes the calls back by itself, each can', async () => {
  const { one, two, gateway, clock, sockets } = await calling()
  gateway.drop(4409)
  await moment()
  await clock.advance(20_000)
  await moment()
  assert.equal(sockets(), 0)
  for (const { client } of [one, two]) assert.deepEqual(client.snapshot.problems.map(p => p.code), ['elsewhere'])
  await two.client.connect()
  await moment()
  assert.equal(sockets(), 1)
  assert.deepEqual([one.client.snapshot.leader, two.client.snapshot.leader, two.client.snapshot.calls[0].phase], [true, false, 'connected'])
})

test('4409 because another tab has the calls: this one follows it, silently', async () => {
  const { gateway, browser, open, clock } = desk()
  const one = open()
  await one.client.connect()
  const other = browser.tab().channel('offhook:ws://fake/agent:jonas')
  other.addEventListener('message', (/** @type {any} */ e) => { if (e.data.type === 'who') other.postMessage({ type: 'here', visible: true, leader: true }) })
  gateway.drop(4409)
  await moment()
  await clock.advance(400)
  await moment()
  assert.deepEqual(one.client.snapshot.problems, [])
})

test('signed out in one tab, no other logs in again', async () => {
  const { one, two, gateway, sockets, clock } = await calling()
  gateway.wrapUpS = 0
  gateway.hangUp([...gateway.calls.keys()][0])
  await moment()
  await two.client.disconnect().catch(() => {})
  await moment()
  await clock.advance(20_000)
  assert.equal(sockets(), 0)
  assert.deepEqual([one.client.snapshot.connection.state, two.client.snapshot.connection.state], ['idle', 'idle'])
})

test('another agent’s tab is on its own; `always` takes no notice of the others; `never` only follows', async () => {
  const { open, sockets } = await calling()
  const ben = open({ token: `x.${Buffer.from(JSON.stringify({ sub: 'ben' })).toString('base64url')}.y` })
  await ben.client.connect()
  assert.equal(ben.client.snapshot.leader, true)
  const own = open({ leader: 'always' })
  await own.client.connect()
  assert.equal(sockets(), 3)
  const board = desk()
  const never = board.open({ leader: 'never' })
  never.client.connect()
  await moment()
  await board.clock.advance(5000)
  assert.equal(board.sockets(), 0)
})

test('TestSecurityTabs: what is no message of ours is ignored, and only commands are commands', async () => {
  const { one, browser, gateway } = await calling()
  const before = one.client.snapshot
  const evil = browser.tab().channel('offhook:ws://fake/agent:jonas')
  const heard = /** @type {any[]} */ ([])
  evil.addEventListener('message', (/** @type {any} */ e) => heard.push(e.data))
  for (const m of [null, 7, 'x', [], {}, { type: 'snapshot' }, { type: 'snapshot', snapshot: { calls: [] } }, { type: 'result', to: 1, id: 1 }, { type: 'command', from: 'e', id: 1, name: 'release', args: [] },
    { type: 'command', from: 'e', id: 2, name: 'constructor', args: {} }, { type: 'command', from: 'e', id: 3, name: '__proto__' }, { type: 'signed-out' }]) evil.postMessage(m)
  await moment()
  assert.equal(one.client.snapshot, before)
  assert.deepEqual(heard.filter(m => m.type === 'result').map(m => m.error?.code), ['bad_request', 'bad_request', 'bad_request'])
  assert.equal(gateway.sent('bye').length, 0)
})
