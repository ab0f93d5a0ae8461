/**
 * The media of each call, between the client and BrowserMedia: an answer for what is offered, an offer for what is dialled, new media after a
 * reload or a change of network, silence for what is held, a ringback tone while a far phone rings.
 * @module
 */

import { OffhookError } from './messages.js'
import { heldByAgent, isLive } from './store.js'

const GIVES_UP = 4000

/**
 * What the client needs of media; BrowserMedia is one, the tests have another.
 * @typedef {object} Media
 * @property {() => Promise<void>} openMicrophone rejects with an OffhookError of one of the mic codes
 * @property {() => void} closeMicrophone
 * @property {(call: string, offer: string, ice: any[]) => Promise<string>} answer new media for an offered call; the microphone stays silent
 * @property {(call: string, ice: any[]) => Promise<string>} offer new media for a live call
 * @property {(call: string, answer: string) => Promise<void>} accept the server's answer to offer
 * @property {(call: string) => Promise<void>} start sound both ways, from now on
 * @property {(from: string, to: string) => void} rename a call that was dialled has its id now
 * @property {(call: string, on: boolean) => void} setMuted
 * @property {(call: string, on: boolean) => void} setHeld on hold no microphone is heard, muted or not
 * @property {(call: string) => string} state of its peer connection, or 'none'
 * @property {(call?: string) => void} close one call's media, or all
 * @property {EventTarget['addEventListener']} addEventListener `state` `quality` `problem` `solved` `devices` `speaking` (while muted)
 * @property {() => void} [unlock] sound may start: the page was pressed
 * @property {(wanted: Record<string, any>) => Promise<void>} [choose] device ids by kind, and switches
 * @property {(tell: (level: number) => void) => Promise<() => void>} [meter] how loud the microphone is, until it is stopped
 * @property {() => void} [testSpeaker]
 * @property {(on: boolean) => void} [ringback] the tone of a far phone that rings
 * @property {(digits: string) => void} [keyTones] the tones of keys, for the agent's own ear
 * @property {() => void} [beep] one soft tone, in the headset
 * @typedef {{sdp: string, ready: Promise<string | undefined>, carried: boolean, told: number}} Offer
 *
 * @typedef {object} Host what this part needs of its client
 * @property {(type: string, body: object, options?: {volatile?: boolean}) => Promise<any>} request
 * @property {() => boolean} isOpen
 * @property {() => Promise<void>} openMicrophone
 * @property {(code: string, detail?: Record<string, any>) => void} problem
 * @property {import('./store.js').Store} store
 * @property {import('./connection.js').Clock} clock
 */

export class CallMedia {
  #media
  #host
  /** @type {any[]} */
  #ice = []
  /** @type {Map<string, Offer>} the answer to each offer */
  #offers = new Map()
  /** @type {Set<string>} calls whose media are being made anew */
  #restarting = new Set()
  /** @type {Map<string, number>} the request whose answer a call waits for */
  #waiting = new Map()
  #placed = 0
  #ringback = false

  /** @param {Media | undefined} media @param {Host} host */
  constructor(media, host) {
    this.#media = media
    this.#host = host
    media?.addEventListener('state', e => this.#moved(/** @type {any} */ (e).detail))
  }

  /** @param {unknown} servers of `welcome` */
  set ice(servers) { this.#ice = Array.isArray(servers) ? servers : [] }

  /**
   * Shows the server that this page rings, with the answer already in it: ICE and DTLS come up while it rings. The microphone is not
   * needed for that and stays silent until `accept`.
   * @param {any} call
   * @param {number} welcomes how often we were welcomed: an offer is confirmed once in each
   * @returns {boolean} whether the offer is new
   */
  offered(call, welcomes) {
    const sdp = call.sdp?.type === 'offer' ? String(call.sdp.sdp) : ''
    let offer = this.#offers.get(call.id)
    const fresh = !offer || (sdp !== '' && offer.sdp !== sdp)
    if (!offer || fresh) {
      offer = { sdp, carried: false, told: 0, ready: this.#answerTo(call.id, sdp) }
      this.#offers.set(call.id, offer)
    } else if (offer.told === welcomes) {
      return false
    }
    offer.told = welcomes
    this.#tellRinging(call.id, offer)
    return fresh
  }

  /** The answer that `accept` has to carry: none, if `ringing` did. @param {string} id */
  async answerFor(id) {
    const offer = this.#offers.get(id)
    const sdp = await offer?.ready
    return sdp !== undefined && !offer?.carried ? sdp : undefined
  }

  /** @param {string} id */
  async start(id) {
    try {
      await this.#media?.start(id)
    } catch (e) {
      this.#failed(e)
    }
  }

  /** Media for a call that has no id yet. @returns {Promise<{key: string, sdp: string}>} */
  async place() {
    if (!this.#media) throw new OffhookError('media_unsupported', 'a client without media cannot dial')
    const key = `placed-${++this.#placed}`
    return { key, sdp: await this.#media.offer(key, this.#ice) }
  }

  /** The server took the dialled call. @param {string} key of place @param {string} id of the call @param {number} request whose answer comes with the call */
  placed(key, id, request) {
    this.#media?.rename(key, id)
    this.#waiting.set(id, request)
    const call = this.#host.store.snapshot.calls.find(c => c.id === id)
    if (call) this.changed(call)
    else if (this.#host.store.isOver(id)) this.over(id)
  }

  /** A dialled call was refused. @param {string} key */
  unplaced(key) { this.#media?.close(key) }

  /** A call's newest object is here. @param {any} call */
  changed(call) {
    this.#takeAnswer(call)
    this.#media?.setHeld(call.id, heldByAgent(call))
    this.#ring()
  }

  /** New media for a live call: the old page, or the old network, is gone. @param {any} call */
  async restart(call) {
    if (!this.#media || this.#restarting.has(call.id)) return
    this.#restarting.add(call.id)
    const { store } = this.#host
    const muted = store.snapshot.muted[call.id] ?? call.muted === true
    try {
      await this.#host.openMicrophone().catch(() => {})
      const sdp = await this.#media.offer(call.id, this.#ice)
      this.#waiting.delete(call.id)
      const reply = await this.#host.request('restart', { call: call.id, sdp }, { volatile: true })
      await this.#media.accept(call.id, String(reply.sdp?.sdp ?? ''))
      this.#media.setMuted(call.id, muted)
      store.muted(call.id, muted)
      this.#media.setHeld(call.id, heldByAgent(store.snapshot.calls.find(c => c.id === call.id) ?? call))
      await this.start(call.id)
      store.solved('media_failed')
    } catch (e) {
      if (!(e instanceof OffhookError && (e.code === 'offline' || e.code === 'call_gone'))) this.#host.problem('media_failed')
    } finally {
      this.#restarting.delete(call.id)
    }
  }

  /** Welcomed: each live call whose media are not here gets new ones. @param {readonly any[]} calls */
  resumed(calls) {
    for (const call of calls) if (isLive(call) && this.#media && this.#media.state(call.id) !== 'connected') this.restart(call)
    this.#ring()
  }

  /** @param {string} id */
  over(id) {
    this.#media?.close(id)
    this.#offers.delete(id)
    this.#restarting.delete(id)
    this.#waiting.delete(id)
    this.#ring()
  }

  close() {
    this.#media?.close()
    this.#media?.closeMicrophone()
    this.#offers.clear()
    this.#waiting.clear()
    this.#ring()
  }

  /** The answer to our own request, and to no other. @param {any} call */
  async #takeAnswer(call) {
    const request = this.#waiting.get(call.id)
    if (request === undefined || call.sdp?.type !== 'answer' || call.sdp.for !== request) return
    this.#waiting.delete(call.id)
    try {
      await this.#media?.accept(call.id, String(call.sdp.sdp))
      await this.start(call.id)
    } catch (e) {
      this.#failed(e)
    }
  }

  #ring() {
    const on = this.#host.store.snapshot.calls.some(c => c.phase === 'ringing')
    if (on === this.#ringback) return
    this.#ringback = on
    this.#media?.ringback?.(on)
  }

  /** @param {string} id @param {Offer} offer */
  async #tellRinging(id, offer) {
    const sdp = await offer.ready
    if (this.#offers.get(id) !== offer) return
    offer.carried = sdp !== undefined
    try {
      await this.#host.request('ringing', { call: id, ...(sdp === undefined ? {} : { sdp }) }, { volatile: true })
    } catch {
      offer.carried = false
    }
  }

  /** @param {string} id @param {string} sdp */
  async #answerTo(id, sdp) {
    if (!this.#media || sdp === '') return undefined
    try {
      return await this.#media.answer(id, sdp, this.#ice)
    } catch (e) {
      this.#failed(e)
      return undefined
    }
  }

  /** @param {unknown} e */
  #failed(e) { this.#host.problem(e instanceof OffhookError ? e.code : 'media_failed') }

  /** @param {{call: string, state: string}} detail of the peer connection */
  #moved({ call: id, state }) {
    const { store, clock } = this.#host
    store.media(id, state)
    if (state === 'connected') return store.solved('media_failed')
    const wait = state === 'failed' ? 0 : state === 'disconnected' ? GIVES_UP : -1
    if (wait < 0) return
    clock.setTimeout(() => {
      const call = store.snapshot.calls.find(c => c.id === id)
      if (!call || !isLive(call) || this.#media?.state(id) === 'connected' || !this.#host.isOpen()) return
      this.#host.problem('media_failed')
      this.restart(call)
    }, wait)
  }
}
