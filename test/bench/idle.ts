import { readFileSync } from 'node:fs'
import type { LocalNode } from '../../scripts/lib/local-network.ts'
import { atMost, type Benchmark, figure } from './measure.ts'
import { withNetwork } from './network.ts'

const IDLE_MS = 5_000
const KIB_PER_MIB = 1024

/** Memory of nodes with nothing to do; how long a new one takes to start is a figure of `join`. */
export const idle: Benchmark = {
  name: 'idle',
  about: 'a relay, three providers and a creator that wait',
  run: () =>
    withNetwork(async network => {
      await new Promise(resolve => setTimeout(resolve, IDLE_MS))
      return [
        figure({
          metric: 'resident memory of an idle node',
          unit: 'MiB',
          samples: [...network.nodes.values()].map(rssMiB),
          target: atMost(150, 'MiB')
        })
      ]
    })
}

function rssMiB({ process: child }: LocalNode): number {
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? Number.NaN) / KIB_PER_MIB
}
