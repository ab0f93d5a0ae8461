/**
 * More than one call: the two cards of a consultation, and the list of the others.
 * @module
 */

import { h } from '../dom.js'
import { icon } from '../icons.js'
import { complete, swap } from './controls.js'
import { control, recChip, timer } from './parts.js'

/** @typedef {import('./parts.js').View} View */
/** @typedef {import('./parts.js').Act} Act */
/** @typedef {import('../view.js').Card} Card */

const ICONS = /** @type {Record<string, string>} */ ({ talking: 'wave', held: 'pause', waiting: 'phone', offered: 'incoming' })

/** The body of a panel in a consultation. @param {View} v @param {Act} act @param {any[]} tiles */
export function consultation(v, act, tiles) {
  const { t } = v
  const { target, first, ready } = /** @type {NonNullable<View['consult']>} */ (v.consult)
  const names = { name: first.who.short, other: target.who.short }
  const apart = target.look === 'talking' || first.look === 'held' ? t('consult.apart', names) : t('consult.apart.other', names)
  return [
    h('div', { key: 'head', class: 'consult-head' }, h('h2', { class: 'title' }, t('consult.title')), recChip(v)),
    h('p', { key: 'apart', class: 'second soft' }, apart),
    h('div', { key: 'cards', class: 'cards' }, callCard(target), control({ ...swap(v, act), cls: 'btn swap keep' }), callCard(first)),
    h('span', { key: 'gap', class: 'grow' }),
    h('div', { key: 'tiles', class: 'tiles low', part: 'controls', role: 'toolbar', 'aria-label': t('call.toolbar'), 'data-toolbar': 'tiles' }, tiles),
    h('div', { key: 'do', class: 'stack' },
      control({ ...complete(v, act), label: t('complete'), cls: 'btn accent tall keep', part: 'control control-transfer' }),
      control({ key: 'drop', icon: ready ? undefined : 'hangup', name: t('consult.drop', names), label: t('consult.drop', names), cls: 'btn tall keep', busy: v.asked('hangup'), press: act.drop })),
  ]
}

/** @param {Card} card */
function callCard(card) {
  return h('div', { key: card.id, class: `call-card ${card.look}`, role: 'group', 'aria-label': `${card.who.name}: ${card.words}` },
    h('span', { class: `avatar${card.who.plain ? ' plain' : ''}`, 'aria-hidden': 'true' }, card.who.initials),
    h('span', { class: 'grow' }, h('span', { class: 'name ell', title: card.who.name }, h('bdi', null, card.who.name)),
      h('span', { class: 'second line' }, icon(ICONS[card.look], 17), h('span', { class: 'ell' }, card.words))),
    card.clock ? timer(card.clock, card.spoken, 'strong') : null)
}

/** The calls beside the one that is shown. @param {View} v @param {Act} act */
export function otherCalls(v, act) {
  if (v.others.length === 0) return null
  return h('ul', { key: 'others', class: 'others', 'aria-label': v.t('calls.others') }, v.others.map(card => h('li', { key: card.id, class: `other ${card.look}` },
    h('span', { class: `avatar${card.who.plain ? ' plain' : ''}`, 'aria-hidden': 'true' }, card.who.initials),
    h('span', { class: 'grow' }, h('span', { class: 'name ell', title: card.who.name }, h('bdi', null, card.who.name)),
      h('span', { class: 'second line num' }, icon(ICONS[card.look], 15), h('span', { class: 'ell' }, [card.words, card.clock].filter(Boolean).join(' ')))),
    otherActions(v, act, card))))
}

/** @param {View} v @param {Act} act @param {Card} card */
function otherActions(v, act, card) {
  const { t, lost } = v
  const { name } = card.who
  if (card.look === 'held') return control({ key: `resume-${card.id}`, icon: 'play', size: 18, name: t('calls.resume', { name }), label: t('resume'), cls: 'btn small keep', off: lost, busy: v.asked('resume', card.id), press: () => act.resumeCall(card.id) })
  if (card.look !== 'offered') return null
  return [
    control({ key: `decline-${card.id}`, icon: 'close', size: 18, name: t('calls.decline', { name }), cls: 'btn decline icon-only', off: lost, busy: v.asked('reject', card.id), press: () => act.decline(card.id) }),
    control({ key: `answer-${card.id}`, name: t('calls.answer', { name }), label: t('answer'), cls: 'btn small go keep', off: lost, busy: v.asked('accept', card.id), press: () => act.answer(card.id) }),
  ]
}

/** In a bar: how many there are, and what they want. @param {View} v @param {Act} act */
export function othersButton(v, act) {
  const { t, others, ui } = v
  if (others.length === 0) return null
  const offered = others.find(c => c.look === 'offered')
  const label = offered ? t('calls.incoming', { name: offered.who.short }) : t('calls.more', { n: others.length })
  return control({
    key: 'calls', icon: offered ? 'incoming' : 'pause', size: 18, name: label, label, cls: `btn keep more-calls${offered ? ' offered' : ''}`, press: () => act.toggle('calls'),
    more: { 'aria-haspopup': 'dialog', 'aria-expanded': ui.open === 'calls' ? 'true' : 'false' },
  })
}
