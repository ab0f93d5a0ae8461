import assert from 'node:assert/strict'
import { test } from 'node:test'

import { timesOf } from '../src/tones.js'

test('keys sound 100 ms, 70 ms apart; a comma waits 500 ms', () => {
  assert.deepEqual(timesOf('1#,A').map(t => [t.key, Math.round(t.at * 1000), ...t.frequencies]), [['1', 0, 697, 1209], ['#', 170, 941, 1477], ['A', 840, 697, 1633]])
})
