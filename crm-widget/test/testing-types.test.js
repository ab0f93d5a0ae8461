/** testing/index.d.ts has the types of the fakes as their source documents them. OFFHOOK_UPDATE=1 writes it anew. */

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const HERE = fileURLToPath(new URL('../', import.meta.url))
const PARTS = ['fake-clock', 'fake-gateway', 'fake-tabs']
const HEAD = '// Stand-ins for tests of pages that use the callbar or the client. Written by test/testing-types.test.js from the sources beside it.\n'

test('the fakes are typed as they are documented', () => {
  const folder = mkdtempSync(join(tmpdir(), 'offhook-types-'))
  try {
    execFileSync(process.execPath, [
      join(HERE, 'node_modules/typescript/bin/tsc'), ...PARTS.map(p => join(HERE, `testing/${p}.js`)), '--outDir', folder, '--declaration', '--allowJs', '--emitDeclarationOnly', '--noCheck',
      '--target', 'ES2022', '--module', 'NodeNext', '--lib', 'ES2023,DOM,DOM.Iterable',
    ], { encoding: 'utf8', stdio: 'pipe' })
    const parts = PARTS.map(p => readFileSync(join(folder, `${p}.d.ts`), 'utf8').replace(/import\("\.\/fake-[\w-]+\.js"\)\./g, '').replace(/^\/\*\*(?:(?!\*\/)[\s\S])*@module\s*\*\/\n/m, ''))
    const now = `${HEAD}${parts.join('')}`
    const file = join(HERE, 'testing/index.d.ts')
    if (process.env.OFFHOOK_UPDATE === '1') writeFileSync(file, now)
    assert.equal(readFileSync(file, 'utf8'), now, 'OFFHOOK_UPDATE=1 node --test test/testing-types.test.js writes it')
  } finally {
    rmSync(folder, { recursive: true })
  }
})
