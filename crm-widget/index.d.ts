/** The public API of the callbar. */

export type AgentState = 'offline' | 'available' | 'away' | 'offered' | 'on_call' | 'wrap_up'
export type Phase = 'offered' | 'connecting' | 'dialing' | 'ringing' | 'early' | 'connected' | 'held' | 'transferring' | 'wrap_up' | 'ended'

export interface Party { readonly number?: string; readonly name?: string; readonly uri?: string; readonly verified: boolean }

export interface Cause { readonly code: string; readonly by: 'caller' | 'callee' | 'agent' | 'trunk' | 'system'; readonly sip?: number; readonly q850?: number; readonly text?: string }

export interface Call {
  readonly id: string
  readonly rev: number
  readonly direction: 'inbound' | 'outbound' | 'internal'
  readonly phase: Phase
  readonly from: Party
  readonly to: Party
  readonly queue?: string
  readonly waited_ms: number
  readonly muted: boolean
  readonly held_by?: 'agent' | 'remote' | 'both'
  readonly data?: Readonly<Record<string, string>>
  readonly recording?: 'off' | 'on' | 'paused'
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
}

/** Frozen; each change makes a new one. */
export interface Snapshot {
  readonly connection: { readonly state: 'idle' | 'connecting' | 'open' | 'reconnecting' | 'stopped'; readonly attempt: number; readonly since: number; readonly code?: number }
  readonly agent: Agent | null
  readonly calls: readonly Call[]
  readonly queues: readonly { readonly name: string; readonly waiting: number; readonly longest_wait_ms: number; readonly available: number; readonly on_call: number; readonly service_level: number }[]
  readonly recents: readonly unknown[]
  readonly limits: Readonly<Record<string, any>>
  /** The server's clock less ours, milliseconds. */
  readonly offset: number
  readonly muted: Readonly<Record<string, boolean>>
  readonly media: Readonly<Record<string, string>>
  readonly quality: { readonly bars: number; readonly weak: boolean; readonly history: readonly QualitySample[] } | null
  readonly missed: { readonly call: Call; readonly at: string } | null
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

/** What a client needs of media. */
export interface Media {
  openMicrophone(): Promise<void>
  closeMicrophone(): void
  answer(call: string, offer: string, ice: RTCIceServer[]): Promise<string>
  offer(call: string, ice: RTCIceServer[]): Promise<string>
  accept(call: string, answer: string): Promise<void>
  start(call: string): Promise<void>
  setMuted(call: string, on: boolean): void
  state(call: string): string
  close(call?: string): void
  addEventListener: EventTarget['addEventListener']
  unlock?(): void
  choose?(devices: { mic?: string; speaker?: string; ringer?: string }): Promise<void>
}

export class BrowserMedia extends EventTarget implements Media {
  openMicrophone(): Promise<void>
  closeMicrophone(): void
  answer(call: string, offer: string, ice: RTCIceServer[]): Promise<string>
  offer(call: string, ice: RTCIceServer[]): Promise<string>
  accept(call: string, answer: string): Promise<void>
  start(call: string): Promise<void>
  setMuted(call: string, on: boolean): void
  state(call: string): string
  close(call?: string): void
  unlock(): void
  choose(devices: { mic?: string; speaker?: string; ringer?: string }): Promise<void>
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
}

export class OffhookClient extends EventTarget {
  constructor(options: ClientOptions)
  readonly snapshot: Snapshot
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
  saveWrapUp(id: string | undefined, fields: WrapUpFields): Promise<unknown>
}

export interface Contact { name?: string; company?: string; url?: string; rows?: readonly { label: string; value: string }[] }

export class OffhookEvent<T = Record<string, any>> extends Event { readonly detail: Readonly<T> }

export interface CallbarEventMap {
  'client-ready': OffhookEvent<{ agent: Agent }> & { readonly agent: Agent }
  'client-lost': OffhookEvent<{ willRetry: boolean; code: number }> & { readonly willRetry: boolean; readonly code: number }
  'agent-state-change': OffhookEvent<{ agent: Agent; previous: Agent | null }> & { readonly agent: Agent; readonly previous: Agent | null }
  'call-offered': OffhookEvent<{ call: Call }> & { readonly call: Call }
  'call-connected': OffhookEvent<{ call: Call }> & { readonly call: Call }
  'call-held': OffhookEvent<{ call: Call }> & { readonly call: Call }
  'call-resumed': OffhookEvent<{ call: Call }> & { readonly call: Call }
  'call-muted': OffhookEvent<{ call: Call }> & { readonly call: Call }
  'call-ended': OffhookEvent<{ call: Call; cause: Cause | null }> & { readonly call: Call; readonly cause: Cause | null }
  'call-quality-change': OffhookEvent<{ call: Call; level: number; stats: QualitySample }> & { readonly call: Call; readonly level: number; readonly stats: QualitySample }
  'wrap-up-start': OffhookEvent<{ call: Call; fields: WrapUpFields }> & { readonly call: Call }
  'wrap-up-saved': OffhookEvent<{ call: Call; fields: WrapUpFields }> & { readonly call: Call; readonly fields: WrapUpFields; setError(text: string): void }
  'device-change': OffhookEvent<{ devices: any }> & { readonly devices: any }
  'problem': OffhookEvent<{ code: string; text: string; cause: unknown }> & { readonly code: string; readonly text: string }
  'size-change': OffhookEvent<{ width: number; height: number; layout: 'bar' | 'panel' }> & { readonly width: number; readonly height: number }
}

export class OffhookCallbar extends HTMLElement {
  gateway: string
  layout: 'auto' | 'bar' | 'panel'
  theme: 'auto' | 'light' | 'dark'
  mic: 'early' | 'late'
  group: string
  tokenSource: (() => string | Promise<string>) | null
  contactLookup: ((number: string, call: Call) => Promise<Contact | null>) | null
  keymap: Record<string, string | null>
  devices: any
  client: OffhookClient | null
  readonly state: Snapshot
  connect(): Promise<void>
  disconnect(): Promise<void>
  setState(state: 'available' | 'away', reason?: string): Promise<unknown>
  answer(id?: string): Promise<unknown>
  decline(id?: string, reason?: string): Promise<unknown>
  hangUp(id?: string): Promise<unknown>
  mute(on: boolean, id?: string): Promise<unknown>
  saveWrapUp(id: string | undefined, fields: WrapUpFields): Promise<unknown>
  addEventListener<K extends keyof CallbarEventMap>(type: K, listener: (this: OffhookCallbar, event: CallbarEventMap[K]) => any, options?: boolean | AddEventListenerOptions): void
  addEventListener(type: string, listener: EventListenerOrEventListenerObject, options?: boolean | AddEventListenerOptions): void
}

export function addLanguage(tag: string, words: Record<string, string | { one: string; other: string }>): void
export function define(tag?: string): void

declare global {
  interface HTMLElementTagNameMap { 'offhook-callbar': OffhookCallbar }
}
