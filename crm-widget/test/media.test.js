import assert from 'node:assert/strict'
import { after, mock, test } from 'node:test'

import { BrowserMedia } from '../src/media.js'

/** The little of a browser that a call's sound needs; `allowed` says whether the page may play. */
const page = { allowed: false, played: 0 }

class FakeTrack extends EventTarget {
  kind = 'audio'
  label = 'Headset'
  readyState = 'live'
  enabled = true
  clone() { return new FakeTrack() }
  stop() { this.readyState = 'ended' }
}

const fakes = {
  document: new EventTarget(),
  navigator: { mediaDevices: Object.assign(new EventTarget(), { getUserMedia: async () => ({ getAudioTracks: () => [track], getTracks: () => [track] }), enumerateDevices: async () => [] }) },
  MediaStream: class { addTrack() {} },
  RTCPeerConnection: class extends EventTarget {
    connectionState = 'connected'
    localDescription = { sdp: 'v=0' }
    addTransceiver() { return { sender: { replaceTrack: async () => {} } } }
    async setLocalDescription() {}
    async setRemoteDescription() {}
    async getStats() { return new Map() }
    close() {}
  },
  Audio: class {
    paused = true
    async play() {
      page.played++
      if (!page.allowed) throw new DOMException('press first', 'NotAllowedError')
      this.paused = false
    }
    pause() { this.paused = true }
  },
}
const track = new FakeTrack()
for (const [name, value] of Object.entries(fakes)) Object.defineProperty(globalThis, name, { value, configurable: true, writable: true })
mock.timers.enable({ apis: ['setInterval'] })
after(() => mock.timers.reset())

const settled = async () => { for (let i = 0; i < 30; i++) await Promise.resolve() }

/** A call whose sound is kept off. */
async function silentCall() {
  page.allowed = false
  const media = new BrowserMedia()
  const told = /** @type {[string, any][]} */ ([])
  for (const type of ['problem', 'solved']) media.addEventListener(type, e => told.push([type, /** @type {any} */ (e).detail]))
  await media.offer('a', [])
  await media.start('a')
  await settled()
  assert.deepEqual(told, [['problem', { code: 'autoplay', call: 'a' }]])
  told.length = 0
  return { media, told }
}

for (const press of ['pointerdown', 'keydown']) {
  test(`TestFaultAutoplay: sound that the browser keeps off comes at a ${press} anywhere on the page`, async () => {
    const { media, told } = await silentCall()
    fakes.document.dispatchEvent(new Event(press))
    await settled()
    assert.deepEqual(told, [], 'still not allowed, not told twice')
    page.allowed = true
    fakes.document.dispatchEvent(new Event(press))
    await settled()
    assert.deepEqual(told, [['solved', { code: 'autoplay' }]])
    const { played } = page
    fakes.document.dispatchEvent(new Event(press))
    mock.timers.tick(5000)
    assert.equal(page.played, played, 'nobody listens and no timer runs any more')
    media.close()
  })
}

test('TestFaultAutoplay: sound comes by itself when the browser allows it', async () => {
  const { media, told } = await silentCall()
  page.allowed = true
  mock.timers.tick(1000)
  await settled()
  assert.deepEqual(told, [['solved', { code: 'autoplay' }]])
  media.close()
})

test('TestFaultAutoplay: a call that ends takes the problem, the listeners and the timer with it', async () => {
  const { media, told } = await silentCall()
  media.close('a')
  assert.deepEqual(told, [['solved', { code: 'autoplay' }]])
  const { played } = page
  fakes.document.dispatchEvent(new Event('pointerdown'))
  mock.timers.tick(5000)
  assert.equal(page.played, played)
})
