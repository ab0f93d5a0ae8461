/**
 * What an offered call does outside of the element: ring, title, notice; and the keys of a headset while a call is live.
 * @module
 */

import { Attention } from '../attention.js'
import { mediaKeys, microphoneShown } from '../keys.js'
import { isLive } from '../store.js'

export class Ringing {
  #host
  #act
  #headsetOn = false
  /** the browser keeps sound off */
  blocked = false
  /** the page rings by itself */
  own = false
  attention

  /** @param {import('./host.js').Host} host @param {import('../views/parts.js').Act} act @param {string} icon of a tab that rings */
  constructor(host, act, icon) {
    this.#host = host
    this.#act = act
    this.attention = new Attention(blocked => {
      if (blocked === this.blocked) return
      this.blocked = blocked
      host.later()
    }, icon)
  }

  /** What the agent has chosen. @param {Readonly<Record<string, any>>} devices */
  choose(devices) {
    this.attention.sink = String(devices.ringer ?? '')
    this.attention.alsoSpeakers = devices.alsoSpeakers === true && Boolean(devices.ringer)
    this.attention.tone = String(devices.tone ?? 'classic')
    this.attention.volume = Number(devices.volume ?? 1)
  }

  /** @param {import('../view.js').View} v */
  look(v) {
    this.#call(v)
    this.#headset(v)
  }

  /** The element is gone. */
  stop() {
    if (this.#headsetOn) mediaKeys({ hangup: null, togglemicrophone: null })
    this.#headsetOn = false
    this.attention.over()
    this.attention.close()
  }

  /** Of the call that is offered, also beside another. @param {import('../view.js').View} v */
  #call(v) {
    const { element } = this.#host
    const beside = v.others.find(c => c.look === 'offered')
    const who = v.kind === 'offered' ? v.caller : beside?.who
    const call = v.kind === 'offered' ? v.call : beside?.call
    const seconds = Math.ceil(Math.max(0, Date.parse(call?.expires_at) - v.now) / 1000 - 0.1)
    if (!who || !v.s.leader || this.own || !(seconds > 0)) return this.attention.over()
    if (v.ui.silenced) return this.attention.silence()
    const discreet = element.hasAttribute('private-notifications')
    const known = [who.queue, who.number].filter(Boolean).join(' · ')
    this.attention.offered({
      id: call.id, seconds, doc: element.ownerDocument, softly: beside !== undefined || v.auto !== null,
      name: discreet ? v.t('ring.incoming.plain') : v.t('calls.incoming', { name: who.name }), body: discreet ? '' : known,
      title: element.hasAttribute('keep-title') ? null : `(${v.t('call.toolbar')}) ${discreet ? '' : who.name}`.trim(),
    })
  }

  /** @param {import('../view.js').View} v */
  #headset(v) {
    const live = v.call !== null && isLive(v.call) && v.s.leader
    if (live !== this.#headsetOn) {
      this.#headsetOn = live
      mediaKeys(live ? { hangup: () => this.#act.end(), togglemicrophone: () => this.#act.mute() } : { hangup: null, togglemicrophone: null })
    }
    if (live) microphoneShown(!v.muted)
  }
}
