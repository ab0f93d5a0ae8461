/**
 * The caller's record by an address template: `screen-pop="https://crm.example/find?q={from}"`. Each value is percent-encoded; only `https:` and
 * `http:` addresses are opened.
 * @module
 */

import { ScreenPopEvent } from '../events.js'
import { clean, nationalNumber, safeURL } from '../text.js'

const WINDOW = 'offhook-pop'

/**
 * The address for a call, or '' where the template gives none that may be opened.
 * @param {string} template
 * @param {any} call
 */
export function popURL(template, call) {
  const values = /** @type {Record<string, unknown>} */ ({
    'from': call.from?.number, 'from.national': nationalNumber(call.from?.number), 'to': call.to?.number, 'queue': call.queue, 'call.id': call.id,
  })
  const filled = template.replace(/\{([\w.-]+)\}/g, (_, name) => {
    const value = name.startsWith('data.') ? (Object.hasOwn(call.data ?? {}, name.slice(5)) ? call.data[name.slice(5)] : '') : Object.hasOwn(values, name) ? values[name] : ''
    return encodeURIComponent(clean(value, 256))
  })
  return safeURL(filled)
}

/**
 * Tells the page, and opens the address unless the page does it itself. A window opens only out of the agent's press, so `answered` is the usual
 * moment.
 * @param {import('./host.js').Host} host
 * @param {'offered' | 'answered'} moment
 * @param {any} call
 */
export function screenPop(host, moment, call) {
  const { element } = host
  const template = element.getAttribute('screen-pop') ?? ''
  const wanted = element.getAttribute('screen-pop-at') === 'offered' ? 'offered' : 'answered'
  if (template === '' || moment !== wanted) return
  const url = popURL(template, call)
  if (!host.tell(new ScreenPopEvent(call, [], url)) || url === '') return
  element.ownerDocument.defaultView?.open(url, WINDOW)?.focus()
}
