/** All stories in Chromium. */

import { engine } from './harness.js'
import attention from './stories/attention.js'
import behaviour from './stories/behaviour.js'
import budgets from './stories/budgets.js'
import calls from './stories/calls.js'
import lifetime from './stories/lifetime.js'
import examples from './stories/examples.js'
import details from './stories/details.js'
import features from './stories/features.js'
import pictures from './stories/pictures.js'
import states from './stories/states.js'
import tabs from './stories/tabs.js'
import walk from './stories/walk.js'
import wrapUp from './stories/wrap-up.js'

engine('chromium', [behaviour, attention, calls, features, details, walk, wrapUp, tabs, lifetime, examples, budgets, states, pictures])
