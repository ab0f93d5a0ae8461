/**
 * The three sizes: each is loaded by the first element that shows it, with its style sheet, and shared by all elements of a page.
 * @module
 */

const AGAIN = 3000

/**
 * @typedef {'bar' | 'panel' | 'mini'} Layout
 * @typedef {{draw: (v: import('../view.js').View, act: import('../views/parts.js').Act) => any, STYLES: string}} Drawn
 */

/** @type {Record<Layout, () => Promise<Drawn>>} */
const SOURCES = {
  bar: () => import('../views/bar.js'),
  panel: () => import('../views/panel.js'),
  mini: () => import('../views/mini.js'),
}

export const LAYOUTS = Object.freeze(/** @type {Layout[]} */ (Object.keys(SOURCES)))

/** @type {Partial<Record<Layout, Drawn>>} */
const loaded = {}
/** @type {Partial<Record<Layout, Promise<void>>>} */
const loading = {}

/**
 * What draws a layout; null while it is on its way.
 * @param {Layout} name
 * @param {() => void} then called when it is here; where it could not be loaded, after a while: one may ask again
 */
export function layout(name, then) {
  const here = loaded[name]
  if (here) return here
  loading[name] ??= SOURCES[name]().then(it => { loaded[name] = it }, () => new Promise(resolve => { setTimeout(resolve, AGAIN) })).then(() => { delete loading[name] })
  loading[name].then(then)
  return null
}
