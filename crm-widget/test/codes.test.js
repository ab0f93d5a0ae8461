import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'

import { addressed } from './repo.js'
import { CAUSE_CODES, CLOSE_CODES, ERROR_CODES, LOCAL_CODES } from '../src/messages.js'
import en from '../src/lang/en.js'

/** The codes of the Go side: the generated list, or the source that it is made from. */
function goCodes() {
  const source = readFileSync(addressed('agent/protocol/codes.go'), 'utf8')
  const quoted = (/** @type {RegExp} */ line) => [...source.matchAll(line)].map(m => m[1])
  return {
    errors: quoted(/^\t\w+\s+Code\s*=\s*"(\w+)"/gm),
    causes: quoted(/^\t\w+\s+CauseCode\s*=\s*"(\w+)"/gm),
    closes: quoted(/^\tClose\w+\s*=\s*(\d+)/gm).map(Number),
  }
}

const sorted = (/** @type {Iterable<any>} */ list) => [...new Set(list)].sort()

test('the lists are those of agent/protocol/codes.go', () => {
  const go = goCodes()
  assert.ok(go.errors.length > 10 && go.causes.length > 10 && go.closes.length > 5, 'codes.go could not be read')
  assert.deepEqual(sorted(ERROR_CODES), sorted(go.errors))
  assert.deepEqual(sorted(CAUSE_CODES), sorted(go.causes))
  assert.deepEqual(sorted(Object.keys(CLOSE_CODES).map(Number)), sorted(go.closes))
})

test('the lists are those of testdata/protocol/codes.json', t => {
  const file = addressed('testdata/protocol/codes.json')
  if (!existsSync(file)) return t.skip('no codes.json')
  const list = JSON.parse(readFileSync(file, 'utf8'))
  const names = (/** @type {any[]} */ rows) => rows.map(r => r.code).sort()
  assert.deepEqual(names(list.codes), [...ERROR_CODES].sort())
  assert.deepEqual(names(list.causes), [...CAUSE_CODES].sort())
  const again = Object.fromEntries(list.closes.map((/** @type {any} */ c) => [c.code, c.reconnect]))
  assert.deepEqual(Object.keys(again), Object.keys(CLOSE_CODES))
  for (const [code, rule] of Object.entries(CLOSE_CODES)) assert.equal(rule.again === 'no', again[code] === 'never', `${code}: ${rule.again} here, ${again[code]} there`)
})

test('a code of ours is none of the server, and each problem that we show has words', () => {
  for (const code of LOCAL_CODES) assert.ok(!ERROR_CODES.includes(code), code)
  for (const { problem } of Object.values(CLOSE_CODES)) if (problem) assert.ok(`problem.${problem}` in en && `problem.${problem}.text` in en, problem)
})
