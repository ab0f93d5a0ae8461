/**
 * The style sheet of the bar.
 * @module
 */

// Widths of containers in em: text at 200 % has the layout of half the width. 64.25em are 899.5 px at the usual size.
export const BAR = `
.bar {
  position: relative; display: flex; align-items: center; gap: 12px; min-block-size: var(--_bar-height); min-inline-size: 320px;
  padding-inline: 12px 8px; border: 1px solid var(--_border); border-radius: var(--offhook-bar-radius, 12px);
  background: var(--_surface); box-shadow: var(--_shadow);
}
.bar.offered { background: linear-gradient(to right, var(--_go-soft) 55%, var(--_surface) 80%), var(--_surface); }
.bar.offered:dir(rtl) { background: linear-gradient(to left, var(--_go-soft) 55%, var(--_surface) 80%), var(--_surface); }
.bar.amber { background: var(--_hold-soft); }
.bar.held { background: linear-gradient(to right, var(--_hold-soft) 40%, var(--_surface) 75%), var(--_surface); }
.bar.held:dir(rtl) { background: linear-gradient(to left, var(--_hold-soft) 40%, var(--_surface) 75%), var(--_surface); }
.bar .talking-line { color: var(--_go-text); }
.bar .heard-line { color: var(--_accent-text); }
.bar .other-line { color: var(--_hold-text); }
.bar .more-calls { min-block-size: 32px; padding-inline: 10px; font-size: .929em; gap: 6px; flex: 0 1 auto; min-inline-size: 0; }
.bar.with-others .tray .label { display: none; }
.bar .more-calls .label { overflow: hidden; text-overflow: ellipsis; }
.bar .more-calls.offered { background: var(--_go-soft); color: var(--_go-text); border-color: var(--_go); }
.bar > .divider { flex: none; inline-size: 1px; block-size: 28px; background: var(--_border); }
.bar > .brand { display: contents; }
.queues { display: flex; gap: 20px; }
.queues > div { display: grid; }
.queues b { font-weight: 600; line-height: calc(18 * var(--_u)); }
.spacer { flex: 1 1 auto; }
.bar > .state { margin-inline-end: 2px; }
.bar > .state:not(.compact) { margin-inline-start: -1px; }
.bar .ring { inline-size: 44px; block-size: 44px; margin-inline-start: 4px; }
.bar .ring .avatar { inline-size: 37px; block-size: 37px; }
.bar .time { display: grid; flex: none; }
.bar .time.words { flex: 0 1 auto; min-inline-size: 0; }
.bar.in-call .time.words { flex: 0 .2 auto; }
.bar.in-call .caller { min-inline-size: 96px; }
.bar .time .timer { font-size: 1.43em; line-height: calc(24 * var(--_u)); font-weight: 600; }
.bar .time .line { display: flex; align-items: center; gap: 10px; }
.bar .rings { white-space: nowrap; color: var(--_text-2); margin-inline-end: 4px; }
.bar .btn.go, .bar .btn.decline { padding-inline: 17px; }
.bar .btn + .btn.go { margin-inline-start: -4px; }
.bar .btn { gap: 7px; }
.bar .btn.decline { padding-inline: 14px; }
.tray { display: flex; padding: 2px; border-radius: 10px; background: var(--_surface-2); flex: none; }
.tray .btn { border-color: transparent; background: transparent; padding-inline: 12px; gap: 8px; }
.tray .btn .icon { color: var(--_text-2); }
.tray .btn:hover { background: var(--_surface-3); }
.tray .btn.on { background: var(--_text); color: var(--_surface); }
.tray .btn.on.hold { background: var(--_hold); color: var(--_on-color); }
.tray .btn.accent { background: var(--_accent); color: var(--_on-color); }
.tray .btn.on .icon, .tray .btn.accent .icon { color: inherit; }
.tray + .btn.stop { margin-inline-start: -2px; padding-inline: 14px 16px; }
.strip { display: flex; align-items: center; gap: 10px; min-inline-size: 0; flex: 0 1 auto; overflow: hidden; }
.strip > .icon { color: var(--_text-2); }
.strip.hold > .icon { color: var(--_hold-text); }
.strip.stop > .icon { color: var(--_stop-text); }
.strip.accent > .icon { color: var(--_accent-text); }
.strip .title { font-size: 1em; line-height: calc(20 * var(--_u)); font-weight: 600; white-space: nowrap; flex: none; }
.strip .text { flex: 0 1 auto; }
.bar.wrap_up .strip { flex: none; }
.bar.in-call .other-action { display: none; }
.bar .outcome { flex: 0 1 184px; }
.bar .extend { padding-inline: 12px; }
.bar .notes { flex: 0 1 270px; text-overflow: ellipsis; }
.bar .outcome + .notes, .bar .notes + .btn, .bar .btn + .split { margin-inline-start: -4px; }
.split { display: inline-flex; flex: none; gap: 1px; }
.split > .btn:first-child { border-start-end-radius: 0; border-end-end-radius: 0; }
.split > .btn:last-child { border-start-start-radius: 0; border-end-start-radius: 0; padding: 0; min-inline-size: 38px; }
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
  .bar.in-call .time.side { margin-inline-start: auto; }
  .bar.in-call .time.side ~ .spacer { display: none; }
  .bar [data-control=end], .bar [data-control=drop] { margin-inline-end: -8px; }
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
  .bar.with-others .caller { min-inline-size: 64px; }
  .bar [data-control=follower-here] { display: none; }
  .only-small { display: revert; }
  .item.only-small { display: flex; }
  .only-small.inline { display: block; }
  .bar .rings, .bar .under-name.company-line { display: none; }
  .bar .caller { flex: 1 1 0; }
  .bar .caller ~ .spacer { flex: none; }
  .bar .notes, .bar.wrap_up .state .strong { display: none; }
  .bar .outcome { flex: 1 1 120px; }
  .bar .chip.queue { display: none; }
}
.label.short { display: none; }
@container offhook (max-width: 28.53em) { .bar .avatar, .bar .ring { display: none; } }
`
