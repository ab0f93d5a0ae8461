/**
 * What a microphone gives, and why there is none.
 * @module
 */

import { OffhookError } from './messages.js'

const LISTEN_EVERY = 100

/**
 * Measures a stream; the sound stays here.
 * @param {MediaStream} stream @param {(level: number) => void} tell root mean square, 0 to 1
 * @returns {() => void} stops it
 */
export function listen(stream, tell) {
  const context = new AudioContext()
  context.resume().catch(() => {}) // Firefox starts it suspended where nothing was pressed yet
  const analyser = new AnalyserNode(context, { fftSize: 2048 })
  context.createMediaStreamSource(stream).connect(analyser)
  const samples = new Float32Array(analyser.fftSize)
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples)
    tell(Math.sqrt(samples.reduce((sum, x) => sum + x * x, 0) / samples.length))
  }, LISTEN_EVERY)
  return () => { clearInterval(timer); context.close().catch(() => {}) }
}

/** Whether a microphone is not there (any more). @param {any} e */
export function gone(e) { return e?.name === 'OverconstrainedError' || e?.name === 'NotFoundError' }

/** The browser's refusal in the words of the callbar. @param {any} e */
export async function refusal(e) {
  const code = e?.name === 'NotFoundError' || e?.name === 'OverconstrainedError' ? 'mic_missing'
    : e?.name === 'NotReadableError' || e?.name === 'AbortError' ? 'mic_busy'
      : framedOut() ? 'mic_policy' : 'mic_denied'
  return new OffhookError(code, String(e?.message ?? e), { cause: e })
}

/** The page around this frame does not pass the microphone on. */
function framedOut() {
  if (window.top === window) return false
  const policy = /** @type {any} */ (document).featurePolicy ?? /** @type {any} */ (document).permissionsPolicy
  return policy?.allowsFeature ? !policy.allowsFeature('microphone') : true
}
