/**
 * The style sheet of the panel.
 * @module
 */

export const PANEL = `
.panel {
  position: relative; display: flex; flex-direction: column; block-size: 100%; min-block-size: 420px; min-inline-size: 280px; overflow: hidden;
  border: 1px solid var(--_border); border-radius: var(--offhook-panel-radius, 14px); background: var(--_surface); box-shadow: var(--_shadow);
}
.head { flex: none; position: relative; display: flex; align-items: center; min-block-size: 56px; padding-inline: 8px; border-block-end: 1px solid var(--_border); }
.head .btn.icon-only { min-inline-size: 36px; }
.head .state { flex: 0 1 auto; max-inline-size: none; padding-inline: 8px; }
.head .progress { inset-inline: 0; inset-block-end: -3px; border-radius: 0; background: var(--_surface-3); }
.body { flex: 1 1 auto; min-block-size: 0; overflow: auto; display: flex; flex-direction: column; padding: 16px; position: relative; overflow-wrap: anywhere; }
.body.call { padding: 24px 20px 0; }
.body.offered { padding: 28px 20px 0; align-items: center; text-align: center; background: linear-gradient(to bottom, var(--_go-soft), var(--_surface) 62%); }
.body.offered > * { flex: none; }
.body.wrapping { padding: 16px 20px 0; }
.body.page { padding: 0; }
.foot { flex: none; padding: 12px 20px 20px; display: flex; flex-wrap: wrap; gap: 8px 12px; background: var(--_surface); }
.foot .btn { flex: 1 1 0; min-inline-size: min-content; white-space: normal; min-block-size: 48px; border-radius: 12px; font-weight: 600; font-size: 1.07em; }
.foot .btn.whole { flex-basis: 100%; }
.foot .btn.low { min-block-size: 40px; flex: 1 1 0; min-inline-size: max-content; white-space: nowrap; border-radius: var(--_radius); font-weight: 500; font-size: 1em; padding-inline: 5px; }
.foot.tight { gap: 8px; }
.foot.two .btn { min-block-size: 44px; border-radius: 10px; font-size: 1em; }
.foot.two .btn:not(.stop, .hold) { font-weight: 500; }
.body.held { background: linear-gradient(var(--_hold-soft), var(--_surface) 55%); }
.body.call .lab { margin-block-end: 9px; }
.body.call.held .setting { margin-block-start: 8px; }
.body.call.held .tiles + .setting, .body.call.held slot + .setting { margin-block-start: 12px; }
.talk.holding { color: var(--_hold-text); }
.panel .dial { margin: 0; flex: 1 1 auto; min-inline-size: 0; }
.panel .dialer { display: flex; gap: 8px; flex: none; }
.panel .dialer .btn { min-inline-size: 44px; padding: 0; margin: 0; }
.panel .dialer .btn .label { display: none; }
.table { display: grid; grid-template-columns: 1fr auto auto; column-gap: 18px; align-items: center; margin-block-start: 21px; flex: none; }
.table > div { display: contents; }
.table > div > * { line-height: calc(32 * var(--_u)); }
.table > div > .h { line-height: calc(18 * var(--_u)); font-size: .857em; color: var(--_text-2); margin-block-end: 4px; }
.table > div > .h:first-child { font-weight: 600; }
.table > div > .n { text-align: end; min-inline-size: 44px; }
.table > div > .n:last-child:not(.h) { font-size: .929em; }
.body > .rule { margin: 13px 0 14px; flex: none; }
.head-row { display: flex; justify-content: space-between; align-items: center; margin-block-start: -4px; font-size: .857em; line-height: calc(16 * var(--_u)); font-weight: 600; color: var(--_text-2); flex: none; }
.recent { display: flex; align-items: center; gap: 12px; min-block-size: 56px; flex: none; }
.recent .name { font-weight: 500; line-height: calc(19 * var(--_u)); }
.recent .line .num { white-space: nowrap; flex: none; }
.recent .line { display: flex; align-items: center; gap: 5px; color: var(--_text-2); }
.recent .line.missed .word, .recent .line.missed .icon { color: var(--_stop-text); }
.recents { margin-block-start: 2px; }
.tabs { flex: none; display: grid; grid-template-columns: repeat(4, 1fr); min-block-size: 56px; border-block-start: 1px solid var(--_border); }
.tab { position: relative; display: flex; flex-direction: column; align-items: center; justify-content: center; gap: 2px; font-size: .786em; line-height: calc(15 * var(--_u)); font-weight: 500; color: var(--_text-2); min-inline-size: 0; }
.tab > .ell { max-inline-size: 100%; }
.tab[aria-selected="true"] { color: var(--_accent-text); }
.tab[aria-selected="true"]::before { content: ""; position: absolute; inset-block-start: -1px; inset-inline: calc(50% - 21px); block-size: 2px; border-radius: 0 0 2px 2px; background: var(--_accent); }
.tab:focus-visible { outline-offset: -3px; box-shadow: none; border-radius: 6px; }
.panel .ring { inline-size: 104px; block-size: 104px; margin-block: 20px 16px; }
.panel .ring .avatar { inline-size: 92px; block-size: 92px; font-size: 32px; }
.panel .tag { display: inline-flex; align-items: center; gap: 4px; min-block-size: 24px; padding: 2px 10px; border-radius: 12px; background: var(--_surface); color: var(--_go-text); font-weight: 500; font-size: .857em; line-height: calc(18 * var(--_u)); max-inline-size: 100%; }
.panel .tag .icon { stroke-width: 2; }
.panel .big-name { font-size: 1.57em; line-height: calc(28 * var(--_u)); font-weight: 600; max-inline-size: 100%; overflow: hidden; display: -webkit-box; -webkit-line-clamp: 2; -webkit-box-orient: vertical; }
.rows { align-self: stretch; margin-block-start: 24px; padding: 11px 16px; border: 1px solid var(--_border); border-radius: 12px; background: var(--_surface); text-align: start; flex: none; }
.rows > div { display: flex; justify-content: space-between; gap: 12px; font-size: .929em; line-height: calc(26 * var(--_u)); }
.rows dt { color: var(--_text-2); flex: none; max-inline-size: 50%; }
.rows dd { font-weight: 500; text-align: end; }
.who { display: flex; align-items: center; gap: 14px; min-inline-size: 0; flex: none; }
.who .name { font-size: 1.14em; line-height: calc(22 * var(--_u)); font-weight: 600; }
.who.small-who { gap: 12px; }
.who.small-who .name { font-size: 1em; line-height: calc(20 * var(--_u)); }
.talk { text-align: center; margin-block: 21px 7px; font-size: 3.14em; line-height: calc(48 * var(--_u)); font-weight: 600; flex: none; }
.talk.words { font-size: 1.43em; }
.chips { display: flex; justify-content: center; flex-wrap: wrap; gap: 8px; flex: none; }
.tiles { display: grid; grid-template-columns: repeat(3, 1fr); gap: 8px; margin-block-start: 20px; flex: none; }
.tile {
  display: flex; flex-direction: column; align-items: center; justify-content: center; gap: 2px; min-block-size: 68px; border-radius: 12px; position: relative;
  background: var(--_surface-2); font-weight: 500; text-align: center; padding: 4px; transition: background-color 120ms ease-out; border: 1px solid transparent;
}
.tile > .label { font-size: .929em; }
.tile:hover:not([aria-disabled="true"]) { background: var(--_surface-3); }
.tile.on { background: var(--_text); color: var(--_surface); }
.tile.on:hover:not([aria-disabled="true"]) { background: var(--_text); }
.lab { display: flex; justify-content: space-between; align-items: baseline; gap: 12px; margin-block: 15px 7px; flex: none; }
.lab label, .lab .l { font-weight: 600; font-size: .929em; line-height: calc(18 * var(--_u)); }
.lab .req { color: var(--_stop-text); }
.panel .notes { flex: 0 0 auto; min-block-size: 64px; }
.panel .wrapping .notes { min-block-size: 86px; }
.options { display: grid; gap: 6px; flex: none; }
.option { display: flex; align-items: center; gap: 10px; min-block-size: 40px; padding: 4px 12px; border: 1px solid var(--_border); border-radius: var(--_radius); background: var(--_surface); }
.option .knob { flex: none; inline-size: 17px; block-size: 17px; border: 1px solid var(--_border-strong); border-radius: 50%; }
.option[aria-checked="true"] { border-color: var(--_accent); box-shadow: inset 0 0 0 1px var(--_accent); background: var(--_accent-soft); }
.option[aria-checked="true"]:focus-visible { box-shadow: inset 0 0 0 1px var(--_accent), 0 0 0 2px var(--_surface); }
.option[aria-checked="true"] .knob { border: 5.5px solid var(--_accent); background: var(--_surface); }
.notice { display: grid; gap: 2px; padding: 16px 20px 20px; flex: none; text-align: start; justify-items: start; }
.notice .sign { display: inline-flex; align-items: center; justify-content: center; inline-size: 40px; block-size: 40px; border-radius: 10px; background: var(--_accent-soft); color: var(--_accent-text); margin-block-end: 10px; }
.notice.stop .sign { background: var(--_stop-soft); color: var(--_stop-text); }
.notice.hold .sign { background: var(--_hold-soft); color: var(--_hold-text); }
.notice.wrap .sign { background: var(--_wrap-soft); color: var(--_wrap-text); }
.notice .title { font-size: 1.14em; line-height: calc(22 * var(--_u)); font-weight: 600; }
.notice .kept { display: flex; align-items: center; gap: 10px; align-self: stretch; justify-self: stretch; margin-block-start: 8px; }
.notice .kept .track { flex: 1 1 auto; block-size: 4px; border-radius: 2px; overflow: hidden; background: var(--_surface-3); }
.notice .kept i { display: block; block-size: 4px; border-radius: 2px; inline-size: calc(var(--done, 0) * 100%); background: var(--_hold); transition: inline-size 1s linear; }
.then { margin-block-start: 10px; }
.notice .actions { display: flex; flex-wrap: wrap; gap: 8px; margin-block-start: 14px; }
.notice .actions .btn { padding-inline: 14px; }
.body:not(.page) > .notice:not(.flat) { padding: 4px 4px 16px; margin-block-end: 16px; border-block-end: 1px solid var(--_border); }
.notice.flat { grid-template-columns: auto 1fr auto; column-gap: 12px; padding: 12px; margin-block-end: 16px; border: 1px solid var(--_border); border-radius: 12px; background: var(--_surface); align-self: stretch; }
.notice.flat .sign { inline-size: 24px; block-size: 24px; background: none; margin: 0; grid-row: span 4; }
.notice.flat.grave .sign { inline-size: 40px; block-size: 40px; background: var(--_accent-soft); }
.notice.flat.grave.stop .sign { background: var(--_stop-soft); }
.notice.flat.grave.hold .sign { background: var(--_hold-soft); }
.notice.flat .title { font-size: 1em; line-height: calc(20 * var(--_u)); }
.notice.flat > .tell { font-size: .929em; line-height: calc(18 * var(--_u)); }
.notice.flat > .tell, .notice.flat > .kept, .notice.flat > .actions { grid-column: 2 / -1; }
.notice.flat .actions { margin-block-start: 8px; }
.notice.flat .aside { grid-column: 3; grid-row: 1; color: var(--_text-2); }
.body.call, .body.offered, .body.wrapping { scroll-padding-block-start: 12px; }
.notice.flat .btn { min-block-size: 36px; padding-inline: 12px; font-size: .929em; }
.head .state .words { row-gap: 1px; }
.head > .soft { padding-inline-start: 8px; }
.body.wrapping > .notice.flat { margin: -5px -8px 12px; inline-size: auto; }
.body.call > .notice.flat, .body.offered > .notice.flat { position: absolute; inset-inline: 12px; inset-block-start: 8px; margin: 0; z-index: 1; box-shadow: var(--_shadow); }
.back { display: flex; align-items: center; gap: 8px; padding: 8px; border-block-end: 1px solid var(--_border); font-weight: 600; flex: none; }
.center { flex: 1; display: grid; place-content: center; justify-items: center; gap: 16px; text-align: center; }
@container offhook (max-width: 22.8em) {
  .tiles { grid-template-columns: repeat(2, 1fr); }
  .panel .who:not(.small-who) { flex-direction: column; text-align: center; }
  .table { column-gap: 8px; }
}
`
