/**
 * The colours and the style sheets. The sheets are constructed: no <style>, no style attributes, so the strictest policy of a page lets them pass.
 * @module
 */

/** @type {Readonly<Record<string, readonly [light: string, dark: string]>>} */
export const TOKENS = Object.freeze({
  'surface': ['#ffffff', '#14171d'],
  'surface-2': ['#f5f6f8', '#1c2028'],
  'surface-3': ['#e9ecf0', '#282e38'],
  'text': ['#12161c', '#f2f4f7'],
  'text-2': ['#4f5866', '#aab3c0'],
  'border': ['#dfe3e8', '#2f3641'],
  'border-strong': ['#7d8795', '#7b8696'],
  'accent': ['#1b5fd9', '#336ae0'],
  'accent-text': ['#1650bd', '#92b6ff'],
  'accent-soft': ['#e8f0fe', '#1a2a4a'],
  'go': ['#0a7a4b', '#12834f'],
  'go-text': ['#086840', '#5fd39a'],
  'go-soft': ['#e3f5ec', '#12301f'],
  'stop': ['#c42b2b', '#d43c3c'],
  'stop-text': ['#b02424', '#ff9d97'],
  'stop-soft': ['#fdebea', '#3b1a1c'],
  'hold': ['#9a5b00', '#a66400'],
  'hold-text': ['#7f4a00', '#f3bd5c'],
  'hold-soft': ['#fff3dc', '#35270c'],
  'wrap': ['#6b3fc0', '#7f55d6'],
  'wrap-text': ['#5b33a8', '#c3a8ff'],
  'wrap-soft': ['#f1ebfc', '#2a2142'],
  'focus': ['#1b5fd9', '#92b6ff'],
  'on-color': ['#ffffff', '#ffffff'],
})

/** Which colour stands on which, and the least contrast it must have there. */
export const PAIRS = Object.freeze(/** @type {const} */ ([
  ['text', 'surface', 7], ['text', 'surface-2', 7], ['text-2', 'surface', 4.5], ['text-2', 'surface-2', 4.5], ['text-2', 'surface-3', 4.5],
  ['text-2', 'go-soft', 4.5], ['text-2', 'hold-soft', 4.5], ['text', 'accent-soft', 7],
  ['border-strong', 'surface', 3], ['border-strong', 'surface-2', 3], ['focus', 'surface', 3],
  ['accent-text', 'surface', 4.5], ['accent-text', 'accent-soft', 4.5], ['go-text', 'surface', 4.5], ['go-text', 'go-soft', 4.5],
  ['stop-text', 'surface', 4.5], ['stop-text', 'stop-soft', 4.5], ['hold-text', 'surface', 4.5], ['hold-text', 'hold-soft', 4.5],
  ['wrap-text', 'surface', 4.5], ['wrap-text', 'wrap-soft', 4.5],
  ['on-color', 'accent', 4.5], ['on-color', 'go', 4.5], ['on-color', 'stop', 4.5], ['on-color', 'hold', 4.5], ['on-color', 'wrap', 4.5],
  ['accent', 'surface', 3], ['go', 'surface', 3], ['stop', 'surface', 3], ['hold', 'surface', 3], ['wrap', 'surface', 3],
]))

const colours = Object.entries(TOKENS)
  .map(([name, [light, dark]]) => `--_${name}: var(--offhook-${name}, light-dark(${light}, ${dark}));`).join('\n  ')

const BASE = `
:host {
  ${colours}
  --_font: var(--offhook-font, system-ui, sans-serif);
  --_radius: var(--offhook-radius, 8px);
  --_bar-height: calc(var(--offhook-bar-height, 56px) * var(--offhook-density, 1));
  --_panel-width: var(--offhook-panel-width, 360px);
  --_size: var(--offhook-font-size, 14px);
  --_u: calc(var(--_size) / 14);
  --_shadow: var(--offhook-shadow, 0 1px 2px rgb(16 24 40 / 6%), 0 8px 24px rgb(16 24 40 / 12%));
  display: block;
  min-inline-size: 280px;
  color: var(--_text);
  font: 400 var(--_size)/calc(20 * var(--_u)) var(--_font);
  font-size-adjust: none;
  text-align: start;
  -webkit-font-smoothing: antialiased;
}
:host([hidden]) { display: none; }
:host([theme="light"]) { color-scheme: light; }
:host([theme="dark"]) { color-scheme: dark; }
:host(:state(panel)) { inline-size: var(--_panel-width); max-inline-size: 100%; block-size: 600px; }
:host(:state(bar)) { min-block-size: var(--_bar-height); }
:host(:state(auto)) { inline-size: auto; block-size: 100%; }
*, *::before, *::after { box-sizing: border-box; }
.root { container: offhook / inline-size; block-size: 100%; }
button, input, select, textarea { font: inherit; color: inherit; margin: 0; letter-spacing: inherit; }
button { border: 0; background: none; padding: 0; cursor: pointer; text-align: start; -webkit-tap-highlight-color: transparent; }
button, a { touch-action: manipulation; }
p, h2, h3, ul, dl, dd { margin: 0; padding: 0; }
h2, h3 { font: inherit; }
ul { list-style: none; }
.icon { flex: none; fill: none; stroke: currentColor; stroke-width: 1.75; stroke-linecap: round; stroke-linejoin: round; }
.icon.filled { fill: currentColor; stroke: none; }
.mark { flex: none; }
.mark rect { fill: var(--_text); }
.mark .line { fill: none; stroke: var(--_surface); stroke-width: 2; stroke-linecap: round; }
.mark .bold { stroke-width: 2.6; }
.signal { flex: none; fill: var(--_go); }
.signal[data-bars="2"], .signal[data-bars="3"] { fill: var(--_hold); }
.signal[data-bars="3"] { fill: var(--_go); }
.signal[data-bars="1"], .signal[data-bars="0"] { fill: var(--_stop); }
.signal .off { fill: var(--_surface-3); }
.num, .timer { font-variant-numeric: tabular-nums; }
.number { font-variant-numeric: tabular-nums; white-space: nowrap; direction: ltr; unicode-bidi: isolate; }
.ell { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; min-inline-size: 0; }
.strong { font-weight: 600; }
.soft { color: var(--_text-2); }
.small { font-size: .857em; line-height: calc(16 * var(--_u)); }
.second { font-size: .929em; line-height: calc(18 * var(--_u)); }
.grow { flex: 1 1 auto; min-inline-size: 0; }
.sr { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.flip:dir(rtl) { transform: scaleX(-1); }

:focus { outline: none; }
:focus-visible { outline: 2px solid var(--_focus); outline-offset: 2px; box-shadow: 0 0 0 2px var(--_surface); }
.field:focus-visible { outline-offset: -1px; box-shadow: none; border-color: var(--_focus); }

.btn {
  display: inline-flex; align-items: center; justify-content: center; gap: 8px; flex: none; position: relative;
  min-block-size: 40px; min-inline-size: 40px; padding-inline: 15px; border-radius: var(--_radius);
  border: 1px solid var(--_border); background: var(--_surface); color: var(--_text); font-weight: 500; white-space: nowrap;
  transition: background-color 120ms ease-out, border-color 120ms ease-out, transform 120ms ease-out;
}
.btn:hover { background: var(--_surface-2); }
.btn:active { transform: translateY(.5px); }
.btn.icon-only { padding: 0; border-color: transparent; background: transparent; color: var(--_text-2); }
.btn.icon-only:hover { background: color-mix(in srgb, var(--_text) 7%, transparent); }
.btn.go, .btn.stop, .btn.wrap, .btn.accent { border-color: transparent; color: var(--_on-color); font-weight: 600; }
.btn.go { background: var(--_go); }
.btn.stop { background: var(--_stop); }
.btn.wrap { background: var(--_wrap); }
.btn.accent { background: var(--_accent); }
.btn.go:hover, .btn.stop:hover, .btn.wrap:hover, .btn.accent:hover { filter: brightness(.93); }
.btn.decline { border-color: color-mix(in srgb, var(--_stop) 45%, var(--_surface)); color: var(--_stop-text); font-weight: 600; }
.btn.decline:hover { background: var(--_stop-soft); }
[aria-disabled="true"] { cursor: default; }
.btn[aria-disabled="true"] > *, .tile[aria-disabled="true"] > *, .item[aria-disabled="true"] > *, .tab[aria-disabled="true"] > * { opacity: .55; }
.btn[aria-disabled="true"]:hover { filter: none; }
.busy > .icon { visibility: hidden; animation: unhide 0s 0s; }
.busy > .icon { visibility: visible; }
.busy::after {
  content: ""; position: absolute; inset-block-start: calc(50% - 8px); inset-inline-start: calc(50% - 8px); inline-size: 16px; block-size: 16px;
  border-radius: 50%; border: 2px solid currentColor; border-inline-end-color: transparent; opacity: 0;
  animation: spin .8s linear infinite, appear 1ms 400ms forwards;
}
.busy > * { animation: fade 1ms 400ms forwards; }
@keyframes spin { to { transform: rotate(1turn); } }
@keyframes appear { to { opacity: 1; } }
@keyframes fade { to { opacity: .15; } }

.field {
  min-block-size: 40px; border: 1px solid var(--_border-strong); border-radius: var(--_radius); background: var(--_surface); color: var(--_text);
  padding: 9px 13px; min-inline-size: 0;
}
.field::placeholder { color: var(--_text-2); opacity: 1; }
textarea.field { display: block; inline-size: 100%; resize: none; padding: 9px 12px; }
.select { position: relative; display: block; min-inline-size: 0; }
.select > select { appearance: none; inline-size: 100%; padding-inline-end: 36px; text-overflow: ellipsis; cursor: pointer; }
.select > select option { color: CanvasText; background: Canvas; }
.select > .icon { position: absolute; inset-inline-end: 10px; inset-block-start: calc(50% - 10px); color: var(--_text-2); pointer-events: none; }

.avatar {
  flex: none; display: inline-flex; align-items: center; justify-content: center; inline-size: 36px; block-size: 36px; border-radius: 50%;
  background: var(--_accent-soft); color: var(--_accent-text); font-size: 13px; line-height: 1; font-weight: 600; user-select: none; direction: ltr;
}
.avatar.plain { background: var(--_surface-3); color: var(--_text-2); }
.avatar.big { inline-size: 52px; block-size: 52px; font-size: 18px; }
.chip {
  display: inline-flex; align-items: center; gap: 5px; padding: 1px 7px; border-radius: 5px; font-size: .857em; line-height: calc(18 * var(--_u)); font-weight: 500;
  white-space: nowrap; background: var(--_surface-3); color: var(--_text-2); min-inline-size: 0;
}
.chip.white { background: var(--_surface); }
.chip.stop { background: var(--_stop-soft); color: var(--_stop-text); }
.chip.held { background: var(--_hold-soft); color: var(--_hold-text); max-inline-size: 100%; }
.chip.accent { background: var(--_accent-soft); color: var(--_accent-text); max-inline-size: 100%; }
.chip .dot { inline-size: 7px; block-size: 7px; border-radius: 50%; background: var(--_stop); }
.dot-state {
  flex: none; display: inline-flex; align-items: center; justify-content: center; inline-size: 20px; block-size: 20px; border-radius: 50%;
  color: var(--_on-color); background: var(--_text-2);
}
.dot-state .icon { stroke-width: 2.4; }
.dot-state.available, .dot-state.offered { background: var(--_go); }
.dot-state.away { background: var(--_hold); }
.dot-state.on_call { background: var(--_accent); }
.dot-state.wrap_up { background: var(--_wrap); }
.dot-state.offline { background: var(--_text-2); color: var(--_surface); }
.ring { position: relative; flex: none; display: inline-flex; align-items: center; justify-content: center; }
.ring svg { position: absolute; inset: 0; inline-size: 100%; block-size: 100%; transform: rotate(-90deg); }
.ring:dir(rtl) svg { transform: rotate(-90deg) scaleY(-1); }
.ring circle { fill: none; stroke-width: var(--ring-width, 3px); }
.ring .track { stroke: var(--_border); }
.ring .arc { stroke: var(--_go); stroke-linecap: round; stroke-dasharray: 100; stroke-dashoffset: var(--ring-offset, 0); transition: stroke-dashoffset 250ms linear; }
.ring .avatar { background: var(--_go-soft); color: var(--_go-text); }
.ring .avatar { animation: breathe 1.2s ease-in-out infinite; }
@keyframes breathe { 50% { transform: scale(1.04); } }
@keyframes late { from { opacity: 0; } to { opacity: 1; } }

.popover {
  position: fixed; inset: auto; margin: 0; padding: 0; inline-size: 360px; max-inline-size: min(440px, calc(100vw - 16px)); max-block-size: 70vh; overflow: auto;
  border: 1px solid var(--_border); border-radius: 12px; background: var(--_surface); color: var(--_text); box-shadow: var(--_shadow);
  font: 400 var(--_size)/calc(20 * var(--_u)) var(--_font); text-align: start;
}
.popover:popover-open { animation: rise 180ms ease-out; }
@keyframes rise { from { opacity: 0; transform: translateY(4px); } }
.rule { block-size: 1px; border: 0; margin: 6px 0; background: var(--_border); }
.card { padding: 16px; display: grid; gap: 8px; }
.card:focus-visible { outline: none; box-shadow: none; }
.btn.small { min-block-size: 36px; padding-inline: 13px; font-size: .929em; }
.btn.hold, .tile.on.hold { border-color: transparent; background: var(--_hold); color: var(--_on-color); }
.btn.hold:hover, .tile.on.hold:hover:not([aria-disabled="true"]) { background: var(--_hold); filter: brightness(.93); }
.holding .timer, .timer.holding { color: var(--_hold-text); }
.chip.held { font-variant-numeric: tabular-nums; }
.link { color: var(--_accent-text); font-size: .929em; font-weight: 500; min-block-size: 24px; padding-inline: 4px; margin-inline-end: -4px; border-radius: 4px; }
.head-row .link { font-size: 1em; font-weight: 600; }
.link:hover { text-decoration: underline; }
.line { display: flex; align-items: center; gap: 5px; min-inline-size: 0; }
.title { font-size: 1.14em; line-height: calc(22 * var(--_u)); font-weight: 600; }
.cards { display: grid; justify-items: center; gap: 6px; }
.chip.held .icon { stroke-width: 2.4; }
.setting { display: flex; align-items: center; gap: 10px; min-block-size: 40px; padding: 6px 12px; border-radius: 10px; background: var(--_surface-2); flex: none; }
.setting { font-size: .929em; line-height: calc(18 * var(--_u)); }
.setting .value { font-weight: 500; }
.switch { position: relative; flex: none; inline-size: 34px; block-size: 24px; border-radius: 12px; background: none; }
.switch::before { content: ""; position: absolute; inset: 2px 0; border-radius: 10px; border: 1px solid var(--_border-strong); background: var(--_surface-3); transition: background-color 120ms ease-out; }
.switch i { position: absolute; inset-block-start: 4px; inset-inline-start: 2px; inline-size: 16px; block-size: 16px; border: 2px solid var(--_surface-3); background-clip: border-box; border-radius: 50%; background: var(--_text-2); transition: inset-inline-start 120ms ease-out; }
.switch[aria-checked="true"]::before { background: var(--_accent); border-color: transparent; }
.switch[aria-checked="true"] i { inset-inline-start: 16px; background: var(--_on-color); border-color: var(--_on-color); }

.state { display: inline-flex; align-items: center; gap: 10px; min-block-size: 40px; padding-inline: 7px; border-radius: var(--_radius); max-inline-size: 240px; min-inline-size: 40px; flex: none; }
.state:hover { background: color-mix(in srgb, var(--_text) 5%, transparent); }
.state .words { display: grid; min-inline-size: 0; }
.state .words > :first-child { line-height: calc(18 * var(--_u)); }
.state > .icon { color: var(--_text-2); }
.state.compact { padding-inline: 0; gap: 4px; }
.state.compact .words { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); }
.state.over .small { color: var(--_hold-text); }
.dial { position: relative; flex: 0 1 320px; margin-inline-start: auto; min-inline-size: 160px; }
.dial .field { inline-size: 100%; padding-inline: 38px 40px; text-overflow: ellipsis; }
.dial > .icon { position: absolute; inset-block-start: calc(50% - 10px); inset-inline-start: 12px; color: var(--_text-2); pointer-events: none; }
.dial > .keys.btn { position: absolute; inset-block-start: 2px; inset-inline-end: 2px; min-block-size: 36px; min-inline-size: 36px; }
.dial + .btn { margin-inline-start: -4px; padding-inline: 14px; }
.tail { display: flex; align-items: center; }
.quality .label { min-inline-size: 2.6em; }
.quality { gap: 8px; padding-inline: 8px; color: var(--_text-2); font-weight: 400; font-size: .929em; border-color: transparent; background: transparent; }
.caller { display: grid; min-inline-size: 0; flex: 0 1 auto; }
.caller .line { display: flex; align-items: center; gap: 8px; min-inline-size: 0; }
.caller .line > * { flex: 0 1 auto; }
.muted-line { color: var(--_stop-text); }
.skeleton { block-size: 12px; inline-size: 120px; border-radius: 6px; background: var(--_surface-3); opacity: 0; animation: late 200ms 300ms forwards; }
.progress { position: absolute; inset-inline: -1px; inset-block-end: -1px; block-size: 3px; pointer-events: none; overflow: hidden; border-radius: 0 0 12px 12px; }
.progress i { display: block; block-size: 3px; background: var(--_wrap); inline-size: calc(var(--done, 0) * 100%); transition: inline-size 1s linear; }
.only-small, .only-narrow { display: none; }

@media (prefers-contrast: more) {
  :host {
    --_border: var(--_border-strong); --_text-2: var(--_text);
    --_go-soft: var(--_surface); --_hold-soft: var(--_surface); --_stop-soft: var(--_surface); --_wrap-soft: var(--_surface); --_accent-soft: var(--_surface);
  }
  .chip, .avatar { border: 1px solid var(--_border-strong); }
}
@media (prefers-reduced-motion: reduce) {
  *, *::before, *::after { transition: none !important; }
  .ring .avatar { animation: none; }
  .ring .arc { display: none; }
  .popover:popover-open { animation: late 180ms ease-out; }
  .busy::after { animation: appear 1ms 400ms forwards; border-inline-end-color: currentColor; }
  .btn:active { transform: none; }
}
@media (forced-colors: active) {
  :host { --_focus: Highlight; --_border: CanvasText; --_border-strong: CanvasText; --_text-2: CanvasText; }
  .bar, .panel, .popover, .tile, .tray, .card, .option, .avatar, .chip, .dot-state, .rows, .notice, .setting { border: 1px solid CanvasText; }
  .btn.go, .btn.stop, .btn.decline { border: 2px solid ButtonText; }
  .mark rect { fill: CanvasText; } .mark .line { stroke: Canvas; }
  .switch::before, .switch i { forced-color-adjust: none; } .switch::before { background: Canvas; border-color: ButtonText; } .switch i { background: ButtonText; }
  .switch[aria-checked="true"]::before { background: Highlight; } .switch[aria-checked="true"] i { background: HighlightText; }
  .signal, .chart i, .ring .arc, .progress i { forced-color-adjust: none; }
  .signal { fill: CanvasText; } .signal .off { fill: GrayText; }
  .chart i, .progress i { background: CanvasText; } .chart i.weak { background: GrayText; }
  .ring .arc { stroke: Highlight; } .ring .track { stroke: GrayText; }
  [aria-disabled="true"], [aria-disabled="true"] > * { color: GrayText; opacity: 1 !important; }
  .option[aria-checked="true"], .tile.on { outline: 2px solid Highlight; outline-offset: -3px; }
}
`

/** @type {WeakMap<object, Map<string, CSSStyleSheet>>} sheets by window and text: a sheet works only in documents of the window that made it */
const SHEETS = new WeakMap()

/**
 * Puts the sheets on a shadow root; after a move to another window, that window's own.
 * @param {ShadowRoot} root
 * @param {(string | undefined)[]} more further sheets
 */
export function adopt(root, ...more) {
  const view = /** @type {(Window & typeof globalThis) | null} */ (root.ownerDocument.defaultView)
  if (!view) return
  const sheets = SHEETS.get(view) ?? new Map()
  SHEETS.set(view, sheets)
  root.adoptedStyleSheets = [BASE, ...more].filter(text => text !== undefined).map(text => {
    const known = sheets.get(text) ?? new view.CSSStyleSheet()
    if (!sheets.has(text)) known.replaceSync(text)
    sheets.set(text, known)
    return known
  })
}
