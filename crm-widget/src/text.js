/**
 * What stands on the screen: text that strangers send (names, numbers, headers) made fit to be shown, numbers made fit to be read, and
 * times, which come from the server's timestamps and its clock, never from counting ticks.
 * @module
 */

const MAX = 128

// C0 and C1 controls, bidirectional controls, invisible joiners and tags: nothing of it is part of a name, and all of it can forge one.
const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/gu

/**
 * One line of at most `max` characters without control and direction characters.
 * @param {unknown} value
 * @param {number} [max]
 */
export function clean(value, max = MAX) {
  if (typeof value !== 'string') return ''
  const line = value.slice(0, max * 8).replace(/[\t\n\r]+/g, ' ').replace(UNSEEN, '').replace(/ {2,}/g, ' ').trim()
  const all = [...line]
  return all.length > max ? `${all.slice(0, max - 1).join('')}…` : line
}

/**
 * Two letters for an avatar, or the country code of a bare number.
 * @param {string} name
 * @param {string} number
 */
export function initials(name, number) {
  const words = clean(name).split(/[\s,.]+/).filter(w => /^\p{L}/u.test(w))
  const pick = words.length > 1 ? [words[0], words[words.length - 1]] : words
  const letters = pick.map(w => [...w][0].toLocaleUpperCase()).join('')
  if (letters) return letters
  const country = countryCode(number)
  return country ? `+${country}` : '?'
}

const ONE = /^(1|7)/
const TWO = /^(20|27|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58])/

/** @param {string} number */
function countryCode(number) {
  if (!/^\+\d{6,15}$/.test(number)) return ''
  const digits = number.slice(1)
  if (ONE.test(digits)) return digits[0]
  return digits.slice(0, TWO.test(digits) ? 2 : 3)
}

/**
 * An E.164 number in groups; anything else as it came, cleaned.
 * @param {unknown} value
 */
export function formatNumber(value) {
  const number = clean(value, 64)
  const country = countryCode(number)
  if (!country) return number
  const rest = number.slice(1 + country.length)
  return [`+${country}`, ...groups(country, rest)].join(' ')
}

/**
 * A number as it is dialled in its own country.
 * @param {unknown} value E.164; anything else stays as it is
 */
export function nationalNumber(value) {
  const number = clean(value, 64)
  const country = countryCode(number)
  if (!country) return number
  return `${['1', '34', '39', '45', '47', '351', '352', '420'].includes(country) ? '' : country === '7' ? '8' : '0'}${number.slice(1 + country.length)}`
}

/** @param {string} country @param {string} rest */
function groups(country, rest) {
  if (country === '1' && rest.length === 10) return [rest.slice(0, 3), rest.slice(3, 6), rest.slice(6)]
  if (country === '49') {
    const area = /^(30|40|69|89)/.test(rest) ? 2 : /^1/.test(rest) ? 3 : 4
    const local = rest.slice(area)
    return [rest.slice(0, area), ...(local.length > 6 ? [local.slice(0, 5), local.slice(5)] : [local])]
  }
  const out = []
  for (let at = 0; at < rest.length;) {
    const left = rest.length - at
    const take = left === 4 || left === 2 ? left : 3
    out.push(rest.slice(at, at + take))
    at += take
  }
  return out
}

/**
 * A number digit by digit, as a screen reader should say it.
 * @param {string} value
 */
export function spellNumber(value) {
  return [...clean(value, 64)].filter(c => c !== ' ').join(' ')
}

/**
 * The party to show: the queue's caller, or whom we call. Of a call between agents, the other one.
 * @param {any} call
 */
export function farParty(call) {
  const ours = call?.direction === 'outbound' || (call?.direction === 'internal' && !call.offered_at)
  return (ours ? call?.to : call?.from) ?? {}
}

/**
 * A web address that may stand in a link, else ''.
 * @param {unknown} value
 */
export function safeURL(value) {
  if (typeof value !== 'string') return ''
  try {
    const url = new URL(value)
    return url.protocol === 'https:' || url.protocol === 'http:' ? url.href : ''
  } catch {
    return ''
  }
}

/** @param {unknown} timestamp RFC 3339 @returns {number} milliseconds, NaN if it is none */
export function at(timestamp) { return typeof timestamp === 'string' ? Date.parse(timestamp) : NaN }

/** Milliseconds since a moment, not below 0. @param {unknown} timestamp @param {number} now */
export function since(timestamp, now) {
  const t = at(timestamp)
  return Number.isNaN(t) ? 0 : Math.max(0, now - t)
}

/** Milliseconds left until a moment, not below 0. @param {unknown} timestamp @param {number} now */
export function left(timestamp, now) {
  const t = at(timestamp)
  return Number.isNaN(t) ? 0 : Math.max(0, t - now)
}

/** Rounds a countdown: the whole second, but not one more for the jitter between two clocks. @param {number} s */
export function countdown(s) { return Math.ceil(s - 0.1) }

/** "2:47", "1:02:03". @param {number} ms @param {(n: number) => number} [round] */
export function clock(ms, round = Math.floor) {
  const s = Math.max(0, round(ms / 1000))
  const two = (/** @type {number} */ n) => String(n).padStart(2, '0')
  return s >= 3600 ? `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}` : `${Math.floor(s / 60)}:${two(s % 60)}`
}

/** One timer that calls back in step with the server's seconds; who is called sets it again. */
export class Ticker {
  /** @type {any} */
  #timer
  #every = 0
  #tick

  /** @param {() => void} tick */
  constructor(tick) { this.#tick = tick }

  /** The next call, unless it is set so already. @param {number} every milliseconds, 0 to stop @param {number} now the server's clock */
  set(every, now) {
    if (every === this.#every) return
    this.stop()
    this.#every = every
    if (every > 0) this.#next(now)
  }

  stop() {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#every = 0
  }

  /** @param {number} now */
  #next(now) {
    this.#timer = setTimeout(() => {
      this.#every = 0
      this.#tick()
    }, this.#every - (Math.floor(now) % this.#every) + 5)
  }
}
