import assert from 'node:assert/strict'
import { test } from 'node:test'

import { OffhookError } from '../src/messages.js'
import { FakeClock, settled } from '../testing/fake-clock.js'
import { FakeGateway, FakeMedia, OFFER_SDP } from '../testing/fake-gateway.js'
import { memory, ringing, setUp, talking } from './kit.js'

test('hello is the first frame and carries token, client and later the session', async () => {
  const { client, gateway, clock } = setUp()
  await client.connect()
  assert.equal(gateway.socketNow.protocol, 'offhook.v1')
  assert.equal(gateway.frames[0].type, 'hello')
  assert.equal(gateway.frames[0].token, 'token-1')
  assert.equal(gateway.frames[0].session, undefined)
  assert.ok(!gateway.socketNow.url.includes('token'))
  gateway.drop(1006)
  await clock.advance(0)
  assert.equal(gateway.sent('hello')[1].session, 'session-1')
  assert.equal(client.snapshot.connection.state, 'open')
})

test('an offered call is answered while it rings: the SDP is in `ringing`, `accept` has none', async () => {
  const { client, gateway, media, call, events } = await ringing()
  assert.deepEqual(media.did.filter(d => d[0] === 'answer'), [['answer', call.id, OFFER_SDP]])
  assert.deepEqual(gateway.sent('ringing').map(f => [f.call, f.sdp]), [[call.id, `answer to ${call.id}`]])
  assert.ok(!media.did.some(d => d[0] === 'start'), 'no sound before accept')
  await client.answer()
  await settled()
  assert.equal(gateway.sent('accept')[0].sdp, undefined)
  assert.equal(client.snapshot.calls[0].phase, 'connected')
  assert.ok(media.did.some(d => d[0] === 'start' && d[1] === call.id))
  assert.deepEqual(events.map(e => e.type).filter(t => t.startsWith('call')), ['call-offered', 'call-connected'])
})

test('media that cannot be prepared do not keep the call from ringing', async () => {
  const media = new FakeMedia()
  media.answer = async () => { throw new OffhookError('media_failed') }
  const { gateway, client, call } = await ringing({ media })
  assert.deepEqual(gateway.sent('ringing').map(f => [f.call, f.sdp]), [[call.id, undefined]])
  assert.deepEqual(client.snapshot.problems.map(p => p.code), ['media_failed'])
})

test('ask, then believe: the phase is the server’s, the request shows as asked until then', async () => {
  const { client, gateway } = await ringing()
  gateway.on('accept', () => {})
  const answered = client.answer()
  await settled()
  assert.equal(client.snapshot.calls[0].phase, 'offered')
  assert.deepEqual(client.snapshot.asked.map(a => a.type), ['accept'])
  gateway.error(gateway.sent('accept')[0], 'call_gone', { sip: 481 })
  await assert.rejects(answered, { code: 'call_gone', sip: 481 })
  assert.deepEqual(client.snapshot.asked, [])
})

test('without a microphone the agent does not go available, and is told', async () => {
  const media = new FakeMedia()
  media.refuses = new OffhookError('mic_denied')
  const { client, gateway } = setUp({ media })
  await client.connect()
  await assert.rejects(client.setState('available'), { code: 'mic_denied' })
  assert.equal(gateway.sent('state').length, 0)
  assert.deepEqual(client.snapshot.problems.map(p => p.code), ['mic_denied'])
  media.refuses = null
  await client.setState('available')
  assert.deepEqual(client.snapshot.problems, [])
})

test('mute is local first, then told', async () => {
  const { client, gateway, media, call } = await talking()
  gateway.on('mute', () => {})
  client.mute(true).catch(() => {})
  assert.deepEqual(media.did.at(-1), ['setMuted', call.id, true])
  assert.equal(client.snapshot.muted[call.id], true)
  assert.equal(gateway.sent('mute').length, 1)
})

test('TestFaultSocketLost: the call goes on, the session is resumed, nothing is sent twice', async () => {
  const { client, gateway, media, clock, call, events } = await talking()
  const before = gateway.frames.length
  gateway.drop(1006)
  await settled()
  assert.equal(client.snapshot.connection.state, 'reconnecting')
  assert.equal(client.snapshot.calls[0].phase, 'connected')
  assert.ok(!media.did.some(d => d[0] === 'close'))
  await clock.advance(0)
  assert.deepEqual(gateway.frames.slice(before).map(f => f.type), ['hello'])
  assert.equal(gateway.resumed, 1)
  assert.equal(media.state(call.id), 'connected')
  assert.deepEqual(events.map(e => e.type).filter(t => t.startsWith('client')), ['client-ready', 'client-lost', 'client-ready'])
})

test('TestFaultReload: a page without the old media sends `restart` and takes its answer, and stays muted', async () => {
  const storage = memory()
  const first = await talking({ storage })
  await first.client.mute(true)
  const media = new FakeMedia()
  const { client, gateway } = setUp({ storage, gateway: first.gateway, clock: first.clock, media })
  await client.connect()
  await settled()
  assert.equal(gateway.resumed, 1)
  assert.deepEqual(gateway.sent('restart').map(f => [f.call, f.sdp]), [[first.call.id, `offer of ${first.call.id}`]])
  assert.deepEqual(media.did.filter(d => ['accept', 'setMuted', 'start'].includes(d[0])), [['accept', first.call.id, 'v=0 answer'], ['setMuted', first.call.id, true], ['start', first.call.id]])
  assert.ok(gateway.sent('restart')[0].id > first.gateway.sent('mute')[0].id, 'ids go on above last_id')
})

test('TestFaultUnanswered: a request without a reply is sent again under its id after `welcome`', async () => {
  const { client, gateway, clock } = await talking()
  gateway.on('mute', () => {})
  const muted = client.mute(true)
  await settled()
  const { id } = gateway.sent('mute')[0]
  gateway.on('mute', (f, g) => g.ok(f))
  gateway.drop(1006)
  await clock.advance(0)
  assert.deepEqual(gateway.sent('mute').map(f => f.id), [id, id])
  await muted
})

test('TestFaultForgotten: a server that forgot the session gets nothing twice; what was under way is refused as lost', async () => {
  const { client, gateway, clock } = await talking()
  gateway.on('mute', () => {})
  const muted = assert.rejects(client.mute(true), { code: 'lost' })
  await settled()
  gateway.down = true
  gateway.drop(1006)
  await clock.advance(600)
  const ended = client.hangUp()
  gateway.forget()
  gateway.down = false
  client.wake()
  await clock.advance(1)
  await muted
  await ended
  assert.equal(gateway.sent('mute').length, 1)
  assert.equal(gateway.sent('hangup').length, 1, 'what was never sent is no repetition')
  assert.ok(gateway.sent('hangup')[0].id > gateway.sent('mute')[0].id)
})

test('TestFaultHangupOffline: End while the socket is lost waits and is sent after the resume', async () => {
  const { client, gateway, clock } = await talking()
  gateway.down = true
  gateway.drop(1006)
  await clock.advance(600)
  const ended = client.hangUp()
  await settled()
  assert.equal(gateway.sent('hangup').length, 0)
  gateway.down = false
  client.wake()
  await clock.advance(1)
  await ended
  assert.equal(gateway.sent('hangup').length, 1)
  assert.equal(client.snapshot.calls[0].phase, 'wrap_up')
})

test('a call still offered after a reconnect is confirmed again, with the same answer', async () => {
  const { gateway, clock, call, events, media } = await ringing()
  gateway.drop(1006)
  await clock.advance(0)
  await settled()
  assert.deepEqual(gateway.sent('ringing').map(f => f.sdp), [`answer to ${call.id}`, `answer to ${call.id}`])
  assert.equal(media.did.filter(d => d[0] === 'answer').length, 1)
  assert.equal(events.filter(e => e.type === 'call-offered').length, 1)
})

test('the same call offered again gets a new answer', async () => {
  const { gateway, media, call } = await ringing()
  gateway.miss(call.id)
  await settled()
  gateway.offer({ id: call.id, sdp: { type: 'offer', sdp: `${OFFER_SDP}a=x\r\n` } })
  await settled()
  assert.equal(media.did.filter(d => d[0] === 'answer').length, 2)
  assert.equal(gateway.sent('ringing').length, 2)
})

test('reconnecting: at once, then full jitter up to 0.5, 1, 2, 4, 8, 15, 15 s; never two sockets', async () => {
  const { client, gateway, clock } = setUp()
  await client.connect()
  gateway.down = true
  gateway.drop(1006)
  await settled()
  const waits = []
  const sockets = gateway.sockets.length
  for (let i = 0; i < 8; i++) {
    const next = clock.nextIn
    waits.push(next)
    await clock.advance(next)
  }
  const steps = [0, 500, 1000, 2000, 4000, 8000, 15_000]
  const tries = gateway.sockets.length - sockets
  assert.ok(tries >= 6, `${tries} tries`)
  assert.deepEqual(waits.filter(w => steps.includes(w)).slice(0, 5), [0, 500, 1000, 2000, 4000])
  assert.ok(gateway.sockets.filter(s => s.readyState < 2).length <= 1)
  gateway.down = false
  client.wake()
  await clock.advance(1)
  assert.equal(client.snapshot.connection.state, 'open')
})

test('the jitter is full', async () => {
  const { gateway, client, clock } = setUp({ random: () => 0.25 })
  await client.connect()
  gateway.down = true
  gateway.drop(1006)
  await clock.advance(0)
  await settled()
  assert.equal(clock.nextIn, 125)
})

for (const [code, problem] of /** @type {[number, string | undefined][]} */ ([[1000, undefined], [4400, 'protocol'], [4403, 'refused'], [4409, 'elsewhere']])) {
  test(`closed with ${code}: no reconnect`, async () => {
    const { client, gateway, clock, media } = await talking()
    gateway.drop(code)
    await clock.advance(60_000)
    assert.equal(gateway.sockets.length, 1)
    assert.equal(client.snapshot.connection.state, 'stopped')
    assert.deepEqual(client.snapshot.problems.map(p => p.code), problem ? [problem] : [])
    assert.ok(media.did.some(d => d[0] === 'close' && d[1] === undefined), 'the tracks stop')
    assert.equal(gateway.sent('bye').length, 0)
  })
}

test('4409, then "use this one": the call comes here', async () => {
  const { client, gateway, clock } = await talking()
  gateway.drop(4409)
  await clock.advance(0)
  await client.connect()
  await settled()
  assert.equal(client.snapshot.calls[0].phase, 'connected')
  assert.equal(gateway.sent('restart').length, 1)
  assert.deepEqual(client.snapshot.problems, [])
})

test('4401 in a session asks for a fresh token; twice in a row stops', async () => {
  const { client, gateway, clock, tokens } = setUp()
  await client.connect()
  gateway.drop(4401)
  await clock.advance(0)
  assert.equal(tokens.length, 2)
  assert.equal(client.snapshot.connection.state, 'open')
  gateway.refuse = 4401
  gateway.drop(4401)
  await clock.advance(10_000)
  assert.equal(client.snapshot.connection.state, 'stopped')
  assert.deepEqual(client.snapshot.problems.map(p => p.code), ['signed_out'])
})

test('4429 comes back later, 4503 at once', async () => {
  for (const [code, wait] of [[4429, 2000], [4503, 0]]) {
    const { client, gateway, clock } = setUp()
    await client.connect()
    gateway.drop(code)
    await settled()
    assert.equal(clock.nextIn, wait, `after ${code}`)
  }
})

test('each beat is answered, without an id; two missed and the socket is lost', async () => {
  const { client, gateway, clock } = await talking()
  gateway.beat()
  await settled()
  assert.equal(gateway.beats, 1)
  await clock.advance(5000)
  gateway.beat()
  await clock.advance(11_000)
  assert.equal(gateway.sockets.length, 1)
  await clock.advance(2000)
  assert.equal(gateway.sockets.length, 2)
  assert.equal(client.snapshot.connection.state, 'open')
})

test('a quiet reconnect becomes a problem after 10 s, and goes when it is over', async () => {
  const { client, gateway, clock } = setUp()
  await client.connect()
  gateway.down = true
  gateway.drop(1001)
  await clock.advance(9000)
  assert.deepEqual(client.snapshot.problems, [])
  await clock.advance(2000)
  assert.deepEqual(client.snapshot.problems.map(p => p.code), ['offline'])
  gateway.down = false
  client.wake()
  await clock.advance(20_000)
  assert.deepEqual(client.snapshot.problems, [])
})

test('a request without a reply is refused after 10 s', async () => {
  const { client, gateway, clock } = setUp()
  await client.connect()
  gateway.on('state', () => {})
  const asked = assert.rejects(client.setState('away'), { code: 'timeout' })
  await clock.advance(10_000)
  await asked
})

test('TestFaultMediaLost: a peer connection that fails in a call is made anew', async () => {
  const { gateway, media, call, clock, client } = await talking()
  media.becomes(call.id, 'failed')
  await clock.advance(0)
  assert.equal(gateway.sent('restart').length, 1)
  assert.deepEqual(client.snapshot.problems, [])
  media.becomes(call.id, 'disconnected')
  await clock.advance(3000)
  assert.equal(gateway.sent('restart').length, 1)
  await clock.advance(1000)
  assert.equal(gateway.sent('restart').length, 2)
})

test('the clock of the server corrects ours', async () => {
  const clock = new FakeClock()
  const gateway = new FakeGateway({ clock: () => clock.now() + 90_000 })
  const { client } = setUp({ clock, gateway })
  await client.connect()
  assert.equal(client.now() - clock.now(), 90_000)
})

test('a token is renewed in place a minute before it ends', async () => {
  const clock = new FakeClock()
  const exp = Math.floor(clock.now() / 1000) + 900
  const jwt = `x.${Buffer.from(JSON.stringify({ exp })).toString('base64url')}.y`
  const { client, gateway } = setUp({ clock, tokenSource: () => jwt })
  await client.connect()
  const beat = setInterval(() => {}, 1000)
  for (let i = 0; i < 56; i++) { await clock.advance(15_000); gateway.beat(); await settled() }
  clearInterval(beat)
  assert.ok(gateway.sent('token').length >= 1)
  assert.equal(gateway.sent('token')[0].token, jwt)
  assert.equal(gateway.sockets.length, 1)
})

test('two calls: without an id it is ambiguous', async () => {
  const { client, gateway } = await ringing()
  gateway.offer()
  await settled()
  await assert.rejects(client.answer(), { code: 'ambiguous_call' })
  await assert.rejects(async () => client.hangUp(), { code: 'call_gone' })
})

test('wrap-up: saved, extended, done', async () => {
  const { client, gateway, call } = await talking()
  gateway.hangUp(call.id)
  await settled()
  const until = client.snapshot.calls[0].wrap_up_until
  await client.saveWrapUp(undefined, { extend_s: 30 })
  await settled()
  assert.equal(Date.parse(client.snapshot.calls[0].wrap_up_until) - Date.parse(until), 30_000)
  await client.saveWrapUp(undefined, { outcome: 'explained', notes: 'VAT', done: true })
  await settled()
  assert.deepEqual(client.snapshot.calls, [])
  assert.equal(client.snapshot.agent?.state, 'available')
  assert.deepEqual(gateway.sent('wrapup').map(f => f.done), [undefined, true])
})

test('released, the client leaves no timer and no socket', async () => {
  const { client, gateway, clock } = await talking()
  client.release()
  assert.equal(clock.waiting, 0)
  assert.ok(gateway.sockets.every((/** @type {any} */ s) => s.readyState >= 2))
})

test('TestSecurityHotLoop: a server that welcomes and closes at once is come back to ever more slowly', async () => {
  const { client, gateway, clock } = setUp()
  await client.connect()
  for (const wait of [0, 500, 1000, 2000]) {
    gateway.drop(1006)
    await settled()
    assert.equal(clock.nextIn, wait)
    await clock.advance(wait)
    assert.equal(client.snapshot.connection.state, 'open')
  }
  await clock.advance(6000)
  gateway.drop(1006)
  await settled()
  assert.equal(clock.nextIn, 0)
})
