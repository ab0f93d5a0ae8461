/**
 * What an agent typed is never lost: notes and outcome of each call are kept in the browser on every change, until the server has them.
 * @module
 */

import { NONE } from './element/blank.js'

const PREFIX = 'offhook.draft:'
const MOST = 50
const KEEP = 7 * 24 * 3600 * 1000

/** @typedef {{outcome: string, notes: string, saved: number}} Draft */

/** Drafts in a Web Storage, or in memory where there is none. */
export class Drafts {
  #storage
  /** @type {Map<string, Draft>} */
  #memory = new Map()

  /** @param {Storage | null} [storage] */
  constructor(storage = localStore()) { this.#storage = storage }

  /** @param {string} call @returns {Draft} */
  get(call) {
    const known = this.#memory.get(call)
    if (known) return known
    try {
      const raw = JSON.parse(this.#storage?.getItem(PREFIX + call) ?? 'null')
      if (raw && typeof raw === 'object') return { outcome: String(raw.outcome ?? ''), notes: String(raw.notes ?? ''), saved: 0 }
    } catch { /* what cannot be read is as good as none */ }
    return NONE
  }

  /** @param {string} call @param {Draft} draft */
  set(call, draft) {
    this.#memory.set(call, draft)
    try {
      this.#storage?.setItem(PREFIX + call, JSON.stringify({ outcome: draft.outcome, notes: draft.notes, at: Date.now() }))
      this.#tidy()
    } catch { /* full or forbidden: memory has it */ }
  }

  /** The server has it all. @param {string} call */
  drop(call) {
    this.#memory.delete(call)
    try { this.#storage?.removeItem(PREFIX + call) } catch { /* nothing was kept */ }
  }

  #tidy() {
    const storage = this.#storage
    if (!storage) return
    const all = []
    for (let i = 0; i < storage.length; i++) {
      const key = storage.key(i)
      if (key?.startsWith(PREFIX)) all.push({ key, at: ageOf(storage.getItem(key)) })
    }
    all.sort((a, b) => b.at - a.at).filter((d, i) => i >= MOST || Date.now() - d.at > KEEP).forEach(d => storage.removeItem(d.key))
  }
}

/** @param {string | null} raw */
function ageOf(raw) {
  try { return Number(JSON.parse(raw ?? '{}').at) || 0 } catch { return 0 }
}

function localStore() {
  try { return globalThis.localStorage ?? null } catch { return null }
}
