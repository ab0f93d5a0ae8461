/**
 * What an agent does between Answer and End, in a real page under the strictest policy: hold, tones, dialling, transfer, consultation, by
 * keyboard alone; what is said of it; what a hostile directory can do.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'

/** The page's time goes on at once: what waits for it has run. */
const pause = (page, ms) => page.evaluate(t => window.skip(t), ms)
const text = (page, selector) => page.evaluate(s => window.bar.shadowRoot.querySelector(s)?.textContent ?? null, selector)
const focus = page => page.evaluate(() => window.bar.shadowRoot.activeElement?.dataset.control ?? window.bar.shadowRoot.activeElement?.getAttribute('aria-label') ?? '')
const focusIs = (page, key) => page.waitForFunction(k => (window.bar.shadowRoot.activeElement?.dataset.control ?? window.bar.shadowRoot.activeElement?.getAttribute('aria-label')) === k, { timeout: 25_000 }, key)
const calls = page => page.evaluate(() => window.bar.state.calls.map(c => [c.phase, c.held_by ?? '']))
const sent = (page, type) => page.evaluate(t => window.gateway.sent(t), type)
const until = (page, wanted) => page.waitForFunction(w => JSON.stringify(window.bar.state.calls.map(c => [c.phase, c.held_by ?? ''])) === w, { timeout: 25_000 }, JSON.stringify(wanted))
const chord = async (page, code) => {
  await page.keyboard.down('Alt')
  await page.keyboard.down('Shift')
  await page.keyboard.press(code)
  await page.keyboard.up('Shift')
  await page.keyboard.up('Alt')
}

/** Keeps what the live regions say. */
const listen = page => page.evaluate(() => {
  window.said = []
  for (const region of window.bar.shadowRoot.querySelectorAll('[data-live]')) {
    new MutationObserver(() => { if (region.textContent) window.said.push(`${region.dataset.live}: ${region.textContent}`) }).observe(region, { childList: true, characterData: true, subtree: true })
  }
})

/** @param {import('../harness.js').Engine} engine */
export default function story(engine) {
  const { name, open } = engine

  test('by keyboard alone: hold, consult, swap, complete, wrap up; the focus is where it is needed', { timeout: 120_000 }, async () => {
    for (const layout of ['bar', 'panel']) {
      const { page, done } = await open({ state: 'talking', layout, width: layout === 'bar' ? 1200 : 360 })
      await chord(page, 'KeyH')
      await until(page, [['held', 'agent']])
      await page.waitForFunction(() => window.bar.matches(':state(held)'))
      assert.equal(await text(page, '[data-control=hold]'), 'Resume')
      await chord(page, 'KeyH')
      await until(page, [['connected', '']])
      await chord(page, 'KeyT')
      await focusIs(page, 'find')
      await page.keyboard.type('bill')
      await page.waitForFunction(() => window.bar.shadowRoot.querySelectorAll('[role=option]').length === 4)
      await page.keyboard.press('ArrowDown')
      await page.waitForFunction(() => window.bar.shadowRoot.querySelector('[aria-selected=true][role=option]')?.textContent.includes('Aylin Kaya'))
      assert.equal(await page.evaluate(() => window.bar.shadowRoot.activeElement.getAttribute('aria-activedescendant')), 'found-1')
      await page.keyboard.press('ArrowUp')
      await page.keyboard.press('Enter')
      await until(page, [['held', 'agent'], ['ringing', '']])
      assert.deepEqual((await sent(page, 'dial')).map(f => [f.to, Boolean(f.consult_of)]), [['agent:devon', true]])
      await focusIs(page, 'complete')
      assert.equal(await page.evaluate(() => window.bar.shadowRoot.querySelector('[data-control=complete]').getAttribute('aria-disabled')), 'true', 'nobody has answered')
      await page.keyboard.press('Enter')
      assert.deepEqual(await sent(page, 'transfer'), [])
      await page.evaluate(() => { window.gateway.callIs([...window.gateway.calls.keys()].at(-1), { phase: 'connected', answered_at: window.gateway.time() }) })
      await until(page, [['held', 'agent'], ['connected', '']])
      await chord(page, 'KeyX')
      await until(page, [['connected', ''], ['held', 'agent']])
      await chord(page, 'KeyX')
      await until(page, [['held', 'agent'], ['connected', '']])
      await chord(page, 'KeyT')
      await focusIs(page, 'complete')
      await page.keyboard.press('Enter')
      await until(page, [['wrap_up', '']])
      assert.equal((await sent(page, 'transfer')).length, 1)
      if (layout === 'bar') await focusIs(page, 'outcome')
      await done()
    }
  })

  test('tones: by the keyboard, by keys, pasted; Escape leads back', { timeout: 120_000 }, async () => {
    const { page, done } = await open({ state: 'talking' })
    await chord(page, 'KeyK')
    await focusIs(page, '1')
    for (const key of ['4', '7', '*', '#']) await page.keyboard.press(key)
    await page.keyboard.press('ArrowRight')
    assert.equal(await focus(page), '2, A B C')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await page.evaluate(() => {
      const paste = new Event('paste', { bubbles: true, composed: true, cancelable: true })
      Object.defineProperty(paste, 'clipboardData', { value: { getData: () => 'PIN 12-34' } })
      window.bar.shadowRoot.activeElement.dispatchEvent(paste)
    })
    await pause(page, 50)
    assert.deepEqual((await sent(page, 'dtmf')).map(f => f.digits), ['4', '7', '*', '#', '5', '1234'])
    assert.equal(await text(page, '.typed'), '47*#51234')
    assert.match(await text(page, '[data-live=polite]'), /Pasted 4 digits, sending\.$/)
    await page.keyboard.press('Escape')
    assert.equal(await focus(page), 'keypad')
    await done()
  })

  test('a number, a name, a number to call from; the page may say no', { timeout: 120_000 }, async () => {
    // without a sound card Firefox starts no ringer, and a bar tells that in the field's place
    const { page, done } = await open(name === 'firefox' ? { state: 'idle', layout: 'panel', width: 360 } : { state: 'idle' })
    await page.evaluate(() => {
      window.wishes = []
      window.bar.addEventListener('dial-request', e => { window.wishes.push([e.to, e.source]); if (e.to === '110') e.preventDefault() })
      window.bar.shadowRoot.querySelector('[data-control=dial]').focus()
    })
    await page.keyboard.type('110')
    await page.keyboard.press('Enter')
    await pause(page, 50)
    assert.deepEqual(await sent(page, 'dial'), [])
    await page.keyboard.press('Backspace')
    await page.keyboard.press('Backspace')
    await page.keyboard.press('Backspace')
    await page.keyboard.type('ayl')
    await page.waitForFunction(() => window.bar.shadowRoot.querySelector('[role=option]')?.textContent.includes('Aylin'))
    assert.equal(await focus(page), 'dial', 'a list that comes does not take the focus')
    await page.keyboard.press('Enter')
    await until(page, [['ringing', '']])
    assert.deepEqual((await sent(page, 'dial')).map(f => f.to), ['agent:aylin'])
    assert.deepEqual(await page.evaluate(() => window.wishes), [['110', 'field'], ['agent:aylin', 'directory']])
    await chord(page, 'KeyE')
    await page.waitForFunction(() => window.bar.state.calls.length === 0)
    await chord(page, 'KeyN')
    await focusIs(page, 'dial-number')
    await page.keyboard.type('+49 (30) 23125-142')
    await page.keyboard.press('Enter')
    await until(page, [['ringing', '']])
    assert.equal((await sent(page, 'dial')).at(-1).to, '+493023125142')
    await done()
  })

  test('live regions: consulting, nobody answers, back with the caller; recording; a call beside', { timeout: 120_000 }, async () => {
    const { page, done } = await open({ state: 'talking' })
    await pause(page, 3200)
    await listen(page)
    await page.evaluate(() => { window.client.consult(undefined, 'agent:devon') })
    await until(page, [['held', 'agent'], ['ringing', '']])
    await pause(page, 100)
    await page.evaluate(() => { window.gateway.callIs([...window.gateway.calls.keys()].at(-1), { phase: 'ended', cause: { code: 'timeout', by: 'callee' } }) })
    await until(page, [['connected', '']])
    await pause(page, 3200)
    await page.evaluate(() => { window.client.record(true, { pauseS: 60 }) })
    await pause(page, 3200)
    await page.evaluate(() => { window.gateway.offer({ from: { number: '+34911234567', name: 'Tomás Ortega' }, queue: '', data: {} }) })
    await pause(page, 100)
    assert.deepEqual(await page.evaluate(() => window.said), [
      'polite: Consulting Devon Park. Mara Lindqvist is on hold.',
      'assertive: Devon Park did not answer. You are back with Mara Lindqvist.',
      'polite: Recording paused.',
      'assertive: Incoming call. Tomás Ortega.',
    ])
    await done()
  })

  test('a second call neither takes the focus nor the place of the first; it is answered from its own button', { timeout: 120_000 }, async () => {
    const { page, done } = await open({ state: 'talking', layout: 'panel', width: 360 })
    await page.evaluate(() => window.bar.shadowRoot.querySelector('[data-control=mute]').focus())
    await page.evaluate(() => { window.gateway.offer({ from: { number: '+34911234567', name: 'Tomás Ortega' }, queue: '', data: {} }) })
    await page.waitForFunction(() => window.bar.shadowRoot.querySelector('.other.offered'))
    assert.equal(await focus(page), 'mute')
    assert.match(await text(page, '.who'), /Mara Lindqvist/)
    await page.evaluate(() => { window.bar.shadowRoot.querySelector('.other .btn.go').click() })
    await page.waitForFunction(() => window.gateway.sent('accept').length === 2)
    assert.equal((await sent(page, 'accept'))[1].call, await page.evaluate(() => [...window.gateway.calls.keys()].at(-1)))
    await done()
  })

  test('who holds a call for a minute is reminded, and again; not when the switch is off', { timeout: 120_000 }, async () => {
    const { page, done } = await open({ state: 'on-hold', layout: 'panel', width: 360 })
    await pause(page, 3200)
    await listen(page)
    const far = minutes => page.evaluate(m => {
      window.gateway.clock = () => Date.now() + m * 60_000
      window.gateway.drop(1006)
      return new Promise(resolve => { window.client.addEventListener('client-ready', resolve, { once: true }) }).then(() => window.skip(1200))
    }, minutes)
    await far(1)
    await page.evaluate(() => { window.bar.shadowRoot.querySelector('[data-control=remind]').click() })
    await far(2)
    const reminders = (await page.evaluate(() => window.said)).filter(s => /waiting/.test(s))
    assert.deepEqual(reminders, ['assertive: On hold for 1 minute. Mara Lindqvist is waiting.'])
    await done()
  })

  test('real media: a call on hold sends no microphone, muted or not; a dialled call keeps its sound under its id', { timeout: 120_000 }, async () => {
    const { page, done } = await open({ state: 'idle' })
    const seen = await page.evaluate(async () => {
      const { BrowserMedia } = await import('/src/media.js')
      const media = new BrowserMedia()
      const states = []
      media.addEventListener('state', e => states.push(e.detail.call))
      const out = {}
      await media.openMicrophone()
      const tracks = []
      const replace = RTCRtpSender.prototype.replaceTrack
      RTCRtpSender.prototype.replaceTrack = function swap(track) { tracks.push(track); return replace.call(this, track) }
      await media.offer('placed-1', [])
      media.rename('placed-1', 'call-1')
      media.start('call-1')
      for (let i = 0; i < 2500 && !tracks.at(-1); i++) await window.really(4)
      const track = tracks.at(-1)
      out.live = track.enabled
      media.setHeld('call-1', true)
      out.held = track.enabled
      media.setMuted('call-1', false)
      out.unmuted = track.enabled
      media.setHeld('call-1', false)
      out.back = track.enabled
      media.ringback(true)
      media.keyTones('12,#')
      media.ringback(false)
      out.states = [...new Set(states)]
      out.gone = media.state('placed-1')
      media.close()
      media.closeMicrophone()
      RTCRtpSender.prototype.replaceTrack = replace
      return out
    })
    assert.deepEqual(seen, { live: true, held: false, unmuted: false, back: true, states: ['call-1'], gone: 'none' })
    await done()
  })

  test('TestSecurityDirectory: names of a hostile directory are text and nothing else', { timeout: 120_000 }, async () => {
    const { page, done } = await open({ state: 'talking', layout: 'panel', width: 360 })
    const strange = await page.evaluate(async () => {
      const payloads = ['<img src=x onerror=hit()>', '"><script>hit()</script>', '\u202Egnp.exe', 'x'.repeat(5000), '__proto__', '', null, 7, { toString: () => '<b>' }]
      window.hits = 0
      window.hit = () => { window.hits++ }
      window.gateway.directory = payloads.map(p => ({ kind: 'agent', id: p, name: p, state: p, reason: p, since: p, queues: [p] }))
      window.bar.shadowRoot.querySelector('[data-control=transfer]').click()
      for (let i = 0; i < 2500 && !window.bar.shadowRoot.querySelector('[role=option]'); i++) await window.really(4)
      const rows = window.bar.shadowRoot.querySelectorAll('[role=option]').length
      const tags = [...new Set([...window.bar.shadowRoot.querySelectorAll('*')].map(e => e.localName))].filter(t => ['img', 'script', 'b', 'iframe'].includes(t))
      window.gateway.directory = Array.from({ length: 50 }, (_, i) => ({ kind: 'agent', id: `a${i}`, name: `Agent ${i}`, state: 'available', queues: [] }))
      return { rows, tags, hits: window.hits }
    })
    assert.deepEqual(strange, { rows: 5, tags: [], hits: 0 })
    await done()
  })
}
