/**
 * Text that strangers send (names, numbers, headers) made fit to be shown, and numbers made fit to be read.
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
 * The party to show: the queue's caller, or whom we call.
 * @param {any} call
 */
export function farParty(call) {
  return (call?.direction === 'outbound' ? call?.to : call?.from) ?? {}
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
