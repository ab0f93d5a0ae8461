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

const PRIVATE = /^(10|127|192\.168|169\.254|172\.(1[6-9]|2\d|3[01]))\.|^\[f[cde]|\.(local|internal|lan)$|^[^.:]+$/i

/**
 * Whether the browser asks the user before this page may reach a gateway in the company's own network, and was not told yes (Chromium does).
 * @param {string} gateway WebSocket address
 */
export async function localNetworkAsked(gateway) {
  try {
    const { hostname } = new URL(gateway)
    if (hostname === 'localhost' || hostname === globalThis.location?.hostname || !PRIVATE.test(hostname)) return false
    const { state } = await navigator.permissions.query(/** @type {any} */ ({ name: 'local-network-access' }))
    return state !== 'granted'
  } catch {
    return false // it knows no such permission
  }
}
