/**
 * Elements with clients and tabs of their own, and a gateway in place of the WebSocket; it counts what they leave behind on the page.
 */

import { define } from '/offhook-define.js'
import { late, loadLate } from '/src/element/late.js'
import { layout } from '/src/element/layouts.js'
import { FakeGateway } from '/testing/fake-gateway.js'

const gateway = new FakeGateway()
globalThis.WebSocket = /** @type {any} */ (function socket(url, protocol) { return gateway.socket(url, protocol) })
const token = agent => `x.${btoa(JSON.stringify({ sub: agent }))}.y`
const settled = async () => { for (let i = 0; i < 30; i++) await Promise.resolve(); await window.skip(0) }
let made = 0

/** An element in the page, connected. @param {Record<string, string>} [attributes] */
async function mount(attributes = {}) {
  const bar = document.createElement('offhook-callbar')
  for (const [name, value] of Object.entries({ layout: 'bar', ...attributes })) bar.setAttribute(name, value)
  const agent = `agent-${++made}`
  bar.tokenSource = () => token(agent)
  document.querySelector('main').append(bar)
  for (let i = 0; i < 400 && bar.state.connection.state !== 'open'; i++) await (i < 20 ? settled() : window.really(2))
  if (bar.state.connection.state !== 'open') throw new Error(`not connected: ${JSON.stringify(bar.state.connection)}`)
  return bar
}

/** @param {number} times */
async function mounts(times) {
  for (let i = 0; i < times; i++) {
    const bar = await mount({ layout: ['bar', 'panel', 'mini'][i % 3] })
    bar.remove()
    await settled()
    gateway.sockets = gateway.sockets.filter(s => s.readyState < 2)
    gateway.frames = []
  }
  await window.really(50) // locks and channels are given back
}

/** Listeners on what outlives an element, by type. */
const listening = () => window.living().map(l => `${l.on} ${l.type}`).sort()

Object.assign(window, { gateway, listening, mount, mounts, settled, ready: false })
define()
if (!late()) await new Promise(resolve => { loadLate(resolve) })
for (const name of ['bar', 'panel', 'mini']) while (!layout(name, () => {})) await window.really(5)
window.ready = true
