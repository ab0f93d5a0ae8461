/**
 * What a press does. The views know these names and nothing else of the element.
 * @module
 */

import { ProblemEvent } from '../events.js'
import { dialable } from './dialer.js'

const PAUSE_S = 60
const EXTEND_S = 30

/**
 * @typedef {object} Tools
 * @property {import('./popups.js').Popups} popups
 * @property {import('./wrap-up.js').WrapUp} wrapUp
 * @property {import('./keypad.js').Keypad} keypad
 * @property {import('./dialer.js').Dialer} dialer
 * @property {import('./finder.js').Finder} finder
 * @property {import('./reminder.js').Reminder} reminder
 * @property {import('./guard.js').Guard} guard
 * @property {import('../attention.js').Attention} attention
 * @property {import('./pop-out.js').PopOut} popOut
 * @property {import('./own-window.js').OwnWindow} ownWindow
 * @property {{tab: string, silenced: boolean}} ui
 * @property {() => import('../keys.js').Keymap} keymap
 */

/** @param {import('./host.js').Host} host @param {Tools} tools @returns {import('../views/parts.js').Act} */
export function actions(host, tools) {
  return { ...session(host, tools), ...calls(host, tools), ...moving(host, tools), ...dialling(host, tools), ...form(host, tools), ...pages(host, tools) }
}

/** @param {import('./host.js').Host} host @param {Tools} tools */
function session(host, { popups, attention }) {
  return {
    signIn: () => {
      const client = host.client()
      if (client) client.connect().catch(() => {})
      else host.tell(new ProblemEvent('no_token', host.tr().t('sign_in'), null))
    },
    signOut: () => { popups.close(); host.attempt(host.need().disconnect()) },
    state: (/** @type {'available' | 'away'} */ state, /** @type {string | undefined} */ reason) => { popups.close(); host.attempt(host.need().setState(state, reason)) },
    otherOutput: (/** @type {string} */ kind) => { host.attempt(askForOutput().then(id => (id === null ? host.later() : host.need().chooseDevices({ [kind]: id })))) },
    device: (/** @type {string} */ kind, /** @type {string | boolean} */ value) => { host.attempt(host.need().chooseDevices({ [kind]: value })) },
    testSpeaker: () => host.client()?.media?.testSpeaker?.(),
    testRinger: () => attention.test(),
    notifyMe: () => { if (popups.open === 'more') popups.close(); Notification.requestPermission().then(() => host.later(), () => {}) },
  }
}

/** The one call: answer, mute, hold, record, end. @param {import('./host.js').Host} host @param {Tools} tools */
function calls(host, { popups, guard, attention, keypad, reminder, ui }) {
  const ask = (/** @type {(client: import('../client.js').OffhookClient) => any} */ what) => { host.attempt(Promise.resolve().then(() => what(host.need()))) }
  return {
    answer: (/** @type {string | undefined} */ id) => { if (guard.mayAnswer) ask(client => client.answer(idOf(id))) },
    decline: (/** @type {string | undefined} */ id) => { if (guard.mayAnswer) ask(client => client.decline(idOf(id))) },
    declineWith: (/** @type {string} */ reason) => { popups.close(); ask(client => client.decline(undefined, reason)) },
    end: () => { if (guard.mayEnd) ask(client => client.hangUp(host.view().call?.id)) },
    mute: () => { ask(client => client.mute(!host.view().muted, host.view().call?.id)) },
    silence: () => { ui.silenced = true; attention.silence(); host.later() },
    hold: () => {
      const v = host.view()
      ask(client => (v.hold ? client.resume(v.call.id) : client.hold(v.call?.id)))
    },
    resumeCall: (/** @type {string} */ id) => { popups.close(); ask(client => client.resume(id)) },
    record: () => {
      const v = host.view()
      const id = (v.consult?.first.call ?? v.call)?.id
      if (v.rec.state === 'on') ask(client => client.record(true, { pauseS: PAUSE_S, id }))
      else ask(client => client.record(true, { id }))
    },
    key: (/** @type {string} */ key) => keypad.press(key),
    paste: (/** @type {string} */ text) => keypad.paste(text),
    copyKeys: () => keypad.copy(),
    remind: () => reminder.toggle(),
  }
}

/** Giving a call away. @param {import('./host.js').Host} host @param {Tools} tools */
function moving(host, { popups, finder, dialer, guard }) {
  const chosen = () => {
    const row = finder.chosen
    if (row) {
      finder.used(row.to)
      popups.close()
    }
    return row
  }
  return {
    findTab: (/** @type {import('./finder.js').Tab} */ tab) => finder.tab(tab),
    findText: (/** @type {string} */ text) => finder.type(text),
    findAt: (/** @type {number} */ at) => finder.choose(at),
    consult: () => {
      const { call } = host.view()
      const row = chosen()
      if (row && call) host.attempt(dialer.consult(call.id, row.to, row.name))
    },
    blind: () => {
      const { call } = host.view()
      const row = chosen()
      if (row && call) host.attempt(dialer.give(call.id, row.to, row.name))
    },
    callFound: () => {
      const row = chosen()
      if (row) dialer.type('')
      if (row) host.attempt(dialer.dial(row.to, 'directory', { name: row.name }))
    },
    takeBack: () => { host.attempt(host.need().takeBack(host.view().call?.id)) },
    swap: () => {
      const { consult } = host.view()
      const held = consult && [consult.target, consult.first].find(c => c.look === 'held')
      host.attempt(Promise.resolve().then(() => host.need().resume(held ? held.id : undefined)))
    },
    complete: () => { host.attempt(host.need().completeTransfer(host.view().consult?.target.id)) },
    toComplete: () => { /** @type {HTMLElement | null} */ (host.root.querySelector('[data-control=complete]'))?.focus() },
    drop: () => {
      const { consult } = host.view()
      if (consult && guard.mayEnd) host.attempt(host.need().hangUp(consult.target.id))
    },
  }
}

/** @param {import('./host.js').Host} host @param {Tools} tools */
function dialling(host, { popups, dialer, finder }) {
  const call = (/** @type {string} */ to, /** @type {import('./dialer.js').Source} */ source = 'field', name = '') => {
    if (!to) return
    if (popups.open) popups.close()
    host.attempt(dialer.dial(to, source, { name }))
  }
  return {
    dialText: (/** @type {string} */ text) => dialer.type(text),
    dialName: (/** @type {string} */ text) => {
      dialer.type(text)
      const name = text.trim().length > 1 && dialable(text) === ''
      if (!name) return popups.open === 'find' && popups.close()
      if (popups.open === 'find') return finder.type(text)
      if (host.layout() === 'mini') return
      finder.open('all', text)
      return popups.show('find', 'dial')
    },
    dialNow: () => {
      if (dialer.text.trim()) return call(dialable(dialer.text))
      return /** @type {HTMLElement | null} */ (host.root.querySelector('[data-control^=dial]:is(input)'))?.focus()
    },
    dialKey: (/** @type {string} */ key) => dialer.press(key),
    dialBack: () => dialer.back(),
    dialFrom: (/** @type {string} */ number) => dialer.chooseFrom(number),
    dial: call,
  }
}

/** Wrap-up. @param {import('./host.js').Host} host @param {Tools} tools */
function form(host, { popups, wrapUp }) {
  return {
    notes: (/** @type {string} */ text) => wrapUp.typed({ notes: text }),
    outcome: (/** @type {string} */ name) => wrapUp.typed({ outcome: name }),
    extend: () => { popups.close(); host.attempt(Promise.resolve().then(() => host.need().saveWrapUp(host.view().call?.id, { extend_s: EXTEND_S }))) },
    save: (/** @type {'available' | 'away'} */ next) => { popups.close(); wrapUp.finish(next) },
  }
}

/** What opens, and what solves a problem. @param {import('./host.js').Host} host @param {Tools} tools */
function pages(host, { popups, finder, wrapUp, dialer, attention, popOut, ownWindow, ui, keymap }) {
  const toggle = (/** @type {string} */ name, /** @type {string | undefined} */ from) => {
    if (name === 'transfer' && popups.open !== name) finder.open()
    if (name === 'keypad' || name === 'dialpad') popOut.resize(popups.open !== name)
    popups.toggle(name, from)
  }
  const tab = (/** @type {string} */ name) => {
    if (name === 'directory' && ui.tab !== name) finder.open()
    ui.tab = name
    popups.drop()
    host.later()
  }
  /** @type {Record<string, (code: string) => any>} */
  const solutions = {
    retry: () => host.attempt(Promise.resolve(host.client()?.openMicrophone())),
    howto: () => toggle('howto', undefined),
    copy: code => navigator.clipboard?.writeText(`offhook: ${code} at ${location.origin}, ${new Date().toISOString()}`).catch(() => {}),
    sound: code => { attention.unlock(); host.client()?.unlock(); if (code === 'autoplay') host.client()?.dismiss(code) },
    use: () => host.client()?.connect().catch(() => {}),
    signin: () => host.client()?.connect().catch(() => {}),
    close: code => (code.includes('failed') && code !== 'media_failed' ? host.client()?.dismissCall() : host.client()?.dismiss(code)),
    keep: code => host.client()?.dismiss(code),
    choose: () => toggle('devices', host.layout() === 'bar' ? undefined : 'more'),
    now: code => (code === 'unsaved' ? wrapUp.keep() : host.client()?.wake()),
    available: () => host.attempt(Promise.resolve(host.client()?.setState('available'))),
    redial: () => { host.client()?.dismissCall(); host.attempt(dialer.again()) },
    here: () => host.client()?.moveCallHere(),
    window: () => ownWindow.open(),
    allow: () => host.client()?.wake(),
    end: () => host.attempt(Promise.resolve().then(() => host.need().hangUp(host.view().call?.id))),
    repeat: code => { host.client()?.dismiss(code); host.again() },
    elsewhere: () => { host.client()?.dismissCall(); toggle('transfer', undefined) },
  }
  return {
    toggle, tab, keymap,
    popOut: () => { if (host.view().ui.canPop) popOut.out(); else ownWindow.open() },
    copyDetails: (/** @type {string} */ text) => { navigator.clipboard?.writeText(`offhook: ${text}, ${location.origin}`).catch(() => {}) },
    popIn: () => popOut.in(),
    closed: (/** @type {string} */ name) => popups.dismissed(name),
    solve: (/** @type {string} */ action, /** @type {string} */ code) => { solutions[action]?.(code) },
  }
}

/** A press hands over its event where no id is given. @param {unknown} id */
function idOf(id) { return typeof id === 'string' ? id : undefined }

/** Firefox asks which device sound goes to, and lists it from then on. @returns {Promise<string | null>} its id; null: the agent has chosen none */
async function askForOutput() {
  try {
    return (await /** @type {any} */ (navigator.mediaDevices).selectAudioOutput()).deviceId
  } catch {
    return null
  }
}
