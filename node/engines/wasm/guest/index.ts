import { guestEncoding } from '../../sandbox/guest/encoding.ts'
import { guestRandom } from '../../sandbox/guest/random.ts'
import { wasiBytes } from './bytes.ts'
import { wasiFdCalls } from './calls-fd.ts'
import { wasiOpen } from './calls-open.ts'
import { wasiPathCalls } from './calls-path.ts'
import { wasiPoll } from './calls-poll.ts'
import { wasiReaddir } from './calls-readdir.ts'
import { wasiSystemCalls } from './calls-system.ts'
import { wasiClock } from './clock.ts'
import { wasiCodes } from './codes.ts'
import { wasiCollect } from './collect.ts'
import { composeWasi } from './compose.ts'
import { wasiDescriptors } from './descriptors.ts'
import { wasiEnds } from './ends.ts'
import { wasiGarbage } from './garbage.ts'
import { wasiInputs } from './inputs.ts'
import { wasiMain } from './main.ts'
import { wasiMemory } from './memory.ts'
import { wasiMounts } from './mounts.ts'
import { wasiOutput } from './output.ts'
import { wasiResolve } from './resolve.ts'
import { wasiStat } from './stat.ts'
import { wasiTree } from './tree.ts'

/** The parts of WASI preview 1 as it runs inside the isolate; each refers to nothing outside itself. */
export const WASI_PARTS = {
  guestEncoding,
  guestRandom,
  wasiBytes,
  wasiClock,
  wasiCodes,
  wasiCollect,
  wasiDescriptors,
  wasiEnds,
  wasiFdCalls,
  wasiGarbage,
  wasiInputs,
  wasiMain,
  wasiMemory,
  wasiMounts,
  wasiOpen,
  wasiOutput,
  wasiPathCalls,
  wasiPoll,
  wasiReaddir,
  wasiResolve,
  wasiStat,
  wasiSystemCalls,
  wasiTree
}

/**
 * The same as the body of a function ($0 WasiHost's log, $1 its drain, $2 its call, $3 WasiSetup): as in the js engine the parts
 * travel as their source text. The program is WebAssembly and reaches this code through the imported functions alone.
 */
export const WASI_CODE = `'use strict'
const parts = { ${Object.entries(WASI_PARTS)
  .map(([name, part]) => `${name}: ${part}`)
  .join(',\n')} }
return (${composeWasi})(parts, { log: $0, drain: $1, call: $2 }, $3)`
