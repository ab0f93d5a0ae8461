/**
 * The last calls of the agent, in a panel.
 * @module
 */

import { h } from '../dom.js'
import { icon } from '../icons.js'
import { clean, farParty, formatNumber, initials } from '../text.js'
import { iconButton } from './parts.js'

/** @typedef {import('./parts.js').View} View */
/** @typedef {import('./parts.js').Act} Act */

/** @param {View} v @param {Act} act @param {number} most */
export function recents(v, act, most) {
  const list = v.s.recents.slice(0, most)
  if (list.length === 0) return h('p', { key: 'recents', class: 'soft recents' }, v.t('recents.none'))
  return h('ul', { key: 'recents', class: 'recents' }, list.map(r => recent(v, act, r)))
}

/**
 * Who it was, what kind of call, when, and what to dial to call there again.
 * @param {any} r @param {import('../i18n.js').Translator} tr
 */
export function recentView(r, { t, time }) {
  const party = farParty(r)
  const number = formatNumber(party.number)
  const agent = typeof party.uri === 'string' && party.uri.startsWith('agent:') ? party.uri : ''
  return {
    name: clean(party.name) || number || t('unknown'),
    plain: !clean(party.name),
    initials: initials(clean(party.name), String(party.number ?? '')),
    missed: r.missed === true,
    outgoing: r.direction === 'outbound',
    word: r.missed === true ? t('recents.missed') : r.direction === 'internal' && !party.number ? t('internal') : r.direction === 'outbound' ? t('recents.outbound') : clean(r.queue, 40),
    when: time(r.offered_at ?? r.ended_at),
    dial: String(party.number || agent),
  }
}

/** @param {View} v @param {Act} act @param {any} r */
function recent(v, act, r) {
  const { name, plain, initials: letters, missed, outgoing, word, when, dial } = recentView(r, v.tr)
  return h('li', { key: r.id, class: 'recent' },
    h('span', { class: `avatar${plain ? ' plain' : ''}`, 'aria-hidden': 'true' }, letters),
    h('span', { class: 'grow' }, h('span', { class: 'name ell', title: name }, h('bdi', null, name)),
      h('span', { class: `line small${missed ? ' missed' : ''}` }, icon(missed ? 'missed' : outgoing ? 'outgoing' : 'incoming', 15),
        word ? h('span', { class: 'word ell' }, word) : null, word && when ? ' · ' : null, h('span', { class: 'num' }, when))),
    iconButton({ key: `call-${r.id}`, icon: 'phone', name: v.t('recents.call', { name }), off: dial === '' || v.lost, busy: v.asked('dial'), press: () => act.dial(dial, 'recent', name) }))
}
