/**
 * Whom to call or to give a call to: people and queues by name, asked of the server while one types; or a number. Those used last come first.
 * @module
 */

import { clean } from '../text.js'
import { NOTHING } from './blank.js'
import { dialable } from './dialer.js'

const TYPING = 150
const REMEMBERED = 12
const KEY = 'offhook.targets'

/**
 * @typedef {'people' | 'queues' | 'number' | 'all'} Tab `all`: people and queues
 * @typedef {{to: string, name: string, entry: any}} Row
 * @typedef {{tab: Tab, text: string, rows: readonly Row[], at: number, state: 'asking' | 'found' | 'failed'}} Found what the views draw
 */

export class Finder {
  #host
  #round = 0
  /** @type {any} */
  #timer
  /** the agent chose a row: it stays chosen when the list is made anew */
  #chose = false
  /** @type {Found} */
  found = NOTHING

  /** @param {import('./host.js').Host} host */
  constructor(host) { this.#host = host }

  /** From the beginning. @param {Tab} [tab] @param {string} [text] */
  open(tab = 'people', text = '') {
    this.#become({ ...NOTHING, tab, text })
    this.#ask(0)
  }

  close() {
    clearTimeout(this.#timer)
    this.#round++
  }

  /** @param {Tab} tab */
  tab(tab) {
    this.#become({ ...this.found, tab, rows: [], at: 0, state: 'asking' })
    this.#ask(0)
  }

  /** @param {string} text */
  type(text) {
    this.#become({ ...this.found, text: text.slice(0, 128), ...(this.found.tab === 'number' ? { rows: numbers(text), at: 0 } : {}) })
    this.#ask(TYPING)
  }

  /** @param {number} at */
  choose(at) {
    this.#chose = true
    this.#become({ ...this.found, at: Math.max(0, Math.min(at, this.found.rows.length - 1)) })
  }

  get chosen() { return this.found.rows[this.found.at] ?? null }

  /** Somebody was called: the next time it stands first. @param {string} to */
  used(to) {
    const list = [to, ...remembered().filter(t => t !== to)].slice(0, REMEMBERED)
    try { localStorage.setItem(KEY, JSON.stringify(list)) } catch { /* the list is in the server's order then */ }
  }

  /** @param {number} wait */
  #ask(wait) {
    clearTimeout(this.#timer)
    this.#chose = false
    const round = ++this.#round
    if (this.found.tab === 'number') return this.#become({ ...this.found, rows: numbers(this.found.text), state: 'found' })
    this.#timer = setTimeout(() => this.#search(round), wait)
  }

  /** @param {number} round */
  async #search(round) {
    const { tab, text } = this.found
    try {
      const entries = await this.#host.need().directory(text.trim(), tab === 'all' ? undefined : tab === 'people' ? 'agent' : 'queue')
      if (round !== this.#round) return
      const rows = ordered(entries.map(rowOf).filter(r => r.name))
      const before = this.#chose ? this.chosen?.to : ''
      this.#become({ ...this.found, rows, at: Math.max(0, rows.findIndex(r => r.to === before)), state: 'found' })
      this.#say(rows)
    } catch {
      if (round === this.#round) this.#become({ ...this.found, rows: [], state: 'failed' })
    }
  }

  /** @param {Row[]} rows */
  #say(rows) {
    const { t } = this.#host.tr()
    const first = rows[0]
    const state = first?.entry.state ? t(`presence.${first.entry.state}`) : ''
    this.#host.say([t('say.found', { n: rows.length }), first ? `${[first.name, state].filter(Boolean).join(', ')}.` : ''].join(' ').trim())
  }

  /** @param {Found} found */
  #become(found) {
    this.found = Object.freeze(found)
    this.#host.later()
  }
}

/** @param {any} entry @returns {Row} */
function rowOf(entry) {
  const queue = entry.kind === 'queue'
  return { to: `${queue ? 'queue' : 'agent'}:${queue ? entry.name : entry.id}`, name: clean(queue ? entry.label || entry.name : entry.name) || clean(entry.id), entry }
}

/** @param {string} text @returns {Row[]} */
function numbers(text) {
  const to = dialable(text)
  return to ? [{ to, name: clean(text, 64), entry: { kind: 'number' } }] : []
}

/** @returns {string[]} */
function remembered() {
  try {
    const list = JSON.parse(localStorage.getItem(KEY) ?? '[]')
    return Array.isArray(list) ? list.filter(t => typeof t === 'string') : []
  } catch {
    return []
  }
}

/** @param {Row[]} rows */
function ordered(rows) {
  const used = remembered()
  const rank = (/** @type {Row} */ r) => { const i = used.indexOf(r.to); return i < 0 ? REMEMBERED : i }
  return [...rows].sort((a, b) => rank(a) - rank(b))
}
