/** The public API of the callbar. */

export type AgentState = 'offline' | 'available' | 'away' | 'offered' | 'on_call' | 'wrap_up'
export type Phase = 'offered' | 'connecting' | 'dialing' | 'ringing' | 'early' | 'connected' | 'held' | 'transferring' | 'wrap_up' | 'ended'

export interface Party { readonly number?: string; readonly name?: string; readonly uri?: string; readonly verified: boolean }

export interface Cause { readonly code: string; readonly by: 'caller' | 'callee' | 'agent' | 'trunk' | 'system'; readonly sip?: number; readonly q850?: number; readonly text?: string }

/** A call as the server sent it: whole, frozen. */
export interface CallObject {
  readonly id: string
  readonly rev: number
  readonly direction: 'inbound' | 'outbound' | 'internal'
  readonly phase: Phase
  readonly from: Party
  readonly to: Party
  readonly queue?: string
  /** The customer asked to be called back: he is dialled after `accept`. */
  readonly callback?: boolean
  /** Somebody listens besides the two. */
  readonly supervised?: boolean
  readonly waited_ms: number
  readonly muted: boolean
  readonly held_by?: 'agent' | 'remote' | 'both'
  readonly data?: Readonly<Record<string, string>>
  readonly recording?: 'off' | 'on' | 'paused'
  /** The blind transfer under way, or the last one if it failed. */
  readonly transfer?: { readonly to: Party; readonly state: 'trying' | 'ringing' | 'failed'; readonly code?: string; readonly sip?: number }
  /** The call that this consultation is for. */
  readonly consult_of?: string
  readonly offered_at?: string
  readonly expires_at?: string
  readonly answered_at?: string
  readonly ended_at?: string
  readonly wrap_up_until?: string
  readonly cause?: Cause
}

export interface Agent {
  readonly id: string
  readonly name: string
  readonly state: AgentState
  readonly reason?: string
  readonly next?: AgentState
  readonly next_reason?: string
  readonly since: string
  readonly draining: boolean
  readonly queues: readonly string[]
}

export interface Problem { readonly code: string; readonly detail?: Readonly<Record<string, unknown>> }

export interface QualitySample {
  readonly rtt_ms: number
  readonly jitter_ms: number
  readonly loss_pct: number
  readonly far_loss_pct?: number
  readonly mos: number
  readonly bars: 1 | 2 | 3 | 4
  readonly codec?: string
  /** How packets go: straight, or through a relay. */
  readonly path?: 'udp' | 'tcp' | 'relay'
}

/** Frozen; each change makes a new one. */
export interface Snapshot {
  readonly connection: { readonly state: 'idle' | 'connecting' | 'open' | 'reconnecting' | 'stopped'; readonly attempt: number; readonly since: number; readonly code?: number }
  readonly agent: Agent | null
  readonly calls: readonly CallObject[]
  readonly queues: readonly { readonly name: string; readonly waiting: number; readonly longest_wait_ms: number; readonly available: number; readonly on_call: number; readonly service_level: number; readonly callbacks?: number }[]
  readonly recents: readonly unknown[]
  readonly limits: Readonly<Record<string, any>>
  /** The server's clock less ours, milliseconds. */
  readonly offset: number
  readonly muted: Readonly<Record<string, boolean>>
  readonly media: Readonly<Record<string, string>>
  readonly quality: { readonly bars: number; readonly weak: boolean; readonly weakSince: number; readonly history: readonly QualitySample[] } | null
  readonly missed: { readonly call: CallObject; readonly at: string } | null
  /** The call that ended last. */
  readonly over: CallObject | null
  /** What was placed or given away last, if nobody took it. */
  readonly failed: { readonly was: 'dial' | 'consult' | 'transfer'; readonly call: Partial<CallObject>; readonly code: string } | null
  /** By call, since when it is on hold, milliseconds by the server's clock. */
  readonly heldSince: Readonly<Record<string, number>>
  /** By call, how long it was on hold until its last hold began, milliseconds. */
  readonly heldFor: Readonly<Record<string, number>>
  /** By call, when the pause of its recording ends, milliseconds by the server's clock. */
  readonly pausedUntil: Readonly<Record<string, number>>
  readonly devices: Readonly<Record<string, any>>
  readonly leader: boolean
  readonly problems: readonly Problem[]
}

export class OffhookError extends Error {
  constructor(code: string, message?: string, more?: { sip?: number; retry?: boolean; cause?: unknown })
  readonly code: string
  readonly sip?: number
  readonly retry: boolean
}

export const ERROR_CODES: readonly string[]
export const CAUSE_CODES: readonly string[]
export const CLOSE_CODES: Readonly<Record<number, { again: 'yes' | 'later' | 'token' | 'no'; problem?: string }>>

export interface WrapUpFields { outcome?: string; notes?: string; fields?: Record<string, string>; extend_s?: number; done?: boolean }

/** Device ids, '' for the system's own; switches; how it rings, and how loud (0 to 1). What is left out stays as it is. */
export interface DeviceChoices {
  mic?: string
  speaker?: string
  ringer?: string
  echo?: boolean
  noise?: boolean
  gain?: boolean
  alsoSpeakers?: boolean
  tone?: 'classic' | 'low' | 'chime' | 'silent'
  volume?: number
}

/** What a client needs of media. */
export interface Media {
  openMicrophone(): Promise<void>
  closeMicrophone(): void
  answer(call: string, offer: string, ice: RTCIceServer[]): Promise<string>
  offer(call: string, ice: RTCIceServer[]): Promise<string>
  accept(call: string, answer: string): Promise<void>
  start(call: string): Promise<void>
  /** A call that was dialled has its id now. */
  rename(from: string, to: string): void
  setMuted(call: string, on: boolean): void
  /** On hold no microphone is heard, muted or not. */
  setHeld(call: string, on: boolean): void
  state(call: string): string
  close(call?: string): void
  addEventListener: EventTarget['addEventListener']
  /** The tone of a far phone that rings. */
  ringback?(on: boolean): void
  /** The tones of keys, for the agent's own ear. */
  keyTones?(digits: string): void
  /** One soft tone, in the headset. */
  beep?(): void
  unlock?(): void
  choose?(devices: DeviceChoices): Promise<void>
}

export class BrowserMedia extends EventTarget implements Media {
  openMicrophone(): Promise<void>
  closeMicrophone(): void
  answer(call: string, offer: string, ice: RTCIceServer[]): Promise<string>
  offer(call: string, ice: RTCIceServer[]): Promise<string>
  accept(call: string, answer: string): Promise<void>
  start(call: string): Promise<void>
  rename(from: string, to: string): void
  setMuted(call: string, on: boolean): void
  setHeld(call: string, on: boolean): void
  state(call: string): string
  close(call?: string): void
  ringback(on: boolean): void
  keyTones(digits: string): void
  beep(): void
  unlock(): void
  choose(devices: DeviceChoices): Promise<void>
  /** The sound from the far side of a call. */
  remoteStream(call: string): MediaStream | null
}

export interface ClientOptions {
  gateway: string
  tokenSource: () => string | Promise<string>
  media?: Media
  mic?: 'early' | 'late'
  socket?: (url: string, protocol: string) => any
  clock?: { now(): number; setTimeout(fn: () => void, ms: number): any; clearTimeout(timer: any): void }
  storage?: { getItem(key: string): string | null; setItem(key: string, value: string): void; removeItem(key: string): void }
  random?: () => number
  /** Of several tabs of an agent one leads (`auto`, the default); `always` takes no notice of the others, `never` only follows. */
  leader?: 'auto' | 'always' | 'never'
  /** How tabs find each other; a fake ships in offhook/testing. */
  tabs?: { locks: any; channel(name: string): any; visible(): boolean; clock: any; id(): string }
}

export interface DialOptions {
  /** A number of `limits.from`. */
  from?: string
  /** Travels as the headers that the configuration names, nothing else. */
  data?: Record<string, string>
  /** The call that this is a consultation for: it is held first. */
  consultOf?: string
}

/** Whom one may call and transfer to. */
export interface DirectoryEntry {
  readonly kind: 'agent' | 'queue'
  readonly id?: string
  readonly name: string
  readonly label?: string
  readonly state?: AgentState
  readonly reason?: string
  readonly since?: string
  readonly queues?: readonly string[]
  readonly waiting?: number
  readonly longest_wait_ms?: number
  readonly available?: number
}

/** One call: its newest state as fields, what can be done with it as methods, its events. It stays good after the call is over. */
export class Call extends EventTarget {
  readonly id: string
  readonly object: CallObject
  readonly rev: number
  readonly direction: CallObject['direction']
  readonly phase: Phase
  readonly from: Party
  readonly to: Party
  readonly queue: string | undefined
  readonly data: Readonly<Record<string, string>>
  readonly heldBy: '' | 'agent' | 'remote' | 'both'
  readonly recording: 'off' | 'on' | 'paused'
  readonly cause: Cause | null
  /** As the microphone really is. */
  readonly muted: boolean
  answer(): Promise<unknown>
  decline(reason?: string): Promise<unknown>
  hangUp(): Promise<unknown>
  mute(on: boolean): Promise<unknown>
  hold(): Promise<unknown>
  resume(): Promise<unknown>
  sendDigits(digits: string): Promise<void>
  transfer(to: string): Promise<unknown>
  takeBack(): Promise<unknown>
  consult(to: string): Promise<Call>
  completeTransfer(): Promise<unknown>
  record(on: boolean, options?: { pauseS?: number }): Promise<unknown>
  saveWrapUp(fields: WrapUpFields): Promise<unknown>
}

export class OffhookClient extends EventTarget {
  constructor(options: ClientOptions)
  readonly snapshot: Snapshot
  /** The calls that are not over, oldest first; the same object for a call each time. */
  readonly calls: readonly Call[]
  readonly media: Media | undefined
  /** Now by the server's clock, milliseconds. */
  now(): number
  subscribe(listener: (snapshot: Snapshot, before: Snapshot) => void, options?: { signal?: AbortSignal }): void
  connect(): Promise<void>
  disconnect(): Promise<void>
  release(): void
  setState(state: 'available' | 'away', reason?: string): Promise<unknown>
  openMicrophone(): Promise<void>
  answer(id?: string): Promise<unknown>
  decline(id?: string, reason?: string): Promise<unknown>
  hangUp(id?: string): Promise<unknown>
  mute(on: boolean, id?: string): Promise<unknown>
  /** Calls a number, `agent:ID`, `queue:NAME`, or a SIP URI in a configured domain. */
  dial(to: string, options?: DialOptions): Promise<Call>
  hold(id?: string): Promise<unknown>
  /** Back to a call on hold; one that is connected is held instead. */
  resume(id?: string): Promise<unknown>
  swap(): Promise<unknown>
  /** Sends `0-9 A-D * #`, and `,` for 500 ms of silence; queued by the server. */
  dtmf(digits: string, id?: string): Promise<void>
  /** Gives a call away without asking first. */
  transfer(id: string | undefined, to: string): Promise<unknown>
  /** Takes a blind transfer back while it rings. */
  takeBack(id?: string): Promise<unknown>
  /** Calls somebody about a call, which waits on hold. */
  consult(id: string | undefined, to: string): Promise<Call>
  /** Joins the two of a consultation, and leaves them. */
  completeTransfer(id?: string): Promise<unknown>
  /** On, off, or paused for `pauseS` seconds: a pause ends by itself. */
  record(on: boolean, options?: { pauseS?: number; id?: string }): Promise<unknown>
  directory(query: string, kind?: 'agent' | 'queue'): Promise<readonly DirectoryEntry[]>
  /** The missed call, or the one that could not be placed, was seen. */
  dismissCall(): void
  /** Makes this tab the leader: sound and microphone are here from then on. */
  moveCallHere(): void
  saveWrapUp(id: string | undefined, fields: WrapUpFields): Promise<unknown>
}

export interface Contact { name?: string; company?: string; url?: string; rows?: readonly { label: string; value: string }[] }

export class OffhookEvent<T = Record<string, any>> extends Event { readonly detail: Readonly<T> }

export interface CallbarEventMap {
  'client-ready': OffhookEvent<{ agent: Agent }> & { readonly agent: Agent }
  'client-lost': OffhookEvent<{ willRetry: boolean; code: number }> & { readonly willRetry: boolean; readonly code: number }
  'agent-state-change': OffhookEvent<{ agent: Agent; previous: Agent | null }> & { readonly agent: Agent; readonly previous: Agent | null }
  'call-offered': OffhookEvent<{ call: CallObject }> & { readonly call: CallObject }
  'call-connected': OffhookEvent<{ call: CallObject }> & { readonly call: CallObject }
  'call-held': OffhookEvent<{ call: CallObject }> & { readonly call: CallObject }
  'call-resumed': OffhookEvent<{ call: CallObject }> & { readonly call: CallObject }
  'call-muted': OffhookEvent<{ call: CallObject }> & { readonly call: CallObject }
  'call-recording-change': OffhookEvent<{ call: CallObject }> & { readonly call: CallObject }
  'call-transferring': OffhookEvent<{ call: CallObject }> & { readonly call: CallObject }
  'call-transferred': OffhookEvent<{ call: CallObject }> & { readonly call: CallObject }
  'dial-request': OffhookEvent<{ to: string; source: string; data: Record<string, string> }> & { readonly to: string; readonly source: string; readonly data: Record<string, string> }
  'screen-pop': OffhookEvent<{ call: CallObject; matches: readonly unknown[]; url: string }> & { readonly call: CallObject; readonly matches: readonly unknown[]; readonly url: string }
  'call-ended': OffhookEvent<{ call: CallObject; cause: Cause | null }> & { readonly call: CallObject; readonly cause: Cause | null }
  'call-quality-change': OffhookEvent<{ call: CallObject; level: number; stats: QualitySample }> & { readonly call: CallObject; readonly level: number; readonly stats: QualitySample }
  'wrap-up-start': OffhookEvent<{ call: CallObject; fields: WrapUpFields }> & { readonly call: CallObject }
  'wrap-up-saved': OffhookEvent<{ call: CallObject; fields: WrapUpFields }> & { readonly call: CallObject; readonly fields: WrapUpFields; setError(text: string): void }
  'device-change': OffhookEvent<{ devices: any }> & { readonly devices: any }
  'problem': OffhookEvent<{ code: string; text: string; cause: unknown }> & { readonly code: string; readonly text: string }
  'leader-change': OffhookEvent<{ isLeader: boolean }> & { readonly isLeader: boolean }
  'size-change': OffhookEvent<{ width: number; height: number; layout: 'bar' | 'panel' | 'mini' }> & { readonly width: number; readonly height: number }
}

export class OffhookCallbar extends HTMLElement {
  gateway: string
  layout: 'auto' | 'bar' | 'panel' | 'mini'
  theme: 'auto' | 'light' | 'dark'
  mic: 'early' | 'late'
  /** Seconds after which an offered call is answered by itself, after a tone; null: never. The server has to allow it. */
  autoAnswer: number | null
  group: string
  tokenSource: (() => string | Promise<string>) | null
  contactLookup: ((number: string, call: CallObject) => Promise<Contact | null>) | null
  keymap: Record<string, string | null>
  devices: any
  client: OffhookClient | null
  readonly state: Snapshot
  /** Logs in; `tokenSource` does that by itself. */
  connect(): Promise<void>
  /** Logs out: the agent is offline at once. Refused while a call is live. */
  disconnect(): Promise<void>
  /** What to become; in a call or in wrap-up, what comes after. */
  setState(state: 'available' | 'away', reason?: string): Promise<unknown>
  /** Takes the offered call. */
  answer(id?: string): Promise<unknown>
  /** Refuses it: `busy`, `decline` or words. The caller keeps the place in the queue. */
  decline(id?: string, reason?: string): Promise<unknown>
  /** Ends a call in whatever phase. */
  hangUp(id?: string): Promise<unknown>
  /** The microphone is silent when this returns; the server is told. */
  mute(on: boolean, id?: string): Promise<unknown>
  /** Calls, unless `dial-request` is cancelled: then it resolves with undefined. */
  dial(to: string, options?: { from?: string; data?: Record<string, string> }): Promise<Call | undefined>
  /** On: the far side hears music. Off: back to it; a connected call is held instead. */
  hold(on: boolean, id?: string): Promise<unknown>
  /** Sends `0-9 A-D * #`, and `,` for 500 ms of silence. */
  sendDigits(digits: string, id?: string): Promise<void>
  /** Gives a call away without asking first. */
  transfer(id: string | undefined, to: string): Promise<unknown>
  /** Takes that back while it rings. */
  takeBack(id?: string): Promise<unknown>
  /** Calls somebody about a call, which waits on hold. */
  consult(id: string | undefined, to: string): Promise<Call>
  /** Back to the call on hold, the other one is held. */
  swap(): Promise<unknown>
  /** Makes this tab the leader: sound and microphone are here from then on. */
  moveCallHere(): Promise<void>
  /** A small window that stays on top, out of a press; false where the browser has none. */
  popOut(): Promise<boolean>
  /** Joins the two of a consultation, and leaves them. */
  completeTransfer(id?: string): Promise<unknown>
  /** On, off, or paused for `pauseS` seconds: a pause ends by itself. */
  record(on: boolean, options?: { pauseS?: number; id?: string }): Promise<unknown>
  /** After-call work: `done` ends it, `extend_s` gives more time. */
  saveWrapUp(id: string | undefined, fields: WrapUpFields): Promise<unknown>
  addEventListener<K extends keyof CallbarEventMap>(type: K, listener: (this: OffhookCallbar, event: CallbarEventMap[K]) => any, options?: boolean | AddEventListenerOptions): void
  addEventListener(type: string, listener: EventListenerOrEventListenerObject, options?: boolean | AddEventListenerOptions): void
}

export function addLanguage(tag: string, words: Record<string, string | { one: string; other: string }>): void
export function define(tag?: string): void

declare global {
  interface HTMLElementTagNameMap { 'offhook-callbar': OffhookCallbar }
}
