/**
 * Harbor CRM, a made-up CRM around the callbar: what an integration into a real one looks like. The callbar is put on the page, told where
 * tokens come from, told who the numbers belong to, and its events open the caller's record.
 */

const CONTACTS = [
  {
    number: '+493023125142', name: 'Mara Lindqvist', initials: 'ML', role: 'Head of accounts, Nordlicht Logistik GmbH', company: 'Nordlicht Logistik GmbH', place: 'Hamburg · 240 people',
    rows: [{ label: 'Open ticket', value: '8912 – Correct the VAT number' }, { label: 'Last call', value: '10 Sep, Jonas W.' }],
    about: [
      ['Phone', '+49 30 23125 142', true], ['Email', 'm.lindqvist@nordlicht.example', true], ['Customer since', 'March 2021'], ['Plan', 'Freight Plus, yearly'],
      ['Open balance', '€ 1,284.50'], ['Owner', 'Jonas Weber'], ['Language', 'German'],
    ],
    feed: [
      ['doc', 'Invoice 2026-0481 sent', '12 Sep', '€ 1,284.50, due 30 September'], ['in', 'Call, 4 min 07 s', '10 Sep', 'Outcome: Payment plan agreed. Wants invoices as XML.'],
      ['mail', 'Email: Question about VAT', '9 Sep', '“Our VAT number changed in August, could you…”'], ['ticket', 'Ticket 8841 closed', '28 Aug', 'Tracking page showed the wrong port'],
      ['out', 'Call, 1 min 52 s', '27 Aug', 'Outcome: Left a message'],
    ],
    tickets: [['8912', 'Correct the VAT number', 'High'], ['8907', 'Change invoice address', 'Normal']],
  },
]

const HINTS = {
  out: 'Signing in…',
  stopped: 'This page takes no calls now: the callbar says why, and what to do.',
  away: 'Press “Away” in the callbar and choose Available: a caller rings a few seconds later. The browser will ask for the microphone.',
  available: 'You are available. A caller rings in a few seconds; this page opens the caller’s record by itself.',
  offered: 'A call is ringing: press Answer (Alt Shift A).',
  talking: 'Speak, and the caller repeats what you say. Mute is Alt Shift M, End is Alt Shift E. Try reloading the page: the call stays.',
  wrap_up: 'The call is over: choose an outcome if you like, then press Save and go available. The caller rings again soon.',
}

const $ = id => document.getElementById(id)
const layout = new URLSearchParams(location.search).get('layout') === 'panel' ? 'panel' : 'bar'
/** @type {{call: any, at: number, ended: number} | null} the call shown in the feed */
let live = null

document.documentElement.dataset.layout = layout
for (const link of document.querySelectorAll('.layouts a')) if (link.dataset.layout === layout) link.setAttribute('aria-current', 'true')

const bar = document.createElement('offhook-callbar')
bar.setAttribute('layout', layout)
bar.tokenSource = async () => {
  const answer = await fetch('/demo/token', { cache: 'no-store' })
  if (!answer.ok) throw new Error(`no token: ${answer.status}`)
  return (await answer.text()).trim()
}
bar.contactLookup = async number => contactOf(number)
bar.addEventListener('call-offered', e => pop(e.detail.call))
bar.addEventListener('call-connected', e => connected(e.detail.call))
bar.addEventListener('call-ended', e => ended(e.detail.call))
bar.addEventListener('client-ready', () => {
  for (const call of bar.state.calls) {
    if (call.phase === 'connected' || call.phase === 'held') { pop(call); connected(call) }
  }
  hint()
})
bar.addEventListener('agent-state-change', hint)
bar.addEventListener('client-lost', hint)
$('dock').append(bar)

if (layout === 'panel') {
  $('utility').hidden = false
  $('phone').addEventListener('click', () => {
    const closed = $('dock').classList.toggle('closed')
    $('phone').setAttribute('aria-expanded', String(!closed))
  })
}

hint()
setInterval(tick, 1000)

/** @param {string} number */
function contactOf(number) { return CONTACTS.find(c => c.number === number) ?? null }

/** The caller's record comes up: nothing else on the page takes the focus. @param {any} call */
function pop(call) {
  const contact = contactOf(call.from.number) ?? stranger(call)
  $('home').hidden = true
  $('record').hidden = false
  $('r-initials').textContent = contact.initials
  $('r-name').textContent = contact.name
  $('r-role').textContent = contact.role
  $('r-company').textContent = contact.company || 'Not known yet'
  $('r-place').textContent = contact.place
  $('r-about').replaceChildren(...contact.about.map(about))
  $('r-tickets').replaceChildren(...contact.tickets.map(ticket))
  $('r-feed').replaceChildren(...contact.feed.map(entry))
}

/** @param {any} call */
function stranger(call) {
  const name = call.from.name || call.from.number || 'Unknown caller'
  return { initials: '?', name, role: 'Not in the contacts yet', company: '', place: '', about: [['Phone', call.from.number || 'withheld']], feed: [], tickets: [] }
}

/** @param {any} call */
function connected(call) {
  live = { call, at: Date.parse(call.answered_at) || Date.now(), ended: 0 }
  $('r-feed').querySelector('.live')?.remove()
  const item = entry(['live', 'Call in progress', '', `${call.queue || 'Direct call'}, answered by you`])
  item.className = 'live'
  $('r-feed').prepend(item)
  tick()
}

/** @param {any} call */
function ended(call) {
  if (live?.call.id !== call.id || live.ended) return
  live.ended = Date.now()
  const item = $('r-feed').querySelector('.live')
  item?.classList.remove('live')
  const title = item?.querySelector('b')
  if (title) title.textContent = `Call, ${clock(live.ended - live.at)}`
  live = null
  tick()
}

function tick() {
  const time = live ? clock(Date.now() - live.at) : ''
  const stamp = $('r-feed').querySelector('.live time')
  if (stamp) stamp.textContent = time
  $('phone-time').textContent = time
}

function hint() {
  const s = bar.state
  const state = s?.connection.state === 'open' ? s.agent?.state : s?.connection.state === 'stopped' ? 'stopped' : 'out'
  $('hint').textContent = HINTS[state === 'on_call' ? 'talking' : state] ?? ''
}

/** @param {number} ms */
function clock(ms) {
  const s = Math.max(0, Math.floor(ms / 1000))
  return `${Math.floor(s / 60)}:${String(s % 60).padStart(2, '0')}`
}

/** @param {string} tag @param {string} [text] @param {string} [cls] */
function el(tag, text, cls) {
  const node = document.createElement(tag)
  if (text !== undefined) node.textContent = text
  if (cls) node.className = cls
  return node
}

/** @param {string} name */
function icon(name) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg')
  const use = document.createElementNS('http://www.w3.org/2000/svg', 'use')
  svg.setAttribute('aria-hidden', 'true')
  use.setAttribute('href', `#i-${name}`)
  svg.append(use)
  return svg
}

/** @param {any[]} row */
function about([label, value, link]) {
  const row = el('div')
  row.append(el('dt', label), el('dd', value, link ? 'link' : ''))
  return row
}

/** @param {string[]} row */
function ticket([id, text, priority]) {
  const row = el('li')
  row.append(el('span', id, 'id'), el('span', text), el('span', priority, 'prio'))
  return row
}

/** @param {string[]} row */
function entry([image, title, when, text]) {
  const row = el('li')
  row.append(icon(image), el('b', title), el('time', when), el('p', text))
  return row
}
