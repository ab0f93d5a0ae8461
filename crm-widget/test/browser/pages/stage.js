/**
 * One element with a fake gateway behind it, in the state that the address names: `?state=talking&layout=panel&width=760&theme=dark&lang=de`.
 * `await show({state, layout, …})` puts another in its place, without loading the page anew. A state is a row of `go`.
 */

import { define } from '/offhook-define.js'
import { OffhookClient } from '/src/client.js'
import { late, loadLate } from '/src/element/late.js'
import { loadLanguage } from '/src/i18n.js'
import { FakeGateway, FakeMedia } from '/testing/fake-gateway.js'
import { OffhookError } from '/src/messages.js'
import { sample } from '/src/quality.js'
import { FakeBrowser } from '/testing/fake-tabs.js'

const place = document.querySelector('main')
const clock = { now: () => Date.now(), setTimeout: (fn, ms) => setTimeout(fn, ms), clearTimeout: id => clearTimeout(id) }
const ago = ms => new Date(Date.now() - ms).toISOString()
const later = ms => new Promise(resolve => { setTimeout(resolve, ms) })
const pass = ms => window.skip(ms)
const settled = async () => { for (let i = 0; i < 30; i++) await Promise.resolve(); await pass(0) }

const recents = () => [
  ['inbound', 'Mara Lindqvist', '+493023125142', 'Billing DE', 42, false], ['outbound', 'Tomás Ortega', '+34911234567', '', 66, false],
  ['inbound', '', '+14155550134', 'Billing DE', 88, true], ['inbound', 'Nadia Hussain', '+442071234567', 'Support EN', 113, false],
].map(([direction, name, number, queue, ago, missed], i) => ({
  id: `r${i}`, direction, from: { number, name, verified: false }, to: { number, name, verified: false }, queue, offered_at: new Date(Date.now() - ago * 60_000).toISOString(), talk_ms: 120_000, missed,
}))
const queues = [
  { name: 'Billing DE', waiting: 3, longest_wait_ms: 48_000, available: 2, on_call: 4, service_level: 0.87, callbacks: 2 },
  { name: 'Support EN', waiting: 0, longest_wait_ms: 0, available: 1, on_call: 1, service_level: 0.87, callbacks: 0 },
]

/** Of the state that is shown. */
let bar, client, gateway, layout, leader, media

/** Storage that no other page sees. */
function memory() {
  const m = new Map()
  return { getItem: k => m.get(k) ?? null, setItem: (k, v) => m.set(k, v), removeItem: k => m.delete(k) }
}

const go = {
  'signed-out': async () => {},
  connecting: async () => {
    gateway.on('hello', () => {})
    client.connect().catch(() => {})
    for (let i = 0; i < 2500 && client.snapshot.connection.state === 'idle'; i++) await window.really(4) // a lock is asked for first
  },
  idle: async () => { await client.connect(); gateway.agentIs({ state: 'available', since: ago(728_000) }) },
  away: async () => { await client.connect(); gateway.agentIs({ state: 'away', reason: 'lunch', since: ago(38 * 60_000) }) },
  over: async () => { await client.connect(); gateway.agentIs({ state: 'away', reason: 'break', since: ago(12 * 60_000) }) },
  offered: async () => { await go.idle(); gateway.offer({ offered_at: ago(6000), expires_at: ago(-14_000), data: { company: 'Nordlicht Logistik GmbH', chose: '1 – Invoice question', 'last-call': '12 days ago, Jonas W.' } }) },
  joining: async () => { gateway.connects = false; await go.offered(); await settled(); await client.answer() },
  talking: async () => {
    await go.offered(); await settled(); await client.answer(); await settled()
    gateway.callIs(id(), { answered_at: ago(167_000), recording: 'on' })
  },
  muted: async () => { await go.talking(); await settled(); await client.mute(true) },
  held: async () => { await go.talking(); await settled(); gateway.callIs(id(), { phase: 'connected', held_by: 'remote' }) },
  weak: async () => {
    await go.talking(); await settled()
    for (const loss of [0, 0.2, 0.1, 6, 7, 8, 9]) media.measures(id(), sample({ rtt_ms: 48, jitter_ms: 4, loss_pct: loss, codec: 'PCMA' }))
  },
  wrap: async () => {
    await go.talking(); await settled()
    gateway.callIs(id(), { phase: 'wrap_up', answered_at: ago(376_000 + 18_000), ended_at: ago(18_000), wrap_up_until: ago(-42_000), cause: { code: 'normal', by: 'caller' } })
    gateway.agentIs({ state: 'wrap_up' })
  },
  'wrap-over': async () => { await go.wrap(); await settled(); gateway.callIs(id(), { wrap_up_until: ago(1000) }) },
  missed: async () => { await go.offered(); await settled(); gateway.miss(id()) },
  reconnecting: async () => { await go.talking(); await settled(); gateway.down = true; gateway.drop(1006) },
  'reconnecting-idle': async () => { await go.idle(); await settled(); gateway.down = true; gateway.drop(1006) },
  elsewhere: async () => { await go.idle(); await settled(); gateway.drop(4409) },
  refused: async () => { gateway.refuse = 4403; await client.connect().catch(() => {}) },
  'signed-out-4401': async () => { gateway.refuse = 4401; await client.connect().catch(() => {}) },
  'no-mic': async () => { media.refuses = new OffhookError('mic_denied'); await client.connect(); await client.setState('available').catch(() => {}) },
  autoplay: async () => { await go.idle(); await settled(); client.raise('autoplay') },
  'autoplay-call': async () => { await go.talking(); await settled(); client.raise('autoplay', { call: id() }) },
  'device-lost': async () => { await go.talking(); await settled(); client.raise('device_lost', { name: 'Built-in microphone' }) },
  'on-hold': async () => { await go.talking(); await settled(); await client.hold() },
  both: async () => { await go.held(); await settled(); gateway.callIs(id(), { phase: 'held', held_by: 'both' }) },
  paused: async () => { await go.talking(); await settled(); await client.record(true, { pauseS: 60 }) },
  dialing: async () => { gateway.rings = false; await go.idle(); await client.dial('+493023125142', { from: '+493023125900' }) },
  ringback: async () => { await go.idle(); await client.dial('+493023125142', { from: '+493023125900' }) },
  early: async () => { await go.ringback(); await settled(); gateway.callIs(id(), { phase: 'early' }) },
  busy: async () => { await go.ringback(); await settled(); gateway.callIs(id(), { phase: 'ended', cause: { code: 'busy_here', by: 'callee', sip: 486 } }); gateway.agentIs({ state: 'available', since: ago(2000) }) },
  keypad: async () => { await go.talking(); await settled(); openPage('keypad'); await settled(); for (const key of '4711#2') bar.shadowRoot.querySelector(`.key[aria-label^="${key === '#' ? 'hash' : key}"]`)?.click() },
  dialpad: async () => { gateway.limits = { ...gateway.limits, from: ['+493023125900', '+4940123456'] }; await go.idle(); await settled(); press('dialpad'); await settled(); await type('dial-number', '+49 30 23125 1') },
  find: async () => { await go.idle(); await settled(); await type('dial', 'bill'); await pass(200) },
  transfer: async () => { await go.talking(); await settled(); openPage('transfer'); await pass(20); await type('find', 'bill'); await pass(200) },
  'transfer-queues': async () => { await go.transfer(); press('segment-queues'); await type('find', ''); await pass(200) },
  'transfer-number': async () => { await go.transfer(); press('segment-number'); await type('find', '+49 40 123456'); await settled() },
  directory: async () => { await go.idle(); await settled(); press('tab-directory'); await pass(50) },
  consulting: async () => {
    await go.talking(); await settled(); await client.consult(undefined, 'agent:devon'); await settled()
    gateway.callIs(id(), { phase: 'connected', answered_at: ago(24_000) })
  },
  'consult-ringing': async () => { await go.talking(); await settled(); await client.consult(undefined, 'agent:devon') },
  swapped: async () => { await go.consulting(); await settled(); await client.swap() },
  transferring: async () => { await go.transfer(); press('segment-queues'); await pass(100); await type('find', 'bill'); await pass(200); press('blind'); await settled() },
  'consult-failed': async () => { await go.transfer(); press('consult'); await settled(); gateway.callIs(id(), { phase: 'ended', cause: { code: 'timeout', by: 'callee', sip: 408 } }) },
  'transfer-failed': async () => { await go.transferring(); await settled(); gateway.transferFails(id(), 'timeout') },
  'two-calls': async () => {
    await go.talking(); await settled(); await client.hold(); await settled(); await client.dial('+34911234567'); await settled()
    gateway.callIs(id(), { phase: 'connected', answered_at: ago(12_000) })
  },
  'second-offered': async () => { await go.talking(); await settled(); gateway.offer({ from: { number: '+34911234567', name: 'Tomás Ortega' }, queue: '', data: {} }); gateway.agentIs({ state: 'on_call' }) },
  devices: async () => {
    await go.idle(); await settled()
    const list = ['USB headset', 'Built-in microphone', 'Built-in speakers'].map((label, i) => ({ id: `d${i}`, label }))
    media.dispatchEvent(new CustomEvent('devices', { detail: { mic: 'd0', speaker: 'd0', ringer: 'd2', echo: true, noise: true, alsoSpeakers: false, microphones: list.slice(0, 2), speakers: [list[0], list[2]] } }))
    await settled(); press(layout === 'bar' ? 'devices' : 'tab-settings'); await pass(50)
  },
  quality: async () => {
    await go.talking(); await settled()
    for (let i = 0; i < 40; i++) media.measures(id(), sample({ rtt_ms: 48, jitter_ms: 4, loss_pct: [1, 7, 11, 16, 19, 29, 35].includes(i) ? 4 : i % 3 * 0.1, codec: 'PCMA', path: 'udp' }))
    await settled(); openPage('quality'); await pass(50)
  },
  states: async () => { await go.idle(); await settled(); press('state'); await pass(50) },
  menu: async () => { await go.talking(); await settled(); press('more'); await pass(50) },
  shortcuts: async () => { await go.idle(); await settled(); press('more'); await pass(50); bar.shadowRoot.querySelector('[data-item=shortcuts]')?.click(); await pass(50) },
  follower: async () => {
    await leader.connect(); gateway.agentIs({ state: 'available' }); gateway.offer(); await settled(); await leader.answer(); await settled()
    gateway.callIs(id(), { answered_at: ago(167_000), recording: 'on' }); await client.connect(); await pass(50)
  },
  offline: async () => { await go.reconnecting(); await settled(); client.raise('offline') },
}
const press = key => bar.shadowRoot.querySelector(`[data-control="${key}"]`)?.click()
/** Opens a page by its control, or from the menu where the control is there. */
const openPage = key => {
  if (bar.shadowRoot.querySelector(`[data-control=${key}]`)?.getClientRects().length) return press(key)
  press('more')
  bar.shadowRoot.querySelector(`[data-item=${key}]`)?.click()
}
const type = async (key, value) => {
  const field = bar.shadowRoot.querySelector(`[data-control="${key}"]`)
  if (!field) return
  field.value = value
  field.dispatchEvent(new Event('input', { bubbles: true }))
  await settled()
}
const id = () => [...gateway.calls.keys()].at(-1)

/** @param {Record<string, any>} query takes the place of what is shown */
async function show(query) {
  if (bar) {
    bar.remove()
    for (const one of [client, leader]) one?.release()
    localStorage.clear()
    sessionStorage.clear()
    document.title = 'Stage'
  }
  const { state = 'idle', theme = 'light', width = 1200, lang, hide, agent, dir } = query
  layout = query.layout ?? 'bar'
  document.documentElement.dataset.theme = theme
  document.documentElement.dir = dir ?? ''
  place.style.setProperty('--width', `${width}px`)
  place.className = layout
  gateway = new FakeGateway({ recents: recents(), queues })
  media = new FakeMedia()
  const tabs = state === 'follower' ? new FakeBrowser(clock) : null
  const token = `x.${btoa(JSON.stringify({ sub: agent ?? 'jonas' }))}.y`
  const make = () => new OffhookClient({
    gateway: 'ws://fake/agent', tokenSource: () => (tabs || agent ? token : 'token'), socket: gateway.socket, media, storage: memory(), ...(tabs ? { tabs: tabs.tab() } : {}),
  })
  leader = tabs ? make() : null
  client = make()
  await loadLanguage(lang ?? 'en')
  bar = document.createElement('offhook-callbar')
  bar.setAttribute('layout', layout)
  if (lang) bar.setAttribute('lang', lang)
  if (hide) bar.setAttribute('hide', hide)
  bar.client = client
  place.append(bar)
  Object.assign(window, { bar, client, gateway, media })
  for (let i = 0; i < 2500 && !bar.shadowRoot.querySelector('.bar, .panel, .mini'); i++) await window.really(4) // the layout is on its way
  await go[state]?.()
  await settled()
}

/** The same font on every machine. It comes as bytes, which the strictest policy allows. */
async function dress() {
  const bytes = await (await fetch('/node_modules/@fontsource-variable/inter/files/inter-latin-wght-normal.woff2')).arrayBuffer()
  document.fonts.add(await new FontFace('Stage', bytes, { weight: '100 900' }).load())
}

Object.assign(window, { go, later, settled, show, ready: false })
await dress()
define()
if (!late()) await new Promise(resolve => { loadLate(resolve) }) // it comes by itself too, a moment later
await show(Object.fromEntries(new URLSearchParams(location.search)))
window.ready = true
