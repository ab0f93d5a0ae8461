/**
 * The examples, as they stand but for the names of hosts, under the policy that their README names; the React one built as it says.
 */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

import { FakeGateway } from '../../../testing/index.js'
import { bridge } from '../bridge.js'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'"
const TOKEN = `x.${Buffer.from('{"sub":"jonas"}').toString('base64url')}.y`

/** A tenth of a second of silence. */
function silence() {
  const wav = Buffer.alloc(44 + 1600)
  wav.write('RIFF', 0)
  wav.writeUInt32LE(wav.length - 8, 4)
  wav.write('WAVEfmt ', 8)
  for (const [value, at] of [[16, 16], [8000, 24], [16000, 28], [1600, 40]]) wav.writeUInt32LE(value, at)
  for (const [value, at] of [[1, 20], [1, 22], [2, 32], [16, 34]]) wav.writeUInt16LE(value, at)
  wav.write('data', 36)
  return wav
}

/** @param {import('../harness.js').Engine} engine */
export default function story(engine) {
  let gateway = new FakeGateway()
  let unbridge = () => {}
  before(() => {
    const { made } = engine.server
    unbridge = bridge(/** @type {any} */ (engine.server.http), () => gateway)
    made.set('/offhook-token', { body: TOKEN })
    made.set('/contacts', { body: JSON.stringify({ name: 'Mara Lindqvist', company: 'Nordlicht from the CRM' }), headers: { 'content-type': 'application/json' } })
    made.set('/examples/ring.mp3', { body: silence(), headers: { 'content-type': 'audio/wav' } })
    for (const name of ['plain', 'strict', 'own-ringer', 'own-ui']) {
      for (const file of [`${name}.html`, `${name}.js`]) made.set(`/examples/${file}`, { body: here(readFileSync(`${ROOT}examples/${file}`, 'utf8')), headers: { 'content-security-policy': name === 'own-ringer' ? `${POLICY}; media-src 'self'` : POLICY } })
    }
  })
  after(() => unbridge())

  /** This server in place of the gateway that the examples name. @param {string} text */
  const here = text => text.replaceAll('https://gateway.example', engine.server.url).replaceAll('wss://gateway.example', engine.server.url.replace('http', 'ws'))

  /** @param {string} path */
  async function open(path) {
    gateway = new FakeGateway()
    const { page, faults } = await engine.page()
    await page.goto(`${engine.server.url}/examples/${path}`)
    return { page, async done() { await page.close(); assert.deepEqual(faults, []) } }
  }
  /** @param {() => unknown} seen */
  async function until(seen) {
    const end = Date.now() + 8000
    while (!seen()) {
      if (Date.now() > end) assert.fail(`${seen} did not come about`)
      await new Promise(resolve => { setTimeout(resolve, 10) })
    }
  }
  const connected = page => page.waitForFunction(() => document.querySelector('offhook-callbar').state.connection.state === 'open', { timeout: 25_000 })
  const ringing = page => page.waitForFunction(() => document.querySelector('offhook-callbar').matches(':state(ringing)'), { timeout: 25_000 })

  test('example: plain.html logs in, shows the CRM’s name of a caller, calls a telephone link, refuses a number', { timeout: 120_000 }, async () => {
    const { page, done } = await open('plain.html')
    await connected(page)
    await page.evaluate(() => document.querySelector('a[href^="tel:"]').click())
    await until(() => gateway.sent('dial').length === 1)
    assert.equal(gateway.sent('dial')[0].to, '+493023125142')
    assert.equal(await page.evaluate(() => document.querySelector('offhook-callbar').dial('+1900555')), undefined)
    gateway.hangUp([...gateway.calls.keys()][0], 'callee')
    gateway.offer()
    await ringing(page)
    await page.waitForFunction(() => document.querySelector('offhook-callbar').shadowRoot.textContent.includes('Nordlicht from the CRM'))
    assert.equal(gateway.sent('dial').length, 1)
    await done()
  })

  test('example: strict.html, a hostile caller too: nothing breaks its policy', { timeout: 120_000 }, async () => {
    const { page, done } = await open('strict.html')
    await page.evaluate(() => {
      window.broken = []
      document.addEventListener('securitypolicyviolation', e => window.broken.push(`${e.violatedDirective} ${e.blockedURI}`))
    })
    await connected(page)
    const asked = engine.server.asked.length
    const bad = '"><img src=/stolen onerror=hit()><script src=/stolen></script><style>@import "/stolen"</style>'
    gateway.offer({ from: { number: bad, name: bad }, queue: bad, data: { [bad]: bad, company: bad } })
    await ringing(page)
    await page.evaluate(() => new Promise(resolve => { setTimeout(resolve, 200) }))
    assert.deepEqual(await page.evaluate(() => [window.broken, document.querySelector('offhook-callbar').shadowRoot.querySelectorAll('img, script, style, iframe').length]), [[], 0])
    assert.deepEqual(engine.server.asked.slice(asked).filter(path => !/favicon|\.js$/.test(path)), [])
    assert.match(await page.evaluate(() => document.querySelector('offhook-callbar').shadowRoot.textContent), /<img src=/, 'it is shown as what it is')
    await done()
  })

  test('example: own-ringer.html rings by itself, until the call is gone', { timeout: 120_000 }, async () => {
    const { page, done } = await open('own-ringer.html')
    await connected(page)
    await page.evaluate(() => {
      window.tones = 0
      const { start } = AudioScheduledSourceNode.prototype
      AudioScheduledSourceNode.prototype.start = function counted(...at) { window.tones++; return start.apply(this, at) }
    })
    gateway.offer()
    await ringing(page)
    await page.waitForFunction(() => !document.getElementById('ring').paused)
    assert.equal(await page.evaluate(() => window.tones), 0, 'the callbar is silent')
    await page.evaluate(() => { document.querySelector('offhook-callbar').decline() })
    await page.waitForFunction(() => document.getElementById('ring').paused)
    await done()
  })

  test('example: own-ui.html draws calls and does what its buttons say', { timeout: 120_000 }, async () => {
    const { page, done } = await open('own-ui.html')
    await page.waitForFunction(() => document.getElementById('state').textContent === 'away')
    gateway.offer()
    await page.waitForFunction(() => document.querySelector('li')?.textContent.startsWith('Mara Lindqvist offered'))
    assert.deepEqual(await page.evaluate(() => [...document.querySelectorAll('li button')].map(b => b.textContent)), ['answer', 'decline'])
    await page.evaluate(() => document.querySelectorAll('li button')[1].click())
    await until(() => gateway.sent('reject').length === 1)
    await page.waitForFunction(() => !document.querySelector('li'))
    await page.evaluate(() => { document.querySelector('[name=to]').value = '+49401234'; document.querySelector('#dial button').click() })
    await until(() => gateway.sent('dial').length === 1)
    assert.equal(gateway.sent('dial')[0].to, '+49401234')
    await done()
  })

  test('example: React builds; StrictMode, events, gone and back', { timeout: 120_000 }, async () => {
    const { made } = engine.server
    const { outputFiles } = await build({
      entryPoints: [`${ROOT}examples/react/main.jsx`], outdir: '/dist', bundle: true, format: 'esm', splitting: true, jsx: 'automatic', write: false, alias: { offhook: `${ROOT}offhook.js` },
      define: { 'process.env.NODE_ENV': '"production"' }, logLevel: 'silent',
    })
    for (const file of outputFiles) made.set(`/examples/react${file.path}`, { body: here(file.text), headers: { 'content-security-policy': POLICY } })
    const { page, done } = await open('react/index.html')
    await page.waitForFunction(() => document.querySelector('offhook-callbar')?.state?.connection.state === 'open', { timeout: 25_000 })
    const sockets = () => gateway.sockets.filter(s => s.readyState === 1).length
    assert.equal(sockets(), 1)
    gateway.offer()
    await page.waitForFunction(() => document.querySelector('output').textContent === 'Mara Lindqvist')
    gateway.callIs([...gateway.calls.keys()][0], { phase: 'ended', cause: { code: 'abandoned', by: 'caller' } })
    await page.waitForFunction(() => document.querySelector('offhook-callbar').state.calls.length === 0)
    await page.evaluate(() => document.querySelector('#app > button').click())
    await page.waitForFunction(() => !document.querySelector('offhook-callbar'))
    await until(() => sockets() === 0)
    await page.evaluate(() => document.querySelector('#app > button').click())
    await connected(page)
    assert.equal(sockets(), 1)
    await done()
  })
}
