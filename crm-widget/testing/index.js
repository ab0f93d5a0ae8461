/**
 * Stand-ins for tests of pages that use the callbar or the client: a gateway without a network, media without sound, a clock that stands still,
 * tabs without a browser.
 * @module
 */

export { FakeClock, settled } from './fake-clock.js'
export { FakeGateway, FakeMedia, FakeSocket, OFFER_SDP } from './fake-gateway.js'
export { FakeBrowser } from './fake-tabs.js'
