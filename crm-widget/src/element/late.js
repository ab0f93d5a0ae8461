/**
 * The part of the callbar that is not needed to show it: asked for once the agent is logged in, again after a failure, and shared by all
 * elements of a page.
 * @module
 */

const AGAIN = 3000

/** @typedef {typeof import('../late.js')} Late */

/** @type {Late | null} */
let loaded = null
/** @type {Promise<void> | null} */
let loading = null
let failedAt = -Infinity

/** What is here by now. */
export function late() { return loaded }

/** @param {() => void} then called when it is here, unless it is already */
export function loadLate(then) {
  if (loaded || performance.now() - failedAt < AGAIN) return
  loading ??= import('../late.js').then(module => { loaded = module }, () => { failedAt = performance.now() }).finally(() => { loading = null })
  loading.then(() => { if (loaded) then() })
}
