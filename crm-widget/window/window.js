/**
 * The callbar alone, in a window of its own. A page that has a callbar opens it and gives it tokens (src/element/own-window.js); only pages of the
 * origins that the gateway lists in `/window/settings` can. Where those settings name a `token` address of the gateway, the window does without.
 * @module
 */

import '/widget/offhook.js'

const WAIT = 10_000

/** @typedef {{origins?: string[], token?: string}} Settings */

/** @returns {Promise<Settings>} */
async function settings() {
  try {
    const response = await fetch('/window/settings')
    return response.ok ? await response.json() : {}
  } catch {
    return {}
  }
}

const { origins = [], token = '' } = await settings()
const allowed = new Set([location.origin, ...origins])
let asked = 0

/** Asks the page that opened this window. It hears it at an allowed origin only, and nobody else is believed. @returns {Promise<string>} */
function fromOpener() {
  return new Promise((resolve, reject) => {
    const id = ++asked
    const done = new AbortController()
    const timer = setTimeout(() => { done.abort(); reject(new Error('the page that opened this window is gone')) }, WAIT)
    addEventListener('message', e => {
      const { data } = e
      if (e.source !== window.opener || !allowed.has(e.origin) || data === null || typeof data !== 'object' || data.offhook !== 1 || data.type !== 'token' || data.id !== id) return
      clearTimeout(timer)
      done.abort()
      if (typeof data.data === 'string' && data.data) resolve(data.data)
      else reject(new Error('no token'))
    }, { signal: done.signal })
    for (const origin of allowed) window.opener.postMessage({ offhook: 1, type: 'token', id }, origin)
  })
}

/** @returns {Promise<string>} */
async function fromGateway() {
  const address = new URL(token, location.href)
  if (address.origin !== location.origin) throw new Error('a token address of another origin')
  return (await fetch(address)).text()
}

const bar = /** @type {any} */ (document.querySelector('offhook-callbar'))
if (window.opener || token) {
  bar.tokenSource = () => (window.opener && !window.opener.closed ? fromOpener() : token ? fromGateway() : Promise.reject(new Error('the page that opened this window is gone')))
  // Tabs of one origin share the agent: whoever opens the window wants the sound here.
  bar.addEventListener('leader-change', (/** @type {any} */ e) => { if (!e.isLeader) bar.moveCallHere() }, { once: true })
} else {
  bar.parentElement.hidden = true
  const alone = /** @type {HTMLElement} */ (document.querySelector('.alone'))
  alone.hidden = false
}
