import assert from 'node:assert/strict'
import { test } from 'node:test'

import { RINGS } from '../src/attention.js'
import { RING_TONES, USUAL, chosen, keep, refind } from '../src/devices.js'
import { memory } from './kit.js'

test('a choice is kept, and read back without what is not one', () => {
  const storage = memory()
  assert.deepEqual(chosen(storage), USUAL)
  keep({ ...USUAL, mic: { id: 'a', label: 'USB headset' }, noise: false }, storage)
  assert.deepEqual([chosen(storage).mic, chosen(storage).noise, chosen(storage).echo], [{ id: 'a', label: 'USB headset' }, false, true])
  keep({ ...USUAL, tone: 'chime', volume: 0.4 }, storage)
  assert.deepEqual([chosen(storage).tone, chosen(storage).volume], ['chime', 0.4])
  storage.setItem('offhook.devices', '{"tone":"siren","volume":7}')
  assert.deepEqual(chosen(storage), USUAL)
  storage.setItem('offhook.devices', '{"mic":7,"speaker":{"id":"b"},"noise":"yes","evil":1}')
  assert.deepEqual(chosen(storage), { ...USUAL, speaker: { id: 'b', label: '' } })
  storage.setItem('offhook.devices', '{')
  assert.deepEqual(chosen(storage), USUAL)
})

test('a device is found again by its id, else by its name; one that is gone is the system’s own', () => {
  const there = [{ id: 'x', label: 'USB headset' }, { id: 'y', label: '' }]
  assert.equal(refind({ id: 'x', label: 'renamed' }, there), 'x')
  assert.equal(refind({ id: 'old', label: 'USB headset' }, there), 'x')
  assert.equal(refind({ id: 'old', label: '' }, there), '')
  assert.equal(refind({ id: 'old', label: 'Gone' }, there), '')
  assert.equal(refind({ id: '', label: 'USB headset' }, there), '')
})

test('each tone that can be chosen sounds, each another, but the silent one', () => {
  assert.deepEqual(Object.keys(RINGS), RING_TONES.filter(name => name !== 'silent'))
  assert.equal(new Set(Object.values(RINGS).map(String)).size, 3)
})
