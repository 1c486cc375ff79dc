import { api } from './api.ts'
import { cli } from './cli.ts'
import { data } from './data.ts'
import { flat, flatHundred, flatTwoHundred } from './flat.ts'
import { gas } from './gas.ts'
import { gossip } from './gossip.ts'
import { gossipSpam } from './gossip-spam.ts'
import { hostile } from './hostile.ts'
import { idle } from './idle.ts'
import { jobDocker, jobJs } from './jobs.ts'
import { join } from './join.ts'
import { logs } from './logs.ts'
import { many } from './many.ts'
import { matching, matchingLarge } from './match.ts'
import type { Benchmark } from './measure.ts'
import { memory } from './memory.ts'
import { nat } from './nat.ts'
import { slices } from './slices.ts'
import { sync } from './sync.ts'
import { moo, templates } from './templates.ts'

/** In the order of docs/performance.md. */
export const BENCHMARKS: readonly Benchmark[] = [
  matching,
  matchingLarge,
  flat,
  flatHundred,
  flatTwoHundred,
  many,
  gossip,
  gossipSpam,
  sync,
  memory,
  jobJs,
  jobDocker,
  data,
  slices,
  logs,
  hostile,
  join,
  nat,
  idle,
  cli,
  api,
  templates,
  moo,
  gas
]
