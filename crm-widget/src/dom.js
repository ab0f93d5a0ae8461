/**
 * A description of elements and the smallest change that makes the page like it. Text is only ever a text node; a node that is still
 * wanted is the same node, so focus, selection and places stay.
 * @module
 */

const SVG = 'http://www.w3.org/2000/svg'

/**
 * @typedef {object} VNode
 * @property {string} tag
 * @property {string | number | undefined} key
 * @property {Record<string, any>} props
 * @property {Child[]} children
 * @typedef {VNode | string | number | null | undefined | false} Child
 * @typedef {Element & {offhook?: {vnode: VNode, on: Record<string, (e: any) => void>}}} Owned
 */

/**
 * Props are attributes, except `on` (listeners), `vars` (custom properties) and `prop` (DOM properties, set when they differ).
 * @param {string} tag
 * @param {Record<string, any> | null} [props]
 * @param {...any} children Child, or arrays of it
 * @returns {VNode}
 */
export function h(tag, props, ...children) {
  const { key, ...rest } = props ?? {}
  return { tag, key, props: rest, children: /** @type {Child[]} */ (children.flat(3)) }
}

/**
 * Makes the children of `parent` what `wanted` says.
 * @param {Node} parent
 * @param {Child[]} wanted
 */
export function patch(parent, wanted) {
  const nodes = wanted.filter(c => c !== null && c !== undefined && c !== false && c !== '')
  const old = [...parent.childNodes]
  const taken = nodes.map(want => {
    const i = old.findIndex(node => fits(node, want))
    return i < 0 ? null : old.splice(i, 1)[0]
  })
  for (const node of old) node.remove()
  let at = parent.firstChild
  nodes.forEach((want, i) => {
    const node = taken[i] ?? create(parent, want)
    if (node === at) at = at.nextSibling
    else parent.insertBefore(node, at)
    update(node, want)
  })
}

/** @param {Node} node @param {Child} want */
function fits(node, want) {
  if (typeof want !== 'object' || want === null) return node.nodeType === 3
  const have = /** @type {Owned} */ (node).offhook?.vnode
  return have !== undefined && have.tag === want.tag && have.key === want.key
}

/** @param {Node} parent @param {Child} want */
function create(parent, want) {
  const doc = /** @type {Document} */ (parent.ownerDocument)
  if (typeof want !== 'object' || want === null) return doc.createTextNode('')
  const svg = want.tag === 'svg' || (parent.nodeType === 1 && /** @type {Element} */ (parent).namespaceURI === SVG)
  const el = /** @type {Owned} */ (svg ? doc.createElementNS(SVG, want.tag) : doc.createElement(want.tag))
  el.offhook = { vnode: { tag: want.tag, key: want.key, props: {}, children: [] }, on: {} }
  return el
}

/** @param {Node} node @param {Child} want */
function update(node, want) {
  if (typeof want !== 'object' || want === null) {
    const text = String(want)
    if (node.nodeValue !== text) node.nodeValue = text
    return
  }
  const el = /** @type {Owned} */ (node)
  const own = /** @type {NonNullable<Owned['offhook']>} */ (el.offhook)
  attributes(el, own.vnode.props, want.props)
  listeners(el, own, want.props.on ?? {})
  variables(el, own.vnode.props.vars ?? {}, want.props.vars ?? {})
  patch(el, want.children)
  for (const [name, value] of Object.entries(want.props.prop ?? {})) {
    if (/** @type {any} */ (el)[name] !== value) /** @type {any} */ (el)[name] = value
  }
  own.vnode = want
}

const SPECIAL = new Set(['on', 'vars', 'prop'])

/** @param {Element} el @param {Record<string, any>} was @param {Record<string, any>} now */
function attributes(el, was, now) {
  for (const name of Object.keys(was)) if (!SPECIAL.has(name) && !(name in now)) el.removeAttribute(name)
  for (const [name, value] of Object.entries(now)) {
    if (SPECIAL.has(name) || was[name] === value) continue
    if (value === null || value === undefined || value === false) el.removeAttribute(name)
    else el.setAttribute(name, value === true ? '' : String(value))
  }
}

/** @param {Element} el @param {NonNullable<Owned['offhook']>} own @param {Record<string, (e: any) => void>} now */
function listeners(el, own, now) {
  for (const type of Object.keys(now)) {
    if (!(type in own.on)) el.addEventListener(type, e => /** @type {Owned} */ (el).offhook?.on[type]?.(e))
  }
  for (const type of Object.keys(own.on)) if (!(type in now)) own.on[type] = () => {}
  Object.assign(own.on, now)
}

/** @param {any} el @param {Record<string, string>} was @param {Record<string, string>} now */
function variables(el, was, now) {
  for (const name of Object.keys(was)) if (!(name in now)) el.style.removeProperty(name)
  for (const [name, value] of Object.entries(now)) if (was[name] !== value) el.style.setProperty(name, value)
}
