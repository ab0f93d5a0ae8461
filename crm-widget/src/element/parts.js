/**
 * The parts that do something: what is typed, looked for, dialled and opened, and the keys. They come with late.js; until then the callbar shows
 * what blank.js says, and a press waits for them.
 * @module
 */

import { actions } from './actions.js'
import { AutoAnswer } from './auto-answer.js'
import { Dialer } from './dialer.js'
import { Finder } from './finder.js'
import { Keyboard } from './keyboard.js'
import { Keypad } from './keypad.js'
import { Meter } from './meter.js'
import { OwnWindow } from './own-window.js'
import { PopOut } from './pop-out.js'
import { Reminder } from './reminder.js'
import { WrapUp } from './wrap-up.js'

/**
 * @typedef {object} Own what the element has from the beginning
 * @property {import('./popups.js').Popups} popups
 * @property {import('./guard.js').Guard} guard
 * @property {import('../attention.js').Attention} attention
 * @property {{tab: string, silenced: boolean}} ui
 * @property {() => import('../keys.js').Keymap} keymap
 */

export class Parts {
  /** @param {import('./host.js').Host} host @param {Own} own */
  constructor(host, own) {
    this.wrapUp = new WrapUp(host)
    this.keypad = new Keypad(host)
    this.dialer = new Dialer(host)
    this.finder = new Finder(host)
    this.reminder = new Reminder(host)
    this.meter = new Meter(host)
    this.popOut = new PopOut(host)
    this.ownWindow = new OwnWindow(host)
    this.autoAnswer = new AutoAnswer(host)
    this.act = actions(host, { ...own, wrapUp: this.wrapUp, keypad: this.keypad, dialer: this.dialer, finder: this.finder, reminder: this.reminder, popOut: this.popOut, ownWindow: this.ownWindow })
    this.keyboard = new Keyboard(host, this.act, own)
  }

  /** For the views. */
  get seen() {
    const { last } = this.dialer
    return {
      draft: this.wrapUp.draft, wrapError: this.wrapUp.error, dial: { text: this.dialer.text, from: this.dialer.from }, keypad: this.keypad, finder: this.finder.found,
      target: { call: last.call, name: last.name, to: last.to }, remind: this.reminder.on, meter: this.meter.level, popped: this.popOut.open,
      autoAt: this.autoAnswer.at, windowed: this.ownWindow.isOpen,
    }
  }

  /** @param {string} subject the call that is written about @param {string} call the one that is heard */
  about(subject, call) {
    this.wrapUp.about(subject)
    this.keypad.about(call)
  }

  /** With each drawing. @param {import('../view.js').View} v @param {boolean} devices the device page is seen */
  look(v, devices) {
    this.reminder.look(v)
    this.autoAnswer.look(v)
    this.meter.look(devices)
  }

  /** The element was removed. */
  stop() {
    this.keypad.stop()
    this.meter.stop()
    this.finder.close()
    this.wrapUp.stop()
    this.ownWindow.stop()
  }
}
