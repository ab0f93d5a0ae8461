/**
 * Looks at a page and says in words what is wrong with it. Both functions run in the page.
 * @module
 */

/** What overflows, overlaps, is cut or too small to hit. @param {string} layout @param {number} width */
export function faultsOfGeometry(layout, width) {
  const root = window.bar.shadowRoot
  const host = window.bar.getBoundingClientRect()
  const faults = []
  const want = layout === 'panel' ? [360, 600] : layout === 'mini' ? [360, window.bar.matches(':state(keypad-open)') ? 300 : 200] : [width, 56]
  if (Math.abs(host.width - want[0]) > 0.5 || Math.abs(host.height - want[1]) > 0.5) faults.push(`host is ${host.width} × ${host.height}, wanted ${want}`)
  const seen = [...root.querySelectorAll('button, input, select, textarea, .caller, .time, .strip, .avatar, .timer')].filter(e => e.getClientRects().length > 0)
  const body = root.querySelector('.body, .mini-told, .mini-pad')
  const popover = root.querySelector('.popover')
  if (popover) {
    const p = popover.getBoundingClientRect()
    if (p.left < 0 || p.top < 0 || p.right > innerWidth || p.bottom > innerHeight) faults.push(`the popover leaves the page: ${p.left}–${p.right}, ${p.top}–${p.bottom}`)
    if (popover.scrollWidth > popover.clientWidth + 1) faults.push(`the popover scrolls sideways: ${popover.scrollWidth} > ${popover.clientWidth}`)
  }
  for (const e of seen) {
    const r = e.getBoundingClientRect()
    if (popover?.contains(e)) {
      const p = popover.getBoundingClientRect()
      if (r.left < p.left - 0.5 || r.right > p.right + 0.5) faults.push(`${e.className} sticks out of the popover: ${r.left}–${r.right} of ${p.left}–${p.right}`)
      continue
    }
    const scrolled = body?.contains(e)
    if (r.left < host.left - 0.5 || r.right > host.right + 0.5) faults.push(`${e.className} sticks out sideways: ${r.left}–${r.right} of ${host.left}–${host.right}`)
    if (!scrolled && (r.top < host.top - 0.5 || r.bottom > host.bottom + 0.5)) faults.push(`${e.className} sticks out: ${r.top}–${r.bottom} of ${host.top}–${host.bottom}`)
  }
  const pressed = seen.filter(e => e.matches('button, input, select, textarea'))
  pressed.forEach((a, i) => pressed.slice(i + 1).forEach(b => {
    const x = a.getBoundingClientRect()
    const y = b.getBoundingClientRect()
    const over = Math.min(x.right, y.right) - Math.max(x.left, y.left) > 1 && Math.min(x.bottom, y.bottom) - Math.max(x.top, y.top) > 1
    const framed = a.closest('.dial') && a.closest('.dial') === b.closest('.dial')
    if (over && !framed && !body?.contains(a) && !body?.contains(b) && popover?.contains(a) === popover?.contains(b)) faults.push(`${a.dataset.control} lies on ${b.dataset.control}`)
  }))
  for (const label of root.querySelectorAll('.bar .title, .bar .caller, .bar .timer, .bar .words')) {
    const x = label.getBoundingClientRect()
    for (const e of pressed) {
      const y = e.getBoundingClientRect()
      const over = Math.min(x.right, y.right) - Math.max(x.left, y.left) > 1 && Math.min(x.bottom, y.bottom) - Math.max(x.top, y.top) > 1
      if (x.width > 1 && over && !e.contains(label)) faults.push(`${label.className} “${label.textContent}” lies under ${e.dataset.control}`)
    }
  }
  for (const e of pressed) {
    if (e.localName === 'button' && e.scrollWidth > e.clientWidth + 1) faults.push(`the label of ${e.dataset.control ?? e.className} is cut`)
    if (e.matches('.btn') && !e.querySelector('svg') && ![...e.querySelectorAll('.label')].some(l => l.getClientRects().length)) faults.push(`${e.dataset.control} is empty`)
    const r = e.getBoundingClientRect()
    if (r.height < 23.9 || r.width < 23.9) faults.push(`${e.dataset.control ?? e.className} is ${r.width} × ${r.height}: too small to hit`)
  }
  if (body && body.scrollWidth > body.clientWidth + 1) faults.push(`the body scrolls sideways: ${body.scrollWidth} > ${body.clientWidth}`)
  return faults
}

/** What cannot be read or hit any more. */
export function faultsOfReach() {
  const host = window.bar.getBoundingClientRect()
  const faults = []
  for (const e of window.bar.shadowRoot.querySelectorAll('button, select, textarea')) {
    if (e.getClientRects().length === 0) continue
    const body = e.closest('.body')
    const r = e.getBoundingClientRect()
    if (r.left < host.left - 1 || r.right > host.right + 1) faults.push(`${e.dataset.control ?? e.className} sticks out: ${r.left}–${r.right} of ${host.left}–${host.right}`)
    if (!body && (r.top < host.top - 1 || r.bottom > host.bottom + 1)) faults.push(`${e.dataset.control ?? e.className} sticks out: ${r.top}–${r.bottom} of ${host.top}–${host.bottom}`)
    if (e.localName === 'button' && e.scrollWidth > e.clientWidth + 1) faults.push(`the label of ${e.dataset.control ?? e.className} is cut`)
  }
  return faults
}
