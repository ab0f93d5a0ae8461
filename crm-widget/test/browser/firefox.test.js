/** All stories in Firefox. */

import { engine } from './harness.js'
import behaviour from './stories/behaviour.js'
import calls from './stories/calls.js'
import states from './stories/states.js'
import tabs from './stories/tabs.js'

engine('firefox', [behaviour, calls, tabs, states])
