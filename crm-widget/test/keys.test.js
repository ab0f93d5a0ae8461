import assert from 'node:assert/strict'
import { test } from 'node:test'

import { mediaKeys, microphoneShown } from '../src/keys.js'

test('the keys of a headset are set where the browser knows them; one that throws does no harm', () => {
  const set = /** @type {any} */ ({})
  Object.defineProperty(globalThis, 'navigator', {
    configurable: true,
    value: { mediaSession: { setActionHandler(/** @type {string} */ key, /** @type {any} */ fn) { if (key === 'hangup') throw new TypeError('unknown action'); set[key] = fn } } },
  })
  const mute = () => {}
  mediaKeys({ hangup: () => {}, togglemicrophone: mute })
  microphoneShown(true)
  assert.equal(set.togglemicrophone, mute)
  mediaKeys({ hangup: null, togglemicrophone: null })
  assert.equal(set.togglemicrophone, null)
  Object.defineProperty(globalThis, 'navigator', { configurable: true, value: {} })
  mediaKeys({ hangup: mute })
})
