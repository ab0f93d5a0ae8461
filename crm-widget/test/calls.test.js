import assert from 'node:assert/strict'
import { test } from 'node:test'

import { OffhookError } from '../src/messages.js'
import { settled } from '../testing/fake-clock.js'
import { FakeMedia } from '../testing/fake-gateway.js'
import { ringing, setUp, talking } from './kit.js'

/** @param {any} [more] */
async function idle(more) {
  const all = setUp(more)
  await all.client.connect()
  await all.client.setState('available')
  await settled()
  return all
}

/** An agent who talks to a caller and asks a colleague, who has answered. @param {any} [more] */
async function consulting(more) {
  const all = await talking(more)
  const consult = await all.client.consult(undefined, 'agent:devon')
  await settled()
  all.gateway.callIs(consult.id, { phase: 'connected', answered_at: all.gateway.time() })
  await settled()
  return { ...all, consult }
}

const phases = (/** @type {any} */ client) => client.snapshot.calls.map((/** @type {any} */ c) => [c.phase, c.held_by ?? ''])

test('dial: our offer goes out, the answer that belongs to it is taken, sound starts', async () => {
  const { client, gateway, media } = await idle()
  const call = await client.dial('+493023125142', { from: '+493023125900', data: { ticket: '4711' } })
  await settled()
  const [sent] = gateway.sent('dial')
  assert.deepEqual([sent.to, sent.sdp, sent.from, sent.data, sent.consult_of], ['+493023125142', 'offer of placed-1', '+493023125900', { ticket: '4711' }, undefined])
  const did = media.did.filter((/** @type {any} */ d) => ['offer', 'rename', 'accept', 'start'].includes(d[0]))
  assert.deepEqual(did, [['offer', 'placed-1'], ['rename', 'placed-1', call.id], ['accept', call.id, 'v=0 answer'], ['start', call.id]])
  assert.equal(call.phase, 'ringing')
  assert.equal(client.calls[0], call, 'the same object each time')
})

test('dial: an answer to another request is not taken', async () => {
  const { client, gateway, media } = await idle()
  gateway.on('dial', (/** @type {any} */ f, /** @type {any} */ g) => {
    g.push({ type: 'ok', id: f.id, call: 'x' })
    g.callIs('x', { direction: 'outbound', phase: 'dialing', from: {}, to: {}, sdp: { type: 'answer', sdp: 'of another page', for: f.id + 1 } })
  })
  await client.dial('+493023125142')
  await settled()
  assert.ok(!media.did.some((/** @type {any} */ d) => d[0] === 'accept'))
  gateway.callIs('x', { sdp: { type: 'answer', sdp: 'ours', for: gateway.sent('dial')[0].id } })
  gateway.callIs('x', { phase: 'ringing' })
  await settled()
  assert.deepEqual(media.did.filter((/** @type {any} */ d) => d[0] === 'accept'), [['accept', 'x', 'ours']], 'once')
})

test('dial: the client rings back while the far phone rings, not when the far side’s own sound plays', async () => {
  const { client, gateway, media } = await idle()
  const call = await client.dial('+493023125142')
  await settled()
  assert.ok(media.did.some((/** @type {any} */ d) => d[0] === 'ringback' && d[1]))
  gateway.callIs(call.id, { phase: 'early' })
  await settled()
  assert.deepEqual(media.did.filter((/** @type {any} */ d) => d[0] === 'ringback'), [['ringback', true], ['ringback', false]])
})

test('dial refused: no media are left, and the reason is the server’s', async () => {
  const { client, gateway, media } = await idle()
  gateway.on('dial', (/** @type {any} */ f, /** @type {any} */ g) => g.error(f, 'forbidden', { sip: 403 }))
  await assert.rejects(client.dial('+4390012345'), { code: 'forbidden', sip: 403 })
  assert.deepEqual(media.did.at(-1), ['close', 'placed-1'])
  assert.deepEqual(client.snapshot.asked, [])
  assert.deepEqual([client.snapshot.failed?.was, client.snapshot.failed?.code], ['dial', 'forbidden'])
})

test('dial without a microphone asks the server for nothing', async () => {
  const media = new FakeMedia()
  const { client, gateway } = await idle({ media })
  media.refuses = new OffhookError('mic_denied')
  await assert.rejects(client.dial('+493023125142'), { code: 'mic_denied' })
  assert.equal(gateway.sent('dial').length, 0)
})

for (const [code, failed] of /** @type {[string, boolean][]} */ ([['busy_here', true], ['not_found', true], ['timeout', true], ['declined', true], ['cancelled', false]])) {
  test(`a placed call that ends with ${code} ${failed ? 'is kept to be told' : 'needs no telling'}`, async () => {
    const { client, gateway } = await idle()
    const call = await client.dial('+493023125142')
    await settled()
    gateway.callIs(call.id, { phase: 'ended', cause: { code, by: failed ? 'callee' : 'agent' } })
    await settled()
    assert.equal(client.snapshot.failed?.code, failed ? code : undefined)
    assert.equal(call.cause.code, code)
    if (!failed) return
    await client.dial('+493023125142')
    assert.equal(client.snapshot.failed, null)
  })
}

test('TestFaultDialReload: a page that is reloaded while it dials takes the call over with `restart`', async () => {
  const first = await idle()
  const call = await first.client.dial('+493023125142')
  await settled()
  const media = new FakeMedia()
  const { client, gateway } = setUp({ gateway: first.gateway, clock: first.clock, media })
  await client.connect()
  await settled()
  assert.deepEqual(gateway.sent('restart').map((/** @type {any} */ f) => f.call), [call.id])
  assert.deepEqual(media.did.filter((/** @type {any} */ d) => d[0] === 'accept'), [['accept', call.id, 'v=0 answer']])
})

test('TestFaultDialUnanswered: a dial whose reply was lost is repeated under its id, nobody is called twice', async () => {
  const { client, gateway, clock, media } = await idle()
  gateway.on('dial', () => {})
  const dialled = client.dial('+493023125142')
  await settled()
  gateway.on('dial', (/** @type {any} */ f, /** @type {any} */ g) => {
    g.push({ type: 'ok', id: f.id, call: 'x' })
    g.callIs('x', { direction: 'outbound', phase: 'dialing', from: {}, to: {}, sdp: { type: 'answer', sdp: 'answer', for: f.id } })
  })
  gateway.drop(1006)
  await clock.advance(0)
  await dialled
  await settled()
  const [one, two] = gateway.sent('dial')
  assert.deepEqual([one.id, one.sdp], [two.id, two.sdp])
  assert.deepEqual(media.did.filter((/** @type {any} */ d) => d[0] === 'accept'), [['accept', 'x', 'answer']])
})

test('hold and resume: asked until the object comes; on hold the microphone is off', async () => {
  const { client, gateway, media, call, events } = await talking()
  gateway.on('hold', (/** @type {any} */ f, /** @type {any} */ g) => g.ok(f))
  await client.hold()
  assert.deepEqual(client.snapshot.asked.map(a => a.type), ['hold'], '`ok` says accepted, not done')
  gateway.holds(call.id, true)
  await settled()
  assert.deepEqual(client.snapshot.asked, [])
  assert.deepEqual(media.did.filter((/** @type {any} */ d) => d[0] === 'setHeld').at(-1), ['setHeld', call.id, true])
  assert.equal(client.calls[0].heldBy, 'agent')
  await client.resume()
  await settled()
  assert.deepEqual(media.did.filter((/** @type {any} */ d) => d[0] === 'setHeld').at(-1), ['setHeld', call.id, false])
  assert.deepEqual(events.map((/** @type {any} */ e) => e.type).filter((/** @type {string} */ t) => /held|resumed|connected/.test(t)), ['call-connected', 'call-held', 'call-resumed'])
})

test('a hold that the far side refuses: after 8 s the control is free, and the agent is told', async () => {
  const { client, gateway, clock } = await talking()
  gateway.on('hold', (/** @type {any} */ f, /** @type {any} */ g) => g.ok(f))
  await client.hold()
  await clock.advance(7900)
  assert.equal(client.snapshot.asked.length, 1)
  await clock.advance(200)
  assert.deepEqual(client.snapshot.asked, [])
  assert.deepEqual(client.snapshot.problems.map(p => p.code), ['again'])
})

test('both hold: resume leaves the far side’s hold', async () => {
  const { client, gateway, call } = await talking()
  gateway.callIs(call.id, { phase: 'held', held_by: 'remote' })
  await settled()
  await assert.rejects(async () => client.resume(), { code: 'call_gone' }, 'we do not hold it')
  gateway.callIs(call.id, { held_by: 'both' })
  await settled()
  await client.resume()
  await settled()
  assert.deepEqual(phases(client), [['held', 'remote']])
})

test('how long a call is on hold counts from when it was told, by the server’s clock, over a reconnect', async () => {
  const { client, gateway, clock, call } = await talking()
  await client.hold()
  await settled()
  const since = client.snapshot.heldSince[call.id]
  assert.equal(since, client.now())
  await clock.advance(4000)
  gateway.beat()
  gateway.drop(1006)
  await clock.advance(1)
  assert.equal(client.snapshot.heldSince[call.id], since)
  await client.resume()
  await settled()
  assert.deepEqual(client.snapshot.heldSince, {})
})

test('dtmf: cleaned, in pieces that the server takes, heard here', async () => {
  const { client, gateway, media } = await talking()
  await client.dtmf('47 11-#*,abcd')
  assert.deepEqual(gateway.sent('dtmf').map((/** @type {any} */ f) => f.digits), ['4711#*,ABCD'])
  assert.deepEqual(media.did.at(-1), ['keyTones', '4711#*,ABCD'])
  await client.dtmf('1'.repeat(100))
  assert.deepEqual(gateway.sent('dtmf').map((/** @type {any} */ f) => f.digits.length), [11, 64, 36])
  await assert.rejects(client.dtmf('12x'), { code: 'bad_request' })
  await assert.rejects(client.dtmf(''), { code: 'bad_request' })
})

test('blind transfer, taken back', async () => {
  const { client, gateway, call, events } = await talking()
  await client.transfer(undefined, 'queue:Support EN')
  await settled()
  assert.deepEqual(gateway.sent('transfer').map((/** @type {any} */ f) => [f.call, f.to]), [[call.id, 'queue:Support EN']])
  assert.deepEqual(phases(client), [['transferring', '']])
  await client.takeBack()
  await settled()
  assert.equal(gateway.sent('transfer')[1].cancel, true)
  assert.deepEqual(phases(client), [['connected', '']])
  assert.ok(events.some((/** @type {any} */ e) => e.type === 'call-transferring'))
  assert.equal(client.snapshot.failed, null)
})

test('a blind transfer that nobody takes comes back as failed', async () => {
  const { client, gateway, call } = await talking()
  await client.transfer(undefined, 'agent:devon')
  await settled()
  gateway.callIs(call.id, { transfer: { to: { name: 'Devon Park' }, state: 'ringing' } })
  gateway.transferFails(call.id, 'timeout')
  await settled()
  assert.deepEqual([client.snapshot.failed?.was, client.snapshot.failed?.code, client.snapshot.failed?.call.transfer.to.name], ['transfer', 'timeout', 'Devon Park'])
})

test('consult, swap, complete: exactly one is connected; both end as transferred', async () => {
  const { client, gateway, call, consult, events } = await consulting()
  assert.deepEqual(gateway.sent('dial')[0].consult_of, call.id)
  assert.deepEqual(phases(client), [['held', 'agent'], ['connected', '']])
  await client.swap()
  await settled()
  assert.deepEqual(phases(client), [['connected', ''], ['held', 'agent']])
  await client.completeTransfer()
  await settled()
  assert.deepEqual(gateway.sent('transfer').map((/** @type {any} */ f) => [f.call, f.consult]), [[call.id, consult.id]])
  assert.deepEqual(client.snapshot.calls.map(c => c.phase), ['wrap_up'])
  assert.equal(events.filter((/** @type {any} */ e) => e.type === 'call-transferred').length, 2)
  assert.equal(gateway.sent('resume').length, 1, 'only the swap: nothing comes back')
})

test('a consultation that nobody answers leads back to the caller', async () => {
  const { client, gateway } = await talking()
  const consult = await client.consult(undefined, 'agent:devon')
  await settled()
  gateway.callIs(consult.id, { phase: 'ended', cause: { code: 'timeout', by: 'callee' } })
  await settled()
  assert.equal(client.snapshot.failed?.code, 'timeout')
  assert.deepEqual(phases(client), [['connected', '']])
  assert.equal(gateway.sent('resume').length, 1)
})

test('a consultation dropped here leads back; one that the colleague ends leaves the caller on hold', async () => {
  for (const [by, phase] of [['agent', 'connected'], ['callee', 'held']]) {
    const { client, gateway, consult } = await consulting()
    if (by === 'agent') await client.hangUp(consult.id)
    else gateway.callIs(consult.id, { phase: 'ended', cause: { code: 'normal', by } })
    await settled()
    assert.deepEqual(client.snapshot.calls.map(c => c.phase), [phase], `ended by ${by}`)
  }
})

test('two calls: what can only be the connected one is; what can be both is asked back', async () => {
  const { client, gateway, consult } = await consulting()
  await client.dtmf('1')
  assert.equal(gateway.sent('dtmf')[0].call, consult.id)
  await client.mute(true)
  assert.equal(gateway.sent('mute')[0].call, consult.id)
  await assert.rejects(async () => client.transfer(undefined, '+491'), { code: 'ambiguous_call' })
})

test('recording: on, paused with its end, on again', async () => {
  const { client, gateway, clock, call, events } = await talking()
  await client.record(true)
  await settled()
  await client.record(true, { pauseS: 60 })
  await settled()
  assert.deepEqual(gateway.sent('record').map((/** @type {any} */ f) => [f.on, f.pause_s]), [[true, undefined], [true, 60]])
  assert.equal(client.snapshot.pausedUntil[call.id] - client.now(), 60_000)
  await clock.advance(1000)
  gateway.callIs(call.id, { recording: 'on' })
  await settled()
  assert.deepEqual(client.snapshot.pausedUntil, {})
  assert.equal(events.filter((/** @type {any} */ e) => e.type === 'call-recording-change').length, 3)
})

test('directory: what the server found; anything else is nobody', async () => {
  const { client, gateway } = await idle()
  assert.deepEqual((await client.directory('bill', 'agent')).map((/** @type {any} */ e) => e.name), ['Devon Park', 'Aylin Kaya', 'Sven Bauer', 'Rosa Marin'])
  assert.deepEqual(gateway.sent('directory').map((/** @type {any} */ f) => [f.query, f.kind]), [['bill', 'agent']])
  gateway.on('directory', (/** @type {any} */ f, /** @type {any} */ g) => g.push({ type: 'ok', id: f.id, entries: [null, 'x', { kind: 'agent', id: 'a', name: 'A' }] }))
  assert.equal((await client.directory('')).length, 1)
  gateway.on('directory', (/** @type {any} */ f, /** @type {any} */ g) => g.ok(f))
  assert.deepEqual(await client.directory(''), [])
})

test('a call is an object with events of its own, good after its end', async () => {
  const { client, gateway } = await ringing()
  const [call] = client.calls
  const heard = /** @type {string[]} */ ([])
  for (const type of ['call-connected', 'call-held', 'call-ended']) call.addEventListener(type, e => heard.push(e.type))
  await call.answer()
  await settled()
  await call.hold()
  await settled()
  await call.resume()
  await settled()
  gateway.hangUp(call.id)
  await settled()
  await call.saveWrapUp({ done: true })
  await settled()
  assert.deepEqual(heard, ['call-connected', 'call-held', 'call-ended'])
  assert.equal(call.phase, 'ended')
  assert.equal(client.calls.length, 0)
})

test('all that waits for an effect is let go with the client', async () => {
  const { client, gateway, clock } = await talking()
  gateway.on('hold', (/** @type {any} */ f, /** @type {any} */ g) => g.ok(f))
  await client.hold()
  client.release()
  assert.equal(clock.waiting, 0)
})
