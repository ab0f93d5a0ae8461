import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { addressed } from './repo.js'
import { parse } from '../src/connection.js'
import { Store } from '../src/store.js'

/** @param {string} folder @returns {string[]} */
function files(folder) {
  if (!existsSync(folder)) return []
  return readdirSync(folder).flatMap(name => (statSync(join(folder, name)).isDirectory() ? files(join(folder, name)) : name.endsWith('.json') ? [join(folder, name)] : []))
}

const valid = files(addressed('testdata/protocol/valid'))
const invalid = files(addressed('testdata/protocol/invalid'))

for (const file of valid) {
  test(`valid: ${file.split('/protocol/')[1]}`, () => {
    const frame = parse(readFileSync(file, 'utf8'))
    assert.ok(frame, 'not read as a frame')
    const store = new Store()
    if (frame.type === 'call') {
      assert.equal(store.call(frame.call), true)
      assert.equal(store.snapshot.calls.length, frame.call.phase === 'ended' ? 0 : 1)
    } else if (frame.type === 'welcome') {
      store.welcome(frame, 0)
      assert.equal(store.snapshot.agent?.id, frame.agent.id)
      assert.equal(store.snapshot.calls.length, frame.calls.filter((/** @type {any} */ c) => c.phase !== 'ended').length)
    } else if (frame.type === 'agent') {
      store.agent(frame.agent)
      assert.equal(store.snapshot.agent?.state, frame.agent.state)
    } else if (frame.type === 'queue') {
      store.queue(frame.queue)
      assert.equal(store.snapshot.queues[0].name, frame.queue.name)
    }
  })
}

for (const file of invalid) {
  test(`invalid, and harmless: ${file.split('/protocol/')[1]}`, () => {
    const frame = parse(readFileSync(file, 'utf8'))
    const store = new Store()
    if (frame?.type === 'call') store.call(frame.call)
    if (frame?.type === 'agent') store.agent(frame.agent)
    if (frame?.type === 'queue') store.queue(frame.queue)
    assert.ok(store.snapshot.calls.every(c => typeof c.id === 'string'))
  })
}

test('the examples are there', t => {
  if (valid.length === 0) return t.skip('testdata/protocol/valid has no examples')
  assert.ok(valid.length > 10)
})
