/**
 * Drives one page in one browser for the Go tests. argv[2] is JSON: {browser, executable, wav?, shots}. Each line of standard input is a
 * command, {do, …}; each is answered by one line of JSON on standard output, {ok: true, value} or {ok: false, error}. What the page
 * complains of goes to standard error.
 *
 * The page is the one that agents see. The driver looks at the callbar's snapshot, presses its buttons by their names, and listens
 * to what the call's stream brings; it never calls a method that would do an agent's work.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'

/** How long what has to come is waited for, however much else the machine has to do, in ms. Nothing is judged by it. */
const patience = 90_000

const require = createRequire(new URL('../../../crm-widget/package.json', import.meta.url))
const { default: puppeteer } = await import(pathToFileURL(require.resolve('puppeteer-core')).href)

const config = JSON.parse(process.argv[2])
const profile = mkdtempSync(join(tmpdir(), 'offhook-browser-'))
const browser = await (config.browser === 'firefox' ? firefox() : chromium())
const page = (await browser.pages())[0] ?? (await browser.newPage())
page.setDefaultTimeout(patience)
await page.setViewport({ width: 1280, height: 800 })
page.on('dialog', d => d.accept()) // "leave this page?", which a page with a call asks
page.on('pageerror', e => console.error('page error:', e.message ?? e))
page.on('console', m => { if (m.type() === 'error' || m.type() === 'warn') console.error(`page ${m.type()}:`, m.text()) })
await page.evaluateOnNewDocument(watchAudio)
await page.evaluateOnNewDocument(`window.liveStream = ${liveStream}`) // the page's policy lets nobody evaluate text later on

function chromium() {
  return puppeteer.launch({
    executablePath: config.executable,
    userDataDir: profile,
    timeout: patience,
    args: [
      ...(process.getuid() === 0 ? ['--no-sandbox'] : []),
      '--use-fake-ui-for-media-stream',
      '--use-fake-device-for-media-stream',
      `--use-file-for-fake-audio-capture=${config.wav}`,
      '--disable-dev-shm-usage',
    ],
  })
}

function firefox() {
  return puppeteer.launch({
    browser: 'firefox',
    executablePath: config.executable,
    userDataDir: profile,
    timeout: patience,
    extraPrefsFirefox: {
      'media.navigator.streams.fake': true,
      'media.navigator.audio.fake_frequency': config.tone,
      'media.navigator.permission.disabled': true,
    },
  })
}

/** Keeps every sound element that the page makes. Runs in the page, before its scripts. */
function watchAudio() {
  window.heardElements = []
  const { play } = HTMLMediaElement.prototype
  HTMLMediaElement.prototype.play = function () {
    window.heardElements.push(this)
    return play.call(this)
  }
}

/** The sound of the call that is live, or of the one in a phase. Runs in the page. */
function liveStream(phase) {
  const { client } = document.querySelector('offhook-callbar')
  const phases = phase ? [phase] : ['connected', 'connecting', 'held']
  const call = phases.map(p => client.snapshot.calls.find(c => c.phase === p)).find(Boolean)
  return call && client.media.remoteStream(call.id)
}

const commands = {
  async open({ url }) {
    await page.goto(url, { waitUntil: 'load' })
    await until(() => document.querySelector('offhook-callbar')?.client?.snapshot.connection.state === 'open', 'the callbar is connected')
  },

  /** The page again, as an agent's F5 gives it. */
  async reload() {
    await page.reload({ waitUntil: 'load' })
    await until(() => document.querySelector('offhook-callbar')?.client?.snapshot.connection.state === 'open', 'the callbar is connected')
  },

  snapshot: () => page.evaluate(() => JSON.parse(JSON.stringify(document.querySelector('offhook-callbar').client.snapshot))),

  /** Waits until a call is in this phase, or until there is no call for ''. */
  phase: ({ phase, within }) => until(
    wanted => {
      const { calls } = document.querySelector('offhook-callbar').client.snapshot
      return wanted === '' ? calls.length === 0 : calls.some(c => c.phase === wanted)
    }, `a call is ${phase || 'over'}`, within, phase),

  /** Begins to note each phase that calls come into: one may be over before it is looked for. */
  watch: () => page.evaluate(() => {
    window.phasesSeen = new Set()
    document.querySelector('offhook-callbar').client.subscribe(s => s.calls.forEach(c => window.phasesSeen.add(c.phase)))
  }),

  /** Waits until a call is, or has been since watch, in this phase. */
  seen: ({ phase, within }) => until(wanted => window.phasesSeen.has(wanted), `a call has been ${phase}`, within, phase),

  /** Waits until the calls are in these phases, each call in one of them. */
  phases: ({ phases, within }) => until(wanted => {
    const { calls } = document.querySelector('offhook-callbar').client.snapshot
    return calls.map(c => c.phase).sort().join() === wanted
  }, `the calls are ${phases}`, within, phases.toSorted().join()),

  recording: ({ state, within }) => until(
    wanted => document.querySelector('offhook-callbar').client.snapshot.calls.some(c => c.recording === wanted), `recording is ${state}`, within, state),

  agent: ({ state, within }) => until(
    wanted => document.querySelector('offhook-callbar').client.snapshot.agent?.state === wanted, `the agent is ${state}`, within, state),

  /** Clicks a control of the callbar by its accessible name, when it is there. */
  async click({ name, within = patience }) {
    const handle = await page.waitForFunction(findControl, { timeout: within, polling: 50 }, name)
      .catch(e => { throw new Error(`no control named ${name}: ${e.message}`) })
    await handle.asElement().click()
  },

  /** Presses Answer, and again where the bar takes the press for one on what stood there before. */
  async answer({ within = patience }) {
    await pressUntil('Answer', () => document.querySelector('offhook-callbar').client.snapshot.calls.every(c => c.phase !== 'offered'), within)
    await commands.phase({ phase: 'connected', within })
  },

  /** Takes a call that rings only shortly: who has missed it becomes available, and is asked again. */
  async takes({ within = patience }) {
    for (const end = performance.now() + within; performance.now() < end;) {
      const { agent, calls } = await commands.snapshot()
      if (calls.some(c => c.phase === 'connected')) return
      await commands.click({ name: agent.state === 'away' ? 'Available' : 'Answer', within: 500 }).catch(() => {})
    }
    throw new Error('the call was not taken')
  },

  /** Another microphone than the one in use. */
  microphone: () => page.evaluate(async () => {
    const bar = document.querySelector('offhook-callbar')
    const mics = (await navigator.mediaDevices.enumerateDevices()).filter(d => d.kind === 'audioinput').map(d => d.deviceId)
    const now = mics.indexOf(bar.devices.mic)
    await bar.client.chooseDevices({ mic: mics[(now + 1) % mics.length] })
    if (mics.length < 2) throw new Error('the browser has one microphone only')
  }),

  /** Presses Decline, and again where the bar takes the press for one on what stood there before. */
  decline: ({ within = patience }) => pressUntil('Decline', () => document.querySelector('offhook-callbar').client.snapshot.calls.every(c => c.phase !== 'offered'), within),

  /** Presses End, and again where the bar takes the press for the second of a double press on Answer. */
  end: ({ within = patience }) => pressUntil('End', () => !document.querySelector('offhook-callbar').client.snapshot.calls.some(c => c.phase === 'connected'), within),

  /** Becomes available by the state button and its menu, as an agent does. */
  async available() {
    await page.evaluate(() => document.querySelector('offhook-callbar').shadowRoot.querySelector('[part~=state-button]').click())
    await commands.click({ name: 'Available' })
  },

  /** The browser tells the page that the network is back, for which a page that reconnects does not wait any longer. */
  online: () => page.evaluate(() => { window.dispatchEvent(new Event('online')) }),

  pause: ({ ms }) => new Promise(resolve => setTimeout(resolve, ms)),

  async press({ keys }) {
    for (const key of keys) await page.keyboard.down(key)
    for (const key of keys.toReversed()) await page.keyboard.up(key)
  },

  /**
   * Waits until the far side's sound is played, by an element of the page's own. Firefox may want a press first, after a reload: then the
   * agent presses somewhere in the page, and the value is true.
   */
  async playing({ within = patience }) {
    const state = await page.waitForFunction(() => {
      const stream = window.liveStream()
      if (stream && window.heardElements.some(e => e.srcObject === stream && !e.paused && !e.muted && e.volume > 0)) return 'playing'
      return document.querySelector('offhook-callbar').client.snapshot.problems.some(p => p.code === 'autoplay') && 'blocked'
    }, { timeout: within, polling: 20 }).then(h => h.jsonValue())
    if (state === 'playing') return false
    await page.mouse.click(1000, 780) // any press will do, and nothing else may come to stand there meanwhile
    await until(() => window.heardElements.some(e => e.srcObject === window.liveStream() && !e.paused), 'the far side is played', within)
    return true
  },

  /** Waits until the far side's sound peaks at hz, and gives the peak. phase says which call's. */
  hear: ({ hz, within = patience, phase }) => page.evaluate(listen, { what: 'tone', hz, within, phase }),

  /** Waits until the far side's sound is silence. */
  quiet: ({ within = patience, phase }) => page.evaluate(listen, { what: 'silence', within, phase }),

  /** Waits until the far side's sound is neither silence nor one of these tones. */
  music: ({ not, within = patience, phase }) => page.evaluate(listen, { what: 'music', not, within, phase }),

  /** Waits until these words can be read in the callbar. */
  read: ({ text, within = patience }) => page.waitForFunction(words => {
    const { shadowRoot } = document.querySelector('offhook-callbar')
    return shadowRoot.textContent.replaceAll('\u00a0', ' ').includes(words)
  }, { timeout: within, polling: 20 }, text).then(h => h.dispose(), async () => {
    const all = await page.evaluate(() => document.querySelector('offhook-callbar').shadowRoot.textContent)
    throw new Error(`nowhere stands ${JSON.stringify(text)}, but ${JSON.stringify(all)}`)
  }),

  /** Types into the field of this accessible name, in place of what stands there. */
  async type({ name, text, within = patience }) {
    const handle = await page.waitForFunction(findControl, { timeout: within, polling: 20 }, name, 'input, textarea')
      .catch(e => { throw new Error(`no field named ${name}: ${e.message}`) })
    await handle.asElement().evaluate(e => { e.focus(); e.select() })
    await page.keyboard.type(text)
  },

  /** What the browser has kept of what was noted about calls. */
  drafts: () => page.evaluate(() => Object.entries(localStorage).filter(([key]) => key.startsWith('offhook.draft:')).map(([, text]) => JSON.parse(text))),

  /** What stands in the field of this accessible name. */
  async value({ name, within = patience }) {
    const handle = await page.waitForFunction(findControl, { timeout: within, polling: 20 }, name, 'input, textarea, select')
    return handle.asElement().evaluate(e => e.value)
  },

  /** Chooses an option of the list of this accessible name. */
  async choose({ name, value, within = patience }) {
    const handle = await page.waitForFunction(findControl, { timeout: within, polling: 20 }, name, 'select')
    await handle.asElement().select(value)
  },

  async shot({ name }) {
    await page.screenshot({ path: join(config.shots, `${name}.png`) })
  },

  async close() {
    const gone = setTimeout(() => browser.process()?.kill('SIGKILL'), 5000)
    await browser.close()
    clearTimeout(gone)
    rmSync(profile, { recursive: true, force: true })
  },
}

/** A command that never ends is one that failed. */
function tooLong({ do: what, within = patience }) {
  return new Promise((_, reject) => {
    setTimeout(() => reject(new Error(`${what} did not end`)), within + 20_000).unref()
  })
}

/** Waits for a condition in the page. */
function until(condition, what, within = patience, ...args) {
  return page.waitForFunction(condition, { timeout: within, polling: 20 }, ...args).then(h => h.dispose(), async e => {
    const snapshot = await commands.snapshot().catch(() => null)
    throw new Error(`waited ${within} ms until ${what}: ${e.message}; ${JSON.stringify(snapshot)}`)
  })
}

/** Presses a control, and again after a while, until a condition holds in the page. */
async function pressUntil(name, condition, within) {
  const end = performance.now() + within
  for (;;) {
    const pressed = await commands.click({ name, within: 500 }).catch(e => e)
    if (await page.waitForFunction(condition, { timeout: 500, polling: 20 }).then(() => true, () => false)) return
    if (performance.now() > end) throw pressed ?? new Error(`${name} was pressed, and nothing came of it`)
  }
}

/** The control that is called like this, through shadow roots. Runs in the page. */
function findControl(name, kinds = 'button, [role=button], [role^=menuitem], [role=tab], [role=option], [role=radio], a[href]') {
  const walk = root => {
    for (const element of root.querySelectorAll('*')) {
      const inner = element.shadowRoot && walk(element.shadowRoot)
      if (inner) return inner
      if (!element.matches(kinds) || element.getAttribute('aria-disabled') === 'true') continue
      const label = (element.getAttribute('aria-label') ?? element.labels?.[0]?.textContent ?? element.textContent).trim()
      const box = element.getBoundingClientRect()
      if ((label === name || label.startsWith(`${name},`) || label.startsWith(`${name} `)) && box.width > 0 && box.height > 0) return element
    }
    return null
  }
  return walk(document)
}

/**
 * Waits until a call's sound is what is wanted, and gives the peak of its spectrum. Runs in the page. It records and decodes piece by piece: an
 * AnalyserNode would need a loudspeaker, which machines that run tests have not, and a press.
 */
async function listen({ what, hz, not = [], within, phase }) {
  const end = performance.now() + within
  const fits = {
    tone: p => p.level > -45 && Math.abs(p.hz - hz) < 12,
    silence: p => p.level < -60,
    music: p => p.level > -60 && not.every(tone => Math.abs(p.hz - tone) > 12),
  }[what]
  let best = null
  while (performance.now() < end) {
    const stream = window.liveStream(phase)
    if (!stream || stream.getAudioTracks().length === 0) {
      await new Promise(resolve => setTimeout(resolve, 50))
      continue
    }
    best = peak(await record(stream, 350))
    if (fits(best)) return { ...best, level: Math.max(best.level, -200) }
  }
  throw new Error(`no ${hz ?? ''} ${what} within ${within} ms; the last peak was ${JSON.stringify(best)}`)

  async function record(stream, ms) {
    const recorder = new MediaRecorder(stream)
    const pieces = []
    recorder.ondataavailable = e => pieces.push(e.data)
    const stopped = new Promise(resolve => { recorder.onstop = resolve })
    recorder.start()
    await new Promise(resolve => setTimeout(resolve, ms))
    recorder.stop()
    await stopped
    const sound = await new Blob(pieces).arrayBuffer()
    return new OfflineAudioContext(1, 8000, 8000).decodeAudioData(sound).catch(() => null)
  }

  /** Where the spectrum is highest between 100 and 2,000 Hz, and how high, in dBFS. */
  function peak(buffer) {
    if (!buffer) return { hz: 0, level: NaN } // nothing came, which is not silence
    const pcm = buffer.getChannelData(0).slice(-1600) // the last 200 ms
    let top = { hz: 0, level: -Infinity }
    for (let f = 100; f <= 2000; f += 2) { // each by Goertzel's algorithm
      const turn = 2 * Math.cos((2 * Math.PI * f) / 8000)
      let last = 0
      let before = 0
      for (const sample of pcm) [last, before] = [sample + turn * last - before, last]
      const level = 10 * Math.log10((4 * (last * last + before * before - turn * last * before)) / Math.max(1, pcm.length) ** 2)
      if (level > top.level) top = { hz: f, level }
    }
    return top
  }
}

console.log(JSON.stringify({ ok: true, value: await browser.version() }))
for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line)
  try {
    console.log(JSON.stringify({ ok: true, value: await Promise.race([commands[command.do](command), tooLong(command)]) }))
  } catch (e) {
    console.log(JSON.stringify({ ok: false, error: String(e?.message ?? e) }))
  }
  if (command.do === 'close') process.exit(0)
}
await commands.close()
