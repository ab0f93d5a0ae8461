/** All stories in Firefox. */

import { engine } from './harness.js'
import attention from './stories/attention.js'
import behaviour from './stories/behaviour.js'
import calls from './stories/calls.js'
import examples from './stories/examples.js'
import details from './stories/details.js'
import features from './stories/features.js'
import lifetime from './stories/lifetime.js'
import states from './stories/states.js'
import tabs from './stories/tabs.js'
import walk from './stories/walk.js'
import wrapUp from './stories/wrap-up.js'

engine('firefox', [behaviour, attention, calls, features, details, walk, wrapUp, tabs, lifetime, examples, states])
