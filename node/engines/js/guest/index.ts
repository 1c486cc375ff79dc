import { guestEncoding } from '../../sandbox/guest/encoding.ts'
import { guestRandom } from '../../sandbox/guest/random.ts'
import { guestClock } from './clock.ts'
import { guestConsole } from './console.ts'
import { guestFiles } from './files.ts'
import { guestMain } from './main.ts'
import { guestSlices } from './slices.ts'
import { guestTimers } from './timers.ts'

/*
 * What runs inside the isolate before the program, as the body of a function. The parts are written as ordinary functions and
 * travel as their source text, so each refers to nothing outside itself. The program shares their realm and may replace any
 * built-in: they take what they need into locals while they are alone.
 */

/** For a job: $0 log, $1 drain, $2 call, $3 setup. */
export const GUEST_CODE = `'use strict'
const clock = (${guestClock})($3.epochMs, (${guestRandom})($3.seed))
;(${guestEncoding})()
const printer = (${guestConsole})($0, $1)
const timers = (${guestTimers})(clock)
const files = (${guestFiles})($2)
const context = { args: Object.freeze($3.args), env: Object.freeze($3.env), ...files }
return (${guestMain})(printer, context, timers.next)`

/** For a function over slices: $0 log, $1 drain, $2 setup. Clock, timers and randomness begin anew with each slice. */
export const SLICES_CODE = `'use strict'
const randomOf = ${guestRandom}
let draw = randomOf($2.seed)
const clock = (${guestClock})($2.epochMs, () => draw())
;(${guestEncoding})()
const printer = (${guestConsole})($0, $1)
const timers = (${guestTimers})(clock)
const restart = seed => {
  draw = randomOf(seed)
  clock.restart()
  timers.clear()
}
return (${guestSlices})(printer, timers.next, restart, $2.maxChars)`
