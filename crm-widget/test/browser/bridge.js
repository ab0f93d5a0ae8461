/**
 * A gateway for pages that open a real WebSocket: the fake one, behind the test server's own address.
 * @module
 */

import { WebSocketServer } from 'ws'

/**
 * @param {import('node:http').Server} http
 * @param {() => import('../../testing/fake-gateway.js').FakeGateway} gateway of the page that connects now
 * @returns {() => void} ends it
 */
export function bridge(http, gateway) {
  const server = new WebSocketServer({ server: http, path: '/agent', handleProtocols: offered => [...offered][0] })
  server.on('connection', page => {
    const near = gateway().socket('ws://fake/agent', page.protocol)
    near.addEventListener('message', (/** @type {any} */ e) => page.send(e.data))
    near.addEventListener('close', (/** @type {any} */ e) => page.close(e.code >= 3000 ? e.code : 1000))
    page.on('message', text => { if (near.readyState === 1) near.send(String(text)) })
    page.on('close', () => near.close())
  })
  return () => server.close()
}
