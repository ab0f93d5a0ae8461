/**
 * The style sheet of the mini.
 * @module
 */

export const MINI = `
:host(:state(mini)) { inline-size: 360px; max-inline-size: 100%; min-inline-size: 280px; block-size: 200px; }
:host(:state(mini):state(keypad-open)) { block-size: 300px; }
.mini { display: flex; flex-direction: column; block-size: 100%; overflow: hidden; border: 1px solid var(--_border); border-radius: 14px; background: var(--_surface); box-shadow: var(--_shadow); }
.mini-head { display: flex; align-items: center; gap: 8px; flex: none; min-block-size: 32px; padding: 0 4px 0 10px; background: var(--_surface-2); }
.mini-head .btn { min-block-size: 32px; min-inline-size: 32px; }
.mini-head.offered { background: var(--_go-soft); color: var(--_go-text); }
.mini-head .btn.go { padding-inline: 10px; font-size: .929em; gap: 6px; min-block-size: 28px; }
.mini.held { background: linear-gradient(var(--_hold-soft), var(--_surface) 70%); }
.mini.offered { background: linear-gradient(var(--_go-soft), var(--_surface) 80%); }
.mini-who { display: flex; align-items: flex-start; gap: 12px; flex: 1 1 auto; min-block-size: 0; padding: 14px 16px 8px; align-self: stretch; }
.mini-who:has(> .dot-state) { align-items: center; }
.mini-who > .grow { padding-block-start: 2px; }
.mini-who > .ring + .grow { padding: 0 0 0 2px; }
.mini-who .name { display: block; font-size: 1.14em; line-height: calc(22 * var(--_u)); font-weight: 600; }
.mini-who .second { display: block; }
.mini-who .avatar { inline-size: 44px; block-size: 44px; font-size: 15px; }
.mini-who .timer { font-size: 1.71em; line-height: calc(44 * var(--_u)); font-weight: 600; flex: none; }
.mini-who .timer.wrapping { color: var(--_wrap-text); font-size: 1.57em; line-height: calc(40 * var(--_u)); }
.mini-who .select { flex: 1 1 auto; }
.mini-line { flex: 1 1 auto; min-block-size: 0; overflow: hidden; padding-inline: 16px; }
.mini-who.wrap:has(+ .mini-line) { flex: none; }
.mini-who .rings { flex: none; padding-block-start: 4px; }
.mini-who .rings.still { display: none; }
.mini-ready { flex: 1 1 auto; min-block-size: 0; padding: 11px 16px 0; }
.mini-ready > .line { justify-content: space-between; gap: 12px; min-block-size: 24px; }
.mini-ready .over { color: var(--_hold-text); }
.mini-state { display: flex; align-items: center; gap: 10px; min-inline-size: 0; min-block-size: 28px; border-radius: 6px; }
.mini-state .name { font-size: 1.14em; line-height: calc(22 * var(--_u)); font-weight: 600; }
.figures { display: flex; gap: 16px; margin-block-start: 20px; min-inline-size: 0; }
.figures b { color: var(--_text); font-weight: 600; }
.mini .dialer .dial { flex: 1 1 0; min-inline-size: 0; margin: 0; }
.mini .dialer .dial .field { min-block-size: 44px; }
.mini .dialer .dial > .keys.btn { inset-block-start: 4px; }
.mini .dialer .dial + .btn { padding: 0; margin: 0; }
.mini .dialer .dial + .btn .label { display: none; }
.mini .ring { inline-size: 56px; block-size: 56px; }
.mini .ring .avatar { inline-size: 49px; block-size: 49px; }
.mini .talking-line { color: var(--_go-text); }
.tone-stop { color: var(--_stop-text); } .tone-hold { color: var(--_hold-text); } .tone-accent { color: var(--_accent-text); } .tone-wrap { color: var(--_wrap-text); }
.mini-feet { display: flex; flex-wrap: wrap; align-items: center; gap: 8px; flex: none; padding: 0 16px 16px; min-block-size: 60px; }
.mini-feet .btn { min-block-size: 44px; min-inline-size: 44px; border-radius: 10px; }
.mini-feet .wide { flex: 1 1 0; }
.mini-feet .square { padding: 0; background: var(--_surface-2); border-color: transparent; }
.mini-feet .square.on { background: var(--_text); color: var(--_surface); }
.mini-feet .square.on.hold { background: var(--_hold); color: var(--_on-color); }
.mini-told { display: flex; gap: 12px; flex: 1 1 auto; min-block-size: 0; overflow: auto; padding: 14px 16px 8px; }
.mini-told .grow > span { display: block; }
.mini-told .name { font-weight: 600; }
.mini-pad { flex: 1 1 auto; min-block-size: 0; overflow: auto; }
.mini-pad .pad { padding: 8px 16px 12px; gap: 6px; }
.mini-pad .keys12 { gap: 6px; }
.mini-pad .key { min-block-size: 44px; }
.mini-pad .key .digit { font-size: 1.28em; line-height: calc(22 * var(--_u)); }
.mini-pad .letters, .mini-pad .hint { display: none; }
.mini-pad .typed { font-size: 1.43em; line-height: calc(26 * var(--_u)); }
.mini-pad .small-line { gap: 8px; min-block-size: 36px; direction: ltr; }
.mini-pad .small-line .typed { border-radius: 6px; padding-inline: 6px; }
.mini-pad .small-line .btn { min-block-size: 36px; min-inline-size: 36px; padding: 0; }
.mini-pad .small-line .btn.go { min-inline-size: 44px; }
@container offhook (max-width: 24em) { .mini-who { padding-inline: 12px; } .mini-feet { padding-inline: 12px; } }
@media (prefers-reduced-motion: reduce) { .mini-who .rings.still { display: block; } }
@media (forced-colors: active) { .mini { border: 1px solid CanvasText; } }
`
