/**
 * Words. A language is one file in lang/, loaded when it is asked for; a key that it lacks is taken from English. `t` falls back region,
 * language, English.
 * @module
 */

import en from './lang/en.js'

/** @typedef {Record<string, string | {one: string, other: string}>} Words */

/** @type {Record<string, Words>} */
const LANGUAGES = { en }

/** @type {Record<string, () => Promise<{default: Words}>>} */
const SHIPPED = { de: () => import('./lang/de.js') }

/** @type {Set<string>} */
const loaded = new Set()

/**
 * Brings a language that is shipped. What a page added to it stays.
 * @param {string} lang BCP 47
 * @returns {Promise<boolean>} whether there are new words
 */
export async function loadLanguage(lang) {
  const key = canonical(lang).split('-')[0].toLowerCase()
  if (!Object.hasOwn(SHIPPED, key) || loaded.has(key)) return false
  try {
    const words = await SHIPPED[key]()
    loaded.add(key)
    LANGUAGES[key] = { ...words.default, ...LANGUAGES[key] }
    return true
  } catch {
    return false // the gateway is away: English, until the language is asked for again
  }
}

const RTL = /^(ar|dv|fa|he|iw|ku-arab|ps|sd|ug|ur|yi)\b/i

/**
 * Adds a language, or overrides words of one.
 * @param {string} tag BCP 47
 * @param {Words} words
 */
export function addLanguage(tag, words) {
  const key = tag.toLowerCase()
  LANGUAGES[key] = { ...LANGUAGES[key], ...words }
}

/**
 * @typedef {object} Translator
 * @property {string} lang the tag asked for
 * @property {'ltr' | 'rtl'} dir
 * @property {(key: string, vars?: Record<string, string | number>) => string} t
 * @property {(key: string) => boolean} has
 * @property {(timestamp: string) => string} time hours and minutes
 * @property {(n: number) => string} percent of 1
 * @property {(n: number, digits?: number) => string} number
 * @property {(ms: number) => string} duration words for a screen reader
 */

/** @param {string} lang BCP 47 @returns {Translator} */
export function translator(lang) {
  const tag = canonical(lang)
  const chain = [tag, tag.split('-')[0], 'en'].map(l => LANGUAGES[l.toLowerCase()]).filter(Boolean)
  const plural = new Intl.PluralRules(tag)
  const hours = new Intl.DateTimeFormat(tag, { hour: 'numeric', minute: '2-digit' })
  const percent = new Intl.NumberFormat(tag, { style: 'percent', maximumFractionDigits: 0 })
  const word = (/** @type {string} */ key) => chain.find(l => key in l)?.[key]
  /** @type {Translator['t']} */
  const t = (key, vars = {}) => {
    const found = word(key) ?? key
    const text = typeof found === 'string' ? found : plural.select(Number(vars.n)) === 'one' ? found.one : found.other
    return text.replace(/\{(\w+)\}/g, (all, name) => (name in vars ? String(vars[name]) : all))
  }
  return {
    lang: tag,
    dir: RTL.test(tag) ? 'rtl' : 'ltr',
    t,
    has: key => word(key) !== undefined,
    time: timestamp => (Number.isNaN(Date.parse(timestamp)) ? '' : hours.format(new Date(timestamp))),
    percent: n => percent.format(n),
    number: (n, digits = 0) => new Intl.NumberFormat(tag, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(n),
    duration: ms => words(t, Math.floor(ms / 1000)),
  }
}

/** @param {Translator['t']} t @param {number} s */
function words(t, s) {
  const parts = [
    s >= 3600 ? t('hours', { n: Math.floor(s / 3600) }) : '',
    s >= 60 ? t('minutes', { n: Math.floor(s / 60) % 60 }) : '',
    t('seconds', { n: s % 60 }),
  ]
  return parts.filter(Boolean).join(' ')
}

/** @param {string} lang */
function canonical(lang) {
  try {
    return Intl.getCanonicalLocales(lang)[0] ?? 'en'
  } catch {
    return 'en'
  }
}
