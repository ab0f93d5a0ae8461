import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { brotliCompressSync, gzipSync } from 'node:zlib'

const BASE = new URL('../', import.meta.url)
const MODULES = 25
const GZIP_KIB = 72
const BROTLI_KIB = 63

/** The entry and all that it imports, each once; what is imported on demand is not of it. */
function graph() {
  const files = new Map()
  const visit = (/** @type {URL} */ url) => {
    if (files.has(url.href)) return
    const text = readFileSync(url, 'utf8')
    files.set(url.href, text)
    for (const [, from] of text.matchAll(/^(?:import|export)\b[^'"]*?from '(\.[^']+)'/gms)) visit(new URL(from, url))
  }
  visit(new URL('offhook.js', BASE))
  return files
}

test(`the widget starts with at most ${MODULES} modules, ${BROTLI_KIB} KiB by brotli, ${GZIP_KIB} KiB by gzip`, () => {
  const files = graph()
  const kib = (/** @type {(text: string) => Uint8Array} */ pack) => [...files.values()].reduce((sum, text) => sum + pack(text).length, 0) / 1024
  assert.ok(files.size > 15, `only ${files.size} modules were found`)
  assert.ok(![...files.keys()].some(f => f.endsWith('/lang/de.js')), 'a second language comes on demand')
  assert.ok(files.size <= MODULES, `${files.size} modules`)
  assert.ok(kib(brotliCompressSync) <= BROTLI_KIB, `${kib(brotliCompressSync).toFixed(1)} KiB by brotli`)
  assert.ok(kib(gzipSync) <= GZIP_KIB, `${kib(gzipSync).toFixed(1)} KiB by gzip`)
})
