/** Whom the callbar says one talks to. */
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { translator } from '../src/i18n.js'
import { Store } from '../src/store.js'
import { present } from '../src/view.js'

test('a colleague is called one until a customer is put in his place; then her number stands there', () => {
  const ui = /** @type {any} */ ({ contactOf: () => null, draft: { outcome: '', notes: '', saved: 0 } })
  const shown = (/** @type {any} */ from) => {
    const s = new Store()
    s.call({ id: 'a', rev: 1, phase: 'offered', direction: 'internal', offered_at: '2026-01-05T10:42:00.000Z', from })
    return present(s.snapshot, 0, 0, translator('en'), ui).caller
  }
  const colleague = shown({ uri: 'agent:anna', name: 'Anna Berg' })
  assert.deepEqual([colleague?.name, colleague?.company, colleague?.number], ['Anna Berg', 'Colleague', ''])
  const customer = shown({ number: '+493088', name: 'Mara Lindqvist' })
  assert.deepEqual([customer?.name, customer?.company, customer?.number], ['Mara Lindqvist', '', '+49 30 88'])
})
