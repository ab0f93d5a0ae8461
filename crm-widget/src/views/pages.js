/**
 * What opens in a panel, in the body's place: keypad and transfer with the call above and below, the pad for a number, menus and cards.
 * @module
 */

import { h } from '../dom.js'
import { IN_CALL } from '../view.js'
import { callControls, declineButton, endWhole } from './controls.js'
import { callButton, dialPad } from './keypad.js'
import { menuContent } from './menus.js'
import { avatar, control, iconButton, phoneNumber, timer } from './parts.js'
import { titleOf } from './popover.js'

/** @typedef {import('./parts.js').View} View */
/** @typedef {import('./parts.js').Act} Act */

/** @param {View} v @param {Act} act @param {string} page */
export function panelPage(v, act, page) {
  if (page === 'dialpad') return dialPage(v, act)
  return page === 'keypad' || page === 'transfer' ? callPage(v, act, page) : menuPage(v, act, page)
}

/** Keypad or transfer: the caller on one line above, what to do with the call below. @param {View} v @param {Act} act @param {string} page */
function callPage(v, act, page) {
  const { t, caller } = v
  const mini = h('div', { key: 'mini', class: 'mini-call', part: 'caller' }, avatar(v), h('span', { class: 'grow' }, h('span', { class: 'name ell' }, h('bdi', null, caller?.name ?? '')),
    h('span', { class: 'small soft ell' }, page === 'keypad' ? phoneNumber(caller?.number ?? '') ?? caller?.queue ?? '' : v.hold ? t('held') : t('phase.connected'))),
  v.kind === 'talking' ? timer((v.hold ?? v.talk).clock, (v.hold ?? v.talk).words, 'strong') : null)
  const [, hold] = callControls(v, act)
  const first = page === 'keypad' ? control({ key: 'hide-keypad', name: t('keypad.hide'), label: t('keypad.hide'), cls: 'btn', press: () => act.toggle('keypad') })
    : control({ ...hold, size: 22, cls: `btn${hold.tone ? ` ${hold.tone}` : ''}` })
  return [
    mini,
    h('div', { key: page, class: `body page of-${page}`, 'data-menu-root': page, role: 'group', 'aria-label': titleOf(v, page) }, menuContent(v, act, page)),
    h('div', { key: 'foot', class: 'foot two', role: 'toolbar', 'aria-label': t('call.toolbar'), 'data-toolbar': 'foot' }, first,
      control({ key: 'end', part: 'control-end', icon: 'hangup', size: 22, name: t('end.call'), label: t('end.call'), cls: 'btn stop', busy: v.busy('hangup'), press: act.end })),
  ]
}

/** A number to call. @param {View} v @param {Act} act */
function dialPage(v, act) {
  return [
    h('div', { key: 'dialpad', class: 'body page of-dialpad', 'data-menu-root': 'dialpad', role: 'group', 'aria-label': v.t('dial.keypad') }, dialPad(v, act)),
    h('div', { key: 'foot', class: 'foot' }, callButton(v, act)),
  ]
}

/** A menu in a panel takes the body's place. @param {View} v @param {Act} act @param {string} page */
function menuPage(v, act, page) {
  const main = IN_CALL.includes(v.kind)
    ? h('div', { key: 'foot', class: 'foot' }, endWhole(v, act))
    : v.kind === 'offered' ? h('div', { key: 'foot', class: 'foot', role: 'toolbar', 'aria-label': v.t('call.toolbar'), 'data-toolbar': 'foot' },
      declineButton(v, act, 'btn decline'),
      control({ key: 'answer', part: 'answer', icon: 'handset', name: v.t('answer'), label: v.t('answer'), cls: 'btn go', busy: v.busy('accept'), press: act.answer, off: v.lost })) : null
  return [
    h('div', { key: 'page', class: 'body page', 'data-menu-root': page },
      h('div', { class: 'back' }, iconButton({ key: 'back', icon: 'back', cls: 'flip', name: v.t('back'), press: () => act.toggle('') }), h('span', null, titleOf(v, page))),
      menuContent(v, act, page)),
    main,
  ]
}
