import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'

import { addLanguage, loadLanguage, translator } from '../src/i18n.js'
import de from '../src/lang/de.js'
import en from '../src/lang/en.js'

const vars = (/** @type {any} */ word) => [...JSON.stringify(word).matchAll(/\{(\w+)\}/g)].map(m => m[1]).sort()

test('German has the keys of English, with the same gaps to fill', () => {
  assert.deepEqual(Object.keys(de).sort(), Object.keys(en).sort())
  for (const key of Object.keys(en)) assert.deepEqual([...new Set(vars(de[key]))], [...new Set(vars(en[key]))], key)
})

test('every key that the code names is there', () => {
  const base = new URL('../', import.meta.url)
  const files = ['offhook-callbar.js', ...readdirSync(new URL('src/', base)).map(f => `src/${f}`), ...readdirSync(new URL('src/views/', base)).map(f => `src/views/${f}`), ...readdirSync(new URL('src/element/', base)).map(f => `src/element/${f}`)].filter(f => f.endsWith('.js'))
  const used = files.flatMap(f => [...readFileSync(new URL(f, base), 'utf8').matchAll(/\bt\('([\w.]+)'/g)].map(m => m[1]))
  assert.ok(used.length > 60)
  assert.deepEqual([...new Set(used)].filter(k => !(k in en)), [])
})

test('a shipped language comes when it is asked for; words that a page added stay', async () => {
  assert.equal(translator('de').t('hold'), en.hold)
  addLanguage('de', { end: 'Auflegen!' })
  assert.equal(await loadLanguage('de-CH'), true)
  assert.equal(await loadLanguage('de'), false, 'once')
  assert.equal(await loadLanguage('constructor'), false)
  assert.equal(translator('de').t('hold'), de.hold)
  assert.equal(translator('de').t('end'), 'Auflegen!')
})

test('words fall back from region to language to English', () => {
  addLanguage('de-AT', { mute: 'Stummschalten' })
  const at = translator('de-AT')
  assert.equal(at.t('mute'), 'Stummschalten')
  assert.equal(at.t('hold'), de.hold)
  assert.equal(translator('eo').t('hold'), en.hold)
  assert.equal(translator('not a tag').lang, 'en')
  assert.equal(translator('ar').dir, 'rtl')
})

test('a time is read in words', () => {
  assert.equal(translator('en').duration(167_000), '2 minutes 47 seconds')
  assert.equal(translator('de').duration(61_000), '1 Minute 1 Sekunde')
})
