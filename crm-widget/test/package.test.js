/** The package as somebody else gets it: packed, unpacked, and used from outside. */

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const HERE = fileURLToPath(new URL('../', import.meta.url))
let folder = ''

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'offhook-package-'))
  const [packed] = JSON.parse(execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], { cwd: HERE, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }))
  mkdirSync(join(folder, 'node_modules/offhook'), { recursive: true })
  execFileSync('tar', ['-xzf', join(folder, packed.filename), '--strip-components=1', '-C', join(folder, 'node_modules/offhook')])
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
})
after(() => rmSync(folder, { recursive: true, force: true }))

test('it has what a page and its tests need, and nothing else', () => {
  const all = readdirSync(join(folder, 'node_modules/offhook')).sort()
  assert.deepEqual(all, ['README.md', 'call.svg', 'examples', 'index.d.ts', 'offhook-callbar.js', 'offhook-define.js', 'offhook.js', 'package.json', 'src', 'testing'])
  assert.equal(Object.keys(JSON.parse(readFileSync(join(folder, 'node_modules/offhook/package.json'), 'utf8')).dependencies ?? {}).length, 0)
})

test('client and fakes work from outside', () => {
  writeFileSync(join(folder, 'use.js'), `
    import { OffhookClient } from 'offhook/client'
    import { FakeGateway, FakeMedia, settled } from 'offhook/testing'
    const gateway = new FakeGateway()
    const client = new OffhookClient({ gateway: 'ws://x/agent', tokenSource: () => 'token', socket: gateway.socket, media: new FakeMedia() })
    await client.connect()
    await client.setState('available')
    const { id } = gateway.offer()
    await settled()
    await client.answer()
    await settled()
    const [call] = client.calls
    await call.hold()
    await settled()
    console.log(call.id === id, call.phase, call.heldBy)
    client.release()
    process.exit(0)`)
  assert.equal(execFileSync(process.execPath, ['use.js'], { cwd: folder, encoding: 'utf8' }), 'true held agent\n')
})

test('what the README shows of tests runs as it says', () => {
  const readme = readFileSync(join(folder, 'node_modules/offhook/README.md'), 'utf8')
  const [, code] = readme.match(/<!-- test -->\n```js\n([\s\S]*?)```/) ?? assert.fail('the README shows no test')
  const said = [...code.matchAll(/console\.log\(.*\) \/\/ (.*)/g)].map(m => m[1])
  assert.ok(said.length >= 2)
  writeFileSync(join(folder, 'readme.js'), code)
  assert.deepEqual(execFileSync(process.execPath, ['readme.js'], { cwd: folder, encoding: 'utf8', timeout: 30_000 }).trim().split('\n'), said)
})

test('its types compile in somebody else’s program', () => {
  writeFileSync(join(folder, 'use.ts'), `
    import { OffhookClient, type Call, type OffhookCallbar } from 'offhook'
    const bar: OffhookCallbar = document.createElement('offhook-callbar')
    bar.addEventListener('dial-request', e => { if (e.to === '110') e.preventDefault() })
    export const last = async (client: OffhookClient): Promise<Call | undefined> => client.calls.at(-1)
    import { OffhookClient as Headless } from 'offhook/client'
    import { FakeBrowser, FakeClock, FakeGateway, FakeMedia, settled } from 'offhook/testing'
    const clock = new FakeClock()
    const gateway = new FakeGateway({ clock: () => clock.now() })
    export const faked = new Headless({ gateway: 'wss://x/agent', tokenSource: () => 'token', clock, socket: gateway.socket, media: new FakeMedia(), leader: 'always' })
    export const tab = new FakeBrowser(clock).tab({ visible: false })
    gateway.offer({ from: { number: '110' } })
    await settled()
    // @ts-expect-error a test that misspells is told
    gateway.offers()`)
  execFileSync(process.execPath, [join(HERE, 'node_modules/typescript/bin/tsc'), '--noEmit', '--strict', '--target', 'ES2022', '--module', 'NodeNext', '--lib', 'ES2023,DOM,DOM.Iterable', 'use.ts'], { cwd: folder, encoding: 'utf8', stdio: 'pipe' })
})

test('the examples use what there is', () => {
  const client = readFileSync(join(HERE, 'index.d.ts'), 'utf8')
  const scripts = readdirSync(join(HERE, 'examples'), { recursive: true, encoding: 'utf8' }).filter(f => /\.jsx?$/.test(f))
  assert.ok(scripts.length >= 6)
  for (const name of scripts) {
    const text = readFileSync(join(HERE, 'examples', name), 'utf8')
    for (const [, event] of text.matchAll(/addEventListener\('((?:call|dial|wrap|agent)[\w-]+)'/g)) assert.ok(client.includes(`'${event}'`), `${name}: ${event}`)
    if (name.endsWith('.js')) execFileSync(process.execPath, ['--check', join(HERE, 'examples', name)])
  }
})

test('the React example is built from the package by what its README says', () => {
  const readme = readFileSync(join(HERE, 'examples/README.md'), 'utf8')
  const [, command] = readme.match(/`npx esbuild ([^`]+)`/) ?? assert.fail('the README names no command')
  cpSync(join(folder, 'node_modules/offhook/examples/react'), join(folder, 'react'), { recursive: true })
  for (const name of ['react', 'react-dom', 'scheduler']) symlinkSync(join(HERE, 'node_modules', name), join(folder, 'node_modules', name))
  execFileSync(join(HERE, 'node_modules/esbuild/bin/esbuild'), [...command.split(' '), '--log-level=warning'], { cwd: join(folder, 'react') })
  const built = readdirSync(join(folder, 'react/dist'))
  assert.ok(built.includes('main.js') && built.length > 3, `layouts and languages stay apart: ${built}`)
})
