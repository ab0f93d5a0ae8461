/**
 * Sound in a browser: the microphone, one peer connection a call, the far side's sound, what the connection is worth.
 * The server answers ICE itself (ice-lite): nothing waits for gathering and there is no trickle.
 * @module
 */

import { chosen, keep, refind } from './devices.js'
import { read, silent } from './media-stats.js'
import { OffhookError } from './messages.js'
import { gone, listen, refusal } from './microphone.js'
import { Playback } from './playback.js'
import { Speech, sample } from './quality.js'
import { CallTones } from './tones.js'

const MEASURE_EVERY = 5000

/**
 * @typedef {object} Leg
 * @property {string} call
 * @property {RTCPeerConnection} pc
 * @property {RTCRtpSender | null} sender
 * @property {MediaStreamTrack | null} track our own copy of the microphone's track, so that each call is muted for itself
 * @property {HTMLAudioElement} audio
 * @property {MediaStream} remote
 * @property {boolean} live sound may pass
 * @property {boolean} muted
 * @property {boolean} held
 * @property {{received: number, lost: number, energy: number, silent: number}} seen
 */

/** Media of real calls. */
export class BrowserMedia extends EventTarget {
  /** @type {MediaStream | null} */
  #mic = null
  /** @type {Promise<void> | null} */
  #opening = null
  /** @type {Map<string, Leg>} */
  #legs = new Map()
  /** @type {any} */
  #timer
  #choices = chosen()
  /** the ids in use, found by what was chosen */
  #chosen = { mic: this.#choices.mic.id, speaker: this.#choices.speaker.id, ringer: this.#choices.ringer.id }
  /** @type {Record<'microphones' | 'speakers', import('./devices.js').Device[]>} */
  #there = { microphones: [], speakers: [] }
  /** @type {(() => void) | null} stops the meter */
  #unmetered = null
  /** @type {AbortController | null} */
  #watching = null
  /** @type {(() => void) | null} stops listening for speech */
  #deaf = null
  #tones = new CallTones()
  #playback = new Playback(this.#chosen, (type, detail) => this.#tell(type, detail))

  /** The device ids that were chosen; '' is the system's own. */
  get devices() { return { ...this.#chosen } }

  /** @param {string} call the sound that comes from the far side */
  remoteStream(call) { return this.#legs.get(call)?.remote ?? null }

  /** @returns {Promise<void>} */
  openMicrophone() {
    if (this.#mic?.getAudioTracks().some(t => t.readyState === 'live')) return Promise.resolve()
    this.#opening ??= this.#open().finally(() => { this.#opening = null })
    return this.#opening
  }

  async #open() {
    if (!navigator.mediaDevices?.getUserMedia || !globalThis.RTCPeerConnection) throw new OffhookError('media_unsupported')
    let stream
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: this.#constraints(this.#chosen.mic) })
    } catch (e) {
      if (this.#chosen.mic === '' || !gone(e)) throw await refusal(e)
      this.#chosen.mic = ''
      stream = await navigator.mediaDevices.getUserMedia({ audio: this.#constraints('') }).catch(async again => { throw await refusal(again) })
    }
    this.#mic = stream
    const [track] = stream.getAudioTracks()
    track.addEventListener('ended', () => this.#unplugged(stream))
    await Promise.all([...this.#legs.values()].map(leg => this.#feed(leg)))
    this.unlock()
    this.#listenWhileMuted()
    this.#watchDevices()
  }

  /** @param {string} id */
  #constraints(id) {
    const { echo, noise, gain } = this.#choices
    return { echoCancellation: echo, noiseSuppression: noise, autoGainControl: gain, ...(id ? { deviceId: { exact: id } } : {}) }
  }

  closeMicrophone() {
    const mic = this.#mic
    this.#mic = null
    this.#listenWhileMuted()
    this.#unmetered?.()
    this.#unmetered = null
    mic?.getTracks().forEach(t => t.stop())
    this.#watching?.abort()
    this.#watching = null
  }

  /** @param {string} call @param {string} offer @param {RTCIceServer[]} ice @returns {Promise<string>} */
  async answer(call, offer, ice) {
    const leg = this.#leg(call, ice)
    await leg.pc.setRemoteDescription({ type: 'offer', sdp: offer })
    const [transceiver] = leg.pc.getTransceivers()
    if (!transceiver) throw new OffhookError('media_failed', 'the offer has no audio')
    transceiver.direction = 'sendrecv'
    leg.sender = transceiver.sender
    await this.#feed(leg)
    await leg.pc.setLocalDescription()
    return String(leg.pc.localDescription?.sdp)
  }

  /** @param {string} call @param {RTCIceServer[]} ice @returns {Promise<string>} */
  async offer(call, ice) {
    const leg = this.#leg(call, ice)
    leg.sender = leg.pc.addTransceiver('audio', { direction: 'sendrecv' }).sender
    await this.#feed(leg)
    await leg.pc.setLocalDescription()
    return String(leg.pc.localDescription?.sdp)
  }

  /** @param {string} call @param {string} answer */
  async accept(call, answer) {
    await this.#legs.get(call)?.pc.setRemoteDescription({ type: 'answer', sdp: answer })
  }

  /** @param {string} call */
  async start(call) {
    const leg = this.#legs.get(call)
    if (!leg || leg.live) return
    leg.live = true
    if (!this.#mic) await this.openMicrophone()
    await this.#feed(leg)
    this.#measure()
    await this.#playback.play(leg)
  }

  /** @param {string} call @param {boolean} on */
  setMuted(call, on) {
    const leg = this.#legs.get(call)
    if (!leg) return
    leg.muted = on
    this.#gate(leg)
  }

  /** @param {string} call @param {boolean} on */
  setHeld(call, on) {
    const leg = this.#legs.get(call)
    if (!leg || leg.held === on) return
    leg.held = on
    this.#gate(leg)
  }

  /** Whether the microphone is heard. @param {Leg} leg */
  #gate(leg) {
    if (leg.track) leg.track.enabled = heard(leg)
    this.#listenWhileMuted()
  }

  /** @param {string} from @param {string} to */
  rename(from, to) {
    const leg = this.#legs.get(from)
    if (!leg) return
    this.#legs.delete(from)
    leg.call = to
    this.#legs.set(to, leg)
    this.#tell('state', { call: to, state: leg.pc.connectionState })
  }

  /** @param {boolean} on */
  ringback(on) { this.#tones.ringback(on) }

  beep() { this.#tones.beep() }

  /** @param {string} digits */
  keyTones(digits) { this.#tones.keys(digits) }

  /** @param {string} call */
  state(call) { return this.#legs.get(call)?.pc.connectionState ?? 'none' }

  /** @param {string} [call] */
  close(call) {
    for (const id of call === undefined ? [...this.#legs.keys()] : [call]) {
      const leg = this.#legs.get(id)
      this.#legs.delete(id)
      if (!leg) continue
      shut(leg)
      this.#playback.forget(leg)
    }
    this.#listenWhileMuted()
    if (this.#legs.size === 0) {
      clearInterval(this.#timer)
      this.#timer = undefined
      this.#tones.close()
    }
  }

  /** The page was pressed, or the microphone captures: what the browser kept silent may play. */
  unlock() { this.#playback.unlock() }

  /**
   * Device ids by kind, and switches; kept for the next time.
   * @param {{mic?: string, speaker?: string, ringer?: string, echo?: boolean, noise?: boolean, gain?: boolean, alsoSpeakers?: boolean, tone?: string, volume?: number}} wanted
   */
  async choose(wanted) {
    const { mic, speaker, ringer, ...switches } = wanted
    const known = Object.values(this.#there).flat()
    if ([mic, speaker, ringer].some(id => id && !known.some(d => d.id === id))) await this.#listDevices() // one that the browser has just been asked for
    for (const [kind, id] of Object.entries({ mic, speaker, ringer })) {
      if (id === undefined) continue
      const label = this.#there[kind === 'mic' ? 'microphones' : 'speakers'].find(d => d.id === id)?.label ?? ''
      Object.assign(this.#choices, { [kind]: { id, label } })
    }
    Object.assign(this.#choices, switches)
    keep(this.#choices)
    const again = (mic !== undefined && mic !== this.#chosen.mic) || 'echo' in switches || 'noise' in switches || 'gain' in switches
    Object.assign(this.#chosen, Object.fromEntries(Object.entries({ mic, speaker, ringer }).filter(([, id]) => id !== undefined)))
    if (again && this.#mic) {
      this.closeMicrophone()
      await this.openMicrophone()
    }
    await this.#routeAll()
    await this.#listDevices()
  }

  async #routeAll() {
    this.#tones.sink = this.#chosen.speaker
    await Promise.all([...this.#legs.values()].map(leg => this.#playback.route(leg)))
  }

  /**
   * How loud the microphone is, ten times a second, for a meter; opens it if need be.
   * @param {(level: number) => void} tell 0 to 1, in decibels from −60 to 0
   * @returns {Promise<() => void>} stops it
   */
  async meter(tell) {
    await this.openMicrophone()
    this.#unmetered?.()
    const stop = this.#mic ? listen(this.#mic, level => tell(Math.max(0, Math.min(1, 1 + Math.log10(Math.max(level, 1e-6)) / 3)))) : () => {}
    this.#unmetered = stop
    return stop
  }

  /** A tone on the speaker, for the agent to hear which it is. */
  testSpeaker() { this.#tones.beep() }

  /** @param {string} call @param {RTCIceServer[]} ice @returns {Leg} */
  #leg(call, ice) {
    if (!globalThis.RTCPeerConnection) throw new OffhookError('media_unsupported')
    this.close(call)
    const pc = new RTCPeerConnection({ iceServers: ice, bundlePolicy: 'max-bundle' })
    const audio = new Audio()
    /** @type {Leg} */
    const leg = { call, pc, sender: null, track: null, audio, remote: new MediaStream(), live: false, muted: false, held: false, seen: { received: 0, lost: 0, energy: 0, silent: 0 } }
    this.#legs.set(call, leg)
    pc.addEventListener('track', e => {
      leg.remote.addTrack(e.track)
      audio.srcObject = leg.remote
      if (leg.live) this.#playback.play(leg)
    })
    pc.addEventListener('connectionstatechange', () => {
      if (this.#legs.get(leg.call) === leg) this.#tell('state', { call: leg.call, state: pc.connectionState })
    })
    return leg
  }

  /** Gives a leg its copy of the microphone. @param {Leg} leg */
  async #feed(leg) {
    const source = this.#mic?.getAudioTracks()[0]
    if (!source || !leg.sender) return
    const old = leg.track
    leg.track = source.clone()
    leg.track.enabled = heard(leg)
    await leg.sender.replaceTrack(leg.track)
    old?.stop()
  }

  /** The device of the microphone went away: on with the system's own, and say so. @param {MediaStream} stream */
  async #unplugged(stream) {
    if (stream !== this.#mic) return
    this.#mic = null
    this.#chosen.mic = ''
    try {
      await this.openMicrophone()
      this.#tell('problem', { code: 'device_lost', name: this.#mic ? /** @type {MediaStream} */ (this.#mic).getAudioTracks()[0].label : '' })
    } catch (e) {
      this.#tell('problem', { code: e instanceof OffhookError ? e.code : 'mic_missing' })
    }
  }

  #watchDevices() {
    this.#watching ??= new AbortController()
    navigator.mediaDevices.addEventListener('devicechange', () => this.#listDevices(), { signal: this.#watching.signal })
    this.#listDevices()
  }

  async #listDevices() {
    const all = await navigator.mediaDevices.enumerateDevices().catch(() => [])
    const of = (/** @type {string} */ kind) => all.filter(d => d.kind === kind && d.deviceId !== '').map(d => ({ id: d.deviceId, label: d.label }))
    this.#there = { microphones: of('audioinput'), speakers: of('audiooutput') }
    const out = { speaker: refind(this.#choices.speaker, this.#there.speakers), ringer: refind(this.#choices.ringer, this.#there.speakers) }
    if (out.speaker !== this.#chosen.speaker || out.ringer !== this.#chosen.ringer) {
      Object.assign(this.#chosen, out)
      await this.#routeAll()
    }
    const { mic, speaker, ringer, ...switches } = this.#choices
    this.#tell('devices', { ...this.#chosen, ...switches, current: this.#mic?.getAudioTracks()[0]?.label ?? '', ...this.#there })
    this.#tones.sink = this.#chosen.speaker
  }

  /** Who is muted and speaks is told so. Only while a call is muted does anything listen; the sound stays here. */
  #listenWhileMuted() {
    const muted = [...this.#legs.values()].find(leg => leg.live && leg.muted && !leg.held)
    this.#deaf?.()
    this.#deaf = null
    if (!muted || !this.#mic || !globalThis.AudioContext) return
    const speech = new Speech()
    this.#deaf = listen(this.#mic, level => { if (speech.heard(level, performance.now())) this.#tell('speaking', { call: muted.call }) })
  }

  #measure() {
    this.#timer ??= setInterval(() => {
      for (const [call, leg] of this.#legs) if (leg.live) this.#measureOne(call, leg)
    }, MEASURE_EVERY)
  }

  /** @param {string} call @param {Leg} leg */
  async #measureOne(call, leg) {
    const report = await leg.pc.getStats().catch(() => null)
    if (!report || this.#legs.get(call) !== leg) return
    const measured = read(report, leg.seen)
    this.#heed(leg, heard(leg) ? silent(report, leg.seen) : null)
    if (measured) this.#tell('quality', { call, ...sample(measured) })
  }

  /** A microphone that has been silent twice in a row is told of; one that is heard again is well. @param {Leg} leg @param {boolean | null} nothing */
  #heed(leg, nothing) {
    leg.seen.silent = nothing ? leg.seen.silent + 1 : 0
    if (leg.seen.silent === 2) this.#tell('problem', { code: 'mic_silent' })
    else if (nothing === false) this.#tell('solved', { code: 'mic_silent' })
  }

  /** @param {string} type @param {any} detail */
  #tell(type, detail) { this.dispatchEvent(new CustomEvent(type, { detail })) }
}

/** @param {Leg} leg */
function heard(leg) { return leg.live && !leg.muted && !leg.held }

/** @param {Leg} leg */
function shut(leg) {
  leg.live = false
  leg.track?.stop()
  leg.audio.pause()
  leg.audio.srcObject = null
  leg.pc.close()
}
