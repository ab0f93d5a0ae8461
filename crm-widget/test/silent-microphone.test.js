/** A microphone that gives nothing at all is told of; one that is muted here is not. */

import assert from 'node:assert/strict'
import { after, mock, test } from 'node:test'

import { BrowserMedia } from '../src/media.js'

class FakeTrack extends EventTarget {
  kind = 'audio'
  label = 'Headset'
  readyState = 'live'
  enabled = true
  clone() { return new FakeTrack() }
  stop() { this.readyState = 'ended' }
}
const track = new FakeTrack()
const source = { id: 's', type: 'media-source', kind: 'audio', totalAudioEnergy: 0 }
for (const [name, value] of Object.entries({
  document: new EventTarget(),
  navigator: { mediaDevices: Object.assign(new EventTarget(), { getUserMedia: async () => ({ getAudioTracks: () => [track], getTracks: () => [track] }), enumerateDevices: async () => [] }) },
  MediaStream: class { addTrack() {} },
  RTCPeerConnection: class extends EventTarget {
    connectionState = 'connected'
    localDescription = { sdp: 'v=0' }
    addTransceiver() { return { sender: { replaceTrack: async () => {} } } }
    async setLocalDescription() {}
    async setRemoteDescription() {}
    async getStats() { return new Map([['s', { ...source }]]) }
    close() {}
  },
  Audio: class { async play() {} pause() {} },
})) Object.defineProperty(globalThis, name, { value, configurable: true, writable: true })
mock.timers.enable({ apis: ['setInterval'] })
after(() => mock.timers.reset())

const settled = async () => { for (let i = 0; i < 30; i++) await Promise.resolve() }
const measured = async () => { mock.timers.tick(5000); await settled() }

test('nothing twice in a row: told once; heard again: solved; muted here: not looked at', async () => {
  const media = new BrowserMedia()
  const told = /** @type {string[]} */ ([])
  for (const type of ['problem', 'solved']) media.addEventListener(type, e => { if (/** @type {any} */ (e).detail.code === 'mic_silent') told.push(type) })
  await media.openMicrophone()
  await media.offer('a', [])
  await media.start('a')
  await settled()
  media.setMuted('a', true)
  for (let i = 0; i < 4; i++) await measured()
  assert.deepEqual(told, [], 'muted')
  media.setMuted('a', false)
  await measured()
  assert.deepEqual(told, [], 'once is no proof')
  await measured()
  await measured()
  assert.deepEqual(told, ['problem'])
  source.totalAudioEnergy = 0.01
  await measured()
  assert.deepEqual(told, ['problem', 'solved'])
  media.close()
})
