/**
 * Call backs, colleagues, calls that answer themselves, who listens, problems and their ways out, the small window's own pages, a window of its own.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'

const text = (page, selector) => page.evaluate(s => window.bar.shadowRoot.querySelector(s)?.textContent.trim() ?? null, selector)
const press = (page, key) => page.evaluate(k => window.bar.shadowRoot.querySelector(`[data-control="${k}"], [data-item="${k}"]`).click(), key)
const settled = page => page.evaluate(() => window.settled())

/** What §6 of the callbar's design says, code by code: words and ways out. */
const PROBLEMS = [
  ['mic_denied', 'The microphone is blocked', ['Try again', 'How to']],
  ['mic_policy', 'The CRM blocks the microphone', ['Open window', 'Copy for admin']],
  ['mic_missing', 'No microphone found', ['Choose device', 'Try again']],
  ['mic_busy', 'Another program holds the microphone', ['Choose device', 'Try again']],
  ['mic_silent', 'We hear nothing from your microphone', ['Choose device', 'Close']],
  ['device_lost', 'Your headset was unplugged', ['Keep', 'Choose device']],
  ['autoplay', 'Turn on the ringer', ['Turn on sound']],
  ['media_failed', 'No sound is getting through', ['End', 'Copy for admin']],
  ['local_network', 'The browser asks before it talks to your company network', ['Allow']],
  ['signed_out', 'Your sign-in ran out', ['Sign in']],
  ['refused', 'This page may not use offhook', ['Copy for admin']],
  ['elsewhere', 'You were signed out', ['Use this one', 'Close']],
  ['call_gone', 'This call is over, or a colleague has it', []],
  ['again', 'That did not work just now', ['Try again']],
  ['unsaved', 'Not saved yet', ['Try now']],
]

/** @param {import('../harness.js').Engine} engine */
export default function story(engine) {
  const { name, open } = engine
  /** The notice about the ringer stands in a bar's and a mini's place of the dial field. */
  const soundless = name === 'firefox' && 'Firefox starts no AudioContext where there is no sound card'

  test('a call back is told as one, and the customer is dialled after Answer', { timeout: 120_000 }, async () => {
    const { page, done } = await open({ state: 'idle', layout: 'panel' })
    await page.evaluate(async () => {
      window.gateway.connects = false
      window.gateway.offer({ callback: true })
      await window.settled()
    })
    assert.equal(await text(page, '.tag'), 'Call back · Billing DE')
    assert.equal(await text(page, '.then'), 'After Answer we call Mara.')
    assert.match(await text(page, '[data-live=assertive]'), /^Call back\. Mara Lindqvist, Nordlicht Logistik GmbH\. Queue Billing DE\.$/)
    await press(page, 'answer')
    await settled(page)
    await page.evaluate(async () => { window.gateway.callIs([...window.gateway.calls.keys()][0], { phase: 'ringing' }); await window.settled() })
    assert.equal(await text(page, '.talk'), 'Ringing…')
    assert.ok(await text(page, '[data-control=end]'))
    await done()
  })

  test('calls between colleagues: looked up while one types, people and queues, dialled by name, listed afterwards', { timeout: 120_000 }, async () => {
    const { page, done } = await open(soundless ? { state: 'idle', layout: 'panel', width: 360 } : { state: 'idle' })
    await page.waitForFunction(() => window.bar.shadowRoot.querySelector('[data-control=dial]'))
    await page.evaluate(async () => {
      localStorage.removeItem('offhook.targets') // whom other stories called
      const field = window.bar.shadowRoot.querySelector('[data-control=dial]')
      field.focus()
      field.value = 'bill'
      field.dispatchEvent(new Event('input', { bubbles: true }))
      await window.skip(200)
    })
    await page.waitForFunction(() => window.bar.shadowRoot.querySelectorAll('.who-row').length > 4)
assert.deepEqual(await page.evaluate(() => window.gateway.sent('directory').map(f => 'kind' in f)), [false])
    const kinds = await page.evaluate(() => [...window.bar.shadowRoot.querySelectorAll('.who-row .name')].map(e => e.textContent))
    assert.ok(kinds.includes('Devon Park') && kinds.includes('Billing DE'), kinds.join())
    await page.keyboard.press('Enter')
    await page.waitForFunction(() => window.gateway.sent('dial').length === 1)
    assert.equal(await page.evaluate(() => window.gateway.sent('dial')[0].to), 'agent:devon')
await page.waitForFunction(() => window.bar.shadowRoot.querySelector('[part=caller] [part=name]')?.textContent === 'Devon Park')
    await page.evaluate(async () => {
      const [id] = window.gateway.calls.keys()
      window.gateway.callIs(id, { phase: 'connected', answered_at: window.gateway.time() })
      window.gateway.hangUp(id, 'callee')
      await window.settled()
    })
    assert.deepEqual(await page.evaluate(() => { const [r] = window.bar.state.recents; return [r.direction, r.to.name, r.missed] }), ['internal', 'Devon Park', false])
    await page.evaluate(() => { localStorage.removeItem('offhook.targets') })
    await done()
  })

  test('auto-answer: after its seconds and a tone, where the server allows it; else the agent decides', { timeout: 120_000 }, async () => {
    const { page, done } = await open({ state: 'idle' })
    await page.evaluate(async () => {
      window.bar.setAttribute('auto-answer', '1')
      window.gateway.offer()
      await window.settled()
    })
    await page.evaluate(() => window.really(1500))
    assert.equal(await page.evaluate(() => window.gateway.sent('accept').length), 0, 'not allowed')
    await page.evaluate(async () => {
      window.gateway.miss([...window.gateway.calls.keys()][0])
      window.gateway.limits = { ...window.gateway.limits, auto_answer: true }
      window.gateway.drop(1006)
      await window.settled()
    })
    await page.waitForFunction(() => window.bar.state.connection.state === 'open' && window.bar.state.limits.auto_answer === true)
    const told = await page.evaluate(async () => { window.gateway.offer(); await window.settled(); return window.bar.shadowRoot.querySelector('.rings').textContent })
    assert.match(told, /^Answers itself in [01] s$/)
    assert.ok(await page.evaluate(() => window.media.did.some(([what]) => what === 'beep')), 'a tone in the headset')
    await page.waitForFunction(() => window.gateway.sent('accept').length === 1, { timeout: 25_000 })
    await done()
  })

  test('who listens besides the two is shown', { timeout: 120_000 }, async () => {
    const { page, done } = await open({ state: 'talking', layout: 'panel' })
    assert.equal(await text(page, '.supervised'), null)
    await page.evaluate(async () => { window.gateway.callIs([...window.gateway.calls.keys()].at(-1), { supervised: true }); await window.settled() })
    assert.equal(await text(page, '.supervised'), 'Supervisor is listening')
    await done()
  })

  test('wrap-up says how long the caller was on hold, and calls back', { timeout: 120_000 }, async () => {
    const { page, done } = await open({ state: 'talking', layout: 'panel' })
    await page.evaluate(async () => { await window.client.hold(); await window.settled(); await window.skip(38_000); await window.client.resume(); await window.settled() })
    await page.evaluate(async () => { window.gateway.hangUp([...window.gateway.calls.keys()].at(-1)); await window.settled() })
    assert.match(await text(page, '.small-who'), /Billing DE · talked \d+:\d\d · held 0:38/)
    await press(page, 'more')
    await press(page, 'callback')
    await page.waitForFunction(() => window.gateway.sent('dial').length === 1)
    assert.equal(await page.evaluate(() => window.gateway.sent('dial')[0].to), '+493023125142')
    await done()
  })

  test('each problem: its words and its ways out', { timeout: 120_000 }, async () => {
    const { page, done } = await open({ state: 'idle', layout: 'panel' })
    for (const [code, title, actions] of PROBLEMS) {
      await page.evaluate(async c => { window.client.raise(c); await window.settled() }, code)
      assert.equal(await text(page, '.notice .title'), title)
      assert.deepEqual(await page.evaluate(() => [...window.bar.shadowRoot.querySelectorAll('.notice .actions button')].map(b => b.textContent)), actions, code)
      await page.evaluate(async c => { window.client.dismiss(c); await window.settled() }, code)
    }
    await page.evaluate(async () => { window.client.raise('media_failed'); await window.settled() })
    await press(page, 'more')
    await press(page, 'problem')
    assert.match(await text(page, '.card'), /^No sound is getting throughCodemedia_failed/)
    await done()
  })

  test('a request that did not work is made once more by “Try again”', { timeout: 120_000 }, async () => {
    const { page, done } = await open({ state: 'talking' })
    await page.evaluate(() => { window.gateway.on('record', (frame, g) => g.error(frame, 'wrong_phase')) })
    await press(page, 'more')
    await press(page, 'record')
    await settled(page)
    assert.equal(await text(page, '.strip .title'), 'That did not work just now')
    await page.evaluate(() => { window.gateway.on('record', (frame, g) => { g.ok(frame); g.callIs(frame.call, { recording: 'paused' }) }) })
    await press(page, 'again-repeat')
    await page.waitForFunction(() => window.bar.state.calls[0].recording === 'paused')
    assert.equal(await page.evaluate(() => window.gateway.sent('record').length), 2)
    await done()
  })

  test('a bar with a message keeps Mute, Hold and End; what it has no room for is in the menu', { timeout: 120_000 }, async () => {
    const { page, done } = await open({ state: 'device-lost' })
    const controls = await page.evaluate(() => [...window.bar.shadowRoot.querySelectorAll('[data-control]')].filter(e => e.getClientRects().length).map(e => e.dataset.control))
    assert.deepEqual(controls.filter(c => ['mute', 'hold', 'keypad', 'transfer', 'end', 'more'].includes(c)), ['mute', 'hold', 'end', 'more'])
    await press(page, 'more')
    await press(page, 'keypad')
    await page.waitForFunction(() => window.bar.shadowRoot.querySelector('.popover .key'))
    await done()
  })

  test('the small window: figures, a number to call', { timeout: 120_000, skip: soundless }, async () => {
    const { page, done } = await open({ state: 'idle', layout: 'mini' })
    assert.equal(await text(page, '.figures'), 'Waiting 3Longest 0:48Callbacks 2')
    await press(page, 'dialpad')
    for (const key of ['4', '7']) await page.evaluate(k => [...window.bar.shadowRoot.querySelectorAll('.key')].find(b => b.textContent.startsWith(k)).click(), key)
    await settled(page)
    await press(page, 'dial-go')
    await page.waitForFunction(() => window.gateway.sent('dial').length === 1)
    assert.equal(await page.evaluate(() => window.gateway.sent('dial')[0].to), '47')
    await done()
  })

  /** A second callbar on the page, of a gateway that is this server, which gives the page's tokens. */
  const second = (page, url) => page.evaluate(u => {
    const bar = document.createElement('offhook-callbar')
    bar.setAttribute('gateway', `${u.replace('http', 'ws')}/agent`)
    document.body.append(bar)
    window.second = bar
    bar.tokenSource = () => 'a-token'
    bar.client.raise('mic_policy')
  }, url)
  const popup = page => new Promise(resolve => { page.once('popup', resolve) })
  /** Waits until the callbar of a new window can ask for tokens. The window is empty first: what waits in that page is lost with it. */
  const asks = async child => {
    for (let i = 0; i < 600; i++) {
      if (await child.evaluate(() => Boolean(document.querySelector('offhook-callbar')?.tokenSource)).catch(() => false)) return
      await new Promise(resolve => { setTimeout(resolve, 50) })
    }
    assert.fail('the window has no callbar')
  }
  const noise = /WebSocket|establish/ // there is no gateway behind it

  test('a callbar without a microphone opens in a window of its own, which gets its tokens from the page', { timeout: 120_000 }, async () => {
    const { page, faults } = await open({ state: 'signed-out' })
    await second(page, engine.server.url)
    const way = await page.waitForFunction(() => window.second.shadowRoot.querySelector('[data-control=mic_policy-window]'))
    const [child] = await Promise.all([popup(page), way.click()])
    await asks(child)
    assert.equal(await child.evaluate(() => document.querySelector('offhook-callbar').tokenSource()), 'a-token')
    await child.close()
    await page.close()
    assert.deepEqual(faults.filter(f => !noise.test(f)), [], name)
  })

  test('TestSecurityOwnWindow: a window that no callbar has opened gets no token, and believes no other answer', { timeout: 120_000 }, async () => {
    const { page, faults } = await open({ state: 'signed-out' })
    await second(page, engine.server.url)
    const [child] = await Promise.all([popup(page), page.evaluate(url => { window.opened = window.open(`${url}/window/`, 'offhook', 'popup,width=400,height=680') }, engine.server.url)])
    await asks(child)
    await child.evaluate(() => { window.came = 'still asking'; document.querySelector('offhook-callbar').tokenSource().then(() => { window.came = 'believed' }, () => { window.came = 'refused' }) })
    await page.evaluate(() => { for (const data of [null, 'token', { offhook: 1, type: 'token', id: 999, data: 'evil' }, { offhook: 2, type: 'token', id: 1, data: 'evil' }]) window.opened.postMessage(data, location.origin) })
    await child.evaluate(() => new Promise(resolve => { setTimeout(resolve, 300) }))
    assert.equal(await child.evaluate(() => window.came), 'still asking')
    await child.close()
    await page.close()
    assert.deepEqual(faults.filter(f => !noise.test(f)), [], name)
  })
}
