/**
 * What a client takes from the platform unless it is given something else: the clock, the tab's storage.
 * @module
 */

/** @type {import('./connection.js').Clock} */
export const SYSTEM_CLOCK = {
  now: () => Date.now(),
  setTimeout: (fn, ms) => setTimeout(fn, ms),
  clearTimeout: timer => clearTimeout(timer),
}

/** This tab's storage; where a page has none (sandboxed frames), the page's memory. @returns {import('./connection.js').StorageLike} */
export function tabStorage() {
  try {
    if (globalThis.sessionStorage) return globalThis.sessionStorage
  } catch { /* storage is forbidden here */ }
  /** @type {Map<string, string>} */
  const memory = new Map()
  return {
    getItem: key => memory.get(key) ?? null,
    setItem: (key, value) => void memory.set(key, value),
    removeItem: key => void memory.delete(key),
  }
}
