/**
 * One call by keyboard alone: take, mute, hold, consult, complete, wrap up. After each step: where the focus is, what was said, and what a screen
 * reader finds. test/walk.txt is that walk; OFFHOOK_UPDATE=1 writes it anew. The tree comes from Chromium, the rest must be the same in Firefox.
 */

import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const GOLDEN = fileURLToPath(new URL('../../walk.txt', import.meta.url))

/** What is done by which keys, and when that is over. A key with + is held with those before it. */
const STEPS = [
  ['A call rings. The page keeps the focus.', [], () => window.bar.state.calls[0].phase === 'offered'],
  ['Alt+Shift+A takes it.', ['Alt+Shift+KeyA'], () => window.bar.state.calls[0].phase === 'connected'],
  ['Tab goes to the phone.', ['Tab'], () => window.bar.shadowRoot.activeElement !== null],
  ['Alt+Shift+M mutes.', ['Alt+Shift+KeyM'], () => window.bar.state.calls[0].muted],
  ['Alt+Shift+M again.', ['Alt+Shift+KeyM'], () => !window.bar.state.calls[0].muted],
  ['Alt+Shift+H holds.', ['Alt+Shift+KeyH'], () => window.bar.state.calls[0].held_by === 'agent'],
  ['Alt+Shift+H goes back.', ['Alt+Shift+KeyH'], () => window.bar.state.calls[0].phase === 'connected'],
  ['Alt+Shift+T opens the transfer, “bill” finds people.', ['Alt+Shift+KeyT', 'b', 'i', 'l', 'l'], () => window.bar.shadowRoot.activeElement.value === 'bill' && window.bar.shadowRoot.querySelectorAll('[role=option]').length === 4],
  ['Down and up choose.', ['ArrowDown', 'ArrowUp'], () => window.bar.shadowRoot.querySelector('[role=option][aria-selected=true]')?.textContent.includes('Devon')],
  ['Enter consults the first.', ['Enter'], () => window.bar.state.calls.length === 2],
  ['Devon answers.', [], () => { const [id, call] = [...window.gateway.calls].at(-1); if (call.phase === 'ringing') window.gateway.callIs(id, { phase: 'connected', answered_at: window.gateway.time() }); return window.bar.state.calls[1]?.phase === 'connected' }],
  ['Alt+Shift+X swaps.', ['Alt+Shift+KeyX'], () => window.bar.state.calls[0].phase === 'connected'],
  ['And back.', ['Alt+Shift+KeyX'], () => window.bar.state.calls[1].phase === 'connected'],
  ['Alt+Shift+T goes to Complete, Enter joins the two.', ['Alt+Shift+KeyT', 'Enter'], () => window.bar.state.calls[0].phase === 'wrap_up'],
  ['Alt+Shift+= asks for 30 seconds more.', ['Alt+Shift+Equal'], () => window.gateway.sent('wrapup').length === 1],
  ['1 chooses the first outcome.', ['Digit1'], () => window.bar.shadowRoot.querySelector('select').value === 'explained'],
  ['Control+Enter saves, and the next call may come.', ['Control+Enter'], () => window.bar.state.agent.state === 'available'],
]

/** Runs in the page: the control that has the focus, as it is spoken. */
function focused() {
  const el = window.bar.shadowRoot.activeElement
  if (!el) return 'the page'
  const role = el.getAttribute('role') ?? { BUTTON: 'button', SELECT: 'combobox', TEXTAREA: 'textbox', INPUT: 'textbox' }[el.tagName] ?? el.tagName
  const words = document.createTreeWalker(el, NodeFilter.SHOW_TEXT)
  const spoken = []
  while (words.nextNode()) spoken.push(words.currentNode.data.trim())
  return `${role} “${el.getAttribute('aria-label') ?? spoken.filter(Boolean).join(' ')}”${el.getAttribute('aria-disabled') === 'true' ? ', not available' : ''}`
}

/** Roles that no screen reader tells of, and those whose words are their name. */
const SILENT = ['none', 'generic', 'InlineTextBox']
const NAMED = ['button', 'heading', 'timer', 'option', 'radio', 'menuitem', 'combobox', 'tab']
const TOLD = ['value', 'description', 'haspopup', 'expanded', 'selected', 'checked', 'pressed', 'disabled', 'required', 'invalid']

/** The tree in lines: role, name, what else is told. @param {any} node @param {string} [indent] @returns {string[]} */
function lines(node, indent = '    ') {
  const below = (/** @type {string} */ deeper) => (NAMED.includes(node.role) ? [] : node.children ?? []).flatMap(child => lines(child, deeper))
  if (SILENT.includes(node.role)) return below(indent)
  const told = TOLD.filter(k => node[k] && !(k === 'description' && node.name.startsWith(node[k]))).map(k => (node[k] === true ? k : `${k}: ${node[k]}`))
  return [`${indent}${node.role === 'StaticText' ? 'text' : node.role}${node.name ? ` “${node.name}”` : ''}${told.length ? ` (${told.join(', ')})` : ''}`, ...below(`${indent}  `)]
}

/** @param {any} page @param {string} keys such as Alt+Shift+KeyA */
async function press(page, keys) {
  const all = keys.split('+')
  const last = all.pop()
  for (const key of all) await page.keyboard.down(key)
  await page.keyboard.press(last)
  for (const key of all.reverse()) await page.keyboard.up(key)
}

/** Without the tree, which only one browser tells. @param {string} text */
const spoken = text => text.split('\n').filter(line => !line.startsWith('    ')).join('\n')

/** @param {import('../harness.js').Engine} engine */
export default function story(engine) {
  test('shortcuts are places of keys: on a Russian layout they do the same, while composing nothing', { timeout: 120_000 }, async () => {
    const { page, done } = await engine.open({ state: 'offered' })
    const strike = (code, key, more = {}) => page.evaluate((c, k, m) => {
      document.body.dispatchEvent(new KeyboardEvent('keydown', { code: c, key: k, altKey: true, shiftKey: true, bubbles: true, cancelable: true, ...m }))
    }, code, key, more)
    const state = () => page.evaluate(() => [window.bar.state.calls[0].phase, window.bar.state.calls[0].muted])
    await strike('KeyF', 'А') // where A stands on a Latin layout, the same letter elsewhere
    await strike('KeyA', 'Ф', { isComposing: true })
    assert.deepEqual(await state(), ['offered', false])
    await strike('KeyA', 'Ф')
    await page.waitForFunction(() => window.bar.state.calls[0].phase === 'connected')
    await strike('KeyM', 'Ь')
    await page.waitForFunction(() => window.bar.state.calls[0].muted)
    await page.evaluate(() => document.body.addEventListener('keydown', e => e.preventDefault(), { once: true }))
    await strike('KeyM', 'Ь')
    assert.deepEqual(await state(), ['connected', true], 'the page has used that key itself')
    await done()
  })

  test('one call by keyboard alone: focus, what is said, what a screen reader finds', { timeout: 120_000 }, async () => {
    const { page, done } = await engine.open({ state: 'idle', still: '' })
    await page.evaluate(async () => {
      await window.skip(5000) // what was said at the start is over
      window.said = []
      for (const region of window.bar.shadowRoot.querySelectorAll('[data-live]')) {
        new MutationObserver(() => { if (region.textContent) window.said.push(`${region.dataset.live}: ${region.textContent}`) }).observe(region, { childList: true, characterData: true, subtree: true })
      }
      setInterval(() => window.gateway.beat(), 2000)
      window.gateway.offer()
    })
    const began = await page.evaluate(() => Date.now())
    const handle = await page.evaluateHandle(() => document.querySelector('main'))
    const walk = ['One call by keyboard alone. After each step: focus, what was said, and in Chromium the tree that a screen reader finds.', '']
    for (const [i, [what, keys, over]] of STEPS.entries()) {
      for (const one of keys) await press(page, one)
      let done = false
      for (let wait = 1; wait < 400 && !done; wait++) { // keys arrive when they arrive; the page's time moves only for what waits before it looks
        await page.evaluate(ms => window.really(5).then(() => window.skip(ms)), wait % 20 ? 0 : 200)
        done = await page.evaluate(over).catch(() => false)
      }
      assert.ok(done, `after “${what}”: it did not come about`)
      await page.evaluate(until => window.skip(until - Date.now()), began + 5000 * (i + 1))
      walk.push(what, `  focus: ${await page.evaluate(focused)}`)
      for (const text of await page.evaluate(() => window.said.splice(0))) walk.push(`  said ${text}`)
      if (engine.name === 'chromium') {
        const tree = await page.accessibility.snapshot({ root: handle, interestingOnly: false })
        walk.push(...(tree?.children ?? []).flatMap(child => lines(child)))
      }
      walk.push('')
    }
    await done()
    const text = walk.join('\n')
    if (process.env.OFFHOOK_UPDATE === '1' && engine.name === 'chromium') writeFileSync(GOLDEN, text)
    const golden = readFileSync(GOLDEN, 'utf8')
    if (engine.name === 'chromium') assert.equal(text, golden, 'OFFHOOK_UPDATE=1 writes it anew')
    else assert.equal(text, spoken(golden))
  })
}
