import assert from 'node:assert/strict'
import { test } from 'node:test'

import { dialable } from '../src/element/dialer.js'
import { popURL } from '../src/element/screen-pop.js'
import { numberOf } from '../src/element/tel-links.js'
import { nationalNumber } from '../src/text.js'

for (const [typed, number] of [
  ['+49 (30) 23125-142', '+493023125142'], ['030 / 23125.142', '03023125142'], ['tel:+49-30-23125142;ext=7', '+493023125142'], ['*43#', '*43#'], ['agent:ben', 'agent:ben'], ['queue:sales', 'queue:sales'],
  ['sip:ben@example.com', 'sip:ben@example.com'], ['Mara', ''], ['', ''], ['+', ''], ['12a', ''], ['sip:a b@c', ''], ['javascript:alert(1)', ''],
]) test(`“${typed}” is ${number || 'a name'}`, () => assert.equal(dialable(typed), number))

/** @param {string} href @param {any} [more] */
const click = (href, more = {}) => /** @type {any} */ ({ button: 0, composedPath: () => [{ localName: 'span' }, { localName: 'a', getAttribute: () => href }], ...more })

test('a plain click on a telephone link gives its number; any other click none', () => {
  assert.equal(numberOf(click('tel:+49%2030%2023125142')), '+493023125142')
  assert.equal(numberOf(click('TEL:+493023125142')), '+493023125142')
  for (const more of [{ button: 1 }, { metaKey: true }, { ctrlKey: true }, { shiftKey: true }, { defaultPrevented: true }]) assert.equal(numberOf(click('tel:1', more)), '')
  for (const href of ['https://tel:1', 'tel:%', 'tel:', 'mailto:1', 'tel:<script>']) assert.equal(numberOf(click(href)), '', href)
})

const call = { id: '01J', from: { number: '+493023125142' }, to: { number: '+4940123456' }, queue: 'Billing DE', data: { ticket: '8912 & more' } }

test('a screen pop’s address: each value percent-encoded', () => {
  assert.equal(popURL('https://crm.example/find?q={from}&n={from.national}&to={to}&queue={queue}&id={call.id}&t={data.ticket}&x={data.none}', call),
    'https://crm.example/find?q=%2B493023125142&n=03023125142&to=%2B4940123456&queue=Billing%20DE&id=01J&t=8912%20%26%20more&x=')
})

test('TestSecurityScreenPop: only https and http, nothing of the caller’s becomes address', () => {
  for (const template of ['javascript:{data.ticket}', '{from}', 'data:text/html,{from}', 'file:///{from}', '//{from}', 'x']) assert.equal(popURL(template, call), '', template)
  const evil = { ...call, data: { ticket: 'https://evil.example/#', __proto__: { y: 'z' } }, from: { number: '@evil.example/\u202E?#&<script>' } }
  const url = new URL(popURL('https://crm.example/{from}?t={data.ticket}&p={data.__proto__}&c={constructor}', evil))
  assert.equal(url.origin, 'https://crm.example')
  assert.equal(url.hash, '')
  assert.deepEqual([...url.searchParams.values()], ['https://evil.example/#', '', ''])
  assert.equal(popURL('{data.ticket}', evil), '')
})

test('a number as it is dialled in its own country', () => {
  assert.deepEqual(['+493023125142', '+14155550134', '+39061234567', '+79161234567', '1234', ''].map(nationalNumber), ['03023125142', '4155550134', '061234567', '89161234567', '1234', ''])
})
