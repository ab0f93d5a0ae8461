/**
 * The panel: 360 by 600; header, body, and at the bottom the main action or the four pages. With its style sheet, it
 * is loaded by the elements that show it (element/layouts.js).
 * @module
 */

import { h } from '../dom.js'
import { icon, mark } from '../icons.js'
import { clean, clock, formatNumber } from '../text.js'
import { heldWords } from '../view.js'
import { callControls, declineButton, endWhole, keptFor, moving, movingWords } from './controls.js'
import {
  avatar, control, dialField, incomingWords, moreButton, notice, noticeActions, notes, outcomes, phoneNumber, popoutButton, qualityButton, recChip, ring, stateButton, supervisedChip, timer, wait,
} from './parts.js'
import { MENU_NAMES } from './popover.js'

export { PANEL as STYLES } from '../panel-styles.js'

/** @typedef {import('./parts.js').View} View */
/** @typedef {import('./parts.js').Act} Act */

const TABS = [['phone', 'phone'], ['directory', 'people'], ['history', 'history'], ['settings', 'gear']]

/** @param {View} v @param {Act} act */
export function draw(v, act) {
  const page = MENU_NAMES.includes(v.ui.open) && v.ui.open !== 'find' ? v.ui.open : ''
  const body = !page ? BODIES[v.kind](v, act) : v.late ? [v.late.panelPage(v, act, page), page === 'dialpad' ? tabs(v, act) : null] : wait(v)
  return h('div', { key: 'panel', class: `panel ${v.kind}`, part: 'panel' }, v.kind === 'out' ? null : header(v, act), body)
}

/** @param {View} v @param {Act} act */
function header(v, act) {
  const done = v.kind === 'wrap_up'
    ? h('span', { key: 'progress', class: 'progress', 'aria-hidden': 'true', vars: { '--done': String(Math.round(v.wrap.part * 1000) / 1000) } }, h('i', null)) : null
  return h('div', { key: 'head', class: 'head', part: 'header', role: 'toolbar', 'aria-label': v.t('phone'), 'data-toolbar': 'head' },
    v.kind === 'connecting' ? h('span', { class: 'soft' }, v.t('connecting')) : stateButton(v, act),
    h('span', { key: 'spacer', class: 'grow' }), qualityButton(v, act), v.ui.hide.has('pop-out') ? null : popoutButton(v, act), moreButton(v, act), done)
}

/** @type {Record<import('../view.js').Kind, (v: View, act: Act) => any>} */
const BODIES = { out, connecting, idle, offered, placing: inCall, joining: inCall, talking: inCall, wrap_up: wrapUp }

/** @param {View} v @param {Act} act @param {boolean} flat inside a body that has more to show */
function noticeCard(v, act, flat) {
  const n = notice(v)
  if (!n) return null
  return h('div', { key: 'notice', class: `notice ${n.tone}${flat ? ' flat' : ''}${flat && !SLIGHT.includes(n.code) ? ' grave' : ''}`, part: 'notice' },
    h('span', { class: 'sign', 'aria-hidden': 'true' }, icon(n.icon, 20)),
    h('h2', { class: 'title' }, n.title), n.aside ? h('span', { class: 'aside second num' }, n.aside) : null,
    n.text ? h('p', { key: 'tell', class: 'tell soft' }, n.brief ?? n.text) : null,
    n.code === 'offline' ? keptLine(v) : null,
    n.actions.length ? h('div', { key: 'actions', class: 'actions' }, noticeActions(v, act, n, true)) : null)
}

const SMALL = ['reconnecting', 'failed', 'missed', 'call_gone', 'again', 'unsaved']
/** What is told without a ground of its own below the icon. */
const SLIGHT = [...SMALL, 'weak', 'wrap_over', 'transfer_failed', 'consult_failed']

/** News takes little room; what keeps the agent from working takes what it needs. @param {View} v */
function passing(v) { return SMALL.includes(notice(v)?.code ?? '') }

/** How long the server keeps the call. @param {View} v */
function keptLine(v) {
  const n = keptFor(v)
  const whole = Number(v.s.limits.resume_for_s) || 30
  return h('div', { key: 'left', class: 'tell kept soft num' }, h('span', { class: 'track', 'aria-hidden': 'true', vars: { '--done': String(n / whole) } }, h('i', null)), h('span', null, v.t('seconds.short', { n })))
}

/** @param {View} v @param {Act} act */
function out(v, act) {
  const card = noticeCard(v, act, false)
  return h('div', { key: 'body', class: `body${card ? ' page' : ''}` }, card ?? h('div', { class: 'center' }, h('slot', { name: 'brand' }, mark(44)),
    control({ key: 'sign-in', name: v.t('sign_in'), label: v.t('sign_in'), cls: 'btn accent', press: act.signIn })))
}

/** @param {View} v @param {Act} act */
function connecting(v, act) {
  if (v.problem) return h('div', { key: 'body', class: 'body page' }, noticeCard(v, act, false))
  return h('div', { key: 'body', class: 'body' }, h('div', { class: 'center' }, h('span', { class: 'skeleton', 'aria-hidden': 'true' }), h('span', { class: 'soft' }, v.t('connecting'))))
}

/** @param {View} v @param {Act} act */
function idle(v, act) {
  const { ui, t } = v
  const tab = ui.tab
  const body = tab === 'settings' ? v.late?.devicePage(v, act) ?? wait(v)
    : tab === 'history' ? [h('div', { class: 'head-row' }, t('recents')), v.late?.recents(v, act, 20)]
      : tab === 'directory' ? v.late?.directoryFinder(v, act) ?? wait(v)
        : [
        noticeCard(v, act, passing(v)),
        ui.hide.has('dial') ? null : h('div', { key: 'dialer', class: 'dialer' }, dialField(v, act)),
        ui.open === 'find' ? h('div', { key: 'find', class: 'finder' }, v.late?.found(v, act, false)) : null,
        h('slot', { key: 'idle', name: 'idle' }),
        ui.hide.has('queues') || ui.open === 'find' ? null : queues(v),
        ui.hide.has('recents') || ui.open === 'find' ? null : [h('hr', { key: 'rule', class: 'rule' }), h('div', { key: 'recent-head', class: 'head-row' }, t('recents'), v.s.recents.length > 0 ? h('button', { key: 'all', type: 'button', class: 'link', 'data-control': 'recents-all', 'aria-label': t('recents.all.name'), on: { click: () => act.tab('history') } }, t('recents.all')) : null), v.late?.recents(v, act, 4)],
      ]
  return [
    h('div', { key: 'body', class: `body${tab === 'settings' ? ' page' : ''}`, role: 'tabpanel', 'aria-label': t(`tab.${tab}`), tabindex: 0 }, body),
    tabs(v, act),
  ]
}

/** @param {View} v */
function queues(v) {
  const { t, s, tr } = v
  return h('div', { key: 'queues', class: 'table', role: 'table', 'aria-label': t('queues.yours') },
    h('div', { key: 'head', role: 'row' },
      h('span', { class: 'h', role: 'columnheader' }, t('queues.yours')), h('span', { class: 'h n', role: 'columnheader' }, t('queues.waiting')), h('span', { class: 'h n', role: 'columnheader' }, t('queues.longest'))),
    s.queues.slice(0, 8).map(q => h('div', { key: q.name, role: 'row' },
      h('span', { class: 'ell', role: 'cell' }, clean(s.limits.queues?.[q.name]?.label) || clean(q.name, 60)),
      h('span', { class: `n num${q.waiting ? ' strong' : ' soft'}`, role: 'cell' }, tr.number(q.waiting || 0)),
      h('span', { class: 'n num soft', role: 'cell' }, q.waiting ? clock(q.longest_wait_ms || 0) : '–'))))
}

/** @param {View} v @param {Act} act */
function tabs(v, act) {
  return h('div', { key: 'tabs', class: 'tabs', role: 'tablist', 'aria-label': v.t('tabs'), 'data-toolbar': 'tabs' }, TABS.map(([name, image]) => {
    const words = v.t(`tab.${name}`)
    return h('button', {
      key: name, type: 'button', class: 'tab', role: 'tab', 'data-control': `tab-${name}`, 'aria-selected': v.ui.tab === name ? 'true' : 'false',
      title: words, on: { click: () => act.tab(name) },
    }, icon(image, 20), h('span', { class: 'ell' }, words))
  }))
}

/** @param {View} v @param {Act} act */
function offered(v, act) {
  const { t, caller } = v
  if (!caller) return null
  const rows = [{ label: t('ring.Waited'), value: caller.waited }, ...caller.rows]
  return [
    h('div', { key: 'body', class: 'body offered', tabindex: 0, role: 'group', 'aria-label': t('state.offered') },
      noticeCard(v, act, true),
      h('span', { key: 'tag', class: 'tag' }, icon(caller.callback ? 'callback' : 'incoming', 16), h('span', { class: 'ell' }, incomingWords(v))),
      ring(v, 104),
      h('h2', { key: 'name', class: 'big-name', part: 'name', title: caller.name }, h('bdi', null, caller.name)),
      caller.company ? h('span', { key: 'company', class: 'soft' }, caller.company) : null,
      caller.number ? h('span', { key: 'number', class: 'soft' }, phoneNumber(caller.number)) : null,
      h('dl', { key: 'rows', class: 'rows', part: 'caller' }, rows.map(r => h('div', { key: r.label }, h('dt', null, r.label), h('dd', { class: 'num' }, r.value)))),
      v.auto !== null || caller.callback ? h('p', { key: 'then', class: 'second soft then' }, v.auto !== null ? t('ring.auto', { n: v.auto }) : t('ring.callback.then', { name: caller.short })) : null,
      h('slot', { key: 'slot', name: 'caller' })),
    h('div', { key: 'foot', class: 'foot', role: 'toolbar', 'aria-label': t('call.toolbar'), 'data-toolbar': 'foot' },
      declineButton(v, act, 'btn decline'),
      control({ key: 'answer', part: 'answer', icon: 'handset', name: t('answer'), label: t('answer'), cls: 'btn go', busy: v.busy('accept'), press: act.answer, off: v.lost })),
  ]
}

/** @param {View} v @param {Act} act */
function inCall(v, act) {
  const { t, caller } = v
  if (!caller) return null
  const tiles = callControls(v, act).map(c => control({ ...c, size: 24, cls: `tile${c.on ? ' on' : ''}${c.tone ? ` ${c.tone}` : ''}` }))
  const wash = v.hold ? ' held' : ''
  if (v.consult && v.late) {
    return h('div', { key: 'body', class: 'body call consulting', tabindex: 0, role: 'group', 'aria-label': t('state.on_call') },
      noticeCard(v, act, true), v.late.consultation(v, act, [tiles[0], tiles[2], tiles[4]]))
  }
  const words = v.kind !== 'talking' ? v.talk.joining : moving(v) ? movingWords(v) : ''
  return [
    h('div', { key: 'body', class: `body call${wash}`, tabindex: 0, role: 'group', 'aria-label': t('state.on_call') },
      noticeCard(v, act, true),
      v.late?.otherCalls(v, act),
      h('div', { key: 'who', class: 'who', part: 'caller' }, avatar(v, 'big'), h('div', { class: 'grow' },
        h('h2', { class: 'name ell', part: 'name', title: caller.name }, h('bdi', null, caller.name)),
        caller.company ? h('div', { key: 'company', class: 'second soft ell' }, caller.company) : null,
        caller.number ? h('div', { key: 'number', class: 'second soft' }, phoneNumber(caller.number)) : null)),
      bigNumber(v, words), chips(v),
      h('div', { key: 'tiles', class: 'tiles', part: 'controls', role: 'toolbar', 'aria-label': t('call.toolbar'), 'data-toolbar': 'tiles' }, tiles),
      h('slot', { key: 'slot', name: 'call' }),
      v.hold ? [reminder(v, act), hears(v)] : notes(v, act, 2)),
    h('div', { key: 'foot', class: 'foot' }, endWhole(v, act)),
  ]
}

/** @param {View} v @param {string} words in its place */
function bigNumber({ hold, talk }, words) {
  if (words) return h('p', { key: 'talk', class: 'talk words soft' }, words)
  return h('div', { key: 'talk', class: `talk${hold ? ' holding' : ''}` }, hold ? timer(hold.clock, hold.words) : timer(talk.clock, talk.words))
}

/** @param {View} v */
function chips(v) {
  const { t, caller, hold } = v
  const from = v.kind === 'placing' && v.call.from?.number ? h('span', { key: 'from', class: 'chip num' }, t('dial.from', { number: formatNumber(v.call.from.number) })) : null
  return h('div', { key: 'chips', class: 'chips' },
    v.muted ? h('span', { key: 'muted', class: 'chip stop' }, icon('micOff', 14), t('muted')) : null,
    v.held ? h('span', { key: 'held', class: 'chip held' }, icon('pause', 14), h('span', { class: 'ell' }, heldWords(v))) : null,
    hold ? h('span', { key: 'talked', class: 'second soft num talked' }, t('held.talked.short', { time: v.talk.clock })) : null,
    from, caller?.queue && !v.muted && !v.held ? h('span', { key: 'queue', class: 'chip' }, caller.queue) : null, hold ? null : recChip(v), supervisedChip(v))
}

/** @param {View} v @param {Act} act */
function reminder(v, act) {
  const { t, ui } = v
  return h('div', { key: 'remind', class: 'setting' }, icon('bell', 20), h('span', { class: 'grow', id: 'remind' }, t('hold.remind', { time: '1:00' })),
    h('button', { key: 'switch', type: 'button', class: 'switch', role: 'switch', 'aria-checked': ui.remind ? 'true' : 'false', 'aria-labelledby': 'remind', 'data-control': 'remind', on: { click: act.remind } }, h('i', { 'aria-hidden': 'true' })))
}

/** What the far side hears meanwhile. @param {View} v */
function hears({ t }) {
  return h('div', { key: 'hears', class: 'setting' }, icon('music', 20), h('span', { class: 'grow' }, t('hold.hears')), h('span', { class: 'value' }, t('hold.music')))
}

/** @param {View} v @param {Act} act */
function wrapUp(v, act) {
  const { t, caller, ui } = v
  const busy = v.busy('wrapup')
  return [
    h('div', { key: 'body', class: 'body wrapping', tabindex: 0, role: 'group', 'aria-label': t('wrap') },
      noticeCard(v, act, true),
      h('div', { key: 'who', class: 'who small-who', part: 'caller' }, avatar(v), h('div', { class: 'grow' },
        h('h2', { class: 'name ell', part: 'name' }, h('bdi', null, caller?.name ?? '')), h('div', { class: 'soft num ell', title: v.wrap.line }, v.wrap.line))),
      outcomes(v, act),
      ui.wrapError ? h('p', { key: 'error', class: 'second muted-line', id: 'wrap-error' }, ui.wrapError) : null,
      notes(v, act, 3),
      h('slot', { key: 'slot', name: 'wrap-up' })),
    h('div', { key: 'foot', class: 'foot tight' },
      control({ key: 'save', name: t('wrap.save'), label: t('wrap.save'), cls: 'btn wrap whole', busy, press: () => act.save('available') }),
      control({ key: 'extend', name: t('wrap.extend.name'), label: t('wrap.extend'), cls: 'btn low', busy: v.busy('extend'), press: act.extend }),
      control({ key: 'save-away', name: t('wrap.away'), label: t('wrap.away'), cls: 'btn low', busy, press: () => act.save('away') })),
  ]
}
