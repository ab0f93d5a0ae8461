import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Attention } from '../src/attention.js'
import { Speech } from '../src/quality.js'

const notes = /** @type {any[]} */ ([])
class FakeNotification extends EventTarget {
  static permission = 'granted'
  closed = false
  /** @param {string} title @param {any} options */
  constructor(title, options) { super(); Object.assign(this, { title, ...options }); notes.push(this) }
  close() { this.closed = true }
}

function page(hidden = true) {
  notes.length = 0
  const doc = Object.assign(new EventTarget(), { hidden, title: 'Harbor CRM' })
  const attention = new Attention(() => {})
  const look = (/** @type {boolean} */ now) => { doc.hidden = now; doc.dispatchEvent(new Event('visibilitychange')) }
  const offer = (/** @type {any} */ more = {}) => attention.offered({ id: 'a', name: 'Mara', body: 'Billing', seconds: 20, title: '(Call) Mara', doc: /** @type {any} */ (doc), ...more })
  return { doc, attention, look, offer }
}
Object.assign(globalThis, { Notification: FakeNotification })

test('a hidden page has the call in its title and a notice; both go with the offer', () => {
  const { doc, attention, offer } = page()
  offer()
  offer()
  assert.equal(doc.title, '(Call) Mara')
  assert.deepEqual(notes.map(n => [n.title, n.tag]), [['Mara', 'a']])
  attention.over()
  assert.equal(doc.title, 'Harbor CRM')
  assert.equal(notes[0].closed, true)
})

test('a visible page keeps its title until it is hidden, and has it back when it is seen', () => {
  const { doc, look, offer } = page(false)
  offer()
  assert.equal(doc.title, 'Harbor CRM')
  assert.equal(notes.length, 0)
  look(true)
  assert.equal(doc.title, '(Call) Mara')
  look(false)
  assert.equal(doc.title, 'Harbor CRM')
  assert.equal(notes.length, 1)
})

test('a title that the page changed meanwhile, and one that is to be kept, stay', () => {
  const { doc, attention, offer } = page()
  offer()
  doc.title = 'New record'
  attention.over()
  assert.equal(doc.title, 'New record')
  offer({ id: 'b', title: null })
  assert.equal(doc.title, 'New record')
})

test('without permission there is no notice, and nobody is asked', () => {
  FakeNotification.permission = 'default'
  const { offer } = page()
  offer()
  assert.equal(notes.length, 0)
  FakeNotification.permission = 'granted'
})

test('speech is a level over the threshold for 1.5 s, with breaths in between', () => {
  const speech = new Speech()
  const at = (/** @type {number} */ from, /** @type {number} */ to, /** @type {number} */ level) => {
    let heard = false
    for (let t = from; t < to; t += 100) heard = speech.heard(level, t) || heard
    return heard
  }
  assert.equal(at(0, 60_000, 0.002), false, 'noise')
  assert.equal(at(60_000, 61_400, 0.1), false, 'a cough')
  assert.equal(at(63_000, 64_000, 0.1), false)
  assert.equal(at(64_000, 64_200, 0), false)
  assert.equal(at(64_200, 64_800, 0.1), true)
})
