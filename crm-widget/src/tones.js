/**
 * Tones made here, without a file: of keys, of a far phone that rings, of our own. And where they come out.
 * @module
 */

/** Sound of a page, on the device that is chosen. It exists from the first tone on. */
export class Output {
  /** @type {AudioContext | null} */
  #context = null
  /** @type {HTMLAudioElement | null} takes the sound to a device where the context itself cannot (Firefox) */
  #carrier = null
  #sink = ''
  #onState

  /** @param {(state: AudioContextState) => void} [onState] */
  constructor(onState = () => {}) { this.#onState = onState }

  /** @returns {AudioContext | null} null where a page can make no sound */
  get context() {
    if (!this.#context && globalThis.AudioContext) {
      const context = new AudioContext()
      context.addEventListener('statechange', () => { if (context === this.#context && context.state !== 'closed') this.#onState(context.state) })
      this.#context = context
      this.#route()
    }
    return this.#context
  }

  /** Where sources connect to. */
  get node() { return this.#end ?? this.context?.destination ?? null }

  /** @type {AudioNode | null} */
  #end = null

  /** @param {string} id of a device, '' for the system's own */
  set sink(id) {
    if (id === this.#sink) return
    this.#sink = id
    if (this.#context) this.#route()
  }

  /** The context and all that sounds in it. */
  close() {
    this.#carrier?.pause()
    this.#carrier = this.#end = null
    this.#context?.close().catch(() => {})
    this.#context = null
  }

  #route() {
    const context = /** @type {any} */ (this.#context)
    const back = () => { this.#sink = '' } // the device is gone: the system's own
    if (context.setSinkId) return context.setSinkId(this.#sink).catch(back)
    if (!this.#carrier && this.#sink === '') return undefined
    if (!this.#carrier) {
      const end = context.createMediaStreamDestination()
      this.#carrier = new Audio()
      this.#carrier.srcObject = end.stream
      this.#carrier.play().catch(() => {})
      this.#end = end
    }
    return this.#carrier.setSinkId?.(this.#sink).catch(back)
  }
}

/**
 * Sine tones that are on and off in a pattern until they are stopped.
 * @param {Output} output
 * @param {{frequencies: readonly number[], on: readonly (readonly [start: number, length: number])[], every: number, level: number, first?: number}} o
 *   seconds, and amplitude of all tones together; `first` is the part of the level in the first round
 * @param {number} seconds
 * @returns {() => void} stops within 50 ms
 */
export function play(output, o, seconds) {
  const { context, node } = output
  if (!context || !node) return () => {}
  const gain = context.createGain()
  gain.gain.value = 0
  gain.connect(node)
  const tones = o.frequencies.map(frequency => {
    const tone = new OscillatorNode(context, { type: 'sine', frequency })
    tone.connect(gain)
    tone.start()
    return tone
  })
  const from = context.currentTime + 0.02
  const level = o.level / o.frequencies.length
  for (let round = 0; round * o.every < seconds; round++) {
    for (const [start, length] of o.on) pulse(gain.gain, from + round * o.every + start, length, round === 0 ? level * (o.first ?? 1) : level)
  }
  let stopped = false
  return () => {
    if (stopped) return
    stopped = true
    const now = context.currentTime
    gain.gain.cancelScheduledValues(now)
    gain.gain.setTargetAtTime(0, now, STOP / 5)
    for (const tone of tones) tone.stop(now + STOP)
    tones[0].addEventListener('ended', () => gain.disconnect())
  }
}

const RAMP = 0.005
const STOP = 0.03

/** @param {AudioParam} gain @param {number} at @param {number} length @param {number} level */
function pulse(gain, at, length, level) {
  gain.setValueAtTime(0, at)
  gain.linearRampToValueAtTime(level, at + RAMP)
  gain.setValueAtTime(level, at + length - RAMP)
  gain.linearRampToValueAtTime(0, at + length)
}

/** What most of Europe hears while a far phone rings (ITU-T E.180): 425 Hz, 1 s in 5. */
const RINGBACK = { frequencies: [425], on: /** @type {const} */ ([[0, 1]]), every: 5, level: 0.12 }
const RINGS_FOR = 180

const BEEP = { frequencies: [660], on: /** @type {const} */ ([[0, 0.15], [0.25, 0.15]]), every: 1, level: 0.1 }

const ROWS = [697, 770, 852, 941]
const COLUMNS = [1209, 1336, 1477, 1633]
const KEYS = '123A456B789C*0#D'
const KEY = 0.1
const GAP = 0.07
const PAUSE = 0.5
const KEY_LEVEL = 0.1

/** When each key of a sequence sounds, in seconds: 100 ms, 70 ms apart; a comma waits 500 ms. @param {string} digits */
export function timesOf(digits) {
  let at = 0
  const out = []
  for (const key of digits) {
    const i = KEYS.indexOf(key)
    if (i >= 0) out.push({ key, at, frequencies: [ROWS[Math.floor(i / 4)], COLUMNS[i % 4]] })
    at += key === ',' ? PAUSE : KEY + GAP
  }
  return out
}

/** The tones that an agent hears of a call: of the keys that are pressed, of the far phone. */
export class CallTones {
  #output = new Output()
  /** @type {(() => void) | null} */
  #ringing = null
  #busyUntil = 0

  /** @param {string} id */
  set sink(id) { this.#output.sink = id }

  /** @param {boolean} on */
  ringback(on) {
    this.#ringing?.()
    this.#ringing = null
    if (!on) return
    this.#output.context?.resume().catch(() => {})
    this.#ringing = play(this.#output, RINGBACK, RINGS_FOR)
  }

  /** The far side's ear gets its own from the server; these are for ours, in the same time. @param {string} digits */
  keys(digits) {
    const { context, node } = this.#output
    if (!context || !node) return
    context.resume().catch(() => {})
    const from = Math.max(context.currentTime, this.#busyUntil)
    for (const { at, frequencies } of timesOf(digits)) {
      const gain = context.createGain()
      gain.gain.value = 0
      gain.connect(node)
      pulse(gain.gain, from + at, KEY, KEY_LEVEL)
      for (const frequency of frequencies) {
        const tone = new OscillatorNode(context, { type: 'sine', frequency })
        tone.connect(gain)
        tone.start(from + at)
        tone.stop(from + at + KEY)
        tone.addEventListener('ended', () => gain.disconnect())
      }
      this.#busyUntil = from + at + KEY + GAP
    }
  }

  /** One soft tone: look here. */
  beep() {
    this.#output.context?.resume().catch(() => {})
    const stop = play(this.#output, BEEP, 1)
    setTimeout(stop, 1000)
  }

  close() {
    this.ringback(false)
    this.#output.close()
    this.#busyUntil = 0
  }
}
