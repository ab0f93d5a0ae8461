/**
 * The ring: two sine tones made with WebAudio, scheduled ahead on the audio clock, so that a throttled background tab rings in time.
 * @module
 */

const ON = 0.4
const GAP = 0.2
const PAUSE = 2
const ROUND = ON + GAP + ON + PAUSE
const TONES = [660, 880]
const LEVEL = 10 ** (-12 / 20) / TONES.length
const SOFT = 0.35
const RAMP = 0.015
const STOP = 0.03

/** Rings until it is stopped, at most for the time given. */
export class Ringer {
  /** @type {AudioContext | null} */
  #context = null
  /** @type {{gain: GainNode, tones: OscillatorNode[]} | null} */
  #ringing = null
  #onBlocked

  /** @param {(blocked: boolean) => void} onBlocked the browser keeps sound off until a press; called again when it plays */
  constructor(onBlocked) { this.#onBlocked = onBlocked }

  /** Whether the browser lets us make a sound now; asks it, the first time. */
  check() {
    const context = this.#open()
    if (!context) return
    this.#onBlocked(context.state === 'suspended')
  }

  /** Called from inside a press. */
  async unlock() {
    const context = this.#open()
    if (context?.state === 'suspended') await context.resume().catch(() => {})
    if (context) this.#onBlocked(context.state === 'suspended')
  }

  /** @param {number} seconds until the offer expires */
  start(seconds) {
    const context = this.#open()
    if (!context || this.#ringing) return
    const gain = context.createGain()
    gain.gain.value = 0
    gain.connect(context.destination)
    const tones = TONES.map(frequency => {
      const tone = new OscillatorNode(context, { type: 'sine', frequency })
      tone.connect(gain)
      tone.start()
      return tone
    })
    this.#ringing = { gain, tones }
    schedule(gain.gain, context.currentTime + 0.02, Math.min(120, Math.max(1, seconds)))
    if (context.state === 'suspended') this.unlock()
  }

  stop() {
    const ringing = this.#ringing
    const context = this.#context
    if (!ringing || !context) return
    this.#ringing = null
    const now = context.currentTime
    ringing.gain.gain.cancelScheduledValues(now)
    ringing.gain.gain.setTargetAtTime(0, now, STOP / 5)
    for (const tone of ringing.tones) tone.stop(now + STOP)
    ringing.tones[0].addEventListener('ended', () => ringing.gain.disconnect())
  }

  close() {
    this.stop()
    this.#context?.close().catch(() => {})
    this.#context = null
  }

  #open() {
    if (!globalThis.AudioContext) return null
    if (!this.#context) {
      this.#context = new AudioContext()
      this.#context.addEventListener('statechange', () => {
        if (this.#context && this.#context.state !== 'closed') this.#onBlocked(this.#context.state === 'suspended')
      })
    }
    return this.#context
  }
}

/** @param {AudioParam} gain @param {number} from @param {number} seconds */
function schedule(gain, from, seconds) {
  for (let round = 0; round * ROUND < seconds; round++) {
    const level = LEVEL * (round === 0 ? SOFT : 1)
    for (const start of [from + round * ROUND, from + round * ROUND + ON + GAP]) {
      gain.setValueAtTime(0, start)
      gain.linearRampToValueAtTime(level, start + RAMP)
      gain.setValueAtTime(level, start + ON - RAMP)
      gain.linearRampToValueAtTime(0, start + ON)
    }
  }
}
