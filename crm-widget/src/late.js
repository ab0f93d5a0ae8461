/**
 * What is drawn only when something is opened, or with more than one call. It is loaded when the agent is logged in, not before the callbar
 * shows (element/late.js); other languages than English come by themselves (i18n.js).
 * @module
 */

export { LATE_STYLES } from './late-styles.js'
export { consultation, otherCalls, othersButton } from './views/calls.js'
export { devicePage } from './views/devices.js'
export { directoryFinder, found } from './views/finder.js'
export { callButton, dialPad } from './views/keypad.js'
export { menuContent } from './views/menus.js'
