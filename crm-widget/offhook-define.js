/**
 * Registers the element under its usual name. A second registration, or one of another version, is harmless: the first stays.
 * @module
 */

import { OffhookCallbar } from './offhook-callbar.js'

/** @param {string} [tag] */
export function define(tag = 'offhook-callbar') {
  if (!customElements.get(tag)) customElements.define(tag, OffhookCallbar)
}
