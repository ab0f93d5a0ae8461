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
  --_shadow: var(--offhook-shadow, 0 1px 2px rgb(16 24 40 / 6%), 0 8px 24px rgb(16 24 40 / 12%));
  display: block;
  min-inline-size: 280px;
  color: var(--_text);
  font: 400 var(--_size)/20px var(--_font);
  font-size-adjust: none;
  text-align: start;
  -webkit-font-smoothing: antialiased;
}
:host([hidden]) { display: none; }
:host([theme="light"]) { color-scheme: light; }
:host([theme="dark"]) { color-scheme: dark; }
:host(:state(panel)) { inline-size: var(--_panel-width); max-inline-size: 100%; block-size: 600px; }
:host(:state(auto)) { inline-size: auto; block-size: 100%; }
*, *::before, *::after { box-sizing: border-box; }
.root { container: offhook / inline-size; block-size: 100%; }
button, input, select, textarea { font: inherit; color: inherit; margin: 0; letter-spacing: inherit; }
button { border: 0; background: none; padding: 0; cursor: pointer; text-align: start; -webkit-tap-highlight-color: transparent; }
button, a { touch-action: manipulation; }
p, h2, h3, ul, dl, dd { margin: 0; padding: 0; }
ul { list-style: none; }
.icon { flex: none; fill: none; stroke: currentColor; stroke-width: 1.75; stroke-linecap: round; stroke-linejoin: round; }
.icon.filled { fill: currentColor; stroke: none; }
.mark { flex: none; }
.mark rect { fill: var(--_text); }
.mark .line { fill: none; stroke: var(--_surface); stroke-width: 2; stroke-linecap: round; }
.mark .bold { stroke-width: 3.2; }
.signal { flex: none; fill: var(--_go); }
.signal[data-bars="2"], .signal[data-bars="3"] { fill: var(--_hold); }
.signal[data-bars="3"] { fill: var(--_go); }
.signal[data-bars="1"], .signal[data-bars="0"] { fill: var(--_stop); }
.signal .off { fill: var(--_surface-3); }
.num, .timer { font-variant-numeric: tabular-nums; }
.number { font-variant-numeric: tabular-nums; letter-spacing: .02em; white-space: nowrap; }
.ell { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; min-inline-size: 0; }
.strong { font-weight: 600; }
.soft { color: var(--_text-2); }
.small { font-size: .857em; line-height: 16px; }
.second { font-size: .929em; line-height: 18px; }
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
.btn.decline { border-color: color-mix(in srgb, var(--_stop) 60%, var(--_surface)); color: var(--_stop-text); font-weight: 600; }
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
.select > .icon { position: absolute; inset-inline-end: 10px; inset-block-start: 10px; pointer-events: none; }

.avatar {
  flex: none; display: inline-flex; align-items: center; justify-content: center; inline-size: 36px; block-size: 36px; border-radius: 50%;
  background: var(--_accent-soft); color: var(--_accent-text); font-size: 13px; line-height: 1; font-weight: 600; user-select: none;
}
.avatar.plain { background: var(--_surface-3); color: var(--_text-2); }
.avatar.big { inline-size: 52px; block-size: 52px; font-size: 18px; }
.chip {
  display: inline-flex; align-items: center; gap: 5px; padding: 1px 7px; border-radius: 5px; font-size: .857em; line-height: 18px; font-weight: 500;
  white-space: nowrap; background: var(--_surface-3); color: var(--_text-2); min-inline-size: 0;
}
.chip.white { background: var(--_surface); }
.chip.stop { background: var(--_stop-soft); color: var(--_stop-text); }
.chip.held { background: var(--_hold-soft); color: var(--_hold-text); max-inline-size: 100%; }
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
.ring .track { stroke: color-mix(in srgb, var(--_text) 10%, var(--_surface)); }
.ring .arc { stroke: var(--_go); stroke-linecap: round; stroke-dasharray: 100; stroke-dashoffset: var(--ring-offset, 0); transition: stroke-dashoffset 250ms linear; }
.ring .avatar { background: var(--_go-soft); color: var(--_go-text); }
.ring .avatar { animation: breathe 1.2s ease-in-out infinite; }
@keyframes breathe { 50% { transform: scale(1.04); } }
@keyframes late { from { opacity: 0; } to { opacity: 1; } }

.menu { padding: 6px; }
.item {
  display: flex; align-items: center; gap: 12px; inline-size: 100%; min-block-size: 40px; padding: 4px 10px; border-radius: var(--_radius); font-weight: 500;
}
.item:hover, .item[aria-checked="true"] { background: var(--_surface-2); }
.item:focus-visible { outline-offset: -2px; box-shadow: none; }
.item .end { margin-inline-start: auto; color: var(--_text-2); font-weight: 400; }
.item[aria-checked="true"] .end { color: var(--_text); }
.item.stop { color: var(--_stop-text); }
.rule { block-size: 1px; border: 0; margin: 6px 0; background: var(--_border); }
.popover {
  position: fixed; inset: auto; margin: 0; padding: 0; inline-size: 360px; max-inline-size: min(440px, calc(100vw - 16px)); max-block-size: 70vh; overflow: auto;
  border: 1px solid var(--_border); border-radius: 12px; background: var(--_surface); color: var(--_text); box-shadow: var(--_shadow);
  font: 400 var(--_size)/20px var(--_font); text-align: start;
}
.popover:popover-open { animation: rise 180ms ease-out; }
@keyframes rise { from { opacity: 0; transform: translateY(4px); } }
.card { padding: 16px; display: grid; gap: 8px; }
.card:focus-visible { outline-offset: -2px; box-shadow: none; border-radius: 12px; }
.card > .row, .row { display: flex; align-items: center; justify-content: space-between; gap: 12px; }
.kbd { display: inline-flex; gap: 4px; }
kbd { font: 500 12px/16px var(--_font); padding: 1px 6px; border: 1px solid var(--_border); border-block-end-width: 2px; border-radius: 4px; background: var(--_surface); white-space: nowrap; }
.chart { display: flex; align-items: flex-end; justify-content: flex-end; gap: 3px; block-size: 36px; }
.chart i { flex: 0 0 calc((100% - 69px) / 24); border-radius: 1px; background: var(--_go); block-size: calc(var(--h) * 1%); }
.chart i.weak { background: var(--_hold); }
.switch-row { display: grid; gap: 6px; }
.btn.small { min-block-size: 36px; padding-inline: 13px; font-size: .929em; }
.btn.hold, .tile.on.hold { border-color: transparent; background: var(--_hold); color: var(--_on-color); }
.btn.hold:hover, .tile.on.hold:hover:not([aria-disabled="true"]) { background: var(--_hold); filter: brightness(.93); }
.holding .timer, .timer.holding { color: var(--_hold-text); }
.chip.held { font-variant-numeric: tabular-nums; }
.line { display: flex; align-items: center; gap: 5px; min-inline-size: 0; }
.title { font-size: 1.14em; line-height: 22px; font-weight: 600; }

.keys12 { display: grid; grid-template-columns: repeat(3, 1fr); gap: 8px; }
.key {
  display: flex; flex-direction: column; align-items: center; justify-content: center; min-block-size: 56px; min-inline-size: 56px; border: 1px solid transparent; border-radius: 12px;
  background: var(--_surface-2); transition: background-color 120ms ease-out; user-select: none;
}
.key:hover { background: var(--_surface-3); }
.key:active, .key[data-pressed] { background: var(--_text); color: var(--_surface); }
.key .digit { font-size: 1.57em; line-height: 26px; font-weight: 500; }
.key .letters { font-size: .714em; line-height: 12px; font-weight: 600; letter-spacing: .1em; color: var(--_text-2); }
.key .letters::before { content: attr(data-letters); }
.key:active .letters, .key[data-pressed] .letters { color: inherit; }
.pad { display: grid; gap: 10px; padding: 16px; }
.pad-line { display: grid; grid-template-columns: 40px 1fr 40px; align-items: center; }
.pad-line .typed { grid-column: 2; text-align: center; overflow: hidden; direction: ltr; white-space: nowrap; }
.typed { font-size: 1.71em; line-height: 32px; font-weight: 500; letter-spacing: .05em; background: none; border: 0; min-inline-size: 0; color: inherit; }
.pad .hint { text-align: center; margin-block-start: 2px; }
.number-line { grid-template-columns: 1fr 40px; border-block-end: 1px solid var(--_border); padding-block-end: 10px; }
.number-line .typed { grid-column: 1; text-align: start; padding: 4px 0; font-size: 1.57em; font-weight: 400; letter-spacing: .01em; }
.number-line .typed::placeholder { color: var(--_text-2); opacity: 1; }
.number-line:focus-within { border-color: var(--_focus); box-shadow: 0 1px 0 var(--_focus); }
.number-line .typed:focus-visible { outline: none; box-shadow: none; }
.call-as { display: flex; align-items: center; gap: 8px; min-block-size: 28px; }
.call-as .select { flex: 1; }
.call-as select { border: 0; background: none; min-block-size: 28px; font-weight: 500; }
.call-as .select > .icon { inset-block-start: 6px; inset-inline-end: 4px; color: var(--_text-2); }

.segments { display: flex; padding: 3px; gap: 2px; border-radius: 10px; background: var(--_surface-2); }
.segment { flex: 1 1 0; min-block-size: 34px; padding-inline: 6px; border-radius: 8px; text-align: center; font-weight: 500; color: var(--_text-2); }
.segment[aria-selected="true"] { background: var(--_surface); color: var(--_text); box-shadow: 0 1px 2px rgb(16 24 40 / 16%); }
.finder { display: flex; flex-direction: column; gap: 10px; padding: 16px 16px 8px; min-block-size: 0; }
.finder-head { display: flex; align-items: center; justify-content: space-between; margin-block: -4px 2px; }
.finder-head .btn { margin-inline-end: -8px; }
.search { position: relative; display: block; }
.search .field { inline-size: 100%; min-block-size: 44px; padding-inline: 42px 90px; }
.search > .icon { position: absolute; inset-block-start: 12px; inset-inline-start: 13px; color: var(--_text-2); pointer-events: none; }
.search .count { position: absolute; inset-block-start: 13px; inset-inline-end: 13px; }
.found { position: relative; margin-inline: -8px; }
.who-row { display: flex; align-items: center; gap: 12px; min-block-size: 54px; padding: 6px 8px; border-radius: 10px; cursor: pointer; }
.who-row .name { display: block; line-height: 19px; font-weight: 500; }
.who-row .second { display: block; }
.who-row:hover, .who-row[aria-selected="true"] { background: var(--_surface-2); }
.who-row[aria-selected="true"] .grow { padding-inline-end: 152px; }
.face { position: relative; display: inline-flex; flex: none; }
.presence { position: absolute; inset-block-end: -1px; inset-inline-end: -1px; inline-size: 12px; block-size: 12px; border-radius: 50%; border: 2px solid var(--_surface); background: var(--_text-2); }
.presence.available { background: var(--_go); }
.presence.away { background: var(--_hold); }
.presence.on_call { background: var(--_accent); }
.presence.wrap_up { background: var(--_wrap); }
.row-actions { position: absolute; inset-block-start: calc(var(--at) * 54px + 9px); inset-inline-end: 8px; display: flex; gap: 6px; }
.number-actions { display: flex; justify-content: flex-end; gap: 8px; padding-block-end: 8px; }
.number-actions .btn { flex: 1; }
.none { padding: 12px 2px 20px; }

.cards { display: grid; justify-items: center; gap: 6px; }
.call-card { display: flex; align-items: center; gap: 14px; inline-size: 100%; min-block-size: 64px; padding: 10px 14px; border: 1px solid var(--_border); border-radius: 12px; background: var(--_surface); }
.call-card .avatar { background: var(--_surface); border: 1px solid var(--_border); }
.call-card .name, .other .name { display: block; line-height: 19px; font-weight: 600; }
.call-card.talking { border-color: var(--_go); background: var(--_go-soft); }
.call-card.talking .line { color: var(--_go-text); }
.call-card.held { background: var(--_hold-soft); }
.call-card.held .line { color: var(--_hold-text); }
.call-card.waiting .line, .other .line { color: var(--_text-2); }
.swap.btn { min-block-size: 32px; border-radius: 16px; padding-inline: 14px; font-size: .929em; }
.others { display: grid; grid-template-columns: minmax(0, 1fr); gap: 6px; flex: none; }
.other { display: flex; align-items: center; gap: 12px; min-block-size: 56px; padding: 6px 10px; border: 1px solid var(--_border); border-radius: 12px; background: var(--_surface); }
.other.held { background: var(--_hold-soft); }
.other.held .line { color: var(--_hold-text); }
.other.offered { background: var(--_go-soft); border-color: var(--_go); }
.other.offered .line { color: var(--_go-text); }
.popover .others { padding: 10px; }
.setting { display: flex; align-items: center; gap: 12px; min-block-size: 44px; padding: 6px 14px; border-radius: 10px; background: var(--_surface-2); flex: none; }
.setting > .icon { color: var(--_text-2); }
.switch { position: relative; flex: none; inline-size: 36px; block-size: 24px; border-radius: 12px; background: none; }
.switch::before { content: ""; position: absolute; inset: 2px 0; border-radius: 10px; border: 1px solid var(--_border-strong); background: var(--_surface-3); transition: background-color 120ms ease-out; }
.switch i { position: absolute; inset-block-start: 5px; inset-inline-start: 3px; inline-size: 14px; block-size: 14px; border-radius: 50%; background: var(--_border-strong); transition: inset-inline-start 120ms ease-out; }
.switch[aria-checked="true"]::before { background: var(--_accent); border-color: transparent; }
.switch[aria-checked="true"] i { inset-inline-start: 19px; background: var(--_on-color); }
.popover.of-keypad { inline-size: 264px; }
.popover.of-dialpad { inline-size: 300px; }
.popover.of-transfer { inline-size: 390px; }
.popover.of-find { padding-inline: 14px; padding-block: 6px; }
.popover .btn.whole { min-block-size: 44px; }

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
  .bar, .panel, .popover, .tile, .tray, .card, .option, .avatar, .chip, .dot-state, .rows, .notice, .key, .call-card, .other, .setting, .segments { border: 1px solid CanvasText; }
  .btn.go, .btn.stop, .btn.decline { border: 2px solid ButtonText; }
  .mark rect { fill: CanvasText; } .mark .line { stroke: Canvas; }
  .switch::before, .switch i { forced-color-adjust: none; } .switch::before { background: Canvas; border-color: ButtonText; } .switch i, .presence { background: ButtonText; }
  .switch[aria-checked="true"]::before { background: Highlight; } .switch[aria-checked="true"] i { background: HighlightText; }
  .signal, .chart i, .ring .arc, .progress i { forced-color-adjust: none; }
  .signal { fill: CanvasText; } .signal .off { fill: GrayText; }
  .chart i, .progress i { background: CanvasText; } .chart i.weak { background: GrayText; }
  .ring .arc { stroke: Highlight; } .ring .track { stroke: GrayText; }
  [aria-disabled="true"], [aria-disabled="true"] > * { color: GrayText; opacity: 1 !important; }
  .option[aria-checked="true"], .item[aria-checked="true"], .tile.on, .segment[aria-selected="true"], .who-row[aria-selected="true"], .key[data-pressed] { outline: 2px solid Highlight; outline-offset: -3px; }
}
`

// Widths of containers in em: text at 200 % has the layout of half the width. 64.25em are 899.5 px at the usual size.
const BAR = `
.bar {
  position: relative; display: flex; align-items: center; gap: 12px; block-size: var(--_bar-height); min-inline-size: 320px;
  padding-inline: 11px 8px; border: 1px solid var(--_border); border-radius: var(--offhook-bar-radius, 12px);
  background: var(--_surface); box-shadow: var(--_shadow);
}
.bar.offered { background: linear-gradient(to right, var(--_go-soft) 55%, var(--_surface) 80%), var(--_surface); }
.bar.offered:dir(rtl) { background: linear-gradient(to left, var(--_go-soft) 55%, var(--_surface) 80%), var(--_surface); }
.bar.amber { background: var(--_hold-soft); }
.bar.held { background: linear-gradient(to right, var(--_hold-soft) 40%, var(--_surface) 75%), var(--_surface); }
.bar.held:dir(rtl) { background: linear-gradient(to left, var(--_hold-soft) 40%, var(--_surface) 75%), var(--_surface); }
.bar .talking-line { color: var(--_go-text); }
.bar .other-line { color: var(--_hold-text); }
.bar .more-calls { min-block-size: 32px; padding-inline: 10px; font-size: .929em; gap: 6px; flex: 0 1 auto; min-inline-size: 0; }
.bar.with-others .tray .label { display: none; }
.bar .more-calls .label { overflow: hidden; text-overflow: ellipsis; }
.bar .more-calls.offered { background: var(--_go-soft); color: var(--_go-text); border-color: var(--_go); }
.bar.amber .tray { background: color-mix(in srgb, var(--_surface) 55%, transparent); }
.bar > .divider { flex: none; inline-size: 1px; block-size: 28px; background: var(--_border); }
.bar > .brand { display: contents; }
.state { display: inline-flex; align-items: center; gap: 10px; min-block-size: 40px; padding-inline: 7px; border-radius: var(--_radius); max-inline-size: 240px; min-inline-size: 40px; flex: none; }
.state:hover { background: color-mix(in srgb, var(--_text) 5%, transparent); }
.state .words { display: grid; min-inline-size: 0; }
.state .words > :first-child { line-height: 18px; }
.state > .icon { color: var(--_text-2); margin-inline-start: 2px; }
.state.compact { padding-inline: 0; gap: 6px; }
.state.compact .words { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); }
.state.over .small { color: var(--_hold-text); }
.queues { display: flex; gap: 20px; }
.queues > div { display: grid; }
.queues b { font-weight: 600; line-height: 18px; }
.dial { position: relative; flex: 0 1 320px; margin-inline-start: auto; min-inline-size: 160px; }
.dial .field { inline-size: 100%; padding-inline: 39px 40px; text-overflow: ellipsis; }
.dial > .icon { position: absolute; inset-block-start: 10px; inset-inline-start: 11px; color: var(--_text-2); pointer-events: none; }
.dial > .keys.btn { position: absolute; inset-block-start: 2px; inset-inline-end: 2px; min-block-size: 36px; min-inline-size: 36px; }
.dial + .btn { margin-inline-start: -4px; padding-inline: 14px; font-weight: 600; font-size: .964em; }
.spacer { flex: 1 1 auto; }
.tail { display: flex; align-items: center; }
.quality .label { min-inline-size: 2.6em; }
.quality { gap: 8px; padding-inline: 10px; color: var(--_text-2); font-weight: 400; font-size: .929em; border-color: transparent; background: transparent; }
.caller { display: grid; min-inline-size: 0; flex: 0 1 auto; }
.caller .line { display: flex; align-items: center; gap: 8px; min-inline-size: 0; }
.caller .line > * { flex: 0 1 auto; }
.bar .ring { inline-size: 44px; block-size: 44px; margin-inline-start: 4px; }
.bar .ring .avatar { inline-size: 37px; block-size: 37px; }
.bar .time { display: grid; flex: none; }
.bar .time.words { flex: 0 1 auto; min-inline-size: 0; }
.bar.in-call .time.words { flex: 0 .2 auto; }
.bar.in-call .caller { min-inline-size: 96px; }
.bar .time .timer { font-size: 1.43em; line-height: 24px; font-weight: 600; }
.bar .time .line { display: flex; align-items: center; gap: 10px; }
.bar .rings { white-space: nowrap; color: var(--_text-2); margin-inline-end: 4px; }
.bar .btn.go, .bar .btn.decline { padding-inline: 17px; }
.bar .btn + .btn.go { margin-inline-start: -4px; }
.tray { display: flex; padding: 2px; border-radius: 10px; background: var(--_surface-2); flex: none; }
.tray .btn { border-color: transparent; background: transparent; padding-inline: 12px; gap: 10px; }
.tray .btn .icon { color: var(--_text-2); }
.tray .btn:hover { background: var(--_surface-3); }
.tray .btn.on { background: var(--_text); color: var(--_surface); }
.tray .btn.on.hold { background: var(--_hold); color: var(--_on-color); }
.tray .btn.accent { background: var(--_accent); color: var(--_on-color); }
.tray .btn.on .icon, .tray .btn.accent .icon { color: inherit; }
.tray + .btn.stop { margin-inline-start: -2px; padding-inline: 15px; }
.muted-line { color: var(--_stop-text); }
.strip { display: flex; align-items: center; gap: 10px; min-inline-size: 0; flex: 0 1 auto; overflow: hidden; }
.strip > .icon { color: var(--_text-2); }
.strip.hold > .icon { color: var(--_hold-text); }
.strip.stop > .icon { color: var(--_stop-text); }
.strip.accent > .icon { color: var(--_accent-text); }
.strip .title { font-weight: 600; white-space: nowrap; flex: none; }
.strip .text { flex: 0 1 auto; }
.bar.wrap_up .strip { flex: none; }
.bar.in-call .strip.has-actions .text, .bar.in-call .other-action { display: none; }
.bar.in-call .strip.has-actions .title { flex: 0 1 auto; }
.skeleton { block-size: 12px; inline-size: 120px; border-radius: 6px; background: var(--_surface-3); opacity: 0; animation: late 200ms 300ms forwards; }
.progress { position: absolute; inset-inline: -1px; inset-block-end: -1px; block-size: 3px; pointer-events: none; overflow: hidden; border-radius: 0 0 12px 12px; }
.progress i { display: block; block-size: 3px; background: var(--_wrap); inline-size: calc(var(--done, 0) * 100%); transition: inline-size 1s linear; }
.bar .outcome { flex: 0 1 184px; }
.bar .notes { flex: 0 1 270px; text-overflow: ellipsis; }
.bar .outcome + .notes, .bar .notes + .btn, .bar .btn + .split { margin-inline-start: -4px; }
.split { display: inline-flex; flex: none; gap: 1px; }
.split > .btn:first-child { border-start-end-radius: 0; border-end-end-radius: 0; }
.split > .btn:last-child { border-start-start-radius: 0; border-end-start-radius: 0; padding: 0; min-inline-size: 38px; }
.only-small, .only-narrow { display: none; }
@container offhook (max-width: 77.1em) { .queues { display: none; } .bar .divider.of-queues { display: none; } }
@container offhook (max-width: 64.25em) {
  .bar .label { display: none; }
  .bar .tray .btn { padding-inline: 10px; }
  .bar .state:not(.compact) .small.hide-narrow { display: none; }
  .bar .time .under { display: none; }
  .bar .chip.rec { display: none; }
  .bar .popout, .bar .headphones { display: none; }
  .bar .divider.of-tail, .bar .divider.of-time { display: none; }
  .bar .quality { padding-inline: 8px; }
  .bar .dial + .btn { padding-inline: 0; }
  .bar .waited, .bar .company { display: none; }
  .bar .keep .label:not(.short, .long) { display: inline; }
  .bar .under-name { display: block; }
  .bar .strip .text { display: none; }
  .bar .strip .title { flex: 0 1 auto; }
  .bar.wrap_up .strip { flex: 0 1 auto; }
  .bar .wrap-caller, .bar .extend { display: none; }
  .split .btn:first-child .label.long { display: none; }
  .split .btn:first-child .label.short { display: inline; }
  .item.only-narrow { display: flex; }
  .bar .divider.of-wrap { display: none; }
}
@container offhook (max-width: 45.68em) {
  .bar { gap: 8px; }
  .bar .control-keypad, .bar .control-transfer, .bar .quality, .bar .mark, .bar .dial, .bar .dial + .btn { display: none; }
  .bar .keep:has(> .icon) .label { display: none; }
  .bar .keep.btn:has(> .icon) { padding-inline: 0; min-inline-size: 44px; }
  .bar .keep.btn:not(:has(> .icon)) { padding-inline: 11px; }
  .bar .other-action { display: none; }
  .bar .tail { margin-inline-start: auto; }
  .bar .strip ~ .divider, .bar .divider { display: none; }
  .bar .state { min-inline-size: 0; flex: 0 1 auto; }
  .bar:has(.strip) .state .words { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); }
  .bar:has(.strip) .state { flex: none; gap: 4px; }
  .bar.in-call > .state, .bar.in-call > .divider { display: none; }
  .bar .time.side { display: none; }
  .bar .more-calls .label { display: none; }
  .only-small { display: revert; }
  .item.only-small { display: flex; }
  .only-small.inline { display: block; }
  .bar .rings, .bar .under-name.company-line { display: none; }
  .bar .caller { flex: 1 1 0; }
  .bar .notes, .bar.wrap_up .state .strong { display: none; }
  .bar .outcome { flex: 1 1 120px; }
  .bar .chip.queue { display: none; }
}
.label.short { display: none; }
@container offhook (max-width: 28.53em) { .bar .avatar, .bar .ring { display: none; } }
`

const PANEL = `
.panel {
  position: relative; display: flex; flex-direction: column; block-size: 100%; min-block-size: 420px; min-inline-size: 280px; overflow: hidden;
  border: 1px solid var(--_border); border-radius: var(--offhook-panel-radius, 14px); background: var(--_surface); box-shadow: var(--_shadow);
}
.head { flex: none; position: relative; display: flex; align-items: center; block-size: 56px; padding-inline: 8px; border-block-end: 1px solid var(--_border); }
.head .btn.icon-only { min-inline-size: 36px; }
.head .state { flex: 0 1 auto; max-inline-size: none; padding-inline: 8px; }
.head .state > .icon { margin-inline-start: 8px; }
.head .progress { inset-inline: 0; inset-block-end: -3px; border-radius: 0; background: var(--_surface-3); }
.body { flex: 1 1 auto; min-block-size: 0; overflow: auto; display: flex; flex-direction: column; padding: 16px; position: relative; overflow-wrap: anywhere; }
.body.call { padding: 25px 20px 0; }
.body.offered { padding: 28px 20px 0; align-items: center; text-align: center; background: linear-gradient(to bottom, var(--_go-soft), var(--_surface) 62%); }
.body.wrapping { padding: 17px 20px 0; }
.body.page { padding: 0; }
.foot { flex: none; padding: 12px 20px 20px; display: flex; flex-wrap: wrap; gap: 8px 12px; background: var(--_surface); }
.foot .btn { flex: 1 1 0; min-block-size: 48px; border-radius: 12px; font-weight: 600; font-size: 1.07em; }
.foot .btn.whole { flex-basis: 100%; }
.foot .btn.low { min-block-size: 40px; flex: 1 1 auto; border-radius: var(--_radius); font-weight: 500; font-size: 1em; padding-inline: 12px; }
.foot.tight { gap: 8px; }
.of-transfer + .foot { border-block-start: 1px solid var(--_border); padding-block: 12px 16px; }
.foot.two .btn { min-block-size: 44px; border-radius: 10px; font-size: 1em; }
.body.held { background: linear-gradient(var(--_hold-soft), var(--_surface) 55%); }
.body.call.held .setting { margin-block-start: 16px; }
.talk.holding { color: var(--_hold-text); }
.mini-call { display: flex; align-items: center; gap: 12px; padding: 11px 16px; border-block-end: 1px solid var(--_border); flex: none; }
.mini-call .name { display: block; line-height: 18px; font-weight: 600; }
.mini-call .second { display: block; }
.body.of-keypad .pad, .body.of-dialpad .pad { padding: 20px; }
.body.of-transfer .finder { padding: 20px 16px 8px; }
.body > .finder { padding: 0 0 8px; flex: none; }
.dialer + .finder { margin-block-start: 8px; }
.consult-head { display: flex; align-items: center; justify-content: space-between; flex: none; }
.body.call.consulting { padding-block-end: 20px; }
.body.consulting .cards { margin-block: 12px 12px; flex: none; }
.tiles.low { margin-block-start: 0; }
.tiles.low .tile { min-block-size: 60px; }
.stack { display: grid; gap: 8px; margin-block-start: 12px; flex: none; }
.btn.tall { min-block-size: 44px; border-radius: 12px; font-size: 1.07em; white-space: normal; }
.others + .who { margin-block-start: 14px; }
.others ~ .talk { margin-block: 8px 4px; }
.others ~ .tiles { margin-block-start: 14px; }
.others ~ .notes { min-block-size: 44px; }
.panel .dial { margin: 0; flex: 1 1 auto; min-inline-size: 0; }
.panel .dialer { display: flex; gap: 8px; flex: none; }
.panel .dialer .btn { min-inline-size: 44px; padding: 0; margin: 0; }
.panel .dialer .btn .label { display: none; }
.table { display: grid; grid-template-columns: 1fr auto auto; column-gap: 18px; align-items: center; margin-block-start: 21px; flex: none; }
.table > div { display: contents; }
.table > div > * { line-height: 32px; }
.table > div > .h { line-height: 18px; font-size: .929em; color: var(--_text-2); margin-block-end: 2px; }
.table > div > .h:first-child { font-weight: 600; }
.table > div > .n { text-align: end; min-inline-size: 44px; }
.body > .rule { margin: 13px 0 14px; flex: none; }
.head-row { display: flex; justify-content: space-between; align-items: center; font-size: .929em; line-height: 18px; font-weight: 600; color: var(--_text-2); flex: none; }
.recent { display: flex; align-items: center; gap: 12px; min-block-size: 56px; flex: none; }
.recent .name { font-weight: 500; line-height: 19px; }
.recent .line { display: flex; align-items: center; gap: 5px; color: var(--_text-2); }
.recent .line.missed .word, .recent .line.missed .icon { color: var(--_stop-text); }
.recents { margin-block-start: 8px; }
.tabs { flex: none; display: grid; grid-template-columns: repeat(4, 1fr); block-size: 57px; border-block-start: 1px solid var(--_border); }
.tab { position: relative; display: flex; flex-direction: column; align-items: center; justify-content: center; gap: 2px; font-size: .857em; line-height: 16px; font-weight: 500; color: var(--_text-2); min-inline-size: 0; }
.tab > .ell { max-inline-size: 100%; }
.tab[aria-selected="true"] { color: var(--_accent-text); }
.tab[aria-selected="true"]::before { content: ""; position: absolute; inset-block-start: -1px; inset-inline: calc(50% - 21px); block-size: 2px; background: var(--_accent); }
.tab:focus-visible { outline-offset: -3px; box-shadow: none; border-radius: 6px; }
.panel .ring { inline-size: 104px; block-size: 104px; margin-block: 20px 18px; }
.panel .ring .avatar { inline-size: 92px; block-size: 92px; font-size: 32px; }
.panel .tag { display: inline-flex; align-items: center; gap: 4px; min-block-size: 24px; padding: 2px 10px; border-radius: 12px; background: var(--_surface); color: var(--_go-text); font-weight: 500; font-size: .929em; line-height: 18px; max-inline-size: 100%; }
.panel .tag .icon { stroke-width: 2; }
.panel .big-name { font-size: 1.57em; line-height: 28px; font-weight: 600; max-inline-size: 100%; overflow: hidden; display: -webkit-box; -webkit-line-clamp: 2; -webkit-box-orient: vertical; }
.rows { align-self: stretch; margin-block-start: 24px; padding: 11px 16px; border: 1px solid var(--_border); border-radius: 12px; background: var(--_surface); text-align: start; flex: none; }
.rows > div { display: flex; justify-content: space-between; gap: 12px; line-height: 26px; }
.rows dt { color: var(--_text-2); flex: none; max-inline-size: 50%; }
.rows dd { font-weight: 500; text-align: end; }
.who { display: flex; align-items: center; gap: 14px; min-inline-size: 0; flex: none; }
.who .name { font-size: 1.14em; line-height: 22px; font-weight: 600; }
.who.small-who { gap: 12px; }
.who.small-who .name { font-size: 1em; line-height: 20px; }
.talk { text-align: center; margin-block: 21px 8px; font-size: 3.14em; line-height: 48px; font-weight: 600; flex: none; }
.talk.words { font-size: 1.43em; }
.chips { display: flex; justify-content: center; flex-wrap: wrap; gap: 8px; flex: none; }
.tiles { display: grid; grid-template-columns: repeat(3, 1fr); gap: 8px; margin-block-start: 20px; flex: none; }
.tile {
  display: flex; flex-direction: column; align-items: center; justify-content: center; gap: 4px; min-block-size: 68px; border-radius: 12px; position: relative;
  background: var(--_surface-2); font-weight: 500; text-align: center; padding: 4px; transition: background-color 120ms ease-out; border: 1px solid transparent;
}
.tile:hover:not([aria-disabled="true"]) { background: var(--_surface-3); }
.tile.on { background: var(--_text); color: var(--_surface); }
.tile.on:hover:not([aria-disabled="true"]) { background: var(--_text); }
.lab { display: flex; justify-content: space-between; align-items: baseline; gap: 12px; margin-block: 15px 7px; flex: none; }
.lab label, .lab .l { font-weight: 600; font-size: .929em; line-height: 18px; }
.lab .req { color: var(--_stop-text); }
.panel .notes { flex: 0 0 auto; min-block-size: 64px; }
.panel .wrapping .notes { min-block-size: 86px; }
.options { display: grid; gap: 6px; flex: none; }
.option { display: flex; align-items: center; gap: 10px; min-block-size: 40px; padding: 4px 12px; border: 1px solid var(--_border); border-radius: var(--_radius); background: var(--_surface); }
.option .knob { flex: none; inline-size: 17px; block-size: 17px; border: 1px solid var(--_border-strong); border-radius: 50%; }
.option[aria-checked="true"] { border-color: var(--_accent); box-shadow: inset 0 0 0 1px var(--_accent); background: var(--_accent-soft); }
.option[aria-checked="true"]:focus-visible { box-shadow: inset 0 0 0 1px var(--_accent), 0 0 0 2px var(--_surface); }
.option[aria-checked="true"] .knob { border: 5.5px solid var(--_accent); background: var(--_surface); }
.notice { display: grid; gap: 4px; padding: 16px 20px 20px; flex: none; text-align: start; justify-items: start; }
.notice .sign { display: inline-flex; align-items: center; justify-content: center; inline-size: 40px; block-size: 40px; border-radius: 10px; background: var(--_accent-soft); color: var(--_accent-text); margin-block-end: 10px; }
.notice.stop .sign { background: var(--_stop-soft); color: var(--_stop-text); }
.notice.hold .sign { background: var(--_hold-soft); color: var(--_hold-text); }
.notice.wrap .sign { background: var(--_wrap-soft); color: var(--_wrap-text); }
.notice .title { font-size: 1.14em; line-height: 22px; font-weight: 600; }
.notice .actions { display: flex; flex-wrap: wrap; gap: 8px; margin-block-start: 12px; }
.notice.flat { grid-template-columns: auto 1fr auto; column-gap: 12px; padding: 12px; margin-block-end: 16px; border: 1px solid var(--_border); border-radius: 12px; background: var(--_surface); align-self: stretch; }
.notice.flat .sign { inline-size: 24px; block-size: 24px; background: none; margin: 0; grid-row: span 3; }
.notice.flat .title { font-size: 1em; line-height: 20px; }
.notice.flat > .tell, .notice.flat > .actions { grid-column: 2 / -1; }
.notice.flat .actions { margin-block-start: 8px; }
.notice.flat .aside { grid-column: 3; grid-row: 1; color: var(--_text-2); }
.body.call, .body.offered, .body.wrapping { scroll-padding-block-start: 12px; }
.body.call > .notice.flat, .body.offered > .notice.flat, .body.wrapping > .notice.flat { position: absolute; inset-inline: 12px; inset-block-start: 8px; margin: 0; z-index: 1; box-shadow: var(--_shadow); }
.back { display: flex; align-items: center; gap: 8px; padding: 8px; border-block-end: 1px solid var(--_border); font-weight: 600; flex: none; }
.center { flex: 1; display: grid; place-content: center; justify-items: center; gap: 16px; text-align: center; }
@container offhook (max-width: 22.8em) {
  .tiles { grid-template-columns: repeat(2, 1fr); }
  .panel .who:not(.small-who) { flex-direction: column; text-align: center; }
  .table { column-gap: 8px; }
}
`

/** @type {WeakMap<object, CSSStyleSheet[]>} sheets by window: a sheet works only in documents of the window that made it */
const SHEETS = new WeakMap()

/**
 * Puts the sheets on a shadow root; after a move to another window, that window's own.
 * @param {ShadowRoot} root
 */
export function adopt(root) {
  const view = /** @type {(Window & typeof globalThis) | null} */ (root.ownerDocument.defaultView)
  if (!view) return
  let sheets = SHEETS.get(view)
  if (!sheets) {
    sheets = [BASE, BAR, PANEL].map(text => {
      const sheet = new view.CSSStyleSheet()
      sheet.replaceSync(text)
      return sheet
    })
    SHEETS.set(view, sheets)
  }
  root.adoptedStyleSheets = sheets
}
