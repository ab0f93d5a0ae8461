import assert from 'node:assert/strict'
import { test } from 'node:test'

import { clean, formatNumber, initials, safeURL, spellNumber } from '../src/text.js'
import { clock, left, since } from '../src/text.js'
import { bars, mos, sample, weakNow } from '../src/quality.js'

test('TestSecurityNames: what a stranger calls himself is one line of at most 128 characters without controls', () => {
  assert.equal(clean('Mara\u202E gnp.exe\u0000\r\nLindqvist'), 'Mara gnp.exe Lindqvist')
  assert.equal([...clean('x'.repeat(100_000))].length, 128)
  assert.equal(clean('\u{e0041}\u200b\ufeff '), '')
  for (const odd of [null, undefined, 5, {}, ['a']]) assert.equal(clean(odd), '')
  assert.equal(clean('<img src=x onerror=alert(1)>'), '<img src=x onerror=alert(1)>', 'text stays text: it is shown, never parsed')
  assert.equal(clean('👩‍🚀'.repeat(2)).includes('\u200d'), false)
})

test('numbers are grouped, initials are letters', () => {
  assert.equal(formatNumber('+493023125142'), '+49 30 23125 142')
  assert.equal(formatNumber('+14155550134'), '+1 415 555 0134')
  assert.equal(formatNumber('+34911234567'), '+34 911 234 567')
  assert.equal(formatNumber('+442071234567'), '+44 207 123 4567')
  assert.equal(formatNumber('anonymous'), 'anonymous')
  assert.equal(formatNumber(undefined), '')
  assert.equal(initials('Mara Lindqvist', ''), 'ML')
  assert.equal(initials('tomás de la ortega', ''), 'TO')
  assert.equal(initials('', '+14155550134'), '+1')
  assert.equal(initials('', '+35312345678'), '+353')
  assert.equal(initials('', ''), '?')
  assert.equal(spellNumber('+49 30'), '+ 4 9 3 0')
})

test('TestSecurityLinks: only web addresses become links', () => {
  assert.equal(safeURL('https://crm.example/42'), 'https://crm.example/42')
  for (const bad of ['javascript:alert(1)', 'data:text/html,x', '//x', '', null, 'file:///etc/passwd']) assert.equal(safeURL(bad), '')
})

test('times come from timestamps', () => {
  const now = Date.parse('2026-01-05T09:02:47.300Z')
  assert.equal(clock(since('2026-01-05T09:00:00.000Z', now)), '2:47')
  assert.equal(clock(left('2026-01-05T09:03:00.000Z', now), Math.ceil), '0:13')
  assert.equal(since('nonsense', now), 0)
  assert.equal(left(undefined, now), 0)
  assert.equal(clock(3_723_000), '1:02:03')
})

test('quality: four bars, weak after 3 of 5, well after 4 in a row', () => {
  const good = { rtt_ms: 48, jitter_ms: 4, loss_pct: 0.2 }
  const bad = { rtt_ms: 48, jitter_ms: 4, loss_pct: 7 }
  assert.equal(bars(good), 4)
  assert.ok(mos(good) >= 4.2)
  assert.equal(bars(bad), 2)
  assert.equal(bars({ rtt_ms: 900, jitter_ms: 80, loss_pct: 20 }), 1)
  assert.equal(bars({ rtt_ms: 100, jitter_ms: 5, loss_pct: 2 }), 3)
  assert.equal(weakNow(false, [good, bad, bad]), false)
  assert.equal(weakNow(false, [bad, good, bad, bad]), true)
  assert.equal(weakNow(true, [bad, good, good, good]), true)
  assert.equal(weakNow(true, [good, good, good, good]), false)
  assert.equal(sample(good).bars, 4)
})
