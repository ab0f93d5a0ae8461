/**
 * The device page: microphone with a meter, speaker and ringer with a test, switches.
 * @module
 */

import { h } from '../dom.js'
import { icon } from '../icons.js'
import { RING_TONES } from '../devices.js'
import { clean } from '../text.js'

/** @typedef {import('./parts.js').View} View */
/** @typedef {import('./parts.js').Act} Act */

const BARS = 14
/** No device has this id. */
const OTHER = ' other'

/** @param {View} v @param {Act} act */
export function devicePage(v, act) {
  const { t, s, ui } = v
  const { devices } = s
  const { microphones = [], speakers = [] } = devices
  return h('div', { class: 'card devices' }, h('h2', { key: 'h', class: 'title' }, t('devices')),
    choice(v, act, 'mic', 'mic', microphones, ui.meter === null ? null : meter(v, ui.meter)),
    choice(v, act, 'speaker', 'headphones', speakers, test(v, 'speaker', act.testSpeaker)),
    choice(v, act, 'ringer', 'bell', speakers, test(v, 'ringer', act.testRinger)),
    h('hr', { key: 'rule', class: 'rule' }),
    toggle(v, 'noise', devices.noise !== false, () => act.device('noise', devices.noise === false)),
    toggle(v, 'echo', devices.echo !== false, () => act.device('echo', devices.echo === false)),
    toggle(v, 'alsoSpeakers', devices.alsoSpeakers === true, () => act.device('alsoSpeakers', devices.alsoSpeakers !== true)),
    ui.canNotify || ui.notifies ? toggle(v, 'notify', ui.notifies, ui.notifies ? null : act.notifyMe) : null,
    toggle(v, 'gain', devices.gain !== false, () => act.device('gain', devices.gain === false)),
    ringing(v, act))
}

/** How it rings, and how loud. @param {View} v @param {Act} act */
function ringing({ t, s }, act) {
  const { tone = RING_TONES[0], volume = 1 } = s.devices
  return [
    h('div', { key: 'tone', class: 'row' }, h('label', { for: 'ring-tone' }, t('devices.tone')), h('span', { class: 'select short' },
      h('select', { id: 'ring-tone', class: 'field', 'data-control': 'ring-tone', prop: { value: tone }, on: { change: (/** @type {any} */ e) => act.device('tone', e.target.value) } },
        RING_TONES.map(name => h('option', { key: name, value: name }, t(`devices.tone.${name}`)))), icon('chevron', 20))),
    h('div', { key: 'volume', class: 'row toggle' }, h('label', { for: 'ring-volume' }, t('devices.volume')),
      h('input', { id: 'ring-volume', class: 'slider', type: 'range', min: 0, max: 100, step: 5, 'data-control': 'ring-volume', 'aria-disabled': tone === 'silent' ? 'true' : null, prop: { value: String(Math.round(volume * 100)) }, on: { change: (/** @type {any} */ e) => act.device('volume', e.target.value / 100) } })),
  ]
}

/** @param {View} v @param {Act} act @param {'mic' | 'speaker' | 'ringer'} kind @param {string} image @param {any[]} list @param {any} aside */
function choice(v, act, kind, image, list, aside) {
  const { t, s } = v
  return h('div', { key: kind, class: 'switch-row' },
    h('div', { class: 'row' }, h('label', { class: 'line', for: `device-${kind}` }, icon(image, 18), t(`devices.${kind}`)), aside),
    h('span', { class: 'select' }, h('select', { id: `device-${kind}`, class: 'field', 'data-control': `device-${kind}`, prop: { value: s.devices[kind] ?? '' }, on: { change: (/** @type {any} */ e) => (e.target.value === OTHER ? act.otherOutput(kind) : act.device(kind, e.target.value)) } },
      h('option', { key: '', value: '' }, t('devices.default')), list.map(d => h('option', { key: d.id, value: d.id }, clean(d.label) || d.id.slice(0, 8))),
      kind !== 'mic' && v.ui.outputs ? h('option', { key: 'other', value: OTHER }, t('devices.other')) : null), icon('chevron', 20)))
}

/** @param {View} v @param {number} level 0 to 1 */
function meter({ t }, level) {
  const lit = Math.round(level * BARS)
  return h('span', { key: 'meter', class: 'meter', role: 'meter', 'aria-label': t('devices.level'), 'aria-valuemin': 0, 'aria-valuemax': BARS, 'aria-valuenow': lit },
    Array.from({ length: BARS }, (_, i) => h('i', { key: i, class: i < lit ? (i >= BARS - 5 ? 'loud' : 'on') : '' })))
}

/** @param {View} v @param {string} kind @param {() => void} press */
function test({ t }, kind, press) {
  return h('button', { key: 'test', type: 'button', class: 'link', 'aria-label': t('devices.test.name', { device: t(`devices.${kind}`) }), 'data-control': `test-${kind}`, on: { click: press } }, t('devices.test'))
}

/** @param {View} v @param {string} name @param {boolean} on @param {(() => void) | null} press */
function toggle({ t }, name, on, press) {
  return h('div', { key: name, class: 'row toggle' }, h('span', { id: `switch-${name}` }, t(`devices.${name}`)),
    h('button', { type: 'button', class: 'switch', role: 'switch', 'aria-checked': on ? 'true' : 'false', 'aria-labelledby': `switch-${name}`, 'aria-disabled': press ? null : 'true', 'data-control': `switch-${name}`, on: { click: () => press?.() } },
      h('i', { 'aria-hidden': 'true' })))
}
