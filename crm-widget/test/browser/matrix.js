/**
 * What there is to look at: states, sizes, themes. The whole matrix takes minutes and is for `make long` (OFFHOOK_LONG=1); without that the sizes
 * between show those states in which they differ from the widest bar.
 * @module
 */

export const LONG = process.env.OFFHOOK_LONG === '1'

/** Rows of `go` in pages/stage.js. */
export const STATES = [
  'signed-out', 'connecting', 'idle', 'away', 'over', 'offered', 'joining', 'talking', 'muted', 'weak', 'wrap', 'wrap-over', 'missed', 'reconnecting', 'reconnecting-idle',
  'elsewhere', 'refused', 'signed-out-4401', 'no-mic', 'autoplay', 'autoplay-call', 'held', 'device-lost', 'offline',
  'on-hold', 'both', 'paused', 'dialing', 'ringback', 'early', 'busy', 'keypad', 'dialpad', 'find', 'transfer', 'transfer-queues', 'transfer-number', 'directory', 'consulting',
  'consult-ringing', 'swapped', 'transferring', 'consult-failed', 'transfer-failed', 'two-calls', 'second-offered', 'devices', 'follower', 'quality', 'states', 'menu', 'shortcuts',
]

export const BETWEEN = [
  'signed-out', 'idle', 'offered', 'joining', 'talking', 'muted', 'wrap', 'wrap-over', 'missed', 'reconnecting', 'no-mic', 'held', 'on-hold', 'dialing', 'keypad', 'transfer', 'consulting', 'transferring',
  'transfer-failed', 'two-calls', 'second-offered', 'follower',
]

/** The widest bar and the panel are the first and the fourth. */
export const SIZES = [{ layout: 'bar', width: 1200 }, { layout: 'bar', width: 760 }, { layout: 'bar', width: 400 }, { layout: 'panel', width: 360 }, { layout: 'mini', width: 360 }]
