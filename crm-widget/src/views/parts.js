/**
 * The pieces that bar and panel share.
 * @module
 */

import { h } from '../dom.js'
import { icon, signal } from '../icons.js'
import { FINAL, PROBLEMS, failureWords, problemWords } from '../problems.js'
import { isLive } from '../store.js'
import { clean, clock, farParty, formatNumber, spellNumber } from '../text.js'
import { IN_CALL } from '../view.js'

/**
 * @typedef {import('../view.js').View} View
 * @typedef {Record<string, (...args: any[]) => any>} Act what a press does
 */

/**
 * A control. A disabled one stays reachable and says why; a busy one keeps its place.
 * @param {object} o
 * @param {string} o.key also its place: focus goes to the same key after a redraw
 * @param {string} [o.icon]
 * @param {string} o.name what a screen reader says
 * @param {string} [o.label] what is written; default: nothing
 * @param {string} [o.cls]
 * @param {string} [o.part]
 * @param {(e: any) => void} [o.press]
 * @param {boolean} [o.off]
 * @param {boolean} [o.busy]
 * @param {string} [o.why] why it is off
 * @param {Record<string, any>} [o.more] further attributes
 * @param {import('../dom.js').Child[]} [o.after]
 * @param {number} [o.size] of the icon
 */
export function control(o) {
  const off = o.off === true || o.busy === true
  const title = o.off && o.why ? o.why : o.label === undefined ? o.name : o.more?.title ?? null
  const keys = o.more?.on ?? {}
  return h('button', {
    key: o.key, type: 'button', 'data-control': o.key, part: o.part ?? null,
    class: `${o.cls ?? 'btn'}${o.busy ? ' busy' : ''}`,
    'aria-label': o.name,
    'aria-disabled': off ? 'true' : null, 'aria-busy': o.busy ? 'true' : null,
    ...o.more, title,
    on: { ...keys, click: (/** @type {any} */ e) => { if (!off) o.press?.(e) } },
  }, o.icon ? icon(o.icon, o.size ?? 20) : null, o.label === undefined ? null : h('span', { class: 'label' }, o.label), o.after ?? null)
}

/** @param {object} o @param {string} o.key @param {string} o.icon @param {string} o.name @param {string} [o.cls] @param {any} [o.press] @param {boolean} [o.off] @param {boolean} [o.busy] @param {string} [o.why] @param {number} [o.size] @param {Record<string, any>} [o.more] */
export function iconButton(o) { return control({ ...o, cls: `btn icon-only ${o.cls ?? ''}` }) }

/** In place of what is not loaded yet. @param {View} v */
export function wait(v) { return h('p', { key: 'wait', class: 'card soft', tabindex: -1 }, v.t('connecting')) }

const STATE_ICONS = /** @type {Record<string, string>} */ ({
  available: 'check', away: 'clock', offered: 'bellRing', on_call: 'handset', wrap_up: 'pencil', offline: 'power',
})

/** @param {string} look */
export function stateDot(look) {
  return h('span', { class: `dot-state ${look}`, part: 'dot' }, icon(STATE_ICONS[look] ?? 'power', look === 'available' ? 15 : 13))
}

/** @param {View} v @param {Act} act @param {boolean} [compact] */
export function stateButton(v, act, compact = false) {
  const { agent, t } = v
  const both = `${agent.title} ${agent.line}`
  return h('button', {
    key: 'state', type: 'button', class: `state${compact ? ' compact' : ''}${agent.over ? ' over' : ''}`, part: 'state-button', 'data-control': 'state',
    'aria-haspopup': 'menu', 'aria-expanded': v.ui.open === 'state' ? 'true' : 'false',
    title: compact ? both : null, on: { click: () => act.toggle('state') },
  }, stateDot(agent.look),
  h('span', { class: 'words' }, h('span', { class: 'strong ell' }, agent.title),
    h('span', { class: 'small soft num ell' }, agent.line)),
  h('span', { class: 'sr' }, t('state.button')), icon('chevron', 18))
}

/** @param {View} v @param {Act} act @param {boolean} [words] */
export function qualityButton(v, act, words = false) {
  const { quality, t } = v
  const name = t('quality.button', { level: quality.word.toLocaleLowerCase(v.tr.lang) })
  return h('button', {
    key: 'quality', type: 'button', class: `btn quality${words ? '' : ' icon-only'}`, part: 'quality', 'data-control': 'quality', 'aria-label': name, title: name,
    'aria-haspopup': 'dialog', 'aria-expanded': v.ui.open === 'quality' ? 'true' : 'false', on: { click: () => act.toggle('quality') },
  }, signal(quality.bars), words ? h('span', { class: 'label' }, quality.bars === 0 ? '' : quality.word) : null)
}

/** @param {View} v @param {Act} act */
export function moreButton(v, act) {
  return iconButton({
    key: 'more', icon: 'more', name: v.t('menu'), press: () => act.toggle('more'),
    more: { 'aria-haspopup': 'menu', 'aria-expanded': v.ui.open === 'more' ? 'true' : 'false' },
  })
}

/** @param {View} v @param {Act} act */
export function popoutButton({ t, ui }, act) {
  return iconButton({ key: 'popout', icon: 'popout', cls: 'popout', name: t(ui.canPop ? 'popout' : 'window'), press: act.popOut })
}

/** @param {View} v @param {string} [cls] */
export function avatar(v, cls = '') {
  return h('span', { key: 'avatar', class: `avatar ${v.caller?.plain ? 'plain' : ''} ${cls}`, part: 'avatar', 'aria-hidden': 'true' }, v.caller?.initials ?? '')
}

/** The ring time left around the avatar. @param {View} v @param {number} size */
export function ring(v, size) {
  const width = 3
  const r = (size - width) / 2
  return h('span', { key: 'avatar', class: 'ring', 'aria-hidden': 'true', vars: { '--ring-offset': String(100 - Math.round(v.ring.part * 1000) / 10), '--ring-width': `${width}px` } },
    h('svg', { viewBox: `0 0 ${size} ${size}`, focusable: 'false' },
      h('circle', { class: 'track', cx: size / 2, cy: size / 2, r }),
      h('circle', { class: 'arc', cx: size / 2, cy: size / 2, r, pathLength: 100 })),
    avatar(v))
}

/** @param {string} ms @param {string} words @param {string} [cls] */
export function timer(ms, words, cls = '') {
  return h('span', { key: 'timer', class: `timer ${cls}`, part: 'timer', role: 'timer', 'aria-live': 'off', 'aria-label': words }, ms)
}

/** A number that is read digit by digit. @param {string} number @param {string} [cls] */
export function phoneNumber(number, cls = '') {
  if (!number) return null
  return h('span', { key: 'number', class: `number ${cls}`, part: 'number' },
    h('span', { 'aria-hidden': 'true' }, number), h('span', { class: 'sr' }, spellNumber(number)))
}

/** @param {View} v */
export function recChip({ rec, t }) {
  if (rec.state === 'off') return null
  if (rec.state === 'paused') return h('span', { key: 'rec', class: 'chip rec num', title: t('rec.paused.long') }, icon('pause', 12), [t('rec.paused'), rec.left].filter(Boolean).join(' '))
  return h('span', { key: 'rec', class: 'chip stop rec', title: t('rec.long') }, h('span', { class: 'dot', 'aria-hidden': 'true' }), t('rec'))
}

/** A name or a number to call; names are looked up while one types. @param {View} v @param {Act} act @param {boolean} [bar] */
export function dialField(v, act, bar = false) {
  const { t, ui, lost } = v
  const found = ui.open === 'find' ? ui.finder.rows : []
  return [
    h('span', { key: 'dial', class: 'dial' }, icon('search', 20),
      h('input', {
        class: 'field', type: 'text', part: 'dial-field', placeholder: t('dial.field'), 'aria-label': t('dial.field'), autocomplete: 'off', maxlength: 128, 'data-control': 'dial', inputmode: 'search',
        role: 'combobox', 'aria-expanded': found.length ? 'true' : 'false', 'aria-controls': found.length ? 'found' : null, 'aria-autocomplete': 'list', 'aria-activedescendant': found.length ? `found-${ui.finder.at}` : null,
        prop: { value: ui.dial.text }, on: { input: (/** @type {any} */ e) => act.dialName(e.target.value), keydown: (/** @type {any} */ e) => dialKey(e, v, act) },
      }),
      iconButton({ key: 'dialpad', icon: 'keypad', cls: 'keys', name: t('dial.keypad'), press: () => act.toggle('dialpad'), more: { 'aria-haspopup': 'dialog', 'aria-expanded': ui.open === 'dialpad' ? 'true' : 'false' } })),
    control({
      key: 'dial-call', icon: bar ? 'phone' : 'handset', name: t('dial.call'), label: t('dial.call'), cls: bar ? 'btn' : 'btn go', busy: v.asked('dial'), off: lost,
      press: () => (found.length ? act.callFound() : act.dialNow()),
    }),
  ]
}

/** @param {KeyboardEvent} e @param {View} v @param {Act} act */
function dialKey(e, v, act) {
  if (e.isComposing) return
  const { rows, at } = v.ui.finder
  const found = v.ui.open === 'find' && rows.length > 0
  const to = { ArrowDown: at + 1, ArrowUp: at - 1 }[e.key]
  if (found && to !== undefined) {
    e.preventDefault()
    e.stopPropagation()
    act.findAt((to + rows.length) % rows.length)
  } else if (e.key === 'Enter') {
    e.preventDefault()
    if (found) act.callFound()
    else act.dialNow()
  }
}

/**
 * What the agent's queues look like, all together: words and figures.
 * @param {View} v @returns {[label: string, value: string][]}
 */
export function figures({ t, s, tr }) {
  const { queues } = s
  const sum = (/** @type {string} */ name) => queues.reduce((n, q) => n + (q[name] || 0), 0)
  const waiting = sum('waiting')
  const level = queues.length ? sum('service_level') / queues.length : null
  const last = queues.some(q => typeof q.callbacks === 'number') ? [t('queues.callbacks'), tr.number(sum('callbacks'))]
    : [t('queues.ready'), tr.number(queues.reduce((n, q) => Math.max(n, q.available || 0), 0))]
  return [
    [t('queues.waiting'), tr.number(waiting)], [t('queues.longest'), waiting ? clock(Math.max(0, ...queues.map(q => q.longest_wait_ms || 0))) : '–'],
    [t('queues.level'), level === null ? '–' : tr.percent(level)], [last[0], last[1]],
  ]
}

/** Who listens besides the two, where it has to be told. @param {View} v */
export function supervisedChip({ t, supervised }) {
  return supervised ? h('span', { key: 'supervised', class: 'chip accent supervised', title: t('supervised') }, icon('eye', 14), h('span', { class: 'ell' }, t('supervised'))) : null
}

/** What an offered call is, and through which queue. @param {View} v */
export function incomingWords({ t, caller }) {
  const way = caller?.callback ? 'ring.callback' : 'ring.incoming'
  return caller?.queue ? t(way, { queue: caller.queue }) : t(`${way}.plain`)
}

/** What is in the way, in words: a problem, a lost connection, a missed call. @param {View} v @returns {{code: string, icon: string, tone: string, title: string, text: string, actions: string[], aside?: string, brief?: string} | null} `brief`: the text where the caller's name stands nearby */
export function notice(v) {
  const { t, s, problem } = v
  if (v.lostTold && problem?.code !== 'offline' && !(problem && v.kind === 'connecting')) {
    const text = IN_CALL.includes(v.kind) ? t('reconnecting.call', { name: v.caller?.name ?? '' }) : t('reconnecting.idle')
    return { code: 'reconnecting', icon: 'refresh', tone: 'hold', title: t('reconnecting'), text, ...(IN_CALL.includes(v.kind) ? { brief: t('reconnecting.call.brief') } : {}), actions: [], aside: s.connection.attempt > 1 ? t('reconnecting.try', { n: s.connection.attempt }) : '' }
  }
  if (problem && (!problem.quiet || v.kind === 'idle')) {
    return { code: problem.code, icon: problem.icon, tone: problem.tone, actions: problem.actions, ...problemWords(problem.code, problem.detail, t, v.call !== null && isLive(v.call)) }
  }
  if (!s.leader && IN_CALL.includes(v.kind)) {
    const { icon: image, tone, actions } = PROBLEMS.follower
    return { code: 'follower', icon: image, tone, actions, title: t('follower.title'), text: t('follower.text') }
  }
  if (s.failed && (v.kind === 'idle' || v.kind === 'talking')) return failed(v, s.failed)
  if (v.weak) return { code: 'weak', ...PROBLEMS.weak, ...v.weak }
  if (v.kind === 'wrap_up' && v.wrap.over) return { code: 'wrap_over', icon: 'timer', tone: 'wrap', title: t('wrap.over'), text: t('wrap.over.text'), actions: [] }
  if (v.kind === 'idle' && s.missed) {
    return { code: 'missed', icon: 'missed', tone: 'stop', title: t('missed.title', { time: v.tr.time(s.missed.at) }), text: t('missed.text'), actions: ['available'] }
  }
  return null
}

/** @param {View} v @param {import('../store.js').Failed} f */
function failed(v, f) {
  const { ui, t } = v
  const party = f.was === 'transfer' ? f.call.transfer?.to ?? {} : farParty(f.call)
  const ours = f.was !== 'transfer' || ui.target.call === f.call.id ? ui.target.name : ''
  const name = ours || clean(party.name) || formatNumber(party.number) || t(f.was === 'transfer' ? 'failed.somebody' : 'unknown')
  const code = f.was === 'dial' ? 'failed' : `${f.was}_failed`
  const look = PROBLEMS[code]
  const again = (ui.target.name || ui.target.to) && !FINAL.includes(f.code)
  const actions = again ? look.actions : look.actions.filter(a => a !== 'redial')
  return { code, icon: look.icon, tone: look.tone, actions, ...failureWords(f, name, v.caller?.short ?? '', t) }
}

/** Whose first action is no more asked for than the others. */
const PLAIN = ['offline', 'failed', 'transfer_failed', 'consult_failed']

/** @param {View} v @param {Act} act @param {{code: string, actions: string[]}} n @param {boolean} [whole] */
export function noticeActions(v, act, n, whole = false) {
  return n.actions.map((action, i) => control({
    key: `${n.code}-${action}`, name: wordsOf(v, n.code, action), label: wordsOf(v, n.code, action), cls: `btn keep${i === 0 && whole && !PLAIN.includes(n.code) ? ' accent' : ''}${i > 0 ? ' other-action' : ''}`,
    busy: (action === 'available' && v.busy('state')) || (action === 'redial' && v.asked('dial')), press: () => act.solve(action, n.code),
  }))
}

/** @param {View} v @param {string} code @param {string} action */
function wordsOf(v, code, action) { return v.t(action === 'redial' && code !== 'failed' ? 'action.retry' : `action.${action}`) }

/** @param {View} v @param {Act} act */
export function outcomeSelect(v, act) {
  const { t, wrap, ui } = v
  const name = wrap.required ? `${t('wrap.outcome')}, ${t('wrap.required')}` : t('wrap.outcome')
  return h('span', { key: 'outcome', class: 'select outcome' },
    h('select', {
      class: 'field', part: 'outcome', 'aria-label': name, 'aria-required': wrap.required ? 'true' : null, 'aria-invalid': ui.wrapError ? 'true' : null, 'data-control': 'outcome',
      prop: { value: ui.draft.outcome }, on: { change: (/** @type {any} */ e) => act.outcome(e.target.value) },
    }, h('option', { key: '', value: '' }, wrap.required ? t('wrap.choose') : t('wrap.none')),
    wrap.outcomes.map((/** @type {any} */ o) => h('option', { key: o.name, value: o.name }, o.label))),
    icon('chevron', 20))
}

/** Nine outcomes or fewer are seen all at once; more go into a list. @param {View} v @param {Act} act */
export function outcomes(v, act) {
  const { t, wrap, ui } = v
  if (wrap.outcomes.length === 0) return null
  const star = wrap.required ? h('span', { class: 'req', 'aria-hidden': 'true' }, ' *') : null
  const label = h('div', { key: 'outcome-label', class: 'lab' }, h('span', { class: 'l', id: 'outcome-label' }, t('wrap.outcome'), star))
  if (wrap.outcomes.length > 9) return [label, outcomeSelect(v, act)]
  const chosen = wrap.outcomes.findIndex((/** @type {any} */ o) => o.name === ui.draft.outcome)
  return [label, h('div', {
    key: 'outcomes', class: 'options', part: 'outcome', role: 'radiogroup', 'aria-labelledby': 'outcome-label', 'aria-required': wrap.required ? 'true' : null, 'aria-invalid': ui.wrapError ? 'true' : null,
  }, wrap.outcomes.map((/** @type {any} */ o, /** @type {number} */ i) => h('button', {
    key: o.name, type: 'button', class: 'option', role: 'radio', 'aria-checked': i === chosen ? 'true' : 'false', tabindex: i === Math.max(0, chosen) ? 0 : -1,
    on: { click: () => act.outcome(o.name), keydown: (/** @type {any} */ e) => roam(e, i, wrap.outcomes, act) },
  }, h('span', { class: 'knob', 'aria-hidden': 'true' }), h('span', null, o.label))))]
}

/** Arrow keys choose, as in any radio group. @param {any} e @param {number} i @param {any[]} all @param {Act} act */
function roam(e, i, all, act) {
  const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[/** @type {'ArrowDown'} */ (e.key)]
  if (!step) return
  e.preventDefault()
  const to = (i + step + all.length) % all.length
  act.outcome(all[to].name)
  e.currentTarget?.getRootNode().querySelectorAll('.option')[to]?.focus()
}

/** @param {View} v @param {Act} act @param {number} rows */
export function notes(v, act, rows) {
  const { t, ui, kind } = v
  if (ui.hide.has('notes')) return null
  return [
    h('div', { key: 'notes-label', class: 'lab' }, h('label', { for: 'notes' }, t('notes')), h('span', { class: `small soft${kind === 'wrap_up' ? ' num' : ''}` }, kind === 'wrap_up' ? savedWords(v) : t('notes.kept'))),
    h('textarea', {
      key: 'notes', id: 'notes', class: 'field notes', part: 'notes', rows, maxlength: 4000, prop: { value: ui.draft.notes }, on: { input: (/** @type {any} */ e) => act.notes(e.target.value) },
    }),
  ]
}

/** @param {View} v */
function savedWords(v) {
  const { saved, notes: text } = v.ui.draft
  if (saved > 0) return v.t('notes.saved.ago', { n: Math.max(0, Math.floor((v.local - saved) / 1000)) })
  return text ? v.t('notes.here') : ''
}
