/** README.md says what the source says. OFFHOOK_UPDATE=1 writes its tables anew. */

import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'

import { KEYMAP } from '../src/keys.js'
import en from '../src/lang/en.js'

const read = (/** @type {string} */ name) => readFileSync(new URL(`../${name}`, import.meta.url), 'utf8')
const element = read('offhook-callbar.js')
const types = read('index.d.ts')

const ATTRIBUTES = /** @type {Record<string, string>} */ ({
  'gateway': 'WebSocket address; default: where the module came from', 'layout': '`auto` (by its own size), `bar`, `panel`, `mini`', 'theme': '`auto`, `light`, `dark`', 'lang': 'BCP 47: words, numbers, direction',
  'mic': '`early` (when the agent goes available), `late` (at answer)', 'group': 'elements with one name share one client', 'hide': 'list of `queues` `recents` `notes` `dial` `pop-out`',
  'keep-title': 'the page’s title stays while it rings', 'no-shortcuts': 'no keys of the whole page', 'private-notifications': 'a notice names nobody',
  'capture-tel': 'clicks on `tel:` links of the page dial', 'screen-pop': 'address of the caller’s record: `{from} {from.national} {to} {queue} {call.id} {data.NAME}`, each percent-encoded; `https:` and `http:` only',
  'screen-pop-at': '`answered` (a press lets a window open), `offered`',
  'auto-answer': 'seconds after which an offered call is answered by itself, after a tone; the server has to allow it',
})

/** The members of a class or an interface in index.d.ts, one a line. @param {string} head */
function members(head) {
  const at = types.indexOf(head)
  return types.slice(types.indexOf('{', at) + 1, types.indexOf('\n}', at)).split('\n')
}

function attributes() {
  const names = [...(element.match(/const ATTRIBUTES = \[([^\]]*)\]/)?.[1] ?? '').matchAll(/'([\w-]+)'/g)].map(m => m[1])
  assert.deepEqual([...names].sort(), Object.keys(ATTRIBUTES).sort(), 'each attribute has its words')
  return ['| attribute | meaning |', '| --- | --- |', ...names.map(n => `| \`${n}\` | ${ATTRIBUTES[n]} |`)]
}

function methods() {
  let comment = ''
  const rows = []
  for (const line of members('export class OffhookCallbar')) {
    const said = line.match(/^ {2}\/\*\* (.*) \*\/$/)
    const method = line.match(/^ {2}(\w+)(\([^)]*\)): Promise</)
    if (method) rows.push(`| \`${method[1]}${method[2].replace(/\|/g, '\\|')}\` | ${comment} |`)
    comment = said ? said[1] : ''
  }
  return ['| method | |', '| --- | --- |', ...rows]
}

function events() {
  const rows = members('export interface CallbarEventMap').map(line => line.match(/^ {2}'([\w-]+)': OffhookEvent<\{ (.*?) \}> &/)).filter(m => m !== null)
  const cancelable = new Set([...read('src/events.js').matchAll(/super\('([\w-]+)'[^\n]*cancelable: true/g)].map(m => m[1]))
  const fields = (/** @type {string} */ text) => [...text.replace(/<[^>]*>/g, '').matchAll(/(\w+)\??:/g)].map(m => `\`${m[1]}\``).filter((f, i, all) => all.indexOf(f) === i).join(' ')
  return ['| event | fields | |', '| --- | --- | --- |', ...rows.map(([, name, text]) => `| \`${name}\` | ${fields(text)} | ${cancelable.has(name) ? 'may be cancelled' : ''} |`)]
}

function keys() {
  const words = /** @type {Record<string, any>} */ (en)
  return ['| key | does |', '| --- | --- |', ...Object.entries(KEYMAP).map(([name, code]) => `| ${code.replace(/^Key/, '')} | ${words[`shortcut.${name}`]} |`)]
}

function looks() {
  const doc = element.slice(element.indexOf('@csspart'), element.indexOf('@slot')).replace(/\n \* {3}/g, ' ')
  const part = doc.match(/@csspart ([^\n]*)/)?.[1] ?? ''
  const property = doc.match(/@cssproperty ([^\n]*)/)?.[1] ?? ''
  const slots = [...element.matchAll(/@slot ([\w-]+) - ([^\n]*)/g)]
  const states = [...(read('src/element/moods.js').match(/const LISTED_STATES = \[([^\]]*)\]/)?.[1] ?? '').matchAll(/'([\w-]+)'/g)].map(m => m[1])
  return [`Parts: ${part.trim().split(/\s+/).map(p => `\`${p}\``).join(' ')}.`, '', `Custom properties: ${property.trim()}.`, '', `States, as in \`offhook-callbar:state(ringing)\`: ${states.map(s => `\`${s}\``).join(' ')}.`, '',
    '| slot | |', '| --- | --- |', ...slots.map(([, name, what]) => `| \`${name}\` | ${what} |`)]
}

const SECTIONS = { attributes, methods, events, keys, looks }

test('README.md has the tables of the source', () => {
  const was = read('README.md')
  let now = was
  for (const [name, print] of Object.entries(SECTIONS)) {
    now = now.replace(new RegExp(`(<!-- ${name} -->\n)[\\s\\S]*?(<!-- end -->)`), (_, head, end) => `${head}${print().join('\n')}\n${end}`)
  }
  if (process.env.OFFHOOK_UPDATE === '1') writeFileSync(new URL('../README.md', import.meta.url), now)
  else assert.equal(was, now, 'OFFHOOK_UPDATE=1 node --test test/readme.test.js writes it')
})

test('every event that the element is said to fire is typed, and the other way round', () => {
  const said = (element.slice(element.indexOf('@fires')).match(/@fires ([\s\S]*?)\n \*\//)?.[1] ?? '').replace(/\n \*/g, ' ').trim().split(/\s+/).sort()
  const typed = members('export interface CallbarEventMap').map(l => l.match(/^ {2}'([\w-]+)'/)?.[1]).filter(Boolean).sort()
  assert.deepEqual(said, typed)
})
