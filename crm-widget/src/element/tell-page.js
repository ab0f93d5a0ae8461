/**
 * What happens to the client's calls, as events of the element; the records of callers, as they are asked for.
 * @module
 */

import { OffhookEvent } from '../events.js'
import { late } from './late.js'

const FORWARDED = [
  'client-ready', 'client-lost', 'agent-state-change', 'call-connected', 'call-held', 'call-resumed', 'call-muted', 'call-recording-change', 'call-transferring',
  'call-transferred', 'call-ended', 'call-quality-change', 'wrap-up-start', 'device-change', 'leader-change',
]

/** @param {import('./host.js').Host} host @param {import('../client.js').OffhookClient} client @param {AbortSignal} signal */
export function tellPage(host, client, signal) {
  for (const type of FORWARDED) {
    client.addEventListener(type, e => { if (e instanceof OffhookEvent) host.tell(e.again()) }, { signal })
  }
  for (const [type, when] of /** @type {const} */ ([['call-offered', 'offered'], ['call-connected', 'answered']])) {
    client.addEventListener(type, e => {
      if (!(e instanceof OffhookEvent) || !client.snapshot.leader) return
      if (when === 'offered' || e.detail.call.direction === 'inbound') late()?.screenPop(host, when, e.detail.call)
    }, { signal })
  }
}
