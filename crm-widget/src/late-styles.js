/**
 * The style sheet of what opens: menus, pages, keypad, finder, cards of calls.
 * @module
 */

export const LATE_STYLES = `
.menu { padding: 6px; }
:where(.item) { display: flex; }
.item {
  align-items: center; gap: 12px; inline-size: 100%; min-block-size: 40px; padding: 4px 10px; border-radius: var(--_radius);
}
.item:hover, .item[aria-checked="true"] { background: var(--_surface-2); }
.item:focus-visible { outline-offset: -2px; box-shadow: none; }
.item[aria-checked="true"] { font-weight: 600; }
.item > .icon { color: var(--_text-2); }
.item .end { margin-inline-start: auto; color: var(--_text-2); font-size: .929em; font-weight: 400; }
.item[aria-checked="true"] .end { color: var(--_text); }
.item.stop { color: var(--_stop-text); }
.card > .row, .row { display: flex; align-items: center; justify-content: space-between; gap: 12px; }
.figures-card { gap: 6px; }
.figures-card > .row:first-child { margin-block-end: 5px; }
.figures-card .row .row { gap: 10px; }
.panel .item.only-bar { display: none; }
.medium { font-weight: 500; }
.kbd { display: inline-flex; gap: 4px; }
kbd { font: 500 .857em/calc(16 * var(--_u)) var(--_font); padding: 1px 6px; border: 1px solid var(--_border); border-block-end-width: 2px; border-radius: 4px; background: var(--_surface); white-space: nowrap; }
.chart { display: flex; align-items: flex-end; justify-content: flex-end; gap: calc((100% - 200px) / 39); block-size: 38px; margin-block-start: 8px; }
.chart i { flex: 0 0 5px; border-radius: 2px; background: var(--_go); block-size: calc(var(--h) * 1%); }
.chart i.weak { background: var(--_hold); }
.number-line .typed { min-block-size: 40px; }
.back ~ .devices > h2, .back ~ .shortcuts > h2 { display: none; }
.switch-row { display: grid; gap: 6px; }
.devices { gap: 10px; padding: 16px 20px 20px; }
.body > .devices { padding: 14px 16px 16px; }
.devices label.line { font-size: .929em; font-weight: 500; }
.devices .link { margin-block: -2px; }
.devices .row { min-block-size: 20px; }
.devices .line { gap: 8px; } .devices .line > .icon { color: var(--_text-2); }
.devices .rule { margin: 6px 0 0; }
.select.short { flex: 0 1 160px; }
.slider { inline-size: 160px; min-inline-size: 80px; block-size: 24px; accent-color: var(--_accent); }
.devices .toggle { min-block-size: 30px; }
.meter { display: flex; gap: 2px; }
.meter i { inline-size: 5px; block-size: 11px; border-radius: 1px; background: var(--_surface-3); }
.meter .on { background: var(--_go); } .meter .loud { background: var(--_hold); }
.keys12 { display: grid; grid-template-columns: repeat(3, 1fr); gap: 8px; }
.key {
  display: flex; flex-direction: column; align-items: center; justify-content: center; min-block-size: 56px; min-inline-size: 56px; border: 1px solid transparent; border-radius: 12px;
  background: var(--_surface-2); transition: background-color 120ms ease-out; user-select: none;
}
.key:hover { background: var(--_surface-3); }
.key:active, .key[data-pressed] { background: var(--_text); color: var(--_surface); }
.key .digit { font-size: 1.57em; line-height: calc(26 * var(--_u)); font-weight: 500; }
.key .letters { font-size: .714em; line-height: calc(12 * var(--_u)); font-weight: 600; letter-spacing: .1em; color: var(--_text-2); }
.key .letters::before { content: attr(data-letters); }
.key:active .letters, .key[data-pressed] .letters { color: inherit; }
.pad { display: grid; gap: 10px; padding: 16px; }
.pad-line { display: grid; grid-template-columns: 40px 1fr 40px; align-items: center; }
.pad-line .typed { grid-column: 2; text-align: center; overflow: hidden; direction: ltr; white-space: nowrap; }
.typed { font-size: 1.86em; line-height: calc(32 * var(--_u)); font-weight: 500; letter-spacing: .07em; background: none; border: 0; min-inline-size: 0; color: inherit; }
.pad .hint { text-align: center; }
.number-line { grid-template-columns: 1fr 40px; border-block-end: 1px solid var(--_border); padding-block-end: 10px; }
.number-line .typed { grid-column: 1; text-align: start; padding: 4px 0; font-size: 1.71em; font-weight: 500; letter-spacing: .01em; }
.number-line .typed::placeholder { color: var(--_text-2); opacity: 1; }
.number-line:focus-within { border-color: var(--_focus); box-shadow: 0 1px 0 var(--_focus); }
.number-line .typed:focus-visible { outline: none; box-shadow: none; }
.call-as { display: flex; align-items: center; gap: 8px; min-block-size: 28px; }
.call-as .select { flex: 1; }
.call-as select { border: 0; background: none; min-block-size: 28px; font-weight: 500; }
.call-as .select > .icon { inset-block-start: 6px; inset-inline-end: 4px; color: var(--_text-2); }
.segments { display: flex; padding: 3px; gap: 2px; border-radius: 10px; background: var(--_surface-2); }
.segment { flex: 1 1 0; min-block-size: 32px; padding-inline: 6px; border-radius: 8px; text-align: center; font-size: .929em; font-weight: 500; color: var(--_text-2); }
.segment[aria-selected="true"] { background: var(--_surface); color: var(--_text); font-weight: 600; box-shadow: 0 1px 2px rgb(16 24 40 / 16%); }
.finder { display: flex; flex-direction: column; gap: 10px; padding: 16px 12px 8px; min-block-size: 0; }
.finder-head { display: flex; align-items: center; justify-content: space-between; margin-block: -6px 0; padding-inline: 4px; }
.finder-head .btn { margin-inline-end: -8px; }
.search { position: relative; display: block; }
.search .field { inline-size: 100%; min-block-size: 42px; padding-inline: 38px 90px; }
.search > .icon { position: absolute; inset-block-start: 11px; inset-inline-start: 12px; color: var(--_text-2); pointer-events: none; }
.search .count { position: absolute; inset-block-start: 13px; inset-inline-end: 13px; }
.found { position: relative; margin-inline: -4px; margin-block-start: -4px; }
.finder, .found { --row: max(56px, calc(50 * var(--_u))); }
.who-row { display: flex; align-items: center; gap: 12px; block-size: var(--row); padding: 6px 12px; border-radius: 10px; cursor: pointer; }
.who-row .name { display: block; line-height: calc(19 * var(--_u)); font-weight: 500; }
.who-row .small { display: block; margin-block-start: 2px; }
.who-row > .flip { display: inline-flex; }
.who-row:hover, .who-row[aria-selected="true"] { background: var(--_surface-2); }
.who-row[aria-selected="true"] .grow { padding-inline-end: 136px; }
.face { position: relative; display: inline-flex; flex: none; }
.presence { position: absolute; inset-block-end: -2px; inset-inline-end: -2px; inline-size: 15px; block-size: 15px; border-radius: 50%; border: 2px solid var(--_surface); background: var(--_text-2); }
.presence.available { background: var(--_go); }
.presence.away { background: var(--_hold); }
.presence.on_call { background: var(--_accent); }
.presence.wrap_up { background: var(--_wrap); }
.row-actions { position: absolute; inset-block-start: calc(var(--at) * var(--row) + (var(--row) - 32px) / 2); inset-inline-end: 12px; display: flex; gap: 6px; }
.row-actions .btn { min-block-size: 32px; padding-inline: 10px; }
.number-actions { display: flex; justify-content: flex-end; gap: 8px; padding-block-end: 8px; }
.number-actions .btn { flex: 1; }
.none { padding: 12px 2px 20px; }
.call-card { display: flex; align-items: center; gap: 12px; inline-size: 100%; min-block-size: 66px; padding: 10px 14px; border: 1px solid var(--_border); border-radius: 12px; background: var(--_surface); }
.call-card .avatar { inline-size: 40px; block-size: 40px; background: var(--_surface); }
.call-card .name, .other .name { display: block; line-height: calc(19 * var(--_u)); font-weight: 600; }
.call-card.talking { border-color: var(--_go); background: var(--_go-soft); }
.call-card.talking .line { color: var(--_go-text); }
.call-card.held { background: var(--_hold-soft); }
.call-card.held .line { color: var(--_hold-text); }
.call-card.waiting .line, .other .line { color: var(--_text-2); }
.swap.btn { min-block-size: 32px; border-radius: 16px; padding-inline: 11px; font-size: .929em; }
.others { display: grid; grid-template-columns: minmax(0, 1fr); gap: 6px; flex: none; }
.other { display: flex; align-items: center; gap: 12px; min-block-size: 56px; padding: 6px 10px; border: 1px solid var(--_border); border-radius: 12px; background: var(--_surface); }
.other.held { background: var(--_hold-soft); }
.other.held .line { color: var(--_hold-text); }
.other.offered { background: var(--_go-soft); border-color: var(--_go); }
.other.offered .line { color: var(--_go-text); }
.popover .others { padding: 10px; }
.popover.of-keypad { inline-size: 300px; }
.popover.of-dialpad { inline-size: 300px; }
.popover.of-transfer { inline-size: 440px; }
.popover.of-find { padding-inline: 14px; padding-block: 6px; }
.popover .btn.whole { min-block-size: 44px; }
.body.of-keypad .pad, .body.of-dialpad .pad { padding: 16px 20px; }
.body.of-keypad .pad { padding-block-start: 20px; }
.body.of-keypad .pad-line { margin-block-end: -4px; }
.body.of-dialpad .pad { padding-block-start: 22px; }
.body.of-keypad .key { min-block-size: 62px; }
.body.of-dialpad .key { min-block-size: 58px; }
.body.of-transfer .finder { padding: 14px 12px 8px; }
.body > .finder { padding: 0 0 8px; flex: none; }
.dialer + .finder { margin-block-start: 8px; }
.consult-head { display: flex; align-items: center; justify-content: space-between; flex: none; }
.body.call.consulting { padding-block: 19px 20px; }
.body.consulting .cards { margin-block: 15px 12px; flex: none; }
.tiles.low { margin-block-start: 0; }
.tiles.low .tile { min-block-size: 68px; }
.stack { display: grid; gap: 8px; margin-block-start: 12px; flex: none; }
.btn.tall { min-block-size: 48px; border-radius: 12px; font-size: 1.07em; white-space: normal; }
.others + .who { margin-block-start: 14px; }
.others ~ .talk { margin-block: 8px 4px; }
.others ~ .tiles { margin-block-start: 14px; }
.panel .others ~ .notes { min-block-size: 0; block-size: 44px; }
.mini-call .avatar { inline-size: 32px; block-size: 32px; font-size: 12px; }
.mini-call { display: flex; align-items: center; gap: 10px; padding: 10px 16px; border-block-end: 1px solid var(--_border); flex: none; }
.mini-call .name { display: block; line-height: calc(18 * var(--_u)); font-weight: 600; }
.mini-call .small { display: block; }
.of-transfer + .foot { border-block-start: 1px solid var(--_border); padding: 12px 16px 13px; gap: 8px; }
.of-keypad + .foot { gap: 8px; }
@media (forced-colors: active) {
  .key, .call-card, .other, .segments { border: 1px solid CanvasText; }
  .item[aria-checked="true"], .segment[aria-selected="true"], .who-row[aria-selected="true"], .key[data-pressed] { outline: 2px solid Highlight; outline-offset: -3px; }
  .presence { background: ButtonText; }
  .meter i { forced-color-adjust: none; background: Canvas; border: 1px solid GrayText; } .meter .on, .meter .loud { background: CanvasText; }
}
`
