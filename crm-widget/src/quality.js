/**
 * What a connection is worth, from what the browser measured. Pure.
 * @module
 */

/**
 * @typedef {{rtt_ms: number, jitter_ms: number, loss_pct: number, far_loss_pct?: number}} Measured
 * @typedef {Measured & {mos: number, bars: 1 | 2 | 3 | 4, codec?: string, path?: string}} Sample
 */

/**
 * Mean opinion score, 1 to 4.4, by the simplified E-model (ITU-T G.107): delay with twice the jitter as buffer, 2.5 points of R per
 * percent lost.
 * @param {Measured} m
 */
export function mos(m) {
  const delay = m.rtt_ms / 2 + m.jitter_ms * 2 + 10
  const r = Math.min(93.2, Math.max(0, 93.2 - (delay < 160 ? delay / 40 : (delay - 120) / 10) - m.loss_pct * 2.5))
  return Math.round((1 + 0.035 * r + 0.000007 * r * (r - 60) * (100 - r)) * 10) / 10
}

/** @param {Measured & {mos?: number}} m */
export function isWeak(m) {
  return m.rtt_ms > 400 || m.jitter_ms > 30 || m.loss_pct > 3 || (m.far_loss_pct ?? 0) > 3 || (m.mos ?? mos(m)) < 3.5
}

/**
 * Four bars: 4 good, 3 fair, 2 weak, 1 bad.
 * @param {Measured} m
 * @returns {1 | 2 | 3 | 4}
 */
export function bars(m) {
  const score = mos(m)
  if (score < 2.6 || m.loss_pct > 10) return 1
  if (isWeak(m)) return 2
  return score < 4 || m.loss_pct > 1.5 ? 3 : 4
}

/** @param {Measured & {codec?: string, path?: string}} m @returns {Sample} */
export function sample(m) {
  return { ...m, mos: mos(m), bars: bars(m) }
}

const SPEECH = 0.01
const SPEECH_FOR = 1500
const BREATH = 400

/** Tells speech from noise: a level over −40 dBFS for 1.5 s, with breaths in between. */
export class Speech {
  #since = 0
  #last = -Infinity

  /** @param {number} level root mean square, 0 to 1 @param {number} now milliseconds @returns {boolean} whether somebody speaks, for long enough */
  heard(level, now) {
    if (level >= SPEECH) {
      if (now - this.#last > BREATH) this.#since = now
      this.#last = now
    }
    return level >= SPEECH && now - this.#since >= SPEECH_FOR
  }
}

/**
 * Weak when 3 of the last 5 samples are; well again after 4 good ones in a row.
 * @param {boolean} was
 * @param {readonly Measured[]} history newest last
 */
export function weakNow(was, history) {
  const last = history.slice(-5)
  if (!was) return last.filter(isWeak).length >= 3
  return !(last.length >= 4 && last.slice(-4).every(m => !isWeak(m)))
}
