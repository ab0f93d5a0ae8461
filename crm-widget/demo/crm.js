/**
 * Harbor CRM, a made-up CRM around the callbar: what an integration into a real one looks like. The callbar is put on the page, told where
 * tokens come from, told who the numbers belong to, and its events open the caller's record. Who logs in stands in the address: ?agent=aylin.
 */

/** Who works here; the first is at the plain address. */
const AGENTS = [
  { id: 'jonas', name: 'Jonas Weber' },
  { id: 'aylin', name: 'Aylin Kaya' },
]

/** Whom agents can call, and what there is to hear. */
const PHONE_BOOK = [
  { number: '+493023125201', name: 'Nadia Brandt', does: 'answers and repeats what you say; keys come back as their tones' },
  { number: '+493023125202', name: 'Port office', does: 'answers at once and plays music' },
  { number: '+493023125203', name: 'Henrik Sol', does: 'answers, and hangs up after five seconds' },
  { number: '+493023125486', name: 'Freight desk', does: 'is busy' },
  { number: '+493023125480', name: 'Night watch', does: 'rings, and nobody answers' },
  { number: '+493023125603', name: 'Lawyers', does: 'ring, and decline' },
]

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
  {
    number: '+493023125160', name: 'Tom Okafor', initials: 'TO', role: 'Dispatcher, Lagoon Freight Ltd', company: 'Lagoon Freight Ltd', place: 'Felixstowe · 85 people',
    rows: [{ label: 'Open ticket', value: '8920 – Tracking shows the wrong port' }],
    about: [['Phone', '+49 30 23125 160', true], ['Customer since', 'May 2024'], ['Plan', 'Freight, monthly'], ['Owner', 'Aylin Kaya'], ['Language', 'English']],
    feed: [['ticket', 'Ticket 8920 opened', 'Today', 'Container MSKU 418 shows Antwerp, is in Hamburg'], ['in', 'Call, 2 min 31 s', '3 Sep', 'Outcome: Solved']],
    tickets: [['8920', 'Tracking shows the wrong port', 'High']],
  },
  {
    number: '+493023125171', name: 'Elif Demir', initials: 'ED', role: 'Owner, Demir Feinkost', company: 'Demir Feinkost', place: 'Berlin · 6 people',
    rows: [{ label: 'Open balance', value: '€ 412.00, due in 3 days' }],
    about: [['Phone', '+49 30 23125 171', true], ['Customer since', 'January 2026'], ['Plan', 'Parcel'], ['Open balance', '€ 412.00'], ['Language', 'German']],
    feed: [['doc', 'Invoice 2026-0502 sent', '14 Sep', '€ 412.00, due 28 September']],
    tickets: [],
  },
  {
    number: '+493023125185', name: 'Piet van Dam', initials: 'PD', role: 'Warehouse, Maaskade BV', company: 'Maaskade BV', place: 'Rotterdam · 130 people',
    rows: [{ label: 'Next delivery', value: 'Thursday, 18 pallets' }],
    about: [['Phone', '+49 30 23125 185', true], ['Customer since', 'August 2019'], ['Plan', 'Freight Plus, yearly'], ['Owner', 'Jonas Weber'], ['Language', 'Dutch, English']],
    feed: [['out', 'Call, 3 min 12 s', '11 Sep', 'Outcome: Will call back']],
    tickets: [['8899', 'Pallets for Rotterdam', 'Normal']],
  },
  ...PHONE_BOOK.map(({ number, name, does }) => ({
    number, name, initials: name[0], role: `In the phone book: ${does}`, company: '', place: '', about: [['Phone', spaced(number), true]], feed: [], tickets: [],
  })),
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
const params = new URLSearchParams(location.search)
const layout = params.get('layout') === 'panel' ? 'panel' : 'bar'
const me = AGENTS.find(a => a.id === params.get('agent')) ?? AGENTS[0]
/** @type {{call: any, at: number, ended: number} | null} the call shown in the feed */
let live = null

document.documentElement.dataset.layout = layout
for (const link of document.querySelectorAll('.layouts a')) {
  link.setAttribute('href', pageOf(me, link.dataset.layout))
  if (link.dataset.layout === layout) link.setAttribute('aria-current', 'true')
}
$('me').textContent = me.name.split(' ').map(word => word[0]).join('')
$('numbers').replaceChildren(...PHONE_BOOK.map(phoneNumber))
$('colleagues').replaceChildren(...AGENTS.filter(a => a !== me).map(colleague))

const bar = document.createElement('offhook-callbar')
bar.setAttribute('layout', layout)
bar.setAttribute('capture-tel', '')
bar.tokenSource = async () => {
  const answer = await fetch(me === AGENTS[0] ? '/demo/token' : `/demo/token/${me.id}`, { cache: 'no-store' })
  if (!answer.ok) throw new Error(`no token: ${answer.status}`)
  return (await answer.text()).trim()
}
bar.contactLookup = async number => contactOf(number)
bar.addEventListener('call-offered', e => pop(e.detail.call))
bar.addEventListener('call-connected', e => {
  if (e.detail.call.direction === 'outbound') pop(e.detail.call)
  connected(e.detail.call)
})
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
  const contact = contactOf(other(call).number) ?? stranger(call)
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

/** The far side. @param {any} call */
function other(call) { return call.direction === 'outbound' ? call.to : call.from }

/** @param {any} call */
function stranger(call) {
  const { name, number } = other(call)
  return { initials: '?', name: name || number || 'Unknown caller', role: 'Not in the contacts yet', company: '', place: '', about: [['Phone', number || 'withheld']], feed: [], tickets: [] }
}

/** @param {any} call */
function connected(call) {
  live = { call, at: Date.parse(call.answered_at) || Date.now(), ended: 0 }
  $('r-feed').querySelector('.live')?.remove()
  const item = entry(['live', 'Call in progress', '', call.direction === 'outbound' ? 'Called by you' : `${call.queue || 'Direct call'}, answered by you`])
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

/** @param {{id: string}} agent @param {string} [layout] */
function pageOf(agent, layout = 'bar') { return `?${new URLSearchParams(agent === AGENTS[0] ? { layout } : { agent: /** @type {any} */ (agent).id, layout })}` }

/** @param {string} number */
function spaced(number) { return number.replace(/^\+49(\d\d)(\d{5})/, '+49 $1 $2 ') }

/** @param {{number: string, name: string, does: string}} entry a number to try: a click dials it, once one is signed in */
function phoneNumber({ number, name, does }) {
  const row = el('li')
  const link = el('a', spaced(number))
  link.setAttribute('href', `tel:${number}`)
  row.append(link, el('span', name, 'strong'), el('span', does, 'soft'))
  return row
}

/** @param {{id: string, name: string}} agent */
function colleague(agent) {
  const link = el('a', agent.name)
  link.setAttribute('href', pageOf(agent, layout))
  link.setAttribute('target', '_blank')
  return link
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
