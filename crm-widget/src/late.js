/**
 * What is needed only when something is opened, or with a call. It is loaded when the agent is logged in, not before the callbar
 * shows (element/late.js); other languages than English come by themselves (i18n.js).
 * @module
 */

export { Parts } from './element/parts.js'
export { screenPop } from './element/screen-pop.js'
export { LATE_STYLES } from './late-styles.js'
export { sayings } from './sayings.js'
export { consultation, otherCalls, othersButton } from './views/calls.js'
export { devicePage } from './views/devices.js'
export { directoryFinder, found } from './views/finder.js'
export { menuContent } from './views/menus.js'
export { panelPage } from './views/pages.js'
export { recents } from './views/recents.js'
