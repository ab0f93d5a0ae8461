/**
 * The entry: `<script type="module" src="…/offhook.js">` and the element is there.
 * @module
 */

import { define } from './offhook-define.js'

define()

export { OffhookCallbar } from './offhook-callbar.js'
export { Call } from './src/call.js'
export { OffhookClient } from './src/client.js'
export { BrowserMedia } from './src/media.js'
export { CAUSE_CODES, CLOSE_CODES, ERROR_CODES, OffhookError } from './src/messages.js'
export { addLanguage } from './src/i18n.js'
