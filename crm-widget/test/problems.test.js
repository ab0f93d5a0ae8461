import assert from 'node:assert/strict'
import { test } from 'node:test'

import { problemToShow } from '../src/problems.js'
import { EMPTY } from '../src/store.js'

const shown = (/** @type {any[]} */ problems, kind = 'talking') => problemToShow(/** @type {any} */ ({ ...EMPTY, problems }), { ringerBlocked: false }, kind, 0)

test('sound kept off in a call is shown in the call, with "Turn on sound"', () => {
  const problem = shown([{ code: 'autoplay', detail: { call: 'a' } }])
  assert.equal(problem?.quiet ?? false, false)
  assert.deepEqual(problem?.actions, ['sound'])
  assert.equal(shown([{ code: 'device_lost' }, { code: 'autoplay', detail: { call: 'a' } }])?.code, 'call_sound', 'an agent who hears nothing is told that first')
})

test('a ringer kept off says nothing in a call', () => {
  assert.equal(shown([{ code: 'autoplay' }])?.quiet, true)
})
