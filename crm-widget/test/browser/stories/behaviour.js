/**
 * What an agent does and what strangers send, in a real page under the strictest policy: keyboard only, live regions, focus, markup in every
 * field, moving the element, properties before upgrade, the sample CRM page.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'

const MARKUP = [
  '<script>hit()</script>', '<img src=x onerror=hit()>', '<svg onload=hit()>', '"><script>hit()</script>', "'><img src=x onerror=hit()>", '</span><script>hit()</script>',
  '<iframe src=javascript:parent.hit()>', '<iframe srcdoc="<script>parent.hit()</script>">', '<a href=javascript:hit()>x</a>', 'javascript:hit()', '<body onload=hit()>',
  '<details open ontoggle=hit()>', '<video><source onerror=hit()>', '<audio src=x onerror=hit()>', '<input autofocus onfocus=hit()>', '<select autofocus onfocus=hit()>',
  '<textarea autofocus onfocus=hit()>', '<marquee onstart=hit()>', '<object data=javascript:hit()>', '<embed src=javascript:hit()>', '<math><mtext><img src=x onerror=hit()></mtext></math>',
  '<style>@import "//x";*{background:url(//x)}</style>', '<link rel=stylesheet href=//x>', '<base href=//x>', '<meta http-equiv=refresh content="0;url=//x">', '<form action=//x><button>x',
  '<template><script>hit()</script></template>', '<slot name=x onslotchange=hit()>', '<offhook-callbar>', '{{constructor.constructor("hit()")()}}', '${hit()}', '<%= hit() %>',
  '&lt;script&gt;hit()&lt;/script&gt;', '\u003cscript\u003ehit()\u003c/script\u003e', '<scr\u0000ipt>hit()</scr\u0000ipt>', '<ſcript>hit()</ſcript>', '＜script＞hit()＜/script＞',
  '<IMG SRC=x OnErRoR=hit()>', '<img/src=x/onerror=hit()>', '<img src=x onerror\n=hit()>', '<!--><script>hit()</script>', '<![CDATA[<script>hit()</script>]]>', '<?xml version="1.0"?><x>',
  '\u202Egnp.exe', '\u2066hit\u2069', 'Mara\r\nX-Evil: 1', 'a\u0000b', '\ufeff', '%3Cscript%3Ehit()%3C/script%3E', 'data:text/html,<script>hit()</script>', 'vbscript:hit()',
  'x'.repeat(5000), '\u0301'.repeat(500), '👩‍👩‍👧‍👦'.repeat(80), '__proto__', 'constructor', 'toString', '-->', ']]>', "';hit();//", '`;hit();//',
]

const text = (page, selector) => page.evaluate(s => window.bar.shadowRoot.querySelector(s)?.textContent ?? null, selector)
const kind = page => page.evaluate(() => window.bar.state.calls[0]?.phase ?? window.bar.state.agent?.state)
const focus = page => page.evaluate(() => window.bar.shadowRoot.activeElement?.dataset.control ?? window.bar.shadowRoot.activeElement?.className ?? document.activeElement?.id ?? '')
const until = (page, phase) => page.waitForFunction(p => (window.bar.state.calls[0]?.phase ?? window.bar.state.agent?.state) === p, { timeout: 25_000 }, phase)
/** The page's time goes on at once: what waits for it has run. */
const pause = (page, ms) => page.evaluate(t => window.skip(t), ms)
const chord = async (page, code) => {
  await page.keyboard.down('Alt')
  await page.keyboard.down('Shift')
  await page.keyboard.press(code)
  await page.keyboard.up('Shift')
  await page.keyboard.up('Alt')
}

/** @param {import('../harness.js').Engine} engine */
export default function story(engine) {
  const { name, open } = engine

  test('keyboard only: one Tab stop, arrows, answer, mute, end, outcome, save', { timeout: 120_000 }, async () => {
    const { page, done } = await open({ state: 'offered' })
    assert.equal(await focus(page), '', 'a call that rings does not take the focus')
    await page.keyboard.press('Tab')
    assert.equal(await focus(page), 'answer')
    await page.keyboard.press('ArrowLeft')
    assert.equal(await focus(page), 'decline')
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('Enter')
    await until(page, 'connected')
    await pause(page, 50)
    assert.equal(await focus(page), 'mute', 'Answer is gone: on to the first control of the call')
    await page.keyboard.press('m')
    await page.keyboard.press('End')
    assert.equal(await focus(page), 'more')
    await page.keyboard.press('Home')
    assert.equal(await focus(page), 'state')
    await page.keyboard.press('ArrowDown')
    assert.match(await page.evaluate(() => window.bar.shadowRoot.activeElement.textContent), /Available/)
    await page.keyboard.press('Escape')
    assert.equal(await focus(page), 'state')
    await chord(page, 'KeyM')
    await pause(page, 50)
    assert.equal(await page.evaluate(() => window.bar.matches(':state(muted)')), true)
    assert.equal(await text(page, '[data-control=mute]'), 'Unmute')
    await pause(page, 750)
    await chord(page, 'KeyE')
    await until(page, 'wrap_up')
    await page.keyboard.press('1')
    await pause(page, 50)
    assert.equal(await page.evaluate(() => window.bar.shadowRoot.querySelector('select').value), 'explained')
    await page.keyboard.down('Control')
    await page.keyboard.press('Enter')
    await page.keyboard.up('Control')
    await until(page, 'available')
    await page.keyboard.press('Tab')
    const outside = await page.evaluate(() => document.activeElement === document.body || document.activeElement === window.bar)
    assert.equal(outside, true)
    await done()
  })

  test('answer and End: a press within 700 ms of connecting does not hang up', { timeout: 120_000 }, async () => {
    const { page, done } = await open({ state: 'offered' })
    await page.evaluate(() => {
      const press = key => window.bar.shadowRoot.querySelector(`[data-control=${key}]`)?.click()
      press('answer')
      const watch = setInterval(() => press('end'), 20)
      setTimeout(() => clearInterval(watch), 500)
    })
    await pause(page, 650)
    assert.equal(await kind(page), 'connected')
    await pause(page, 500)
    await page.evaluate(() => window.bar.shadowRoot.querySelector('[data-control=end]').click())
    await until(page, 'wrap_up')
    await done()
  })

  test('live regions: exact words, once, in the right region', { timeout: 120_000 }, async () => {
    const { page, done } = await open({ state: 'idle' })
    await page.evaluate(() => {
      window.said = []
      for (const region of window.bar.shadowRoot.querySelectorAll('[aria-live=polite].sr, [aria-live=assertive].sr')) {
        new MutationObserver(() => { if (region.textContent) window.said.push([region.dataset.live, region.textContent]) }).observe(region, { childList: true, characterData: true, subtree: true })
      }
    })
    await pause(page, 3200) // what was said at the start is cleared by now
    await page.evaluate(() => { window.gateway.offer() })
    await until(page, 'offered')
    await page.evaluate(() => window.client.answer())
    await until(page, 'connected')
    await pause(page, 20)
    await page.evaluate(() => window.client.mute(true))
    await pause(page, 3200)
    await page.evaluate(() => window.gateway.hangUp([...window.gateway.calls.keys()][0]))
    await until(page, 'wrap_up')
    await pause(page, 50)
    const said = await page.evaluate(() => window.said)
    assert.deepEqual(said.filter(s => s[0] === 'assertive'), [['assertive', 'Incoming call. Mara Lindqvist, Nordlicht Logistik GmbH. Queue Billing DE.']])
    assert.deepEqual(said.filter(s => s[0] === 'polite').map(s => s[1]), ['Call connected.', 'Call connected. Muted.', 'Call ended. Wrap-up, 60 seconds. Outcome is required.'])
    await done()
  })

  test(`TestSecurityMarkup: ${MARKUP.length} payloads in each field are text and nothing else`, { timeout: 120_000 }, async () => {
    const { page, done } = await open({ state: 'idle', layout: 'panel' })
    await page.evaluate(async () => { // both layouts are loaded before anything is counted
      for (const layout of ['bar', 'panel']) {
        window.bar.setAttribute('layout', layout)
        for (let i = 0; i < 2500 && !window.bar.shadowRoot.querySelector(`.${layout}`); i++) await window.really(4)
      }
    })
    const asked = engine.server.asked.length
    const result = await page.evaluate(async payloads => {
      window.hits = 0
      window.hit = () => { window.hits++ }
      const strange = []
      const allowed = new Set('DIV SPAN BDI BUTTON H2 DL DT DD svg path circle rect SLOT INPUT TEXTAREA LABEL UL LI HR P B SELECT OPTION'.split(' '))
      const id = window.gateway.offer({ id: '01J00000000000000000000XSS' }).id
      for (const p of payloads) {
        window.gateway.callIs(id, { from: { number: p, name: p, uri: p }, queue: p, data: { [p]: p, chose: p, company: p }, expires_at: window.gateway.time(20_000) })
        window.bar.contactLookup = async () => ({ name: p, company: p, url: p, rows: [{ label: p, value: p }] })
        await window.settled()
        for (const layout of ['panel', 'bar']) {
          window.bar.setAttribute('layout', layout)
          await window.settled()
          for (const el of window.bar.shadowRoot.querySelectorAll('*')) {
            if (!allowed.has(el.tagName)) strange.push(`${el.tagName} from ${p.slice(0, 40)}`)
            for (const a of el.attributes) if (/^on/i.test(a.name)) strange.push(`${a.name} from ${p.slice(0, 40)}`)
          }
        }
      }
      return { hits: window.hits, strange: [...new Set(strange)], title: document.title.length }
    }, MARKUP)
    assert.equal(result.hits, 0)
    assert.deepEqual(result.strange, [])
    assert.ok(result.title < 200)
    assert.deepEqual(engine.server.asked.slice(asked).filter(p => p !== '/favicon.ico'), [], 'nothing was requested')
    await done()
  })

  test('moved in the page, the call goes on; removed, the listeners are gone', { timeout: 120_000 }, async () => {
    const { page, done } = await open({ state: 'talking' })
    const sockets = await page.evaluate(async () => {
      const other = document.createElement('section')
      document.body.append(other)
      other.append(window.bar)
      await window.settled()
      return window.gateway.sockets.length
    })
    assert.equal(sockets, 1)
    assert.equal(await kind(page), 'connected')
    assert.equal(await page.evaluate(() => window.bar.shadowRoot.adoptedStyleSheets.length), 3)
    await page.evaluate(() => window.bar.remove())
    await pause(page, 20)
    assert.equal(await page.evaluate(() => window.gateway.frames.filter(f => f.type === 'hangup' || f.type === 'bye').length), 0, 'removing the element ends no call')
    await chord(page, 'KeyE')
    await pause(page, 20)
    assert.equal(await page.evaluate(() => window.gateway.frames.filter(f => f.type === 'hangup').length), 0)
    await done()
  })

  test('properties set before the element is defined survive; a second definition is harmless', { timeout: 120_000 }, async () => {
    const { page, done } = await open({ state: 'signed-out' }, { noisy: true })
    const result = await page.evaluate(async () => {
      const early = document.createElement('offhook-early')
      const source = () => 'token'
      early.tokenSource = source
      early.keymap = { answer: 'KeyJ' }
      document.body.append(early)
      const { OffhookCallbar } = await import('/offhook-callbar.js')
      const { define } = await import('/offhook-define.js')
      define()
      customElements.define('offhook-early', class extends OffhookCallbar {})
      await window.settled()
      const out = { source: early.tokenSource === source, keymap: early.keymap.answer, own: Object.hasOwn(early, 'tokenSource'), begun: early.client !== null }
      early.remove()
      return out
    })
    assert.deepEqual(result, { source: true, keymap: 'KeyJ', own: false, begun: true })
    await done()
  })

  test('notes survive a reload until they are saved', { timeout: 120_000 }, async () => {
    const { page, done } = await open({ state: 'wrap' })
    await page.evaluate(() => {
      const field = window.bar.shadowRoot.querySelector('.notes')
      field.value = 'VAT number missing'
      field.dispatchEvent(new Event('input', { bubbles: true }))
    })
    await page.reload()
    await page.waitForFunction('window.ready === true')
    assert.equal(await page.evaluate(() => window.bar.shadowRoot.querySelector('.notes').value), 'VAT number missing')
    await page.evaluate(() => window.bar.shadowRoot.querySelector('[data-control=save]').click())
    await pause(page, 50)
    assert.equal(await kind(page), 'wrap_up', 'the outcome is required')
    assert.match(await text(page, '[data-live=assertive]'), /choose an outcome/)
    await page.keyboard.press('Escape')
    await page.evaluate(() => {
      const field = window.bar.shadowRoot.querySelector('select')
      field.value = 'wrong'
      field.dispatchEvent(new Event('change', { bubbles: true }))
      window.bar.shadowRoot.querySelector('[data-control=save]').click()
    })
    await until(page, 'available')
    assert.equal(await page.evaluate(() => Object.keys(localStorage).filter(k => k.startsWith('offhook.draft')).length), 0)
    assert.deepEqual(await page.evaluate(() => window.gateway.sent('wrapup').at(-1)).then(f => [f.outcome, f.notes, f.done]), ['wrong', 'VAT number missing', true])
    await done()
  })

  test('sound that the browser keeps off in a call: "Turn on sound", the controls stay, a press anywhere brings it', { timeout: 120_000 }, async () => {
    for (const size of [{ layout: 'bar', width: 760 }, { layout: 'panel', width: 360 }]) {
      const { page, done } = await open({ state: 'talking', ...size })
      await page.evaluate(async () => {
        const { BrowserMedia } = await import('/src/media.js')
        const real = HTMLMediaElement.prototype.play
        HTMLMediaElement.prototype.play = function play() { return Promise.reject(new DOMException('press first', 'NotAllowedError')) }
        const far = new RTCPeerConnection()
        far.addTransceiver('audio')
        await far.setLocalDescription()
        const media = window.real = new BrowserMedia()
        media.addEventListener('problem', e => window.client.raise(e.detail.code, e.detail))
        media.addEventListener('solved', e => window.client.dismiss(e.detail.code))
        await media.answer(window.bar.state.calls[0].id, far.localDescription.sdp, [])
        await media.start(window.bar.state.calls[0].id)
        window.allow = () => { HTMLMediaElement.prototype.play = real }
      })
      await page.waitForFunction(() => window.bar.shadowRoot.querySelector('[part=notice]'))
      assert.match(await text(page, '[part=notice]'), /You do not hear the caller/)
      assert.equal(await text(page, '[data-control=call_sound-sound]'), 'Turn on sound')
      for (const key of ['mute', 'end']) assert.ok(await page.evaluate(k => window.bar.shadowRoot.querySelector(`[data-control=${k}]`).getClientRects().length, key), key)
      await page.mouse.click(4, 4)
      assert.ok(await text(page, '[part=notice]'), 'not allowed yet')
      await page.evaluate(() => {
        window.allow()
        document.addEventListener('pointerdown', () => { window.pressed = window.realNow() }, { capture: true, once: true })
        const watch = new MutationObserver(() => { if (!window.bar.shadowRoot.querySelector('[part=notice]')) window.gone ??= window.realNow() })
        watch.observe(window.bar.shadowRoot, { childList: true, subtree: true })
      })
      await page.mouse.click(4, 4)
      await page.waitForFunction(() => window.gone !== undefined)
      assert.ok(await page.evaluate(() => window.gone - window.pressed) < 900, 'at the press, not a second later')
      await page.evaluate(() => { window.real.close(); window.real.closeMicrophone() })
      await done()
    }
  })

  test('speaking while muted is said once in 30 s; the far side’s hold is said and shown', { timeout: 120_000 }, async () => {
    const { page, done } = await open({ state: 'muted' })
    await pause(page, 3200) // what was said at the start is cleared by now
    const heard = () => text(page, '[data-live=assertive]')
    const speak = () => page.evaluate(() => { window.media.dispatchEvent(new CustomEvent('speaking', { detail: { call: window.bar.state.calls[0].id } })) })
    await speak()
    assert.equal(await heard(), 'You are muted and speaking.')
    await pause(page, 3200)
    await speak()
    assert.equal(await heard(), '')
    const id = await page.evaluate(() => window.bar.state.calls[0].id)
    await page.evaluate(call => { window.gateway.callIs(call, { held_by: 'remote' }) }, id)
    await page.waitForFunction(() => window.bar.matches(':state(held)'))
    assert.match(await text(page, '.caller'), /Mara Lindqvist put you on hold/)
    assert.equal(await text(page, '[data-live=polite]'), 'Mara Lindqvist put you on hold.')
    await page.evaluate(call => { window.gateway.callIs(call, { held_by: undefined }) }, id)
    await page.waitForFunction(() => !window.bar.matches(':state(held)'))
    assert.match(await text(page, '[data-live=polite]'), /Resumed\.$/)
    await done()
  })

  test('a muted microphone that hears a voice says so, and is silent again when unmuted', { timeout: 20_000, skip: name === 'firefox' && 'Firefox starts no AudioContext where there is no sound card' }, async () => {
    const { page, done } = await open({ state: 'talking' })
    const heard = await page.evaluate(async () => {
      const { BrowserMedia } = await import('/src/media.js')
      const context = new AudioContext()
      const voice = new OscillatorNode(context, { frequency: 220 })
      const out = context.createMediaStreamDestination()
      voice.connect(out)
      voice.start()
      navigator.mediaDevices.getUserMedia = async () => out.stream
      const media = new BrowserMedia()
      const speaking = []
      media.addEventListener('speaking', e => speaking.push(e.detail.call))
      await media.offer('a', [])
      media.start('a') // settles when sound plays: there is no far side here
      await window.later(200)
      media.setMuted('a', true)
      await window.later(1000)
      const early = speaking.length
      for (let i = 0; i < 60 && speaking.length === 0; i++) await window.later(100)
      await window.later(300)
      const late = speaking.length
      media.setMuted('a', false)
      await window.later(400)
      const after = speaking.length
      media.close()
      media.closeMicrophone()
      await context.close()
      return { early, late: late > 0, more: after - late, call: speaking[0] }
    })
    assert.deepEqual(heard, { early: 0, late: true, more: 0, call: 'a' })
    await done()
  })

  test('permission to notify is asked for by a press in the menu, and by nothing else', { timeout: 120_000 }, async () => {
    const { page, done } = await open({ state: 'idle' })
    await page.evaluate(() => {
      window.asked = 0
      Object.defineProperty(Notification, 'permission', { get: () => (window.asked ? 'granted' : 'default'), configurable: true })
      Notification.requestPermission = async () => { window.asked++; return 'granted' }
      window.gateway.offer()
    })
    await until(page, 'offered')
    assert.equal(await page.evaluate(() => window.asked), 0)
    const entry = () => page.evaluate(() => {
      window.bar.shadowRoot.querySelector('[data-control=more]').click()
      return [...window.bar.shadowRoot.querySelectorAll('[role=menuitem]')].some(e => e.textContent === 'Notify me of calls')
    })
    assert.equal(await entry(), true)
    await page.evaluate(() => { [...window.bar.shadowRoot.querySelectorAll('[role=menuitem]')].find(e => e.textContent === 'Notify me of calls').click() })
    assert.equal(await page.evaluate(() => window.asked), 1)
    await pause(page, 400)
    assert.equal(await entry(), false)
    await done()
  })

  test('places: Mute, End and More stay where they are from call to mute to reconnecting', { timeout: 120_000 }, async () => {
    const places = {}
    for (const state of ['talking', 'muted', 'reconnecting']) {
      const { page, done } = await open({ state, layout: 'panel', width: 360 })
      places[state] = await page.evaluate(() => ['mute', 'hold', 'end', 'more'].map(key => {
        const r = window.bar.shadowRoot.querySelector(`[data-control=${key}]`).getBoundingClientRect()
        return [key, Math.round(r.x), Math.round(r.y)]
      }))
      await done()
    }
    assert.deepEqual(places.muted, places.talking)
    assert.deepEqual(places.reconnecting, places.talking)
  })

  test('the sample CRM page loads under the strict policy with the callbar docked', { timeout: 120_000 }, async () => {
    const { page, faults } = await engine.page()
    await page.setViewport({ width: 1440, height: 840 })
    await page.goto(`${engine.server.url}/demo/`)
    await page.waitForFunction(() => document.querySelector('offhook-callbar')?.shadowRoot?.querySelector('.bar'))
    const box = await page.evaluate(() => { const r = document.querySelector('offhook-callbar').getBoundingClientRect(); return [r.x, r.y, r.width, r.height] })
    assert.deepEqual(box, [0, 0, 1440, 56])
    await page.close()
    assert.deepEqual(faults.filter(f => !/WebSocket|can’t establish|agent/.test(f)), [])
  })
}
