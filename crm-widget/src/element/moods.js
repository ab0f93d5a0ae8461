/**
 * The element's moods, for style sheets of the page: `offhook-callbar:state(ringing)`.
 * @module
 */

import { IN_CALL } from '../view.js'

const LISTED_STATES = ['available', 'away', 'ringing', 'in-call', 'held', 'muted', 'wrap-up', 'offline', 'reconnecting', 'follower', 'narrow']

/** @typedef {{has(name: string): boolean, add(name: string): unknown, delete(name: string): unknown}} States */

/** @param {States} states @param {string} name @param {boolean} on */
export function toggle(states, name, on) {
  if (on) states.add(name)
  else states.delete(name)
}

/** @param {States} states @param {import('../view.js').View} v */
export function showMoods(states, v) {
  const on = new Set([
    v.kind === 'idle' ? String(v.s.agent?.state).replace('_', '-') : '', v.kind === 'offered' ? 'ringing' : '', IN_CALL.includes(v.kind) ? 'in-call' : '',
    v.held ? 'held' : '', v.muted ? 'muted' : '', v.kind === 'wrap_up' ? 'wrap-up' : '', v.kind === 'out' ? 'offline' : '', v.lost ? 'reconnecting' : '', v.s.leader ? '' : 'follower',
    states.has('narrow') ? 'narrow' : '',
  ])
  for (const state of LISTED_STATES) toggle(states, state, on.has(state))
  toggle(states, 'keypad-open', v.ui.open === 'keypad' || v.ui.open === 'dialpad')
}
