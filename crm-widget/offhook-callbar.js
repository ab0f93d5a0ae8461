/**
 * The class of `<offhook-callbar>`. Importing this defines nothing; see offhook-define.js.
 * @module
 */

import { Announcer, sayings } from './src/announce.js'
import { Attention } from './src/attention.js'
import { OffhookClient } from './src/client.js'
import { join, leave } from './src/groups.js'
import { Drafts, NONE } from './src/drafts.js'
import { patch } from './src/dom.js'
import { OffhookEvent, ProblemEvent, SizeChangeEvent, WrapUpSavedEvent } from './src/events.js'
import { loadLanguage, translator } from './src/i18n.js'
import { mediaKeys, microphoneShown, move, moveInMenu, rove, shortcutOf } from './src/keys.js'
import { BrowserMedia } from './src/media.js'
import { OffhookError } from './src/messages.js'
import { EMPTY, isLive } from './src/store.js'
import { adopt } from './src/styles.js'
import { Ticker } from './src/text.js'
import { mainCall, present, problemWords, shownAs } from './src/view.js'
import { bar } from './src/views/bar.js'
import { ANCHORS, MENU_NAMES, popover } from './src/views/menus.js'
import { panel } from './src/views/panel.js'

const GUARD = 700
const LOOKUP = 1500
const SAVE_AFTER = 1000
const SAVE_AGAIN = 5000
const TALK_HELD = 300
const PASSING = 6000
const REOPEN = 300
const SPEAKING_AGAIN = 30_000

const FORWARDED = [
  'client-ready', 'client-lost', 'agent-state-change', 'call-connected', 'call-held', 'call-resumed', 'call-muted', 'call-ended',
  'call-quality-change', 'wrap-up-start', 'device-change',
]
const LISTED_STATES = ['available', 'away', 'ringing', 'in-call', 'held', 'muted', 'wrap-up', 'offline', 'reconnecting']
const ATTRIBUTES = ['gateway', 'layout', 'theme', 'lang', 'mic', 'group', 'hide', 'keep-title', 'no-shortcuts', 'private-notifications']
const SUCCESSORS = /** @type {Record<string, string[]>} */ ({
  answer: ['mute', 'end', 'state'], decline: ['state'], end: ['outcome', 'save', 'state', 'sign-in'], save: ['state'], 'save-more': ['state'], 'save-away': ['state'],
})

/**
 * The callbar of a contact center agent.
 *
 * @csspart bar panel header state-button dot caller avatar name number timer controls control control-mute control-hold control-keypad
 *   control-transfer control-end answer decline dial-field wrap-up outcome notes notice quality menu popover
 * @cssproperty --offhook-surface and every other colour of src/tokens.js, --offhook-font, --offhook-font-size, --offhook-radius,
 *   --offhook-bar-height, --offhook-panel-width, --offhook-density, --offhook-shadow
 * @slot brand - in place of the mark
 * @slot idle - in a panel below the dial field
 * @slot caller - rows below the caller's card
 * @slot call - below the controls of a call
 * @slot wrap-up - more fields of the form
 * @slot menu - items at the end of the menu
 * @fires client-ready client-lost agent-state-change call-offered call-connected call-muted call-ended call-quality-change wrap-up-start
 *   wrap-up-saved device-change problem size-change
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
  /** @type {import('./src/view.js').Contact | null} */
  #contact = null
  /** @type {((number: string, call: any) => Promise<any>) | null} */
  #contactLookup = null
  /** @type {import('./src/keys.js').Keymap} */
  #keymap = {}
  #tr = translator('en')
  #snapshot = EMPTY
  /** @type {import('./src/view.js').View | null} */
  #view = null
  #drafts = new Drafts()
  #draft = NONE
  #callID = ''
  #open = ''
  #dismissed = { name: '', at: 0 }
  #tab = 'phone'
  #silenced = false
  #ownRinger = false
  #ringerBlocked = false
  #wrapError = ''
  #layout = 'bar'
  #guard = { end: 0, answer: 0 }
  /** @type {Record<string, string>} */
  #stops = {}
  #drawing = false
  #talkingSince = 0
  #headsetOn = false
  /** @type {any} */
  #saveTimer
  /** @type {any} */
  #passingTimer
  #problemsSeen = new Set()
  #ticker = new Ticker(() => this.#draw())
  #attention = new Attention(blocked => {
    if (blocked === this.#ringerBlocked) return
    this.#ringerBlocked = blocked
    this.#later()
  })

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
  get group() { return this.getAttribute('group') || '' }
  set group(group) { this.setAttribute('group', group) }

  /** Where tokens come from; setting it connects. */
  get tokenSource() { return this.#tokenSource }
  set tokenSource(source) {
    this.#tokenSource = typeof source === 'function' ? source : null
    this.#begin()
  }

  /** Fills the caller's card: `async (number, call) → {name, company, url, rows}`, waited for 1.5 s. */
  get contactLookup() { return this.#contactLookup }
  set contactLookup(lookup) { this.#contactLookup = typeof lookup === 'function' ? lookup : null }

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
  /** @param {string | undefined} id @param {Record<string, any>} fields */
  async saveWrapUp(id, fields) { return this.#need().saveWrapUp(id, fields) }

  // ---- life

  connectedCallback() {
    adopt(this.#shadow)
    for (const name of ['tokenSource', 'contactLookup', 'keymap', 'client']) this.#upgrade(name)
    this.#life?.abort()
    this.#life = new AbortController()
    this.#listen(this.#life.signal)
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

  adoptedCallback() { adopt(this.#shadow) }

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
    if (this.#headsetOn) mediaKeys({ hangup: null, togglemicrophone: null })
    this.#headsetOn = false
    this.#attention.over()
    this.#attention.close()
    clearTimeout(this.#passingTimer)
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
    for (const type of FORWARDED) {
      client.addEventListener(type, e => { if (e instanceof OffhookEvent) this.dispatchEvent(e.again()) }, { signal })
    }
    client.addEventListener('call-offered', e => {
      if (!(e instanceof OffhookEvent)) return
      this.#ownRinger = !this.dispatchEvent(e.again())
      this.#silenced = false
    }, { signal })
    client.addEventListener('muted-speaking', () => this.#announcer.say(this.#tr.t('say.muted_speaking'), 'assertive', SPEAKING_AGAIN), { signal })
    client.subscribe((s, before) => this.#changed(s, before), { signal })
  }

  #need() {
    if (!this.#client) throw new OffhookError('no_token', 'set tokenSource first')
    return this.#client
  }

  /** @param {AbortSignal} signal */
  #listen(signal) {
    const doc = this.ownerDocument
    const view = doc.defaultView
    const press = () => { this.#attention.unlock(); this.#client?.unlock() }
    const wake = () => { if (!doc.hidden) this.#client?.wake() }
    doc.addEventListener('pointerdown', press, { signal, capture: true, passive: true })
    doc.addEventListener('keydown', press, { signal, capture: true, passive: true })
    doc.addEventListener('keydown', e => this.#shortcut(e), { signal })
    doc.addEventListener('visibilitychange', wake, { signal })
    doc.addEventListener('resume', wake, { signal })
    view?.addEventListener('online', wake, { signal })
    view?.addEventListener('pageshow', wake, { signal })
    view?.addEventListener('beforeunload', e => { if (this.#snapshot.calls.some(isLive)) e.preventDefault() }, { signal })
    this.#root.addEventListener('keydown', e => this.#key(e), { signal })
    this.#root.addEventListener('keyup', e => this.#keyUp(e), { signal })
    this.#root.addEventListener('focusin', e => this.#focused(e), { signal })
    if (view?.ResizeObserver) {
      const sizes = new view.ResizeObserver(() => this.#size())
      sizes.observe(this)
      signal.addEventListener('abort', () => sizes.disconnect())
    }
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
    const auto = !['bar', 'panel'].includes(this.layout)
    const layout = auto ? (height >= 360 && width <= 560 ? 'panel' : 'bar') : this.layout
    toggle(this.#internals, 'auto', auto)
    toggle(this.#internals, 'panel', layout === 'panel')
    toggle(this.#internals, 'narrow', width > 0 && width < 640)
    if (layout !== this.#layout) {
      this.#layout = layout
      this.#open = ''
      this.dispatchEvent(new SizeChangeEvent(Math.round(width), Math.round(height), layout))
      this.#later()
    }
    this.#rove()
  }

  // ---- from snapshot to picture

  /** @param {import('./src/store.js').Snapshot} s @param {import('./src/store.js').Snapshot} before */
  #changed(s, before) {
    this.#snapshot = s
    const call = mainCall(s.calls)
    if ((call?.id ?? '') !== this.#callID) this.#newCall(call)
    const was = mainCall(before.calls)
    this.#guardButtons(was?.phase, call?.phase)
    if (s.connection.state === 'open' && before.connection.state !== 'open') this.#attention.check()
    const view = this.#present()
    for (const [how, text] of s === before ? [] : sayings(s, before, view)) this.#announcer.say(text, how)
    this.#tellProblems(s)
    this.#later()
  }

  /** @param {any} call */
  #newCall(call) {
    this.#flushDraft()
    this.#callID = call?.id ?? ''
    this.#contact = null
    this.#wrapError = ''
    this.#silenced = false
    this.#draft = call ? this.#drafts.get(call.id) : NONE
    if (['save', 'decline'].includes(this.#open)) this.#open = ''
    if (call) this.#lookUp(call)
  }

  /** @param {any} call */
  async #lookUp(call) {
    if (!this.#contactLookup) return
    const number = String((call.direction === 'outbound' ? call.to : call.from)?.number ?? '')
    /** @type {any} */
    let timer
    const late = new Promise(resolve => { timer = setTimeout(() => resolve(null), LOOKUP) })
    try {
      const contact = await Promise.race([this.#contactLookup(number, call), late])
      if (contact && typeof contact === 'object' && this.#callID === call.id) {
        this.#contact = contact
        this.#later()
      }
    } catch { /* a page whose lookup fails has a card without a name */ } finally {
      clearTimeout(timer)
    }
  }

  /** Answer and End never share a place within 700 ms. @param {string | undefined} was @param {string | undefined} now */
  #guardButtons(was, now) {
    if (was === now) return
    const until = performance.now() + GUARD
    if (now === 'connecting' || now === 'connected') this.#guard.end = until
    if (now === 'offered') this.#guard.answer = was ? until : Math.max(this.#guard.answer, 0)
    if (was && was !== 'offered' && now !== was && now !== 'connected') this.#guard.answer = until
  }

  /** @param {import('./src/store.js').Snapshot} s */
  #tellProblems(s) {
    const now = new Set(s.problems.map(p => p.code))
    for (const p of s.problems) {
      if (this.#problemsSeen.has(p.code)) continue
      const { title, text } = problemWords(shownAs(p), p.detail, this.#tr.t)
      const shown = this.dispatchEvent(new ProblemEvent(p.code, `${title}. ${text}`.trim(), p.detail ?? null))
      if (!shown) queueMicrotask(() => this.#client?.dismiss(p.code))
      else this.#announcer.say(`${title}. ${text}`.trim(), 'assertive')
    }
    this.#problemsSeen = now
  }

  /** @returns {import('./src/view.js').View} */
  #present() {
    const hide = new Set((this.getAttribute('hide') ?? '').split(/\s+/).filter(Boolean))
    const now = this.#client?.now() ?? Date.now()
    return present(this.#snapshot, now, Date.now(), this.#tr, {
      open: this.#open, tab: this.#tab, silenced: this.#silenced || this.#ownRinger, contact: this.#contact, draft: this.#draft, ringerBlocked: this.#ringerBlocked,
      hasToken: this.#tokenSource !== null, canNotify: globalThis.Notification?.permission === 'default' && window.top === window, hide, wrapError: this.#wrapError,
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
    const popped = this.#layout === 'bar' && this.#open ? popover(v, this.#act, this.#open) : null
    patch(this.#root, [this.#layout === 'panel' ? panel(v, this.#act) : bar(v, this.#act), popped])
    this.#rove()
    if (popped) this.#showPopover()
    this.#keepFocus(active)
    this.#moods(v)
    this.#call(v)
    this.#headset(v)
    if (v.kind === 'wrap_up' && before?.kind === 'wrap_up' && v.wrap.ms <= 15_000 && before.wrap.ms > 15_000) this.#announcer.say(v.t('say.wrap_left'))
    const every = v.kind === 'offered' ? 250 : v.kind === 'connecting' || (v.kind === 'out' && !v.lost) ? 0 : 1000
    if (this.isConnected) this.#ticker.set(every, v.now)
  }

  /** Ring, title, notice. @param {import('./src/view.js').View} v */
  #call(v) {
    if (v.kind !== 'offered' || !v.caller || this.#ownRinger || v.ring.seconds <= 0) return this.#attention.over()
    if (this.#silenced) return this.#attention.silence()
    const discreet = this.hasAttribute('private-notifications')
    const known = [v.caller.queue, v.caller.number].filter(Boolean).join(' · ')
    this.#attention.offered({
      id: v.call.id, seconds: v.ring.seconds, doc: this.ownerDocument, softly: false,
      name: discreet ? v.t('state.offered') : v.caller.name, body: discreet ? '' : known,
      title: this.hasAttribute('keep-title') ? null : `(${v.t('call.toolbar')}) ${discreet ? '' : v.caller.name}`.trim(),
    })
  }

  /** The keys of a headset hang up and mute, while a call is live here. @param {import('./src/view.js').View} v */
  #headset(v) {
    const live = v.call !== null && isLive(v.call)
    if (live !== this.#headsetOn) {
      this.#headsetOn = live
      mediaKeys(live ? { hangup: () => this.#act.end(), togglemicrophone: () => this.#act.mute() } : { hangup: null, togglemicrophone: null })
    }
    if (live) microphoneShown(!v.muted)
  }

  /** @param {import('./src/view.js').View} v */
  #moods(v) {
    const on = new Set([
      v.kind === 'idle' ? String(v.s.agent?.state).replace('_', '-') : '', v.kind === 'offered' ? 'ringing' : '', v.kind === 'talking' || v.kind === 'joining' ? 'in-call' : '',
      v.held ? 'held' : '', v.muted ? 'muted' : '', v.kind === 'wrap_up' ? 'wrap-up' : '', v.kind === 'out' ? 'offline' : '', v.lost ? 'reconnecting' : '',
    ])
    for (const state of LISTED_STATES) toggle(this.#internals, state, on.has(state))
  }

  // ---- focus and keys

  #rove() {
    for (const bar of this.#root.querySelectorAll('[data-toolbar]')) {
      const name = /** @type {HTMLElement} */ (bar).dataset.toolbar ?? ''
      const focus = /** @type {HTMLElement | null} */ (this.#shadow.activeElement)
      const inside = focus && bar.contains(focus) ? focus.dataset.control : undefined
      rove(bar, inside ?? (this.#view?.kind === 'offered' ? 'answer' : name === 'tabs' ? `tab-${this.#tab}` : this.#stops[name]))
    }
  }

  /** The focused control is gone: on to what stands in its place. @param {HTMLElement | null} active */
  #keepFocus(active) {
    if (!active || active.isConnected) return
    const key = active.dataset.control ?? ''
    for (const next of [key, ...(SUCCESSORS[key] ?? ['state', 'sign-in'])]) {
      const el = /** @type {HTMLElement | null} */ (next ? this.#root.querySelector(`[data-control="${next}"]`) : null)
      if (el && el.getClientRects().length > 0) return el.focus()
    }
  }

  /** @param {FocusEvent} e */
  #focused(e) {
    const el = /** @type {HTMLElement} */ (e.composedPath()[0])
    const bar = /** @type {HTMLElement | null} */ (el.closest?.('[data-toolbar]'))
    const key = el.dataset?.control
    if (!bar || !key) return
    this.#stops[bar.dataset.toolbar ?? ''] = key
    this.#rove()
  }

  /** @param {KeyboardEvent} e */
  #key(e) {
    const el = /** @type {HTMLElement} */ (e.composedPath()[0])
    const menu = el.closest?.('[data-menu-root]')
    if (e.key === 'Escape' && this.#open) {
      e.preventDefault()
      return this.#close()
    }
    if (menu && moveInMenu(e, menu)) return
    const bar = el.closest?.('[data-toolbar]')
    if (bar && move(e, bar, this.#tr.dir === 'rtl')) return
    if (e.key === 'ArrowDown' && !e.altKey) this.#openFrom(e, el)
    if (el.dataset?.talk && e.key === ' ') this.#talk(e)
    if (this.#view?.kind === 'wrap_up') this.#wrapKey(e, el)
  }

  /** ↓ opens the menu of a menu button. @param {KeyboardEvent} e @param {HTMLElement} el */
  #openFrom(e, el) {
    const name = el.dataset?.menu ?? (el.getAttribute?.('aria-haspopup') ? Object.keys(ANCHORS).find(m => ANCHORS[m] === el.dataset.control && m === 'save') ?? el.dataset.control : undefined)
    if (!name || !MENU_NAMES.includes(name)) return
    e.preventDefault()
    this.#toggle(name)
  }

  /** Space held on Mute: talk while it is held. @param {KeyboardEvent} e */
  #talk(e) {
    e.preventDefault()
    if (e.repeat || this.#talkingSince) return
    this.#talkingSince = performance.now()
    this.#client?.mute(false).catch(() => {})
  }

  /** @param {KeyboardEvent} e */
  #keyUp(e) {
    if (e.key !== ' ' || !this.#talkingSince) return
    e.preventDefault()
    const held = performance.now() - this.#talkingSince
    this.#talkingSince = 0
    if (held >= TALK_HELD) this.#client?.mute(true).catch(() => {})
  }

  /** @param {KeyboardEvent} e @param {HTMLElement} el */
  #wrapKey(e, el) {
    if (e.isComposing || e.altKey || e.shiftKey) return
    if (e.key === 'Enter' && (e.ctrlKey || e.metaKey)) {
      e.preventDefault()
      return this.#act.save('available')
    }
    const typing = el.localName === 'textarea' || el.localName === 'input' || el.localName === 'select'
    const outcome = /^[1-9]$/.test(e.key) && !typing && !e.ctrlKey && !e.metaKey ? this.#view?.wrap.outcomes[Number(e.key) - 1] : null
    if (outcome) this.#act.outcome(outcome.name)
  }

  /** @param {KeyboardEvent} e */
  #shortcut(e) {
    if (this.hasAttribute('no-shortcuts')) return
    const name = shortcutOf(e, this.#keymap)
    const kind = this.#view?.kind
    /** @type {Record<string, () => void>} */
    const does = {
      answer: () => kind === 'offered' && this.#try(this.#need().answer()),
      decline: () => kind === 'offered' && this.#try(this.#need().decline()),
      end: () => (kind === 'talking' || kind === 'joining') && this.#try(this.#need().hangUp()),
      mute: () => (kind === 'offered' ? this.#act.silence() : kind === 'talking' && this.#act.mute()),
      state: () => this.#toggle('state'),
      extend: () => kind === 'wrap_up' && this.#act.extend(),
      shortcuts: () => this.#toggle('shortcuts'),
    }
    if (!name || !this.#client) return
    e.preventDefault()
    does[name]()
  }

  // ---- menus

  /** @param {string} name @param {string} [from] the menu it was chosen in */
  #toggle(name, from) {
    if (from === undefined && name && this.#dismissed.name === name && performance.now() - this.#dismissed.at < REOPEN) {
      this.#dismissed.name = ''
      return
    }
    if (!name || this.#open === name) return this.#close()
    this.#anchorOf = from ?? ANCHORS[name] ?? name
    this.#open = name
    this.#draw()
    if (this.#layout === 'panel') this.#focusFirst(this.#root.querySelector('[data-menu-root]'))
  }

  #anchorOf = ''

  #close() {
    const had = this.#open !== '' && (this.#shadow.activeElement?.closest('[data-menu-root]') || this.#layout === 'bar')
    this.#open = ''
    this.#draw()
    if (had) this.#focusAnchor()
  }

  #focusAnchor() {
    const el = /** @type {HTMLElement | null} */ (this.#root.querySelector(`[data-control="${this.#anchorOf}"]`) ?? this.#root.querySelector('[data-control="state"]'))
    el?.focus()
  }

  /** @param {Element | null} root */
  #focusFirst(root) {
    const first = root?.querySelector('[role=menuitemradio][aria-checked=true], [role^=menuitem]') ?? root?.querySelector('select, input, button:not([data-control=back]), [tabindex]')
    if (first) (/** @type {HTMLElement} */ (first)).focus()
  }

  #showPopover() {
    const el = /** @type {HTMLElement | null} */ (this.#root.querySelector('.popover'))
    const anchor = this.#root.querySelector(`[data-control="${this.#anchorOf}"]`) ?? this.#root.querySelector('[data-control="more"]')
    if (!el) return
    const fresh = !el.matches(':popover-open')
    if (fresh) el.showPopover()
    place(el, anchor ?? this.#root, this.#tr.dir === 'rtl')
    if (fresh) this.#focusFirst(el)
  }

  // ---- what a press does

  /** @param {Promise<any>} asked a refusal is shown in words */
  async #try(asked) {
    try {
      return await asked
    } catch (e) {
      this.#refused(e)
      return undefined
    }
  }

  /** @param {unknown} e */
  #refused(e) {
    const code = e instanceof OffhookError ? e.code : ''
    if (code.startsWith('mic_') || code === 'media_unsupported' || code === 'offline') return
    const client = this.#client
    const problem = code === 'call_gone' ? 'call_gone' : 'again'
    client?.raise(problem)
    clearTimeout(this.#passingTimer)
    this.#passingTimer = setTimeout(() => client?.dismiss('call_gone', 'again'), PASSING)
  }

  /** @type {import('./src/views/parts.js').Act} */
  #act = {
    signIn: () => {
      if (this.#client) this.#client.connect().catch(() => {})
      else this.dispatchEvent(new ProblemEvent('no_token', this.#tr.t('sign_in'), null))
    },
    signOut: () => { this.#close(); this.#try(this.#need().disconnect()) },
    state: (/** @type {any} */ state, /** @type {any} */ reason) => { this.#close(); this.#try(this.#need().setState(state, reason)) },
    answer: () => { if (performance.now() >= this.#guard.answer) this.#try(this.#need().answer()) },
    decline: () => { if (performance.now() >= this.#guard.answer) this.#try(this.#need().decline()) },
    declineWith: (/** @type {string} */ reason) => { this.#close(); this.#try(this.#need().decline(undefined, reason)) },
    end: () => { if (performance.now() >= this.#guard.end) this.#try(this.#need().hangUp()) },
    mute: () => { this.#try(this.#need().mute(!this.#view?.muted)) },
    silence: () => { this.#silenced = true; this.#attention.silence(); this.#later() },
    toggle: (/** @type {string} */ name, /** @type {string} */ from) => this.#toggle(name, from),
    closed: (/** @type {string} */ name) => {
      if (this.#open !== name) return
      this.#dismissed = { name, at: performance.now() }
      const inside = this.#shadow.activeElement === null || this.#shadow.activeElement.closest('[data-menu-root]') !== null
      this.#open = ''
      this.#draw()
      if (inside && this.matches(':focus-within')) this.#focusAnchor()
    },
    tab: (/** @type {string} */ tab) => { this.#tab = tab; this.#open = ''; this.#later() },
    notes: (/** @type {string} */ text) => this.#typed({ notes: text }),
    outcome: (/** @type {string} */ name) => this.#typed({ outcome: name }),
    extend: () => { if (this.#open) this.#close(); this.#try(this.#need().saveWrapUp(undefined, { extend_s: 30 })) },
    save: (/** @type {'available' | 'away'} */ next) => { if (this.#open) this.#close(); this.#save(next) },
    device: (/** @type {string} */ kind, /** @type {string} */ id) => { this.#try(this.#need().chooseDevices({ [kind]: id })) },
    keymap: () => this.#keymap,
    notifyMe: () => { this.#close(); Notification.requestPermission().then(() => this.#later(), () => {}) },
    solve: (/** @type {string} */ action, /** @type {string} */ code) => this.#solve(action, code),
  }

  /** @param {string} action @param {string} code */
  #solve(action, code) {
    const client = this.#client
    /** @type {Record<string, () => any>} */
    const does = {
      retry: () => this.#try(Promise.resolve(client?.openMicrophone())),
      howto: () => this.#toggle('howto'),
      copy: () => navigator.clipboard?.writeText(`offhook: ${code} at ${location.origin}, ${new Date().toISOString()}`).catch(() => {}),
      sound: () => { this.#attention.unlock(); client?.unlock(); if (code === 'autoplay') client?.dismiss(code) },
      use: () => client?.connect().catch(() => {}),
      signin: () => client?.connect().catch(() => {}),
      close: () => client?.dismiss(code),
      keep: () => client?.dismiss(code),
      choose: () => this.#toggle('devices', this.#layout === 'panel' ? 'more' : undefined),
      now: () => (code === 'unsaved' ? this.#saveDraft() : client?.wake()),
      available: () => this.#try(Promise.resolve(client?.setState('available'))),
    }
    does[action]?.()
  }

  // ---- wrap-up

  /** @param {Partial<import('./src/drafts.js').Draft>} change */
  #typed(change) {
    const call = this.#view?.call
    if (!call) return
    this.#draft = { ...this.#draft, ...change, saved: 0 }
    this.#wrapError = change.outcome ? '' : this.#wrapError
    this.#drafts.set(call.id, this.#draft)
    if (call.phase === 'wrap_up') this.#saveSoon(SAVE_AFTER)
    this.#later()
  }

  /** @param {number} ms */
  #saveSoon(ms) {
    clearTimeout(this.#saveTimer)
    this.#saveTimer = setTimeout(() => this.#saveDraft(), ms)
  }

  #flushDraft() {
    clearTimeout(this.#saveTimer)
    this.#saveTimer = undefined
  }

  async #saveDraft() {
    const call = mainCall(this.#snapshot.calls)
    const draft = this.#draft
    if (!call || call.phase !== 'wrap_up') return
    try {
      await this.#need().saveWrapUp(call.id, fieldsOf(draft))
      this.#client?.dismiss('unsaved')
      if (this.#draft !== draft) return
      this.#draft = { ...draft, saved: Date.now() }
      this.#drafts.set(call.id, this.#draft)
      this.#later()
    } catch {
      if (mainCall(this.#snapshot.calls)?.id !== call.id) return
      this.#client?.raise('unsaved')
      this.#saveSoon(SAVE_AGAIN)
    }
  }

  /** Saves and ends wrap-up. @param {'available' | 'away'} next */
  async #save(next) {
    const v = this.#present()
    const client = this.#client
    if (!v.call || v.kind !== 'wrap_up' || !client) return
    if (v.wrap.missing) return this.#unsaved(v.t('say.unsaved'))
    const fields = { ...fieldsOf(this.#draft), ...this.#slotted() }
    const event = new WrapUpSavedEvent(v.call, fields)
    if (!this.dispatchEvent(event)) return this.#unsaved(event.error)
    this.#flushDraft()
    const { id } = v.call
    client.setState(next).catch(() => { /* the problem is shown; wrap-up ends all the same */ })
    try {
      await client.saveWrapUp(id, { ...fields, done: true })
      this.#drafts.drop(id)
      client.dismiss('unsaved')
      this.#announcer.say(v.t('say.saved'))
    } catch (e) {
      if (e instanceof OffhookError && e.code === 'call_gone') return this.#refused(e)
      client.raise('unsaved')
    }
  }

  /** @param {string} why */
  #unsaved(why) {
    this.#wrapError = why
    this.#announcer.say(why, 'assertive')
    this.#draw()
    const field = /** @type {HTMLElement | null} */ (this.#root.querySelector('[data-control=outcome], .option[tabindex="0"]'))
    field?.focus()
  }

  /** Named fields that the page put into the wrap-up slot. */
  #slotted() {
    /** @type {Record<string, string>} */
    const fields = {}
    for (const el of this.querySelectorAll('[slot="wrap-up"][name], [slot="wrap-up"] [name]')) {
      const { name, value } = /** @type {HTMLInputElement} */ (el)
      if (name && typeof value === 'string') fields[name] = value
    }
    return Object.keys(fields).length ? { fields } : {}
  }
}

/** @typedef {() => import('./src/client.js').Media} MediaFactory */

/** @param {import('./src/drafts.js').Draft} draft */
function fieldsOf(draft) {
  return { ...(draft.outcome ? { outcome: draft.outcome } : {}), notes: draft.notes }
}

/** @param {ElementInternals} internals @param {string} name @param {boolean} on */
function toggle(internals, name, on) {
  if (on) internals.states.add(name)
  else internals.states.delete(name)
}

/** The gateway that the module came from. @param {string} module */
function gatewayOf(module) {
  const url = new URL('/agent', module)
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
  return url.href
}

/**
 * Puts a popover below its button, or above where there is more room, and inside the page.
 * @param {HTMLElement} el
 * @param {Element} anchor
 * @param {boolean} rtl
 */
function place(el, anchor, rtl) {
  const view = /** @type {Window} */ (el.ownerDocument.defaultView)
  const a = anchor.getBoundingClientRect()
  const { width, height } = el.getBoundingClientRect()
  const below = view.innerHeight - a.bottom
  const top = below < height + 12 && a.top > below ? a.top - height - 12 : a.bottom + 12
  const start = rtl ? a.right - width : a.left
  const left = Math.max(8, Math.min(start, view.innerWidth - width - 8))
  el.style.setProperty('top', `${Math.max(8, Math.round(top))}px`)
  el.style.setProperty('left', `${Math.round(left)}px`)
}
