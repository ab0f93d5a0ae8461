/**
 * The class of `<offhook-callbar>`. Importing this defines nothing; see offhook-define.js.
 * @module
 */

import { Announcer } from './src/announce.js'
import { OffhookClient } from './src/client.js'
import { patch } from './src/dom.js'
import { BLANK } from './src/element/blank.js'
import { Contacts } from './src/element/contacts.js'
import { Focus } from './src/element/focus.js'
import { Guard } from './src/element/guard.js'
import { late, loadLate } from './src/element/late.js'
import { LAYOUTS, layout } from './src/element/layouts.js'
import { listenToKeys, listenToPage } from './src/element/listeners.js'
import { listenToLongPresses } from './src/element/long-press.js'
import { showMoods, toggle } from './src/element/moods.js'
import { NEEDS, Popups } from './src/element/popups.js'
import { ProblemTeller } from './src/element/problem-teller.js'
import { Refusals } from './src/element/refusals.js'
import { Ringing } from './src/element/ringing.js'
import { numberOf } from './src/element/tel-links.js'
import { tellPage } from './src/element/tell-page.js'
import { OffhookEvent, SizeChangeEvent } from './src/events.js'
import { join, leave } from './src/groups.js'
import { loadLanguage, translator } from './src/i18n.js'
import { BrowserMedia } from './src/media.js'
import { OffhookError } from './src/messages.js'
import { EMPTY, isLive } from './src/store.js'
import { adopt } from './src/styles.js'
import { Ticker } from './src/text.js'
import { mainCall, present, subject } from './src/view.js'
import { popover } from './src/views/popover.js'

const SPEAKING_AGAIN = 30_000

const ATTRIBUTES = ['gateway', 'layout', 'theme', 'lang', 'mic', 'group', 'hide', 'keep-title', 'no-shortcuts', 'private-notifications', 'capture-tel', 'screen-pop', 'screen-pop-at', 'auto-answer']

/**
 * The callbar of a contact center agent.
 *
 * @csspart bar panel mini header state-button dot caller avatar name number timer controls control control-mute control-hold control-keypad
 *   control-transfer control-end answer decline dial-field keypad key transfer-list transfer-row wrap-up outcome notes notice quality menu
 *   popover
 * @cssproperty --offhook-surface and every other colour of src/tokens.js, --offhook-font, --offhook-font-size, --offhook-radius,
 *   --offhook-bar-height, --offhook-panel-width, --offhook-density, --offhook-shadow
 * @slot brand - in place of the mark
 * @slot idle - in a panel below the dial field
 * @slot caller - rows below the caller's card
 * @slot call - below the controls of a call
 * @slot wrap-up - more fields of the form
 * @slot menu - items at the end of the menu
 * @fires client-ready client-lost agent-state-change call-offered call-connected call-held call-resumed call-muted call-recording-change
 *   call-transferring call-transferred call-ended call-quality-change dial-request screen-pop wrap-up-start wrap-up-saved device-change leader-change problem
 *   size-change
 */
export class OffhookCallbar extends HTMLElement {
  static observedAttributes = ATTRIBUTES

  #internals = this.attachInternals()
  #shadow = this.attachShadow({ mode: 'open', delegatesFocus: false })
  #root = document.createElement('div')
  #announcer
  /** @type {AbortController | null} */
  #life = null
  /** @type {AbortController | null} */
  #tie = null
  /** @type {OffhookClient | null} */
  #client = null
  #group = ''
  /** @type {(() => string | Promise<string>) | null} */
  #tokenSource = null
  #tr = translator('en')
  #snapshot = EMPTY
  /** @type {import('./src/view.js').View | null} */
  #view = null
  /** @type {import('./src/element/layouts.js').Layout} */
  #layout = 'bar'
  #drawing = false
  /** the sheets that are on */
  #dressed = ''
  #ticker = new Ticker(() => this.#draw())

  // ---- the parts

  /** @type {import('./src/element/host.js').Host} */
  #host = {
    element: this, shadow: this.#shadow, root: this.#root,
    client: () => this.#client, need: () => this.#need(), view: () => this.#present(), drawn: () => this.#view,
    draw: () => this.#draw(), later: () => this.#later(), attempt: asked => this.#refusals.attempt(asked),
    say: (text, how, again) => this.#announcer.say(text, how, again), again: () => this.#refusals.again(), gateway: () => this.gateway,
    token: async () => this.#tokenSource?.() ?? '', tell: event => this.dispatchEvent(event), tr: () => this.#tr, layout: () => this.#layout,
  }
  #ui = { tab: 'phone', silenced: false }
  #contacts = new Contacts(() => this.#later())
  #popups = new Popups(this.#host)
  #guard = new Guard()
  #refusals = new Refusals(this.#host)
  #problems = new ProblemTeller(this.#host)
  #focus = new Focus(this.#host)
  /** @type {import('./src/keys.js').Keymap} */
  #keymap = {}
  /** the parts that come late @type {import('./src/element/parts.js').Parts | null} */
  #late = null
  /** what a press does; one that comes before the parts are here waits for them @type {import('./src/views/parts.js').Act} */
  #act = new Proxy({}, { get: (_, name) => (/** @type {any[]} */ ...args) => this.#do(String(name), args) })
  #ringing = new Ringing(this.#host, this.#act, new URL('./call.svg', import.meta.url).href)
  /** what has changed and was not said yet @type {import('./src/store.js').Snapshot | null} */
  #unsaid = null

  /** @type {MediaFactory} */
  #makeMedia = () => new BrowserMedia()

  constructor() {
    super()
    this.#internals.role = 'region'
    const region = (/** @type {string} */ how) => {
      const el = document.createElement('div')
      el.className = 'sr'
      el.setAttribute('aria-live', how)
      el.setAttribute('aria-atomic', 'true')
      el.dataset.live = how
      return el
    }
    const polite = region('polite')
    const assertive = region('assertive')
    this.#announcer = new Announcer(polite, assertive)
    this.#root.className = 'root'
    this.#shadow.append(this.#root, polite, assertive)
  }

  // ---- attributes and properties

  get gateway() { return this.getAttribute('gateway') || gatewayOf(import.meta.url) }
  set gateway(url) { this.setAttribute('gateway', url) }
  get layout() { return this.getAttribute('layout') || 'auto' }
  set layout(layout) { this.setAttribute('layout', layout) }
  get theme() { return this.getAttribute('theme') || 'auto' }
  set theme(theme) { this.setAttribute('theme', theme) }
  get mic() { return this.getAttribute('mic') === 'late' ? 'late' : 'early' }
  set mic(mic) { this.setAttribute('mic', mic) }
  /** Seconds after which an offered call is answered by itself, null for never. @type {number | null} */
  get autoAnswer() { return this.hasAttribute('auto-answer') ? Number(this.getAttribute('auto-answer')) : null }
  set autoAnswer(seconds) {
    if (seconds === null) this.removeAttribute('auto-answer')
    else this.setAttribute('auto-answer', String(seconds))
  }
  get group() { return this.getAttribute('group') || '' }
  set group(group) { this.setAttribute('group', group) }

  /** Where tokens come from; setting it connects. */
  get tokenSource() { return this.#tokenSource }
  set tokenSource(source) {
    this.#tokenSource = typeof source === 'function' ? source : null
    this.#begin()
  }

  /** Fills the caller's card: `async (number, call) → {name, company, url, rows}`, waited for 1.5 s. */
  get contactLookup() { return this.#contacts.lookup }
  set contactLookup(lookup) { this.#contacts.lookup = typeof lookup === 'function' ? lookup : null }

  /** Shortcut → `event.code`, or null to turn it off. */
  get keymap() { return { ...this.#keymap } }
  set keymap(map) { this.#keymap = { ...map } }

  /** Device ids by kind: `{mic, speaker}`. */
  get devices() { return this.#snapshot.devices }
  set devices(devices) { this.#client?.chooseDevices(devices) }

  /** The client; a page that has one may set it before the element connects. */
  get client() { return this.#client }
  set client(client) {
    if (this.#client || !client) return
    this.#client = client
    this.#tieTo(client)
  }

  /** The frozen snapshot. */
  get state() { return this.#snapshot }

  // ---- methods

  async connect() { return this.#need().connect() }
  async disconnect() { return this.#need().disconnect() }
  /** @param {'available' | 'away'} state @param {string} [reason] */
  async setState(state, reason) { return this.#need().setState(state, reason) }
  /** @param {string} [id] */
  async answer(id) { return this.#need().answer(id) }
  /** @param {string} [id] @param {string} [reason] */
  async decline(id, reason) { return this.#need().decline(id, reason) }
  /** @param {string} [id] */
  async hangUp(id) { return this.#need().hangUp(id) }
  /** @param {boolean} on @param {string} [id] */
  async mute(on, id) { return this.#need().mute(on, id) }
  /**
   * Calls, after `dial-request` was not cancelled.
   * @param {string} to @param {{from?: string, data?: Record<string, string>}} [options]
   */
  async dial(to, options) { return this.#ready(parts => parts.dialer.dial(to, 'adapter', options)) }
  /** @param {boolean} on @param {string} [id] */
  async hold(on, id) { return on ? this.#need().hold(id) : this.#need().resume(id) }
  /** @param {string} digits @param {string} [id] */
  async sendDigits(digits, id) { return this.#need().dtmf(digits, id) }
  /** @param {string | undefined} id @param {string} to */
  async transfer(id, to) { return this.#need().transfer(id, to) }
  /** @param {string} [id] */
  async takeBack(id) { return this.#need().takeBack(id) }
  /** @param {string | undefined} id @param {string} to */
  async consult(id, to) { return this.#need().consult(id, to) }
  async swap() { return this.#need().swap() }
  /** A small window that stays on top, out of a press; false where the browser has none. */
  async popOut() { return this.#parts()?.popOut.out() ?? false }
  /** Makes this tab the leader: sound and microphone are here from then on. */
  async moveCallHere() { this.#need().moveCallHere() }
  /** @param {string} [id] */
  async completeTransfer(id) { return this.#need().completeTransfer(id) }
  /** @param {boolean} on @param {{pauseS?: number, id?: string}} [options] */
  async record(on, options) { return this.#need().record(on, options) }
  /** @param {string | undefined} id @param {Record<string, any>} fields */
  async saveWrapUp(id, fields) { return this.#need().saveWrapUp(id, fields) }

  // ---- life

  connectedCallback() {
    this.#dress()
    for (const name of ['tokenSource', 'contactLookup', 'keymap', 'client']) this.#upgrade(name)
    this.#life?.abort()
    this.#life = new AbortController()
    const { signal } = this.#life
    listenToPage(this.#host, {
      press: () => { this.#ringing.attention.unlock(); this.#client?.unlock() }, shortcut: e => this.#late?.keyboard.shortcut(e), click: e => this.#telephoneLink(e), resized: () => this.#size(),
      busy: () => this.#snapshot.leader && this.#snapshot.calls.some(isLive),
    }, signal)
    listenToKeys(this.#root, () => this.#late?.keyboard, signal)
    listenToLongPresses(this.#root, menu => this.#act.toggle(menu), signal)
    this.#root.addEventListener('focusin', e => this.#focus.moved(e), { signal })
    this.#language()
    this.#size()
    this.#begin()
    if (this.#client && !this.#tie) this.#tieTo(this.#client)
    this.#draw()
  }

  /** A move takes the element out and puts it in again: the call and its client stay. */
  disconnectedCallback() {
    this.#life?.abort()
    this.#life = null
    this.#ticker.stop()
    queueMicrotask(() => { if (!this.isConnected) this.#gone() })
  }

  adoptedCallback() {
    this.#dress()
    this.#later()
  }

  /** The parts that come late, once they are here. */
  #parts() {
    const more = late()
    if (more && !this.#late) {
      this.#late = new more.Parts(this.#host, { popups: this.#popups, guard: this.#guard, attention: this.#ringing.attention, ui: this.#ui, keymap: () => this.#keymap })
      this.#late.about(subject(this.#snapshot.calls)?.id ?? '', mainCall(this.#snapshot.calls)?.id ?? '')
    }
    return this.#late
  }

  /**
   * Does something with them, now or as soon as they are here.
   * @template T
   * @param {(parts: import('./src/element/parts.js').Parts) => T} then
   * @returns {T | Promise<Awaited<T>>}
   */
  #ready(then) {
    const parts = this.#parts()
    if (parts) return then(parts)
    return new Promise((resolve, reject) => {
      loadLate(() => {
        const came = this.#parts()
        if (came) Promise.resolve().then(() => then(came)).then(/** @type {any} */ (resolve), reject)
      })
    })
  }

  /** @param {string} name @param {any[]} args */
  #do(name, args) {
    return this.#ready(parts => {
      return this.#refusals.do(() => this.#act[name](...args), () => parts.act[name](...args))
    })
  }

  /** @param {import('./src/element/layouts.js').Drawn | null} [shown] */
  #dress(shown) {
    const now = `${shown ? this.#layout : ''} ${late() !== null}`
    if (shown !== undefined && now === this.#dressed) return
    this.#dressed = now
    adopt(this.#shadow, shown?.STYLES, late()?.LATE_STYLES)
  }

  /** @param {string} name */
  attributeChangedCallback(name) {
    if (!this.isConnected) return
    if (name === 'lang') this.#language()
    if (name === 'layout') this.#size()
    this.#later()
  }

  /** A property that was set before the element was defined hides our accessor: set it again. @param {string} name */
  #upgrade(name) {
    if (!Object.hasOwn(this, name)) return
    const self = /** @type {any} */ (this)
    const value = self[name]
    delete self[name]
    self[name] = value
  }

  /** The element was removed for good. A live call is never ended by that; everything else is let go. */
  #gone() {
    this.#announcer.stop()
    this.#ringing.stop()
    this.#refusals.stop()
    this.#late?.stop()
    if (this.#snapshot.calls.some(isLive)) return
    this.#untie()
  }

  #untie() {
    this.#tie?.abort()
    this.#tie = null
    const client = this.#client
    this.#client = null
    this.#snapshot = EMPTY
    if (client && leave(this.#group, this)) client.release()
  }

  #begin() {
    if (!this.isConnected || this.#client || !this.#tokenSource) return
    this.#group = this.group
    const client = join(this.#group, this, () => this.#makeClient())
    this.#client = client
    this.#tieTo(client)
    client.connect().catch(() => { /* the snapshot says why */ })
  }

  #makeClient() {
    return new OffhookClient({
      gateway: this.gateway, mic: this.mic, media: this.#makeMedia(),
      tokenSource: () => this.#tokenSource?.() ?? Promise.reject(new OffhookError('no_token')),
    })
  }

  /** @param {OffhookClient} client */
  #tieTo(client) {
    this.#tie?.abort()
    this.#tie = new AbortController()
    const { signal } = this.#tie
    client.addEventListener('call-offered', e => {
      if (!(e instanceof OffhookEvent)) return
      this.#ringing.own = !this.dispatchEvent(e.again())
      this.#ui.silenced = false
    }, { signal })
    tellPage(this.#host, client, signal) // after the page was asked whether it rings by itself
    client.addEventListener('muted-speaking', () => this.#announcer.say(this.#tr.t('say.muted_speaking'), 'assertive', SPEAKING_AGAIN), { signal })
    client.subscribe((s, before) => this.#changed(s, before), { signal })
  }

  #need() {
    if (!this.#client) throw new OffhookError('no_token', 'set tokenSource first')
    return this.#client
  }

  /** A click on a `tel:` link of the page calls the number. @param {MouseEvent} e */
  #telephoneLink(e) {
    const number = this.hasAttribute('capture-tel') && this.#client ? numberOf(e) : ''
    if (!number) return
    e.preventDefault()
    this.#act.dial(number, 'tel-link')
  }

  #language() {
    const near = this.getAttribute('lang') || this.parentElement?.closest('[lang]')?.getAttribute('lang') || navigator.language
    loadLanguage(near || 'en').then(fresh => { if (fresh && this.isConnected) this.#language() })
    this.#tr = translator(near || 'en')
    this.#root.setAttribute('dir', this.#tr.dir)
    this.#root.setAttribute('lang', this.#tr.lang)
    this.#internals.ariaLabel = this.#tr.t('phone')
    this.#later()
  }

  #size() {
    const { width, height } = this.getBoundingClientRect()
    const asked = LAYOUTS.find(name => name === this.layout)
    const name = asked ?? (height >= 360 && width <= 560 ? 'panel' : height >= 120 && width <= 480 ? 'mini' : 'bar')
    toggle(this.#internals.states, 'auto', asked === undefined)
    for (const one of LAYOUTS) toggle(this.#internals.states, one, one === name)
    toggle(this.#internals.states, 'narrow', width > 0 && width < 640)
    if (name !== this.#layout) {
      this.#layout = name
      this.#popups.drop()
      this.dispatchEvent(new SizeChangeEvent(Math.round(width), Math.round(height), name))
      this.#later()
    }
    this.#focus.rove()
  }

  // ---- from snapshot to picture

  /** @param {import('./src/store.js').Snapshot} s @param {import('./src/store.js').Snapshot} before */
  #changed(s, before) {
    this.#snapshot = s
    if (s.queues !== before.queues && s.calls === before.calls && s.agent === before.agent && s.connection === before.connection) return this.#later() // figures alone
    const call = mainCall(s.calls)
    const was = mainCall(before.calls)
    if (call?.id !== was?.id) this.#otherCall()
    this.#contacts.follow(s.calls)
    this.#parts()?.about(subject(s.calls)?.id ?? '', call?.id ?? '')
    this.#guard.moved(was?.phase, call?.phase)
    if (s.connection.state === 'open' && before.connection.state !== 'open') this.#ringing.attention.check()
    if (s.connection.state === 'open') loadLate(() => { this.#say(this.#snapshot); this.#later() })
    if (s.devices !== before.devices) this.#ringing.choose(s.devices)
    const view = this.#present()
    if (NEEDS[this.#popups.open]?.(view) === false) this.#popups.close()
    if (s !== before) this.#unsaid ??= before
    this.#say(s, view)
    this.#problems.tell(s)
    this.#later()
  }

  /** What has changed is said, as soon as its words are here. @param {import('./src/store.js').Snapshot} s @param {import('./src/view.js').View} [view] */
  #say(s, view) {
    const more = late()
    if (!more || !this.#unsaid) return
    for (const [how, text, instead] of more.sayings(s, this.#unsaid, view ?? this.#present())) this.#announcer.say(text, how, undefined, instead)
    this.#unsaid = null
  }

  /** Another call is shown: what was open for the one before is closed. */
  #otherCall() {
    this.#ui.silenced = false
    if (['save', 'decline', 'keypad', 'transfer'].includes(this.#popups.open)) this.#popups.drop()
  }

  /** @returns {import('./src/view.js').View} */
  #present() {
    const hide = new Set((this.getAttribute('hide') ?? '').split(/\s+/).filter(Boolean))
    const now = this.#client?.now() ?? Date.now()
    const notices = globalThis.Notification?.permission
    return present(this.#snapshot, now, Date.now(), this.#tr, {
      ...BLANK, ...this.#late?.seen, ...this.#ui, open: this.#popups.open, silenced: this.#ui.silenced || this.#ringing.own, contactOf: id => this.#contacts.of(id),
      ringerBlocked: this.#ringing.blocked, hasToken: this.#tokenSource !== null, canNotify: notices === 'default' && window.top === window, notifies: notices === 'granted', outputs: 'selectAudioOutput' in (navigator.mediaDevices ?? {}),
      hide, canPop: 'documentPictureInPicture' in globalThis && window.top === window, late: late(),
    })
  }

  #later() {
    if (this.#drawing) return
    this.#drawing = true
    queueMicrotask(() => {
      this.#drawing = false
      if (this.isConnected) this.#draw()
    })
  }

  #draw() {
    const before = this.#view
    const v = this.#present()
    this.#view = v
    const active = /** @type {HTMLElement | null} */ (this.#shadow.activeElement)
    const shown = layout(this.#layout, () => this.#later())
    this.#dress(shown)
    const popped = this.#layout === 'bar' && this.#popups.open ? popover(v, this.#act, this.#popups.open) : null
    patch(this.#root, [shown?.draw(v, this.#act), popped])
    this.#focus.rove()
    if (popped) this.#popups.place()
    this.#focus.keep(active)
    showMoods(this.#internals.states, v)
    this.#ringing.look(v)
    this.#parts()?.look(v, v.ui.open === 'devices' || (v.kind === 'idle' && this.#layout === 'panel' && v.ui.tab === 'settings' && v.ui.open === ''))
    if (v.kind === 'wrap_up' && before?.kind === 'wrap_up' && v.wrap.ms <= 15_000 && before.wrap.ms > 15_000) this.#announcer.say(v.t('say.wrap_left'))
    const every = v.kind === 'offered' ? 250 : v.kind === 'connecting' || (v.kind === 'out' && !v.lost) ? 0 : 1000
    if (this.isConnected) this.#ticker.set(every, v.now)
  }
}

/** @typedef {() => import('./src/client.js').Media} MediaFactory */

/** The gateway that the module came from. @param {string} module */
function gatewayOf(module) {
  const url = new URL('/agent', module)
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
  return url.href
}
