/** Whom the callbar says one talks to. */
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { translator } from '../src/i18n.js'
import { Store } from '../src/store.js'
import { present } from '../src/view.js'
import { recentView } from '../src/views/recents.js'

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

test('the last calls say who it was: a colleague, the one called, and after a consultation the customer by her number', () => {
  const tr = translator('de-DE')
  const last = (/** @type {any} */ more) => {
    const s = new Store()
    s.call({ id: 'a', rev: 1, phase: 'connected', ...more })
    s.call({ id: 'a', rev: 2, phase: 'ended', answered_at: '2026-01-05T10:42:00Z', ended_at: '2026-01-05T10:43:00Z', cause: { code: 'normal', by: 'caller' }, ...more })
    return recentView(s.snapshot.recents[0], tr)
  }
  const me = { uri: 'agent:me', name: 'Jonas Weber' }
  const anna = { uri: 'agent:anna', name: 'Anna Berg' }
  const called = last({ direction: 'internal', from: anna, to: me, offered_at: '2026-01-05T10:41:00Z' })
  assert.deepEqual([called.name, called.word, called.dial], ['Anna Berg', tr.t('internal'), 'agent:anna'])
  const placed = last({ direction: 'internal', from: me, to: anna })
  assert.deepEqual([placed.name, placed.word, placed.dial], ['Anna Berg', tr.t('internal'), 'agent:anna'], 'not the agent himself')
  assert.notEqual(placed.when, '')
  const customer = last({ direction: 'internal', from: { number: '+493023125142' }, to: me, offered_at: '2026-01-05T10:41:00Z', queue: 'Billing DE' })
  assert.deepEqual([customer.name, customer.word, customer.dial], ['+49 30 23125 142', 'Billing DE', '+493023125142'])
  assert.equal(recentView({ id: 'x', direction: 'outbound', to: { number: '+493023125142' } }, tr).when, '', 'a server that knows no time')
})
